"""Questions in SQL, answered by DuckDB over the Arrow tables; nothing outside them is within its reach."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import closing
from typing import TYPE_CHECKING, Any

from timeline.errors import BadRequest, nearest
from timeline.selection.tables import TablesInMemory

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


_CONFINED = {
    "temp_directory": "''",
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",
    "lock_configuration": "true",
}
_UNKNOWN_TABLE = re.compile(r"Table with name (\S+) does not exist")


def sql(dataset: TablesInMemory, query: str) -> pd.DataFrame:
    """Ask the tables a question in SQL (DuckDB; extra ``sql``).

    The query sees the tables of this dataset and nothing else: no file, no network, no extension.

    Parameters
    ----------
    query : str
        DuckDB SQL; days are ``DATE``, numbers ``DOUBLE``, everything else is ``VARCHAR``.

    Returns
    -------
    pandas.DataFrame
        Days are ``datetime64[ms]``, text ``str``, numbers ``float64`` or ``int64``.

    Raises
    ------
    BadRequest
        The query fails; the message says why and, where a name is unknown, names the nearest.

    Examples
    --------
    >>> import timeline
    >>> ds = timeline.open("1.0.0").where(kind="denial")
    >>> int(ds.sql("select count(*) as n from events")["n"][0]) == len(ds["events"])
    True
    """
    try:
        import duckdb
    except ModuleNotFoundError:
        raise BadRequest("sql() needs duckdb: pip install 'dprk-russia-timeline[sql]'") from None
    with closing(duckdb.connect(":memory:")) as connection:
        for name in dataset.tables:
            connection.register(name, dataset.arrow(name))
        for setting, value in _CONFINED.items():
            connection.execute(f"set {setting} = {value}")
        try:
            found = connection.sql(query)
            rows = None if found is None else found.to_arrow_table()
        except duckdb.Error as error:
            raise BadRequest(_reason(str(error), dataset.tables)) from None
    if rows is None:
        raise BadRequest("the query gives no rows; it should begin with select, with or from")
    try:
        frame: pd.DataFrame = _without_decimals(rows).to_pandas(date_as_object=False)
    except NotImplementedError as error:
        raise BadRequest(f"the answer has a type that pandas has not: {error}") from None
    return frame


def _reason(message: str, tables: Iterable[str]) -> str:
    if unknown := _UNKNOWN_TABLE.search(message):
        name = unknown[1]
        return f"there is no table {name!r}{nearest(name, tables)} (tables: {', '.join(tables)})"
    return f"the query cannot be answered: {message.strip()}"


def _without_decimals(rows: pa.Table) -> pa.Table:
    """Sums of whole numbers come as decimals of 38 digits, which pandas would hold as objects."""
    import pyarrow as pa

    for place, field in enumerate(rows.schema):
        if pa.types.is_decimal(field.type):
            rows = rows.set_column(place, field.name, _as_number(rows.column(place), field.type.scale))
    return rows


def _as_number(column: pa.ChunkedArray, scale: int) -> Any:
    import pyarrow as pa

    try:
        return column.cast(pa.float64() if scale else pa.int64())
    except pa.ArrowInvalid:
        return column.cast(pa.float64())
