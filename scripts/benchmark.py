"""Measure what the package promises: ``scripts/benchmark.py [NAME ...] [--write]``.

Each benchmark compares with a peer in the same run, both in fresh processes that take turns, and tells
medians and their ratio: the ratio holds on other machines, the times do not.
"""

from __future__ import annotations

import argparse
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

from timeline import files

WRITTEN = Path(__file__).resolve().parent.parent / "docs" / "BENCHMARKS.md"
PEERS = ("pandas", "pyarrow", "narwhals", "frictionless", "edtf")


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


def rows_in(folder: Path) -> int:
    from timeline.package import open_package

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
    turns it into a DataFrame; 21 of each.
    """
    path = files.home() / "data" / "processed" / "events.parquet"
    bare = f"""
from pyarrow.parquet import ParquetFile
ParquetFile({str(path)!r}).read().to_pandas(date_as_object=False)"""
    ours, peer = in_turns(21, "import timeline; timeline.load('events')", bare)
    yield at_most(1.15, 'timeline.load("events")', milliseconds(ours), milliseconds(peer), ours / peer)


@benchmark
def of_validation(folder: Path) -> Iterator[Figure]:
    """Validation of a synthetic package of 10^5 events by `timeline.validate`, against
    `frictionless.validate` of one of 10^4 events and the same shape, compared per row, since more would take
    it minutes. Both check every cell of the CSV files, the keys between them and every checksum; ours also
    checks the rules beyond single tables and holds the Parquet files against the CSV. Three processes each;
    imports are not counted.
    """
    synthesize(100_000, folder / "large")
    synthesize(10_000, folder / "small")
    large, small = rows_in(folder / "large"), rows_in(folder / "small")
    ours = f"import timeline.checks; measured(lambda: timeline.validate({str(folder / 'large')!r}))"
    theirs = f"""
import frictionless
measured(lambda: frictionless.validate({str(folder / "small" / "datapackage.json")!r}).valid or 1 / 0)"""
    our_seconds, their_seconds = in_turns(3, ours, theirs, within=True)
    yield at_least(
        20,
        "validation, rows per second",
        f"{large / our_seconds:,.0f} ({large:,} rows in {our_seconds:.1f} s)",
        f"{small / their_seconds:,.0f} ({small:,} rows in {their_seconds:.1f} s)",
        (large / our_seconds) / (small / their_seconds),
    )


@benchmark
def of_dates(folder: Path) -> Iterator[Figure]:
    """A column of 10^6 EDTF strings drawn from the dates of 10^5 synthetic events, and a column of 10^4
    distinct ones of them, read by `timeline.edtf.date_columns`, against `edtf.parse_edtf`, `lower_strict` and
    `upper_strict` on 300 strings drawn from the same, those that it cannot read included. Three processes
    each; imports are not counted.
    """
    synthesize(100_000, folder / "package")
    dates = f"""
import random
from timeline.package import open_package
dates = open_package({str(folder / "package")!r}).table("events")["date"].to_pylist()
column = random.Random(0).choices(dates, k=COUNT)
"""
    ours = "from timeline.edtf import date_columns\nmeasured(lambda: date_columns(column))"
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


# Telling ---------------------------------------------------------------------------------------------------


def told(figure: Figure) -> str:
    missed = "" if figure.reached else " (missed)"
    compared = f"{figure.what}: {figure.ours}, peer {figure.peer}"
    return f"{compared}; ratio {_ratio(figure)}, goal {figure.goal}{missed}"


def document(figures: dict[str, list[Figure]]) -> str:
    """docs/BENCHMARKS.md."""
    rows = [
        f"| {each.what} | {each.ours} | {each.peer} | {_ratio(each)} | {_goal(each)} |"
        for of_one in figures.values()
        for each in of_one
    ]
    meanings = [
        f"- `scripts/benchmark.py {name}`: {' '.join((BENCHMARKS[name].__doc__ or '').split())}"
        for name in figures
    ]
    return "\n".join([_HEAD, *rows, "", "## What is measured", "", *meanings, "", *_surroundings()]) + "\n"


def _ratio(figure: Figure) -> str:
    return f"{figure.ratio:,.0f}" if figure.ratio >= 100 else f"{figure.ratio:.2f}"


def _goal(figure: Figure) -> str:
    return figure.goal if figure.reached else f"({figure.goal})"


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
    parser.add_argument("--write", action="store_true", help="write docs/BENCHMARKS.md, of all benchmarks")
    given = parser.parse_args()
    if unknown := set(given.names) - set(BENCHMARKS):
        parser.error(f"there is no benchmark {min(unknown)!r} (there are {', '.join(BENCHMARKS)})")
    if given.write and given.names:
        parser.error("--write tells all benchmarks: give no names")
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
