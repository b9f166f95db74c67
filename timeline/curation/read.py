"""data/raw to tables of text: no value guessed, every row with the file and line it stands on."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from timeline import contract
from timeline.curation.yaml_files import Nodes, Unreadable, compose, read_text, refuse
from timeline.errors import Cell, Problem, visible

EVENT_LISTS = {
    "participants": "participants",
    "estimates": "estimates",
    "designations": "designations",
    "citations": "citations",
    "links": "event_links",
    "instruments": "event_instruments",
    "materiel": "event_materiel",
}
REGISTRIES = (
    "actors",
    "aliases",
    "identifiers",
    "lists",
    "listings",
    "sources",
    "places",
    "countries",
    "instruments",
    "measures",
    "regimes",
    "designation_measures",
    "retired",
)
PACKED_COLUMNS: dict[str, dict[str, str]] = {
    "instruments": {"issuer": "instrument_issuers"},
}
"""Columns of registries in whose cells several values stand, parted by ``|``: each is a row of its table."""

_NOT_REFERENCES = ("entry_id", "geonames_id")
_WHOLE_FILE = 0


@dataclass(frozen=True)
class Origin:
    """Where a row was written: the file, its line, and the lines of single columns."""

    file: str
    line: int
    lines: Mapping[str, int] = field(default_factory=dict)

    def at(self, column: str) -> str:
        line = self.lines.get(column, self.line)
        return self.file if line == _WHOLE_FILE else f"{self.file}:{line}"


@dataclass
class Raw:
    """What stands in data/raw.

    Attributes
    ----------
    rows : dict of str to list of dict
        Per table, one dict per row: column to text; an empty value has no entry.
    origins : dict of str to list of Origin
        Per table, where each of its rows was written.
    problems : list of Problem
        What could not be read.
    unknown : list of Cell
        Cells that could not be read. A row that may stand in what could not be read is there, its cells
        unknown, so that nobody misses it.
    unread : set of str
        Tables whose file could not be read to its end.
    """

    rows: dict[str, list[dict[str, str]]]
    origins: dict[str, list[Origin]]
    problems: list[Problem] = field(default_factory=list)
    unknown: list[Cell] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)

    def add(self, table: str, row: dict[str, str], origin: Origin, unknown: Iterable[str] = ()) -> None:
        self.unknown += [(table, len(self.rows[table]), column) for column in unknown]
        self.rows[table].append(row)
        self.origins[table].append(origin)

    def complain(self, where: str, message: str, column: str = "", value: str = "") -> None:
        self.problems.append(Problem(where, column, value[:80], message, "readable"))

    def locate(self, table: str, row: int, column: str) -> str:
        return self.origins[table][row].at(column)


def read(folder: Path) -> Raw:
    """Read all event files and registries below ``folder``; collect every problem instead of raising."""
    raw = Raw({name: [] for name in contract.TABLES}, {name: [] for name in contract.TABLES})
    known = {"package.yaml", "events", *(f"{name}.csv" for name in REGISTRIES)}
    for name in sorted(path.name for path in folder.glob("[!.]*") if path.name not in known):
        raw.complain(visible(name), "only package.yaml, the registries and the folder events belong here")
    _read_events(folder / "events", raw)
    for name in REGISTRIES:
        try:
            _read_registry(name, folder / f"{name}.csv", raw)
        except Unreadable as reason:
            raw.problems.append(reason.problem)
            raw.unread |= {name, *PACKED_COLUMNS.get(name, {}).values()}
    return raw


def raw_key(column: str) -> str:
    """Name that a column bears in the raw files, where references drop their ``_id``.

    >>> raw_key("place_id"), raw_key("to_event_id"), raw_key("stated"), raw_key("geonames_id")
    ('place', 'event', 'stated', 'geonames_id')
    """
    if column in _NOT_REFERENCES:
        return column
    return {"to_event_id": "event"}.get(column, column.removesuffix("_id"))


def written_as(table: str, column: str) -> str:
    """Key or column of the raw files in which a curator writes a column of a table.

    >>> written_as("citations", "source_id"), written_as("sources", "source_id")
    ('source', 'source_id')
    """
    if table == "designation_instruments" and column == "instrument_id":
        return "instruments"
    described = contract.table(table)
    if (column,) == described.key or (table not in REGISTRIES and column == described.key[0]):
        return column
    packed = [key for tables in PACKED_COLUMNS.values() for key, name in tables.items() if name == table]
    return packed[0] if packed else raw_key(column)


# Events ----------------------------------------------------------------------------------------------------


def _read_events(folder: Path, raw: Raw) -> None:
    where = folder.name
    try:
        paths = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        paths = []
        raw.complain(where, f"cannot be read: {error.strerror or error}")
    else:
        if not paths:
            raw.complain(where, "holds no event")
    if not paths:
        raw.unread |= {"events", *EVENT_LISTS.values(), "designation_instruments"}
    for path in paths:
        name = visible(path.name)
        event = _Event(f"{where}/{name}", Path(name).stem, raw)
        if path.suffix == ".yaml":
            event.read(path)
            continue
        raw.complain(event.where, "only <event_id>.yaml files belong here")
        if path.suffix.lower() in (".yaml", ".yml"):
            event.lose("events", *EVENT_LISTS.values())


@dataclass
class _Event:
    """Turns the YAML nodes of one file into rows, and what it cannot turn into problems."""

    where: str
    event_id: str
    raw: Raw

    def read(self, path: Path) -> None:
        try:
            self.add(compose(read_text(path, self.where), self.where))
        except Unreadable as reason:
            self.raw.problems.append(reason.problem)
            self.lose("events", *EVENT_LISTS.values())

    def __post_init__(self) -> None:
        self.nodes = Nodes(self.where, self.raw.problems)

    def add(self, root: yaml.Node) -> None:
        fields = self.fields("events")
        entries, whole = self.nodes.entries(root, [*fields, *EVENT_LISTS], "the file")
        self.add_row("events", fields, entries, whole, 1)
        for key, table in EVENT_LISTS.items():
            items = self.nodes.items(entries[key][1], key) if key in entries else () if whole else None
            if items is None:
                self.lose(table)
            for item in items or ():
                if list(self.fields(table)) == [key]:
                    self.add_word(key, table, item)
                else:
                    self.add_item(key, table, item)

    def add_item(self, key: str, table: str, node: yaml.Node) -> None:
        fields = self.fields(table)
        packed = ["instruments"] if table == "designations" else []
        entries, whole = self.nodes.entries(node, [*fields, *packed], f"an entry of {key}")
        line = node.start_mark.line + 1
        row, unknown, lines = self.add_row(table, fields, entries, whole, line)
        if "instruments" in entries:
            key_of_row = {column: row[column] for column in contract.table(table).key if column in row}
            for instrument in self.nodes.items(entries["instruments"][1], "instruments") or ():
                given = self.nodes.text(instrument, "instruments")
                self.raw.add(
                    "designation_instruments",
                    key_of_row | ({"instrument_id": given} if given else {}),
                    Origin(self.where, line, lines | {"instrument_id": instrument.start_mark.line + 1}),
                    [*unknown, *([] if given else ["instrument_id"])],
                )

    def add_word(self, key: str, table: str, node: yaml.Node) -> None:
        """Add a row of a table that says no more of an event than one word."""
        (column,) = self.fields(table).values()
        line = node.start_mark.line + 1
        given = self.nodes.text(node, key)
        row = {"event_id": self.event_id} | ({column: given} if given else {})
        origin = Origin(self.where, line, {"event_id": _WHOLE_FILE})
        self.raw.add(table, row, origin, [] if given else [column])

    def add_row(
        self,
        table: str,
        fields: Mapping[str, str],
        entries: Mapping[str, tuple[int, yaml.Node]],
        whole: bool,
        line: int,
    ) -> tuple[dict[str, str], list[str], dict[str, int]]:
        """Add what a mapping says, column by column; what it should say but does not is unknown."""
        row, lines, unknown = {"event_id": self.event_id}, {"event_id": _WHOLE_FILE}, []
        for key, column in fields.items():
            value = None
            if key in entries:
                lines[column], node = entries[key]
                value = self.nodes.text(node, key)
            if value is not None:
                row[column] = value
            elif key in entries or not whole:
                unknown.append(column)
        self.raw.add(table, row, Origin(self.where, line, lines), unknown)
        return row, unknown, lines

    def lose(self, *tables: str) -> None:
        """Add rows of which nothing is known but the event: any number of such rows may have been meant."""
        for table in tables:
            origin = Origin(self.where, 1, {"event_id": _WHOLE_FILE})
            self.raw.add(table, {"event_id": self.event_id}, origin, self.fields(table).values())

    @staticmethod
    def fields(table: str) -> dict[str, str]:
        """Columns that an event file states, by their keys."""
        return {raw_key(column): column for column in contract.table(table).coded if column != "event_id"}


# Registries ------------------------------------------------------------------------------------------------


def _read_registry(name: str, path: Path, raw: Raw) -> None:
    where = path.name
    described = contract.table(name)
    columns = {written_as(name, column): column for column in described.coded}
    read: set[str] = set()
    origin = Origin(where, 1)
    reader = csv.reader(io.StringIO(read_text(path, where), newline=""), strict=True)
    try:
        header = next(reader)
        expected = [*columns, *PACKED_COLUMNS.get(name, ())]
        if sorted(header) != sorted(expected):
            refuse(f"{where}:1", f"columns are {', '.join(header)}; they must be {', '.join(expected)}")
        while True:
            origin = Origin(where, reader.line_num + 1)
            cells = next(reader, None)
            if cells is None:
                break
            if len(cells) == len(header):
                values = {column: cell for column, cell in zip(header, cells, strict=True) if cell}
                row = {columns[column]: cell for column, cell in values.items() if column in columns}
                raw.add(name, row, origin)
                if name in PACKED_COLUMNS:
                    (key,) = described.key
                    if values.get(key) not in read:  # a row that stands twice is told once
                        _unpack(name, values, origin, raw)
                        read.add(values.get(key, ""))
            else:
                message = f"has {len(cells)} cells, the header has {len(header)}" if cells else "is empty"
                raw.complain(origin.at(""), message)
                given = dict(zip(header, cells, strict=False)).get(written_as(name, described.key[0]))
                _lose(name, given, origin, raw)
    except csv.Error as error:
        refuse(origin.at(""), f"is not valid CSV: {error}")


def _lose(name: str, given: str | None, origin: Origin, raw: Raw) -> None:
    """Add a row of which only the key is known, to the registry and to what is packed into it."""
    if given:
        key = contract.table(name).key[0]
        for table in (name, *PACKED_COLUMNS.get(name, {}).values()):
            unknown = [column for column in contract.table(table).coded if column != key]
            raw.add(table, {key: given}, origin, unknown)


def _unpack(name: str, values: Mapping[str, str], origin: Origin, raw: Raw) -> None:
    """Give the values that share one cell, parted by ``|``, a row each."""
    (key,) = contract.table(name).key
    for packed, table in PACKED_COLUMNS.get(name, {}).items() if key in values else ():
        _, *columns = contract.table(table).coded
        form = ":".join(columns)
        for value in values[packed].split("|") if packed in values else ():
            parts = value.split(":", len(columns) - 1)
            if len(parts) == len(columns) and all(parts):
                raw.add(table, {key: values[key], **dict(zip(columns, parts, strict=True))}, origin)
            else:
                raw.complain(origin.at(packed), f"must be {form}, several parted by |", packed, value)
