"""Tables of the contract, as ``schemas/*.json`` state them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, TypeVar

from timeline.errors import BadRequest, nearest
from timeline.home import home

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
