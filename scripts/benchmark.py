"""Measure what the package promises: ``scripts/benchmark.py [NAME ...] [--write]``.

Each benchmark compares with a peer in the same run, both in fresh processes that take turns, and tells
medians and their ratio: the ratio holds on other machines, the times do not.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from statistics import median

from synthesize import synthesize

from timeline import home

WRITTEN = Path(__file__).resolve().parent.parent / "docs" / "BENCHMARKS.md"
PEERS = ("pandas", "pyarrow", "narwhals", "frictionless", "pandera", "edtf", "duckdb", "polars")


@dataclass(frozen=True)
class Figure:
    """What was compared: ours and the peer's as they are shown, their ratio, and whether the goal is met."""

    what: str
    ours: str
    peer: str
    ratio: float
    goal: str
    reached: bool


BENCHMARKS: dict[str, Callable[[Path], Iterator[Figure]]] = {}


def benchmark(measure: Callable[[Path], Iterator[Figure]]) -> Callable[[Path], Iterator[Figure]]:
    """Register a benchmark; it is given an empty folder, and its docstring tells what it measures."""
    BENCHMARKS[measure.__name__.removeprefix("of_")] = measure
    return measure


def at_most(limit: float, what: str, ours: str, peer: str, ratio: float) -> Figure:
    return Figure(what, ours, peer, ratio, f"≤ {limit:g}", ratio <= limit)


def beside(what: str, ours: str, peer: str, ratio: float) -> Figure:
    """A figure without a goal."""
    return Figure(what, ours, peer, ratio, "", True)


def at_least(limit: float, what: str, ours: str, peer: str, ratio: float) -> Figure:
    return Figure(what, ours, peer, ratio, f"≥ {limit:,g}", ratio >= limit)


# Measuring -------------------------------------------------------------------------------------------------


def in_turns(runs: int, *codes: str, within: bool = False) -> list[float]:
    """Median seconds of processes that run these codes, or of the call of ``measured`` within each."""
    seconds: list[list[float]] = [[] for _ in codes]
    for _ in range(runs):
        for code, mine in zip(codes, seconds, strict=True):
            mine.append(_seconds(code, within))
    return [median(each) for each in seconds]


def within_one(runs: int, begin: str, *calls: str) -> list[float]:
    """Median seconds of calls that take turns within one process, after a first run of each."""
    program = f"""{begin}
import time
from statistics import median
calls = [{", ".join(f"lambda: {call}" for call in calls)}]
def seconds_of(call):
    before = time.perf_counter()
    call()
    return time.perf_counter() - before
taken = [[seconds_of(call) for call in calls] for turn in range({runs} + 1)]
print(*map(median, zip(*taken[1:])))"""
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    return [float(each) for each in done.stdout.split()]


def _seconds(code: str, within: bool) -> float:
    program = [sys.executable, "-c", _MEASURED + code if within else code]
    start = time.perf_counter()
    done = subprocess.run(program, check=True, capture_output=True, text=True)
    whole = time.perf_counter() - start
    return float(done.stdout) if within else whole


_MEASURED = """
import time
def measured(call):
    start = time.perf_counter()
    call()
    print(time.perf_counter() - start)
"""


def milliseconds(seconds: float) -> str:
    return f"{1000 * seconds:,.1f} ms"


def seconds_and_megabytes(call: str) -> tuple[float, float]:
    """Time of a call and the most memory, in MiB, that its process held."""
    program = f"""
import resource, time, timeline, timeline.validation.validate
start = time.perf_counter()
{call}
print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"""
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    seconds, megabytes = map(float, done.stdout.split())
    return seconds, megabytes


PACKAGES: list[Path] = []


def package_of(events: int, folder: Path) -> Path:
    """A synthetic package of so many events, in the folder for packages if one was given."""
    package = (PACKAGES or [folder])[0] / str(events)
    if not package.exists():
        synthesize(events, package)
    return package


def parquet_alone(package: Path, folder: Path) -> Path:
    """A package of the Parquet files of another."""
    folder.mkdir()
    resources = []
    for path in (package / "data" / "processed").glob("*.parquet"):
        (folder / path.name).write_bytes(path.read_bytes())
        resources.append({"name": f"{path.stem}-parquet", "path": path.name})
    (folder / "datapackage.json").write_text(json.dumps({"resources": resources}))
    return folder


def validating(package: Path, engine: str) -> str:
    return f"""
import timeline.validation.validate, duckdb
measured(lambda: timeline.validate({str(package)!r}, engine={engine!r}))"""


def rows_in(folder: Path) -> int:
    from timeline.files.opening import open_package

    package = open_package(folder)
    return sum(package.table(name).num_rows for name in package.resources if not name.endswith("-parquet"))


# Benchmarks ------------------------------------------------------------------------------------------------


@benchmark
def of_import(folder: Path) -> Iterator[Figure]:
    """A process that says `import timeline` and ends, against one that does nothing; 31 of each."""
    ours, bare = in_turns(31, "import timeline", "pass")
    yield at_most(2, "import timeline", milliseconds(ours), milliseconds(bare), ours / bare)


@benchmark
def of_load(folder: Path) -> Iterator[Figure]:
    """A process that loads the table `events`, against one that reads the same Parquet file with pyarrow and
    turns it into a DataFrame; and, without a goal, against what users may pick instead: to read the CSV file
    with pandas and give dates their type, or to load a table that another package ships (`airports` of
    vega_datasets, 3,376 rows of 7 columns). 21 of each.
    """
    path = home.home() / "data" / "processed" / "events"
    peers = {
        "pyarrow on the Parquet file": f"""
from pyarrow.parquet import ParquetFile
ParquetFile({f"{path}.parquet"!r}).read().to_pandas(date_as_object=False)""",
        "pandas on the CSV file": f"""
import pandas
dates = ["start_earliest", "start_latest", "end_earliest", "end_latest", "known_from"]
pandas.read_csv({f"{path}.csv"!r}, parse_dates=dates)""",
        "a dataset of another package": "from vega_datasets import local_data; local_data.airports()",
    }
    ours, *theirs = in_turns(21, "import timeline; timeline.load('events')", *peers.values())
    figures = [
        (
            f'timeline.load("events"), against {peer}',
            milliseconds(ours),
            milliseconds(seconds),
            ours / seconds,
        )
        for peer, seconds in zip(peers, theirs, strict=True)
    ]
    yield at_most(1.15, *figures[0])
    yield from (beside(*figure) for figure in figures[1:])


@benchmark
def of_validation(folder: Path) -> Iterator[Figure]:
    """Validation of a synthetic package of 10^5 events by `timeline.validate`, in memory and by DuckDB,
    against `frictionless.validate` of one of 10^4 events and the same shape, compared per row, since more
    would take it minutes: all check every cell of the CSV files, the keys between them and every checksum;
    ours also the rules beyond single tables and the Parquet files against the CSV. Beside pandera alone
    (`timeline.schema` on DataFrames that are read already: no keys between tables, no rules beyond). And, on
    the Parquet files of 10^6 events alone, by DuckDB against scripts/validation_in_sql.py, which checks less.
    Three processes each; imports are not counted.
    """
    large, small = package_of(100_000, folder), package_of(10_000, folder)
    alone = parquet_alone(package_of(1_000_000, folder), folder / "alone")
    codes = {
        "memory": validating(large, "memory"),
        "DuckDB": validating(large, "duckdb"),
        "frictionless": f"""
import frictionless
measured(lambda: frictionless.validate({str(small / "datapackage.json")!r}).valid or 1 / 0)""",
        "pandera": f"""
import timeline, pandera.pandas
opened = timeline.open({str(large)!r})
frames = {{name: opened[name] for name in opened.tables}}
measured(lambda: [timeline.schema(name).validate(frame) for name, frame in frames.items()])""",
    }
    seconds = dict(zip(codes, in_turns(3, *codes.values(), within=True), strict=True))
    rows = {name: rows_in(small if name == "frictionless" else large) for name in codes}
    speed = {name: rows[name] / seconds[name] for name in codes}
    told = {name: f"{speed[name]:,.0f} ({rows[name]:,} rows in {seconds[name]:.1f} s)" for name in codes}
    for ours, goal in (("memory", 20), ("DuckDB", 100)):
        what = f"validation by {ours}, rows per second, against frictionless"
        ratio = speed[ours] / speed["frictionless"]
        yield at_least(goal, what, told[ours], told["frictionless"], ratio)
    what = "validation by memory, rows per second, beside pandera"
    yield beside(what, told["memory"], told["pandera"], speed["memory"] / speed["pandera"])
    by_hand = f"""
import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})
import validation_in_sql
measured(lambda: validation_in_sql.wrong_rows({str(alone)!r}))"""
    mine, peer = in_turns(3, validating(alone, "duckdb"), by_hand, within=True)
    yield at_most(
        1.5, "validation by DuckDB, against SQL by hand", milliseconds(mine), milliseconds(peer), mine / peer
    )


@benchmark
def of_scale(folder: Path) -> Iterator[Figure]:
    """Validation by DuckDB of synthetic packages of 10^5, 10^6 and 10^7 events, CSV and Parquet: time per
    event against the package a tenth as large (a ratio above 1 would say that it grows faster than the
    number of events), and the most memory that the process ever held, against 1 GiB. One process each. The
    packages take an hour to make; `--packages FOLDER` keeps them.
    """
    before = None
    for events in (100_000, 1_000_000, 10_000_000):
        package = package_of(events, folder)
        seconds, megabytes = seconds_and_megabytes(f"timeline.validate({str(package)!r}, engine='duckdb')")
        each = seconds / events
        if before:
            what = f"validation by DuckDB, per event of {events:,} against {events // 10:,}"
            yield at_most(1.1, what, f"{1e6 * each:,.0f} µs", f"{1e6 * before:,.0f} µs", each / before)
        what = f"validation by DuckDB, memory at {events:,} events ({seconds:,.0f} s)"
        yield at_most(1, what, f"{megabytes:,.0f} MiB", "1,024 MiB", megabytes / 1024)
        before = each


@benchmark
def of_dates(folder: Path) -> Iterator[Figure]:
    """A column of 10^6 EDTF strings drawn from the dates of 10^5 synthetic events, and a column of 10^4
    distinct ones of them, read by `timeline.dates.edtf.date_columns`, against `edtf.parse_edtf`,
    `lower_strict` and `upper_strict` on 300 strings drawn from the same, those that it cannot read included.
    Three processes each; imports are not counted.
    """
    dates = f"""
import random
from timeline.files.opening import open_package
dates = open_package({str(package_of(100_000, folder))!r}).table("events")["date"].to_pylist()
column = random.Random(0).choices(dates, k=COUNT)
"""
    ours = "from timeline.dates.edtf import date_columns\nmeasured(lambda: date_columns(column))"
    theirs = """
from edtf import parse_edtf
def read():
    for text in column:
        try:
            date = parse_edtf(text)
            date.lower_strict(), date.upper_strict()
        except (ValueError, TypeError, AttributeError):
            pass
measured(read)"""
    distinct = dates.replace("choices(dates, k=COUNT)", "sample(sorted(set(dates)), k=10_000)")
    codes = [
        dates.replace("COUNT", "10**6") + ours,
        distinct + ours,
        dates.replace("COUNT", "300") + theirs,
    ]
    column, apart, peer = in_turns(3, *codes, within=True)
    speed = 300 / peer
    for limit, what, per_second in (
        (5_000, "EDTF strings per second, a column of 10^6", 10**6 / column),
        (100, "EDTF strings per second, 10^4 distinct ones", 10**4 / apart),
    ):
        yield at_least(limit, what, f"{per_second:,.0f}", f"{speed:,.0f}", per_second / speed)


@benchmark
def of_build(folder: Path) -> Iterator[Figure]:
    """`timeline build` of synthetic raw files, per event at 3,000 events against 300, and at 30,000 against
    3,000. A ratio above 1 would say that the time grows faster than the number of events. Three processes
    each.
    """
    counts = (300, 3_000, 30_000)
    codes = []
    for events in counts:
        root = folder / str(events)
        synthesize(events, root, raw=True)
        codes.append(f"import pathlib, timeline.curation.build as b; b.build(pathlib.Path({str(root)!r}))")
    each = [seconds / events for seconds, events in zip(in_turns(3, *codes), counts, strict=True)]
    for (few, little), (many, much) in pairwise(zip(counts, each, strict=True)):
        what = f"build, per event of {many:,} against {few:,}"
        yield at_most(1, what, milliseconds(much), milliseconds(little), much / little)


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


@benchmark
def of_releases(folder: Path) -> Iterator[Figure]:
    """Opening release 0.9.0 and reading its events, against the installed package; verifying release 1.0.0
    (the goal is under a second); and the diff of two synthetic packages of 10^5 events, read apart, of which
    seven tables differ in cells or rows, against a pandas merge written by hand that finds the same.
    Five processes each (two of the diffs); imports are not counted.
    """
    opening = "import timeline, timeline.archive, pandas\nmeasured(lambda: timeline.open(RELEASE)['events'])"
    old, new = in_turns(5, opening.replace("RELEASE", "'0.9.0'"), opening.replace("RELEASE", ""), within=True)
    yield at_most(2, "opening 0.9.0, against the installed", milliseconds(old), milliseconds(new), old / new)
    verifying = "import timeline, timeline.versions.verify\nmeasured(lambda: timeline.verify('1.0.0'))"
    seconds, second = in_turns(5, verifying, "import time\nmeasured(lambda: time.sleep(1))", within=True)
    yield at_most(
        1, "verifying 1.0.0, against a second", milliseconds(seconds), milliseconds(second), seconds
    )
    begin = _DIFFERING.replace("FOLDER", repr(str(package_of(100_000, folder))))
    ours, merge = in_turns(
        2, f"{begin}\nmeasured(lambda: timeline.diff(old, new))", f"{begin}\nmeasured(merged)", within=True
    )
    yield at_most(
        2, "diff of two packages of 10^5 events", milliseconds(ours), milliseconds(merge), ours / merge
    )


_DIFFERING = """
import pyarrow as pa
import timeline
from timeline import contract
from timeline.versions.changes import diff
from timeline.dataset import Dataset
def read():
    opened = timeline.open(FOLDER)
    return {name: opened._plain(name) for name in opened.tables}
tables, edited = read(), read()
worded = {"events": "title", "timeline": "title", "sources": "title", "estimates": "stated"}
for name, column in worded.items():
    words = [w + " again" if n % 100 == 0 else w for n, w in enumerate(edited[name][column].to_pylist())]
    place = edited[name].column_names.index(column)
    edited[name] = edited[name].set_column(place, column, pa.array(words))
for name in ("participants", "citations", "status_changes"):
    edited[name] = edited[name].slice(100)
old, new = Dataset(tables, "1.0.0"), Dataset(edited, "1.0.1")
frames = {name: (tables[name].to_pandas(), edited[name].to_pandas()) for name in old.tables}
def merged():
    for name, (one, other) in frames.items():
        key = list(contract.table(name).key)
        both = one.merge(other, on=key, how="outer", suffixes=("_old", "_new"), indicator=True)
        kept = both["_merge"] == "both"
        for column in one.columns.difference(key):
            was, now = both[f"{column}_old"], both[f"{column}_new"]
            changed = kept & (was != now) & ~(was.isna() & now.isna())
            both.loc[changed, [*key, f"{column}_old", f"{column}_new"]]
"""


# Telling ---------------------------------------------------------------------------------------------------


def told(figure: Figure) -> str:
    missed = "" if figure.reached else " (missed)"
    compared = f"{figure.what}: {figure.ours}, peer {figure.peer}"
    goal = f", goal {figure.goal}{missed}" if figure.goal else ""
    return f"{compared}; ratio {_ratio(figure)}{goal}"


def document(figures: dict[str, list[Figure]]) -> str:
    """docs/BENCHMARKS.md."""
    rows = [
        f"| {each.what} | {each.ours} | {each.peer} | {_ratio(each)} | {_goal(each)} |"
        for of_one in figures.values()
        for each in of_one
    ]
    meanings = map(meaning, figures)
    return "\n".join([_HEAD, *rows, "", "## What is measured", "", *meanings, "", *_surroundings()]) + "\n"


def _ratio(figure: Figure) -> str:
    return f"{figure.ratio:,.0f}" if figure.ratio >= 100 else f"{figure.ratio:.2f}"


def _goal(figure: Figure) -> str:
    return figure.goal if figure.reached else f"({figure.goal})"


def meaning(name: str) -> str:
    """What a benchmark measures, as a list entry."""
    return f"- `scripts/benchmark.py {name}`: {' '.join((BENCHMARKS[name].__doc__ or '').split())}"


_HEAD = """\
# Benchmarks

Written by `.venv/bin/python scripts/benchmark.py --write`. Ours and the peer run in turns, in fresh
processes; times are medians. Ratios hold elsewhere, times do not. A goal in brackets was missed.

| what | ours | peer | ratio | goal |
|---|---|---|---|---|"""


def _surroundings() -> Iterator[str]:
    yield from ("## Where", "")
    yield f"- {platform.system()}, {platform.machine()}, {os.cpu_count()} cores"
    yield f"- Python {platform.python_version()}, " + ", ".join(f"{name} {version(name)}" for name in PEERS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", metavar="NAME", nargs="*", help=f"any of {', '.join(BENCHMARKS)}")
    parser.add_argument("--packages", type=Path, help="folder that keeps the synthetic packages")
    parser.add_argument("--write", action="store_true", help="write docs/BENCHMARKS.md, of all benchmarks")
    given = parser.parse_args()
    if unknown := set(given.names) - set(BENCHMARKS):
        parser.error(f"there is no benchmark {min(unknown)!r} (there are {', '.join(BENCHMARKS)})")
    if given.write and given.names:
        parser.error("--write tells all benchmarks: give no names")
    PACKAGES.extend([given.packages] if given.packages else [])
    figures: dict[str, list[Figure]] = {}
    for name in given.names or BENCHMARKS:
        figures[name] = []
        with tempfile.TemporaryDirectory() as folder:
            for figure in BENCHMARKS[name](Path(folder)):
                figures[name].append(figure)
                print(told(figure), flush=True)
    if given.write:
        WRITTEN.parent.mkdir(exist_ok=True)
        WRITTEN.write_text(document(figures), encoding="utf-8")


if __name__ == "__main__":
    main()
