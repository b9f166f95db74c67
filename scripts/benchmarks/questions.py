"""Questions to uncertain dates, and the record as it was known."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.figures import Figure, at_most, benchmark, milliseconds
from benchmarks.processes import in_turns, within_one


@benchmark
def of_questions(folder: Path) -> Iterator[Figure]:
    """The questions `during` (possible and certain) and `as_known_on` over 10^6 and 10^7 synthetic rows, one
    in ten with an open end, against the same query written by hand for the engine; each counts its answer.
    Both take turns 15 times within one process, so that both see the same rows and the same load; making the
    rows and a first run of each are not counted. To ask through Narwhals costs 0.2 to 0.4 ms a question,
    which shows where the engine itself takes no more than a millisecond.
    """
    for rows in (10**6, 10**7):
        for engine, (setup, questions) in _QUESTIONS.items():
            for question, (ours, theirs) in questions.items():
                begin = _ROWS.replace("COUNT", str(rows)) + setup
                mine, peer = within_one(15, begin, ours, theirs)
                what = f"{question} on {engine}, {rows:,} rows"
                yield at_most(1.2, what, milliseconds(mine), milliseconds(peer), mine / peer)


_ROWS = """
import numpy as np, polars as pl
from datetime import date, datetime
from timeline import as_known_on, during
rng = np.random.default_rng(0)
first = np.datetime64("2022-01-01") + rng.integers(0, 1500, COUNT)
unsure, lasted = rng.integers(0, 30, COUNT), rng.integers(0, 60, COUNT)
rows = pl.DataFrame({
    "event_id": np.arange(COUNT),
    "start_earliest": first.astype("datetime64[D]"),
    "start_latest": (first + unsure).astype("datetime64[D]"),
    "end_earliest": (first + lasted).astype("datetime64[D]"),
    "end_latest": (first + unsure + lasted).astype("datetime64[D]"),
    "known_from": (first + 100).astype("datetime64[D]"),
})
closed = pl.col("event_id") % 10 != 0
rows = rows.with_columns(pl.when(closed).then(pl.col("end_earliest", "end_latest")))
"""


_QUESTIONS = {
    "DuckDB": (
        """
import duckdb
given = rows.to_arrow()
connection = duckdb.connect()
connection.execute("create table t as select * from given")
table = connection.table("t")
def count(relation): return relation.aggregate("count(*)").fetchall()
def native(condition): return count(connection.sql(f"select * from t where {condition}"))""",
        {
            "during, possible": (
                "count(during(table, '2023-11'))",
                """native("start_earliest <= '2023-11-30' "
                "and (end_latest is null or end_latest >= '2023-11-01')")""",
            ),
            "during, certain": (
                "count(during(table, '2023-11', match='certain'))",
                """native("start_latest <= '2023-11-30' and coalesce(end_earliest, "
                "case when end_latest is null then start_latest end) >= '2023-11-01'")""",
            ),
            "as_known_on": (
                "count(as_known_on(table, '2023-11-08'))",
                """native("known_from <= '2023-11-08'")""",
            ),
        },
    ),
    "Polars": (
        """
lazy = rows.lazy()
first_day, last_day = date(2023, 11, 1), date(2023, 11, 30)
start, until, sure = pl.col("start_earliest"), pl.col("end_latest"), pl.col("start_latest")
end = pl.coalesce("end_earliest", pl.when(until.is_null()).then("start_latest"))
def count(frame): return frame.select(pl.len()).collect()""",
        {
            "during, possible": (
                "count(during(lazy, '2023-11'))",
                "count(lazy.filter((start <= last_day) & (until.is_null() | (until >= first_day))))",
            ),
            "during, certain": (
                "count(during(lazy, '2023-11', match='certain'))",
                "count(lazy.filter((sure <= last_day) & (end >= first_day)))",
            ),
            "as_known_on": (
                "count(as_known_on(lazy, '2023-11-08'))",
                "count(lazy.filter(pl.col('known_from') <= date(2023, 11, 8)))",
            ),
        },
    ),
    "pandas": (
        """
frame = rows.to_pandas()
first_day, last_day = datetime(2023, 11, 1), datetime(2023, 11, 30)
def certain():
    end = frame["end_earliest"].fillna(frame["start_latest"].where(frame["end_latest"].isna()))
    return frame[(frame["start_latest"] <= last_day) & (end >= first_day)]
def possible():
    until = frame["end_latest"]
    return frame[(frame["start_earliest"] <= last_day) & (until.isna() | (until >= first_day))]""",
        {
            "during, possible": ("len(during(frame, '2023-11'))", "len(possible())"),
            "during, certain": ("len(during(frame, '2023-11', match='certain'))", "len(certain())"),
            "as_known_on": (
                "len(as_known_on(frame, '2023-11-08'))",
                "len(frame[frame['known_from'] <= datetime(2023, 11, 8)])",
            ),
        },
    ),
}


@benchmark
def of_snapshot(folder: Path) -> Iterator[Figure]:
    """`as_known_on` of the real dataset, all tables, against opening and reading them all; seven processes
    each, imports and a first call not counted.
    """
    begin = """
import timeline
dataset = timeline.open()
for name in dataset.tables: dataset[name]
dataset.as_known_on("2024-01-08")
def read():
    fresh = timeline.open()
    for name in fresh.tables: fresh[name]
"""
    snapshot, reading = in_turns(
        7,
        begin + "measured(lambda: dataset.as_known_on('2024-01-08'))",
        begin + "measured(read)",
        within=True,
    )
    what = "as_known_on of the whole dataset, against reading it"
    yield at_most(2, what, milliseconds(snapshot), milliseconds(reading), snapshot / reading)
