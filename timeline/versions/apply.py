"""Apply changes: from the old dataset to the new one, byte for byte."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from timeline import contract
from timeline.contract import types
from timeline.errors import BadData, BadRequest
from timeline.files import csv
from timeline.selection.tables import TablesInMemory
from timeline.versions.change_kinds import Change
from timeline.versions.changes import Changes, keys_of

if TYPE_CHECKING:
    import pyarrow as pa


def apply(before: TablesInMemory, changes: Changes) -> dict[str, pa.Table]:
    """Tables of the new dataset, byte for byte, from the old one and the changes.

    Raises
    ------
    BadRequest
        The changes do not start from this dataset; the message names the row and column that differ.
    """
    of_table: dict[str, list[Change]] = {name: [] for name in contract.TABLES}
    for change in changes.rows:
        if change.key:
            of_table[contract.table(change.table).name].append(change)
    return {name: _applied(name, before._plain(name), mine) for name, mine in of_table.items()}


def _applied(name: str, data: pa.Table, changes: list[Change]) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    if not changes:
        return data
    keys = keys_of(name, data)
    gone = [change.key for change in changes if change.removed]
    _demand_all(name, keys, gone)
    stays = pc.invert(pc.is_in(keys, value_set=pa.array(gone, pa.string())))
    data, keys = data.filter(stays), keys.filter(stays)
    for column in dict.fromkeys(change.column for change in changes if change.column):
        cells = [change for change in changes if change.column == column]
        position = data.column_names.index(contract.table(name).field(column).name)
        data = data.set_column(position, column, _with_cells(name, data[column], keys, cells))
    added = [_row(change) for change in changes if change.added]
    came = _typed(name, {column: [row.get(column) for row in added] for column in data.column_names})
    twice = pc.is_in(keys_of(name, came), value_set=keys)
    if pc.any(twice).as_py():
        raise BadRequest(f"{_ELSEWHERE}: {name} has {keys_of(name, came).filter(twice)[0]} already")
    return types.sort(name, pa.concat_tables([data, came.cast(data.schema)]))


def _row(change: Change) -> dict[str, str]:
    try:
        return dict(json.loads(change.new or ""))
    except (ValueError, TypeError, RecursionError):
        raise BadRequest(f"the row that came in {change.table} {change.key} is no JSON object") from None


def _with_cells(name: str, column: pa.ChunkedArray, keys: pa.Array, cells: list[Change]) -> pa.ChunkedArray:
    import pyarrow as pa
    import pyarrow.compute as pc

    wanted = [cell.key for cell in cells]
    _demand_all(name, keys, wanted)
    places = pc.index_in(pa.array(wanted, pa.string()), value_set=keys)
    for cell, found in zip(cells, csv.texts(column.take(places)), strict=True):
        if (found or None) != cell.old:
            what = f"{cell.column} of {name} {cell.key}"
            raise BadRequest(f"{_ELSEWHERE}: {what} is {found!r}, they say {cell.old!r}")
    values = _typed(name, {str(cells[0].column): [cell.new for cell in cells]})[str(cells[0].column)]
    index = pc.index_in(keys, value_set=pa.array(wanted, pa.string()))
    return pc.if_else(index.is_valid(), values.take(index).cast(column.type), column)


def _demand_all(name: str, keys: pa.Array, wanted: list[str]) -> None:
    missing = set(wanted).difference(keys.to_pylist()) if wanted else set()
    if missing:
        raise BadRequest(f"{_ELSEWHERE}: {name} has no row {min(missing)}")


def _typed(name: str, text: Mapping[str, list[str | None]]) -> pa.Table:
    import pyarrow as pa

    arrays = {column: pa.array(values, pa.string()) for column, values in text.items()}
    data, problems = types.from_text(name, arrays, lambda *_: f"changes of {name}")
    if problems:
        raise BadData(problems)
    return data


_ELSEWHERE = "the changes do not start from this dataset"
