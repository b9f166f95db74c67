"""Questions to uncertain dates: laws by brute force over days, the same answers on every engine."""

from __future__ import annotations

from datetime import date, timedelta

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from frames import QUESTIONS, ids
from hypothesis import given
from hypothesis import strategies as st

import timeline
import timeline.contract
from timeline.dates import windows
from timeline.errors import BadRequest

DAY0 = date(2024, 1, 1)
HORIZON = 24  # days in which the made-up events lie; an open end reaches beyond it


def day(number: int | None) -> date | None:
    return None if number is None else DAY0 + timedelta(days=number)


@st.composite
def bounds(draw: st.DrawFn) -> tuple[int, int, int | None, int | None]:
    """Bounds as the contract has them: an instant, a span or one with an open end, in days since DAY0."""
    numbers = st.integers(0, HORIZON)
    first, last = sorted((draw(numbers), draw(numbers)))
    shape = draw(st.sampled_from(["instant", "span", "open"]))
    if shape == "instant":
        return first, last, first, last
    if shape == "open":
        return first, last, None, None
    end_first, end_last = sorted((draw(numbers), draw(numbers)))
    return first, last, max(first, end_first), max(last, end_last)


def readings(event: tuple[int, int, int | None, int | None]) -> list[tuple[int, int]]:
    """Every first and last day that the bounds allow; an open end stops well beyond the horizon."""
    first, last, end_first, end_last = event
    if (first, last) == (end_first, end_last):
        return [(each, each) for each in range(first, last + 1)]
    ends = range(
        last if end_first is None else end_first, (HORIZON * 2 if end_last is None else end_last) + 1
    )
    return [(begin, end) for begin in range(first, last + 1) for end in ends if begin <= end]


def frame(events: list[tuple[int, int, int | None, int | None]]) -> pl.DataFrame:
    rows = [tuple(map(day, event)) for event in events]
    return pl.DataFrame(rows, schema=dict.fromkeys(windows.BOUNDS, pl.Date), orient="row").with_row_index(
        "number"
    )


ASKED = {
    "during": lambda begin, end, first, last: begin <= last and end >= first,
    "within": lambda begin, end, first, last: begin >= first and end <= last,
    "before": lambda begin, end, first, last: end < first,
    "after": lambda begin, end, first, last: begin > last,
}

events_strategy = st.lists(bounds(), min_size=1, max_size=8)
window_strategy = st.tuples(st.integers(0, HORIZON), st.integers(0, HORIZON)).map(sorted)


def answers(verb: str, data: pl.DataFrame, first: int, last: int, match: str) -> set[int]:
    window = f"{day(first)}/{day(last)}"
    return set(getattr(windows, verb)(data, window, match=match)["number"].to_list())


@given(events_strategy, window_strategy)
def test_every_verb_agrees_with_all_readings_tried_one_by_one(events, window):
    first, last = window
    data = frame(events)
    for verb, asks in ASKED.items():
        fits = [[asks(*reading, first, last) for reading in readings(event)] for event in events]
        assert answers(verb, data, first, last, "possible") == {n for n, each in enumerate(fits) if any(each)}
        assert answers(verb, data, first, last, "certain") == {n for n, each in enumerate(fits) if all(each)}


@given(events_strategy, window_strategy)
def test_certainly_before_possibly_during_and_certainly_after_part_the_events(events, window):
    data = frame(events)
    parts = [
        answers("before", data, *window, "certain"),
        answers("during", data, *window, "possible"),
        answers("after", data, *window, "certain"),
    ]
    assert sorted(n for part in parts for n in part) == list(range(len(events)))


@given(events_strategy, window_strategy)
def test_relations_between_the_verbs(events, window):
    data = frame(events)

    def certain(verb):
        return answers(verb, data, *window, "certain")

    def possible(verb):
        return answers(verb, data, *window, "possible")

    for verb in ASKED:
        assert certain(verb) <= possible(verb)
    assert certain("within") <= certain("during")
    assert possible("within") <= possible("during")
    assert certain("during") == set(range(len(events))) - possible("before") - possible("after")


def engines(data: pa.Table):
    return {
        "pandas": data.to_pandas(date_as_object=False),
        "polars": pl.from_arrow(data),
        "polars lazy": pl.from_arrow(data).lazy(),
        "pyarrow": data,
        "duckdb": duckdb.from_arrow(data),
        "duckdb enums and times": in_other_types(duckdb.from_arrow(data)),
    }


def in_other_types(rows: duckdb.DuckDBPyRelation) -> duckdb.DuckDBPyRelation:
    """Days as times and a vocabulary as ENUM, as other people's tables have them."""
    enum = ", ".join(f"'{value}'" for value in timeline.contract.table("events").field("kind").enum)
    types = {"DATE": "TIMESTAMP", "kind": f"ENUM ({enum})"}
    given = dict(zip(rows.columns, map(str, rows.types), strict=True))
    return rows.project(
        ", ".join(
            f"{name}::{types.get(name, types.get(kind, kind))} as {name}" for name, kind in given.items()
        )
    )


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_engine_gives_the_same_answer_in_its_own_kind(question):
    events = timeline.open("1.0.0").arrow("events").drop(["summary"])
    expected = ids(QUESTIONS[question](events))
    assert 0 < len(expected) < events.num_rows
    for name, given_frame in engines(events).items():
        found = QUESTIONS[question](given_frame)
        assert type(found) is type(given_frame), name
        assert ids(found) == expected, name


def test_lags_are_the_same_on_every_engine():
    ds = timeline.open("1.0.0")
    columns = ["event_id", "kind", "start_earliest", "start_latest"]
    events, links = (engines(each) for each in (ds.arrow("events").select(columns), ds.arrow("event_links")))
    wanted = None
    for name in events:
        found = windows.lags(events[name], links[name])
        if isinstance(found, pl.LazyFrame):
            found = found.collect()
        rows = found.fetchall() if isinstance(found, duckdb.DuckDBPyRelation) else None
        if rows is None:
            table = found if isinstance(found, pa.Table) else pa.table(found)
            rows = list(zip(*(table[column].to_pylist() for column in table.column_names), strict=True))
        rows = sorted(tuple(map(str, row)) for row in rows)
        wanted = wanted or rows
        assert rows == wanted, name
    assert len(wanted) == ds.arrow("event_links").num_rows


@given(bounds(), bounds())
def test_lags_hold_every_pair_of_beginnings(one, other):
    data = frame([one, other]).with_columns(event_id=pl.Series(["a", "b"]), kind=pl.lit("use"))
    links = pl.DataFrame({"event_id": ["a"], "relation": ["follows"], "to_event_id": ["b"]})
    (row,) = windows.lags(data, links).to_dicts()
    days = [a - b for a in range(one[0], one[1] + 1) for b in range(other[0], other[1] + 1)]
    assert (row["days_least"], row["days_most"]) == (min(days), max(days))


def test_a_missing_bound_sets_no_limit():
    rows = [(None, DAY0, None, DAY0), (DAY0, None, DAY0, None)]
    data = pl.DataFrame(rows, schema=dict.fromkeys(windows.BOUNDS, pl.Date), orient="row")
    assert windows.during(data, "1900").height == 1
    assert windows.during(data, "2100").height == 1
    assert windows.during(data, "1900/2100", match="certain").height == 0
    assert windows.before(data, "2024-02", match="certain").height == 1
    assert windows.after(data, "2023", match="certain").height == 1


def test_real_transfers_in_november_2023():
    transfers = timeline.open("1.0.0").where(kind="transfer")
    possible = transfers.during("2023-11")["events"]["event_id"]
    certain = transfers.during("2023-11", match="certain")["events"]["event_id"]
    assert set(possible) == {"sea-shuttle-najin-dunay", "dprk-ballistic-missiles-reach-russia"}
    assert set(certain) == {"dprk-ballistic-missiles-reach-russia"}


BAD = {
    "ends before it begins": (
        lambda f: windows.during(f, "2024-02", "2024-01"),
        "ends on 2024-01-31, before",
    ),
    "no date": (lambda f: windows.during(f, "last week"), "no EDTF date"),
    "no such day": (lambda f: windows.before(f, "2023-02-29"), "2023-02 has 28 days"),
    "unknown match": (lambda f: windows.during(f, "2024", match="certainly"), "did you mean certain"),
    "open before": (lambda f: windows.before(f, "../2023"), "has no first day"),
    "open after": (lambda f: windows.after(f, "2023/.."), "has no last day"),
    "null window": (lambda f: windows.during(f, pd.NaT), "NaT"),
    "no columns": (lambda f: windows.during(f.drop(columns="end_latest"), "2024"), "no column end_latest"),
    "text for dates": (
        lambda f: windows.during(f.assign(end_latest="2024-01-01"), "2024"),
        "end_latest has the type String, must hold dates",
    ),
    "no frame": (lambda f: windows.during([1, 2], "2024"), "list is no frame"),
    "a month for a day": (lambda f: timeline.as_known_on(f, "2024-01"), "'2024-01' is not one day"),
    "no known_from": (
        lambda f: timeline.as_known_on(f.drop(columns="known_from"), "2024-01-01"),
        "known_from",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_question_gets_one_message(case):
    ask, message = BAD[case]
    with pytest.raises(BadRequest) as refusal:
        ask(timeline.load("events", "1.0.0"))
    assert message in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_lags_of_a_beginning_without_bound_are_missing():
    data = pd.DataFrame(
        {
            "event_id": ["a", "b"],
            "kind": ["use", "use"],
            "start_earliest": pd.to_datetime(["2024-01-03", None]),
            "start_latest": pd.to_datetime(["2024-01-03", "2024-01-01"]),
        }
    )
    links = pd.DataFrame({"event_id": ["a"], "relation": ["follows"], "to_event_id": ["b"]})
    row = windows.lags(data, links).loc[0]
    assert row["days_least"] == 2
    assert pd.isna(row["days_most"])
