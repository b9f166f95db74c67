"""Tables as plain rows, found by the value of a column."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Protocol

from timeline import contract
from timeline.contract import OnDemand
from timeline.selection.tables import TablesInMemory

Row = dict[str, Any]
"""Values by column: days are `datetime.date`, what is missing is None."""


class Find(Protocol):
    """Rows of a table that have a value in a column, in published order."""

    def __call__(self, table: str, column: str, value: str | None) -> list[Row]: ...


class Rows:
    """Every table as rows, for those who need most of them: each index is made once."""

    def __init__(self, tables: TablesInMemory) -> None:
        self._rows: Mapping[str, list[Row]] = OnDemand(lambda name: tables.arrow(name).to_pylist())
        self._indexes: dict[tuple[str, str], Mapping[str, list[Row]]] = {}

    def rows(self, table: str) -> list[Row]:
        """All rows of a table, in published order."""
        return self._rows[table]

    def of(self, table: str, column: str, value: str | None) -> list[Row]:
        """Rows that have this value in a column."""
        if (table, column) not in self._indexes:
            index: defaultdict[str, list[Row]] = defaultdict(list)
            for row in self.rows(table):
                index[row[column]].append(row)
            self._indexes[table, column] = dict(index)
        return [] if value is None else self._indexes[table, column].get(value, [])

    def one(self, table: str, value: str | None) -> Row | None:
        """The row that a key names; None where nothing is named or the row is not in this dataset."""
        return one(self.of, table, value)


def scanned(tables: TablesInMemory) -> Find:
    """Find a few rows without making rows of the others."""
    import pyarrow.compute as pc

    data = OnDemand(tables.arrow)

    def find(table: str, column: str, value: str | None) -> list[Row]:
        if value is None:
            return []
        rows = data[table]
        found: list[Row] = rows.filter(pc.equal(rows[column], value)).to_pylist()
        return found

    return find


def one(find: Find, table: str, value: str | None) -> Row | None:
    """The row that a key of one column names, if there is one."""
    (key,) = contract.table(table).key
    return next(iter(find(table, key, value)), None)
