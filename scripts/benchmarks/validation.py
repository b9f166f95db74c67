"""Validation beside its peers, and of packages of any size."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.figures import Figure, at_least, at_most, benchmark, beside, milliseconds
from benchmarks.packages import package_of, parquet_alone, rows_in
from benchmarks.processes import in_turns, seconds_and_megabytes


def validating(package: Path, engine: str) -> str:
    return f"""
import timeline.validation.validate, duckdb
measured(lambda: timeline.validate({str(package)!r}, engine={engine!r}))"""


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
import sys; sys.path.insert(0, {str(Path(__file__).parents[1])!r})
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
