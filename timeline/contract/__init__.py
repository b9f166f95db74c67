"""What a table must be: ``schemas/*.json``, read once."""

from timeline.contract.tables import TABLES, Field, ForeignKey, OnDemand, Table, table, tables
from timeline.contract.types import arrow_schema, to_pandas

__all__ = [
    "TABLES",
    "Field",
    "ForeignKey",
    "OnDemand",
    "Table",
    "arrow_schema",
    "table",
    "tables",
    "to_pandas",
]
