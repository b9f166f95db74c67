"""The contract: ``schemas/*.json``, read once and turned into what each tool asks for."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from timeline.errors import BadRequest, nearest
from timeline.files import NAME, home

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

TABLES = (
    "events",
    "participants",
    "estimates",
    "designations",
    "designation_instruments",
    "citations",
    "event_links",
    "event_instruments",
    "event_materiel",
    "status_changes",
    "actors",
    "aliases",
    "identifiers",
    "lists",
    "listings",
    "sources",
    "places",
    "countries",
    "instruments",
    "instrument_issuers",
    "measures",
    "regimes",
    "designation_measures",
    "retired",
    "timeline",
)


Rows = TypeVar("Rows")


class OnDemand(Mapping[str, Rows]):
    """Every table of the contract, each made when it is first asked for."""

    def __init__(self, make: Callable[[str], Rows]) -> None:
        self._make = make
        self._made: dict[str, Rows] = {}

    def __getitem__(self, name: str) -> Rows:
        if name not in self._made:
            self._made[name] = self._make(name)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(TABLES)

    def __len__(self) -> int:
        return len(TABLES)

    def __contains__(self, name: object) -> bool:
        return name in TABLES


_BOUNDS = {
    name: name
    for name in ("extent", "qualifier", "start_earliest", "start_latest", "end_earliest", "end_latest")
}


def _span(column: str) -> dict[str, str]:
    return {f"{column}_earliest": "start_earliest", f"{column}_latest": "end_latest"}


@dataclass(frozen=True)
class Field:
    """One column as its Table Schema field states it."""

    name: str
    title: str
    type: str
    description: str
    example: Any
    required: bool
    unique: bool
    enum: tuple[str, ...]
    labels: Mapping[str, str]
    meanings: Mapping[str, str]
    ordered: bool
    pattern: str | None
    minimum: float | None
    maximum: float | None
    max_length: int | None
    derived: bool
    edtf: bool


@dataclass(frozen=True)
class ForeignKey:
    """Columns whose values must stand in the key of another table."""

    columns: tuple[str, ...]
    table: str
    referenced: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """One table of the dataset: its fields, keys and the descriptor it was read from."""

    name: str
    title: str
    description: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    foreign_keys: tuple[ForeignKey, ...]
    descriptor: Mapping[str, Any]

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.fields)

    @property
    def coded(self) -> tuple[str, ...]:
        """Columns that curators write; the build computes the others."""
        return tuple(field.name for field in self.fields if not field.derived)

    @property
    def owner(self) -> str | None:
        """Table whose rows these rows belong to: the one that the first column of the key refers to."""
        return next((key.table for key in self.foreign_keys if key.columns[0] == self.key[0]), None)

    @property
    def dated(self) -> dict[str, dict[str, str]]:
        """EDTF columns, each with the columns derived from it and the property of the date they hold."""
        return {
            field.name: {
                column: bound
                for column, bound in (
                    _BOUNDS
                    if field.name == "date" and "start_earliest" in self.columns
                    else _span(field.name)
                ).items()
                if column in self.columns
            }
            for field in self.fields
            if field.edtf
        }

    def field(self, name: str) -> Field:
        for field in self.fields:
            if field.name == name:
                return field
        raise BadRequest(f"{self.name} has no column {name!r}{nearest(name, self.columns)}")


def table(name: str) -> Table:
    """Contract of one table.

    Raises
    ------
    BadRequest
        No table has this name; the message names the nearest that does.

    Examples
    --------
    >>> table("citations").key
    ('event_id', 'source_id', 'stance')
    """
    if name not in TABLES:
        raise BadRequest(f"there is no table {name!r}{nearest(name, TABLES)} (tables: {', '.join(TABLES)})")
    return _read(name)


def tables() -> dict[str, Table]:
    """Contract of every table, in the order of the published package."""
    return {name: _read(name) for name in TABLES}


@cache
def _read(name: str) -> Table:
    descriptor = json.loads((home() / "schemas" / f"{name}.json").read_text(encoding="utf-8"))
    return Table(
        name=name,
        title=descriptor["title"],
        description=descriptor["description"],
        fields=tuple(_field(field) for field in descriptor["fields"]),
        key=tuple(descriptor["primaryKey"]),
        foreign_keys=tuple(
            ForeignKey(
                columns=tuple(key["fields"]),
                table=key["reference"].get("resource") or name,
                referenced=tuple(key["reference"]["fields"]),
            )
            for key in descriptor.get("foreignKeys", [])
        ),
        descriptor=MappingProxyType(descriptor),
    )


def _field(descriptor: dict[str, Any]) -> Field:
    constraints = descriptor.get("constraints", {})
    categories = descriptor.get("categories", [])
    return Field(
        name=descriptor["name"],
        title=descriptor["title"],
        type=descriptor["type"],
        description=descriptor["description"],
        example=descriptor.get("example"),
        required=constraints.get("required", False),
        unique=constraints.get("unique", False),
        enum=tuple(constraints.get("enum", ())),
        labels=MappingProxyType({each["value"]: each["label"] for each in categories}),
        meanings=MappingProxyType({each["value"]: each["description"] for each in categories}),
        ordered=descriptor.get("categoriesOrdered", False),
        pattern=constraints.get("pattern"),
        minimum=constraints.get("minimum"),
        maximum=constraints.get("maximum"),
        max_length=constraints.get("maxLength"),
        derived=descriptor.get("derived", False),
        edtf=descriptor.get("edtf", False),
    )


def in_dependency_order() -> list[str]:
    """Table names, each after every table that it refers to (itself aside)."""
    from graphlib import TopologicalSorter

    needs = {
        name: {key.table for key in each.foreign_keys if key.table != name} for name, each in tables().items()
    }
    return list(TopologicalSorter(needs).static_order())


def arrow_schema(name: str) -> pa.Schema:
    """Arrow schema of a table: text, ``date32``, ``int64``, ``double``; vocabularies as dictionaries.

    >>> arrow_schema("citations").field("stance").type
    DictionaryType(dictionary<values=string, indices=int8, ordered=0>)
    """
    import pyarrow as pa

    plain = {"string": pa.string(), "date": pa.date32(), "integer": pa.int64(), "number": pa.float64()}
    return pa.schema(
        pa.field(
            field.name,
            pa.dictionary(pa.int8(), pa.string(), ordered=field.ordered) if field.enum else plain[field.type],
            nullable=not field.required,
        )
        for field in table(name).fields
    )


def to_pandas(name: str, data: pa.Table) -> pd.DataFrame:
    """Turn an Arrow table into the DataFrame that users get.

    Text is ``str``, dates are ``datetime64[ms]``, vocabularies are ``category`` with the contract's values,
    in its order (and ordered where order means something).
    """
    import pandas as pd

    frame: pd.DataFrame = data.to_pandas(date_as_object=False)
    for field in table(name).fields:
        if field.enum:
            frame[field.name] = pd.Categorical(
                frame[field.name], categories=list(field.enum), ordered=field.ordered
            )
    return frame


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
