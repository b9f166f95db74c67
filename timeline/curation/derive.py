"""What follows from the coded facts: bounds of dates, knowledge, status and the wide view."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import narwhals as nw
import pyarrow as pa
import pyarrow.compute as pc

from timeline import contract, knowledge
from timeline.dates.edtf import date_columns
from timeline.selection.spreadsheet import wide_view

Tables = dict[str, pa.Table]


def with_bounds(tables: Mapping[str, pa.Table]) -> Tables:
    """Fill the columns that follow from an EDTF string; they stay null where the string is no date."""
    return {
        name: _filled(
            data, ((column, bounds) for column, bounds in contract.table(name).dated.items() if bounds)
        )
        for name, data in tables.items()
    }


def _filled(data: pa.Table, dated: Iterable[tuple[str, dict[str, str]]]) -> pa.Table:
    for column, bounds in dated:
        parsed = date_columns(data[column])
        data = _replaced(data, **{name: parsed[bound] for name, bound in bounds.items()})
    return data


def with_knowledge(tables: Mapping[str, pa.Table]) -> Tables:
    """Fill everything else that the contract calls derived; the coded facts must hold already."""
    done = dict(tables)
    done["events"] = _joined("events", tables["events"], knowledge.known_from(_lazy(done)))
    known_by = pc.fill_null(done["events"]["known_by"], "undated")
    done["events"] = _replaced(done["events"], known_by=known_by)
    done["status_changes"] = _columns("status_changes", knowledge.status_changes(_lazy(done)))
    done["events"] = _joined("events", done["events"], knowledge.status(_lazy(done)))
    done["estimates"] = _joined("estimates", done["estimates"], knowledge.estimates_known_from(_lazy(done)))
    done["designations"] = _joined("designations", done["designations"], _days_of_designation(_lazy(done)))
    done["timeline"] = wide_view(done)
    return done


def _lazy(tables: Mapping[str, pa.Table]) -> dict[str, nw.LazyFrame[Any]]:
    return {name: nw.from_native(data).lazy() for name, data in tables.items()}


def _replaced(data: pa.Table, **columns: pa.ChunkedArray) -> pa.Table:
    for name, column in columns.items():
        index = data.column_names.index(name)
        data = data.set_column(index, name, column.cast(data.schema.field(name).type))
    return data


def _columns(name: str, rows: nw.LazyFrame[Any]) -> pa.Table:
    return rows.select(*contract.table(name).columns).collect().to_arrow()


def _joined(name: str, data: pa.Table, found: nw.LazyFrame[Any]) -> pa.Table:
    """Put derived columns, found by key, in the place of the empty ones."""
    key = [column for column in contract.table(name).key if column in found.collect_schema().names()]
    derived = [column for column in found.collect_schema().names() if column not in key]
    joined = nw.from_native(data).drop(derived).lazy().join(found, on=key, how="left")
    return joined.select(*data.column_names).collect().to_arrow()


def _days_of_designation(t: Mapping[str, nw.LazyFrame[Any]]) -> nw.LazyFrame[Any]:
    exact = t["events"].filter(nw.col("start_earliest") == nw.col("end_latest"))
    return (
        t["designations"]
        .select(*contract.table("designations").key)
        .join(exact.select("event_id", designated_on="start_earliest"), on="event_id")
    )
