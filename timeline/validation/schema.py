"""The contract: ``schemas/*.json``, read once and turned into what each tool asks for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from timeline.contract.tables import Field, table
from timeline.errors import BadRequest, nearest
from timeline.home import NAME


def schema(name: str, engine: str = "pandas") -> Any:
    """Build the pandera schema of one table, for use in other people's pipelines (extra ``validate``).

    It states types, required and unique columns, vocabularies, patterns, limits and the primary key. What
    no single table can state, such as foreign keys, is checked by `timeline.validate`.

    Parameters
    ----------
    name : str
        Table.
    engine : {"pandas", "polars", "ibis"}
        Whose tables the schema is for.

    Examples
    --------
    >>> sorted(schema("citations").columns)
    ['event_id', 'source_id', 'stance']
    """
    import importlib

    dtypes = _PANDERA_DTYPES.get(engine)
    if dtypes is None:
        raise BadRequest(f"no pandera schema for {engine!r}{nearest(engine, _PANDERA_DTYPES)}; "
                         f"there is one for {', '.join(_PANDERA_DTYPES)}")  # fmt: skip
    try:
        pandera = importlib.import_module(f"pandera.{engine}")
    except ModuleNotFoundError as error:
        more = "" if engine == "pandas" else f" 'pandera[{engine}]'"
        hint = f"pip install '{NAME}[validate]'{more}"
        raise BadRequest(f"schema() for {engine} needs {error.name}: {hint}") from None
    described = table(name)
    return pandera.DataFrameSchema(
        {
            field.name: pandera.Column(
                dtypes(field),
                checks=list(_pandera_checks(field, pandera.Check)),
                nullable=not field.required,
                unique=field.unique,
                title=field.title,
                description=field.description,
            )
            for field in described.fields
        },
        unique=list(described.key),
        strict=True,
        name=name,
        title=described.title,
        description=described.description,
    )


def _pandas_dtype(field: Field) -> Any:
    import pandas as pd

    if field.enum:
        return pd.CategoricalDtype(list(field.enum), ordered=field.ordered)
    return {"string": "str", "date": "datetime64[ms]", "integer": "int64", "number": "float64"}[field.type]


def _polars_dtype(field: Field) -> Any:
    import polars as pl

    return {"string": pl.String, "date": pl.Date, "integer": pl.Int64, "number": pl.Float64}[field.type]


def _ibis_dtype(field: Field) -> Any:
    import ibis.expr.datatypes as dt

    return {"string": dt.string, "date": dt.date, "integer": dt.int64, "number": dt.float64}[field.type]


_PANDERA_DTYPES = {"pandas": _pandas_dtype, "polars": _polars_dtype, "ibis": _ibis_dtype}


def _pandera_checks(field: Field, check: Any) -> Iterable[Any]:
    if field.enum:
        yield check.isin(list(field.enum))
    if field.pattern:
        yield check.str_matches(field.pattern)
    if field.minimum is not None:
        yield check.ge(field.minimum)
    if field.maximum is not None:
        yield check.le(field.maximum)
    if field.max_length is not None:
        yield check.str_length(max_value=field.max_length)
