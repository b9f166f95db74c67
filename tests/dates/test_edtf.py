"""EDTF dates: the conformance cases, the laws that bounds obey, and windows."""

from __future__ import annotations

import csv
import re
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pandas as pd
import pytest
from drawn_dates import candidates, days, marks, scraps, some_digits_masked, unmarked
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from timeline.dates import parser
from timeline.dates.edtf import EDTF, parse_date, window
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
