"""Dates read from text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.figures import Figure, at_least, benchmark
from benchmarks.packages import package_of
from benchmarks.processes import in_turns


@benchmark
def of_dates(folder: Path) -> Iterator[Figure]:
    """A column of 10^6 EDTF strings drawn from the dates of 10^5 synthetic events, and a column of 10^4
    distinct ones of them, read by `date_columns` of timeline.dates, against `edtf.parse_edtf`, `lower_strict`
    and `upper_strict` on 300 strings drawn from the same, those that it cannot read included. Three processes
    each; imports are not counted.
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
