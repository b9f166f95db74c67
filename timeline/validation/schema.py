"""Tables of the contract as schemas of pandera, for pipelines of others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from timeline import contract
from timeline.errors import BadRequest

if TYPE_CHECKING:
    from timeline.validation.table_schema import TableSchema


def schema(table: str, tables: Mapping[str, Any] | None = None) -> TableSchema:
    """Return the pandera schema of one table.

    Each rule of the contract is a named Check of a column or of the whole table, ``required`` is
    ``nullable=False``. Its method ``validate`` takes a frame of any kind that Narwhals knows (Arrow, pandas,
    Polars, lazy or not, DuckDB, Spark), brings it to memory as Arrow, and says what `timeline.validate` says.

    Parameters
    ----------
    table : str
        Name of the table.
    tables : mapping of str to frame, or Dataset, optional
        Other tables. References and rules that need a table which is not here are left out.

    Returns
    -------
    TableSchema
        A ``pandera.pyarrow.DataFrameSchema``. What it refuses is a `BadData`, ``pandera.errors.SchemaError``
        and ``pandera.errors.SchemaErrors`` in one; it always names everything that is wrong.

    Raises
    ------
    BadRequest
        There is no such table, or pandera is missing or of a version that will not do.

    Examples
    --------
    >>> import timeline
    >>> citations = timeline.schema("citations")
    >>> len(citations.validate(timeline.load("citations"))) > 0
    True
    >>> [check.name for check in citations.columns["stance"].checks]
    ['vocabulary']
    """
    described = contract.table(table)
    if tables is not None and not isinstance(tables, Mapping):
        raise BadRequest(f"tables must be a mapping from names to frames, not {type(tables).__name__}")
    from timeline.validation.table_schema import table_schema

    return table_schema(described, {contract.table(name).name: tables[name] for name in tables or ()})
