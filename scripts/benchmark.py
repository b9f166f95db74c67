"""Measure what the package promises: ``scripts/benchmark.py [NAME ...] [--write]``.

Each benchmark compares with a peer in the same run, both in fresh processes that take turns, and tells
medians and their ratio: the ratio holds on other machines, the times do not.
"""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

from benchmarks.figures import BENCHMARKS, Figure
from benchmarks.packages import PACKAGES

WRITTEN = Path(__file__).resolve().parent.parent / "docs" / "BENCHMARKS.md"
SUBJECTS = ("imports", "validation", "dates", "build", "questions", "releases")
"""Modules of scripts/benchmarks, in the order in which their figures are told."""
PEERS = ("pandas", "pyarrow", "narwhals", "frictionless", "pandera", "edtf", "duckdb", "polars")


for subject in SUBJECTS:
    import_module(f"benchmarks.{subject}")


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
