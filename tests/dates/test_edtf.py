"""EDTF dates: the conformance cases, the laws that bounds obey, columns, windows and words."""

from __future__ import annotations

import csv
import re
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from timeline.dates import edtf, parser
from timeline.dates.edtf import EDTF, date_columns, parse_date, window
from timeline.errors import BadRequest, NotEDTF

HERE = Path(__file__).parent
RAW = HERE.parents[1] / "data" / "raw"
BOUNDS = ("start_earliest", "start_latest", "end_earliest", "end_latest")

with open(HERE / "conformance" / "edtf.csv", encoding="utf-8", newline="") as table:
    CASES = list(csv.DictReader(table))


def real_strings() -> list[str]:
    found = set()
    for path in (RAW / "events").glob("*.yaml"):
        found |= set(re.findall(r'\b(?:date|as_of): "([^"]*)"', path.read_text(encoding="utf-8")))
    for name, column in (("sources", "published"), ("instruments", "date")):
        with open(RAW / f"{name}.csv", encoding="utf-8", newline="") as rows:
            found |= {row[column] for row in csv.DictReader(rows)} - {""}
    return sorted(found)


# --- strings to parse: valid by construction or nearly so -------------------------------------------------


def some_digits_masked(text: str, places: list[int]) -> str:
    return "".join("X" if n in places and digit != "-" else digit for n, digit in enumerate(text))


days = st.dates(min_value=date(1, 1, 1), max_value=date(9999, 12, 31))
plain = st.builds(lambda day, length: day.isoformat()[:length], days, st.sampled_from([4, 7, 10]))
seasons = st.builds("{:04}-{}".format, st.integers(1, 9999), st.integers(21, 41))
masked = st.builds(some_digits_masked, plain, st.lists(st.integers(0, 9), max_size=4))
estimated = st.builds("{}S{}".format, st.integers(1000, 9999), st.integers(1, 4))
unmarked = st.one_of(plain, seasons, masked, estimated)
marks = st.sampled_from(["", "", "?", "~", "%"])


@st.composite
def marked(draw: st.DrawFn) -> str:
    parts = draw(unmarked).split("-")
    return "-".join(draw(marks) + part + draw(marks) for part in parts)


members = st.one_of(marked(), st.builds("{}..{}".format, plain, plain))
sets = st.builds(
    lambda brackets, before, list_, after: f"{brackets[0]}{before}{','.join(list_)}{after}{brackets[1]}",
    st.sampled_from(["[]", "{}"]),
    st.sampled_from(["", "", ".."]),
    st.lists(members, min_size=1, max_size=4),
    st.sampled_from(["", "", ".."]),
)
ends = st.one_of(marked(), st.sampled_from(["", ".."]))
intervals = st.builds("{}/{}".format, ends, ends)
candidates = st.one_of(marked(), sets, intervals)
scraps = st.text(alphabet="0123456789X?~%-/.,[]{}SYETZ: ", max_size=30)


def parsed_or_none(text: str) -> EDTF | None:
    try:
        return parse_date(text)
    except NotEDTF:
        return None


# --- the case table ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES, ids=[repr(case["string"]) for case in CASES])
def test_case(case: dict[str, str]) -> None:
    if case["reason"]:
        with pytest.raises(NotEDTF, match=re.escape(case["reason"])):
            parse_date(case["string"])
        return
    parsed = parse_date(case["string"])
    actual = {name: getattr(parsed, name) for name in ("level", "extent", "qualifier", *BOUNDS)}
    expected = {name: case[name] for name in actual}
    assert expected == {name: "" if value is None else str(value) for name, value in actual.items()}


def test_cases_are_many_different_and_of_every_kind() -> None:
    assert len({case["string"] for case in CASES}) == len(CASES) >= 170
    assert {case["level"] for case in CASES} == {"", "0", "1", "2"}
    assert {case["extent"] for case in CASES} == {"", "instant", "span", "ongoing", "unknown-end"}
    reasons = {reason for _, reason in parser._MALFORMED}
    given_reasons = [case["reason"] for case in CASES if case["reason"]]
    assert all(any(part in reason for part in given_reasons) for reason in reasons)


@pytest.mark.parametrize("text", real_strings())
def test_every_string_of_the_record_is_a_date_and_reads_well(text: str) -> None:
    parsed = parse_date(text)
    words = parsed.in_words()
    assert parsed.start_earliest
    assert re.fullmatch(r"(on|from|perhaps on) [A-Za-z0-9 ,]+", words)
    assert "  " not in words


# --- laws -------------------------------------------------------------------------------------------------


@given(candidates)
def test_bounds_are_ordered(text: str) -> None:
    parsed = parsed_or_none(text)
    assume(parsed is not None)
    assert parsed is not None
    start, end = (parsed.start_earliest, parsed.start_latest), (parsed.end_earliest, parsed.end_latest)
    for earlier, later in (start, end, (start[0], end[0]), (start[1], end[1])):
        assert earlier is None or later is None or earlier <= later
    assert any((*start, *end))
    if parsed.extent == "instant":
        assert start == end
    if parsed.extent in ("ongoing", "unknown-end"):
        assert end == (None, None)


@given(candidates)
def test_format_then_parse_gives_the_same(text: str) -> None:
    parsed = parsed_or_none(text)
    assume(parsed is not None)
    assert str(parsed) == text
    assert parse_date(str(parsed)) == parsed
    assert hash(parse_date(text)) == hash(parsed)


@given(days)
def test_a_day_means_that_day(day: date) -> None:
    expected = EDTF(day.isoformat(), 0, "instant", None, day, day, day, day)
    assert parse_date(day.isoformat()) == expected


CENTURY = [(date(2000, 1, 1) + timedelta(days=n)).isoformat() for n in range(36525)]


@given(st.sampled_from(CENTURY), st.lists(st.integers(2, 9), max_size=6))
def test_a_mask_bounds_the_days_that_fit_it(day: str, places: list[int]) -> None:
    text = some_digits_masked(day, places)
    fitting = re.compile(text.replace("X", "."))
    expected = [candidate for candidate in CENTURY if fitting.fullmatch(candidate)]
    parsed = parse_date(text)
    assert (str(parsed.start_earliest), str(parsed.start_latest)) == (expected[0], expected[-1])


@settings(max_examples=30)
@given(st.from_regex(r"20[0-9X]{2}-[0-1X][0-9X]-[0-3X][0-9X]", fullmatch=True))
def test_a_mask_that_no_day_fits_is_refused(text: str) -> None:
    fitting = re.compile(text.replace("X", "."))
    assert (parsed_or_none(text) is None) == (not any(map(fitting.fullmatch, CENTURY)))


@given(days, days)
def test_an_interval_or_range_that_runs_backwards_is_refused(one: date, other: date) -> None:
    assume(one != other)
    first, last = sorted((one, other))
    for form in ("{}/{}", "[{}..{}]", "{{{}..{}}}"):
        parsed = parse_date(form.format(first, last))
        assert (parsed.start_earliest, parsed.end_latest) == (first, last)
        with pytest.raises(NotEDTF, match="backwards"):
            parse_date(form.format(last, first))


@given(unmarked, marks)
def test_marks_never_narrow_and_only_approximate_ones_widen(text: str, mark: str) -> None:
    bare = parsed_or_none(text)
    assume(bare is not None)
    assert bare is not None and bare.start_earliest and bare.start_latest
    qualified = parse_date(text + mark)
    assert qualified.start_earliest and qualified.start_latest
    assert qualified.start_earliest <= bare.start_earliest <= bare.start_latest <= qualified.start_latest
    if mark in ("", "?"):
        assert (qualified.start_earliest, qualified.start_latest) == (bare.start_earliest, bare.start_latest)


@given(st.one_of(st.text(), scraps, candidates))
def test_text_is_read_or_refused_and_nothing_else(text: str) -> None:
    parsed = parsed_or_none(text)
    if parsed:
        words = parsed.in_words()
        assert words == words.strip() and "  " not in words


@pytest.mark.parametrize("text", ["\ud800", "\x00", "[" * 10_000, "2" * 10_000, "1950S" + "9" * 5_000])
def test_a_hostile_string_is_refused_in_one_short_line(text: str) -> None:
    with pytest.raises(NotEDTF) as refusal:
        parse_date(text)
    message = str(refusal.value)
    assert message.isascii() and message.isprintable() and len(message) < 200


@pytest.mark.parametrize("other", [None, 2023, b"2023", date(2023, 11, 21), float("nan")])
def test_what_is_no_string_is_refused(other: object) -> None:
    with pytest.raises(NotEDTF, match="a date is a string"):
        parse_date(other)  # type: ignore[arg-type]


def test_the_message_says_what_is_wrong_and_what_would_be_right() -> None:
    with pytest.raises(NotEDTF) as refusal:
        parse_date("2023-13")
    expected = (
        "'2023-13' is no EDTF date: month 13: months are 01 to 12, seasons and other parts of a year 21 to 41"
    )
    assert expected == str(refusal.value)


# --- windows ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2023-11", (date(2023, 11, 1), date(2023, 11, 30))),
        ("2023-11/2024-01", (date(2023, 11, 1), date(2024, 1, 31))),
        ("2023-11/..", (date(2023, 11, 1), None)),
        ("../2023-11", (None, date(2023, 11, 30))),
        ("[2023-11-21..2023-11-30]", (date(2023, 11, 21), date(2023, 11, 30))),
        (date(2023, 11, 21), (date(2023, 11, 21), date(2023, 11, 21))),
        (datetime(2023, 11, 21, 23, 59), (date(2023, 11, 21), date(2023, 11, 21))),
        (
            datetime(2023, 11, 21, 23, 59, tzinfo=timezone(timedelta(hours=9))),
            (date(2023, 11, 21), date(2023, 11, 21)),
        ),
        (pd.Timestamp("2023-11-21 12:00"), (date(2023, 11, 21), date(2023, 11, 21))),
    ],
)
def test_window(when: str | date, expected: tuple[date | None, date | None]) -> None:
    actual = window(when)
    assert expected == actual
    assert all(type(day) in (date, type(None)) for day in actual)


@pytest.mark.parametrize("when", [None, 2023, pd.NaT, ("2023", "2024")])
def test_a_window_of_something_else_is_a_bad_request(when: object) -> None:
    with pytest.raises(BadRequest, match="a window is an EDTF string"):
        window(when)  # type: ignore[arg-type]


def test_a_window_that_is_no_date_says_why() -> None:
    with pytest.raises(NotEDTF, match="2023-02 has 28 days"):
        window("2023-02-29")


# --- columns ----------------------------------------------------------------------------------------------


def expected_rows(column: list[str | None]) -> list[dict[str, object]]:
    names = ("level", "extent", "qualifier", *BOUNDS)
    rows = []
    for text in column:
        row: dict[str, object] = dict.fromkeys([*names, "reason"])
        try:
            row |= {name: getattr(parse_date(text), name) for name in names} if text is not None else {}
        except NotEDTF as refusal:
            row["reason"] = str(refusal).split(" is no EDTF date: ", 1)[1]
        rows.append(row)
    return rows


@given(st.lists(st.one_of(st.none(), candidates, scraps), max_size=20))
def test_a_column_agrees_with_its_strings(column: list[str | None]) -> None:
    assert expected_rows(column) == date_columns(column).to_pylist()


COLUMN = ["2023-11", None, "2023-11-21~/..", "2023-02-29", "2023-11", "", "[..1984]", None]
FORMS = {
    "list": COLUMN,
    "tuple": tuple(COLUMN),
    "object": pd.Series(COLUMN, dtype=object),
    "str": pd.Series(COLUMN, dtype="str", index=range(7, 15)),
    "string": pd.Series(COLUMN, dtype="string"),
    "arrow-backed": pd.Series(COLUMN, dtype=pd.ArrowDtype(pa.string())),
    "category": pd.Series(COLUMN, dtype="category"),
    "array": pa.array(COLUMN),
    "slice": pa.array(["x", *COLUMN, "y"])[1:-1],
    "large": pa.array(COLUMN, pa.large_string()),
    "view": pa.array(COLUMN, pa.string_view()),
    "dictionary": pa.array(COLUMN).dictionary_encode(),
    "chunks": pa.chunked_array([COLUMN[:3], [], COLUMN[3:]]),
    "dictionary chunks": pa.chunked_array(
        [pa.array(part).dictionary_encode() for part in (COLUMN[:3], COLUMN[3:])]
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_column_may_come_in_any_form(form: str) -> None:
    assert expected_rows(COLUMN) == date_columns(FORMS[form]).to_pylist()


def test_columns_have_the_types_of_the_contract() -> None:
    word = pa.dictionary(pa.int8(), pa.string())
    expected = pa.schema(
        [("level", pa.int8()), ("extent", word), ("qualifier", word)]
        + [(name, pa.date32()) for name in BOUNDS]
        + [("reason", pa.string())]
    )
    for column in (COLUMN, [], [None, None], ["2023"], ["no"]):
        table = date_columns(column)
        assert expected == table.schema
        assert len(column) == table.num_rows


def test_each_string_is_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    parse = parser._parse

    def noted(text: str) -> EDTF:
        seen.append(text)
        return parse(text)

    monkeypatch.setattr(edtf, "_parse", noted)
    edtf._row.cache_clear()
    date_columns(pa.chunked_array([["2023", "2024", None] * 1000, ["2024", "2025"] * 1000]))
    assert sorted(seen) == ["2023", "2024", "2025"]


@pytest.mark.parametrize(
    "column",
    [
        [2023, 2024],
        ["2023", 2024],
        [date(2023, 1, 1)],
        pd.Series([2023.5, None]),
        pa.array([2023]),
        ["\ud800"],
        2023,
    ],
    ids=["numbers", "mixed", "dates", "series", "array", "surrogate", "no column"],
)
def test_a_column_of_something_else_is_a_bad_request(column: object) -> None:
    with pytest.raises(BadRequest, match="a column of dates holds text"):
        date_columns(column)


# --- words ------------------------------------------------------------------------------------------------

WORDS = {
    "2023-11-21": "on 21 November 2023",
    "2024-01": "on an unknown day in January 2024",
    "2011": "on an unknown day in 2011",
    "2023-12-2X": "on one day between 20 and 29 December 2023",
    "201X": "on an unknown day in the 2010s",
    "20XX": "on one day between 2000 and 2099",
    "1950S2": "on one day between 1900 and 1999 (estimated 1950)",
    "2004-XX": "on an unknown day in 2004",
    "1984-1X": "on one day between October and December 1984",
    "156X-12-25": "on one day between 25 December 1560 and 25 December 1569 (as 156X-12-25)",
    "1XXX-12": "on one day between 1 December 1000 and 31 December 1999 (as 1XXX-12)",
    "2001-21": "on an unknown day in the spring of 2001 (March to May 2001)",
    "2001-30": "on an unknown day in the southern summer of 2001 (December 2001 to February 2002)",
    "2001-34": "on an unknown day in the second quarter of 2001 (April to June 2001)",
    "2023-10-01~": "on or about 1 October 2023",
    "2023-10-01?": "perhaps on 1 October 2023",
    "2023-10-01%": "perhaps on or about 1 October 2023",
    "2025-04~": "on an unknown day in or about April 2025",
    "2025-04?": "on an unknown day, perhaps in April 2025",
    "2004-06~-11": "on 11 June 2004 (year and month approximate)",
    "?2004-06-%11": "on 11 June 2004 (year uncertain, day approximate and uncertain)",
    "2023-11-21~/..": "from about 21 November 2023, going on",
    "2024-11/..": "from November 2024, going on",
    "2025-06-30/": "from 30 June 2025, end unknown",
    "../1985": "up to 1985",
    "/1985-04-12": "until 12 April 1985, start unknown",
    "2025-05-26/2025-05-29~": "from 26 to about 29 May 2025",
    "2023-07-31/2023-08-02": "from 31 July to 2 August 2023",
    "2023-12-30/2024-02-07": "from 30 December 2023 to 7 February 2024",
    "2022-09-06/2022-10": "from 6 September 2022 to October 2022",
    "2023-08/2024-01": "from August 2023 to January 2024",
    "2023-12-2X/2024-01-03": "from a day between 20 and 29 December 2023 to 3 January 2024",
    "..2004-06-01/2004-06-20": "from 1 June 2004 or earlier to 20 June 2004",
    "2004-06-01/2004-06-20..": "from 1 to 20 June 2004 or later",
    "[2023-11-21..2023-11-30]": "on one day between 21 and 30 November 2023",
    "[2023-11-30..2023-12-01]": "on 30 November or 1 December 2023",
    "[2017-01-01..2017-12-31]": "on an unknown day in 2017",
    "[2023-11-21~..2023-11-30]": "on one day between about 21 and 30 November 2023",
    "[2025-01..2025-03]": "on one day between January and March 2025",
    "[1667,1668,1670..1672]": "on one day in 1667, in 1668 or between 1670 and 1672",
    "[..1760-12-03]": "on one day up to 3 December 1760",
    "[1760-12..]": "on one day from December 1760 on",
    "{2022-12-22,2022-12-23}": "on 22 and 23 December 2022",
    "{2023-11-21..2023-11-25}": "from 21 to 25 November 2023",
    "{1960,1961-12}": "in 1960 and in December 1961",
    "{..1984}": "up to 1984",
    "9999": "on an unknown day in 9999",
}


@pytest.mark.parametrize(("text", "words"), WORDS.items())
def test_in_words(text: str, words: str) -> None:
    assert words == parse_date(text).in_words()


# --- another reader, where it can be trusted --------------------------------------------------------------


def test_the_package_edtf_agrees_on_plain_and_masked_dates() -> None:
    """It widens nothing, ends winters in December, begins at the year 0 and reads few masks."""
    other = pytest.importorskip("edtf")
    compared = 0
    for case in CASES:
        text = case["string"]
        if case["level"] not in ("0", "1") or case["extent"] not in ("instant", "span"):
            continue
        if "/" in text or re.search("[~%]|^00|-24|-21.", text):
            continue
        theirs = other.parse_edtf(text)
        lower, upper = (date(*time[:3]) for time in (theirs.lower_strict(), theirs.upper_strict()))
        assert (case["start_earliest"], case["end_latest"]) == (str(lower), str(upper)), text
        compared += 1
    assert compared > 25
