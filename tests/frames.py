"""Questions that every frame answers, and what the answer is."""

from __future__ import annotations

from datetime import date

import duckdb
import polars as pl
import pyarrow as pa

import timeline
import timeline.contract
from timeline.dates import windows

QUESTIONS = {
    "during possible": lambda f: windows.during(f, "2023-11", "2024-01"),
    "during certain": lambda f: windows.during(f, "2023-11/2024-01", match="certain"),
    "during open": lambda f: windows.during(f, "2024-06/..", match="certain"),
    "within possible": lambda f: windows.within(f, "2023-11"),
    "within certain": lambda f: windows.within(f, "2023-11", match="certain"),
    "before possible": lambda f: windows.before(f, "2023-11"),
    "before certain": lambda f: windows.before(f, date(2023, 11, 21), match="certain"),
    "after possible": lambda f: windows.after(f, "2024-12"),
    "after certain": lambda f: windows.after(f, "2024-12", match="certain"),
    "known": lambda f: timeline.as_known_on(f, "2024-01-08"),
}


def ids(found) -> list[str]:
    if isinstance(found, pl.LazyFrame):
        found = found.collect()
    if isinstance(found, duckdb.DuckDBPyRelation):
        return sorted(row[0] for row in found.select("event_id").fetchall())
    column = found["event_id"]
    return sorted(column.to_pylist() if isinstance(found, pa.Table) else column.to_list())
