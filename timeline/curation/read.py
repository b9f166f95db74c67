"""data/raw to tables of text: no value guessed, every row with the file and line it stands on."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import yaml

from timeline import contract
from timeline.errors import Problem, nearest

EVENT_LISTS = {
    "participants": "participants",
    "estimates": "estimates",
    "designations": "designations",
    "citations": "citations",
    "links": "event_links",
    "instruments": "event_instruments",
}
REGISTRIES = (
    "actors",
    "sources",
    "places",
    "countries",
    "instruments",
    "measures",
    "regimes",
    "designation_measures",
    "retired",
)
PACKED_COLUMNS = {"actors": ("aliases", "identifiers"), "instruments": ("issuer",)}
_LIMIT = {".yaml": 1_000_000, ".csv": 64_000_000}
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff]")


@dataclass(frozen=True)
class Origin:
    """Where a row was written: the file, its line, and the lines of single columns."""

    file: str
    line: int
    lines: Mapping[str, int] = field(default_factory=dict)

    def at(self, column: str) -> str:
        return f"{self.file}:{self.lines.get(column, self.line)}"


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
    unreadable : set of str
        Events whose file could not be read: nothing is said about references to them.
    """

    rows: dict[str, list[dict[str, str]]]
    origins: dict[str, list[Origin]]
    problems: list[Problem] = field(default_factory=list)
    unreadable: set[str] = field(default_factory=set)

    def add(self, table: str, row: dict[str, str], origin: Origin) -> None:
        self.rows[table].append(row)
        self.origins[table].append(origin)

    def locate(self, table: str, row: int, column: str) -> str:
        return self.origins[table][row].at(column)


def read(folder: Path) -> Raw:
    """Read all event files and registries below ``folder``; collect every problem instead of raising."""
    raw = Raw({name: [] for name in contract.TABLES}, {name: [] for name in contract.TABLES})
    for path in _event_files(folder, raw):
        try:
            _read_event(path, folder, raw)
        except _Unreadable as reason:
            raw.problems.append(reason.problem)
            raw.unreadable.add(path.stem)
    for name in REGISTRIES:
        try:
            _read_registry(name, folder / f"{name}.csv", folder, raw)
        except _Unreadable as reason:
            raw.problems.append(reason.problem)
    return raw


def raw_key(column: str) -> str:
    """Name that a column bears in the raw files, where references drop their ``_id``.

    >>> raw_key("place_id"), raw_key("to_event_id"), raw_key("stated")
    ('place', 'event', 'stated')
    """
    return {"to_event_id": "event"}.get(column, column.removesuffix("_id"))


class _Unreadable(Exception):
    def __init__(self, problem: Problem) -> None:
        self.problem = problem


def _refuse(where: str, message: str, column: str = "", value: str = "") -> NoReturn:
    raise _Unreadable(Problem(where, column, value[:80], message, "readable"))


def _event_files(folder: Path, raw: Raw) -> Iterator[Path]:
    events = folder / "events"
    try:
        paths = sorted(events.iterdir())
    except OSError as error:
        raw.problems.append(
            Problem(str(events), "", "", f"cannot be read: {error.strerror or error}", "readable")
        )
        return
    for path in paths:
        if path.suffix == ".yaml":
            yield path
        elif not path.name.startswith("."):
            where = path.relative_to(folder).as_posix()
            raw.problems.append(Problem(where, "", "", "only <event_id>.yaml files belong here", "readable"))


def _read_text(path: Path, where: str) -> str:
    """Text of a file that is UTF-8 with plain line feeds and neither too large nor empty."""
    try:
        if path.is_symlink() or not path.is_file():
            _refuse(
                where, "is missing" if not path.exists() and not path.is_symlink() else "is no plain file"
            )
        size, limit = path.stat().st_size, _LIMIT[path.suffix]
        if size > limit:
            _refuse(where, f"has {size:,} bytes, more than the {limit:,} allowed")
        content = path.read_bytes()
    except OSError as error:
        _refuse(where, f"cannot be read: {error.strerror or error}")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        _refuse(f"{where}:{line}", f"byte 0x{content[error.start]:02x} is not UTF-8: save the file as UTF-8")
    if text.startswith("\ufeff"):
        _refuse(f"{where}:1", "starts with a byte order mark: save the file as UTF-8 without one")
    if not text.strip():
        _refuse(where, "is empty")
    if found := re.search(r"\r|\t", text):
        name = {"\r": "a carriage return: end lines with LF alone", "\t": "a tab: use spaces"}[found[0]]
        _refuse(f"{where}:{text.count(chr(10), 0, found.start()) + 1}", f"has {name}")
    if found := _CONTROL.search(text):
        line = text.count("\n", 0, found.start()) + 1
        _refuse(f"{where}:{line}", f"has the control character U+{ord(found[0]):04X}: remove it")
    return text


# Events ----------------------------------------------------------------------------------------------------


def _read_event(path: Path, folder: Path, raw: Raw) -> None:
    where = path.relative_to(folder).as_posix()
    event = _Event(where, path.stem, raw)
    event.add(_yaml(_read_text(path, where), where))


def _yaml(text: str, where: str) -> yaml.Node:
    try:
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f":{mark.line + 1}" if mark else ""
        _refuse(where + line, f"is not valid YAML: {error.problem or error.context}")
    except (yaml.YAMLError, RecursionError) as error:
        _refuse(where, f"is not valid YAML: {error}")
    if node is None:
        _refuse(where, "holds no keys")
    return node


@dataclass
class _Event:
    """Turns the YAML nodes of one file into rows, and what it cannot turn into problems."""

    where: str
    event_id: str
    raw: Raw
    seen: set[int] = field(default_factory=set)

    def add(self, root: yaml.Node) -> None:
        fields = {
            raw_key(column): column for column in contract.table("events").coded if column != "event_id"
        }
        entries = self.entries(root, [*fields, *EVENT_LISTS], "the file")
        row, lines = {"event_id": self.event_id}, {}
        for key, (line, node) in entries.items():
            if key in fields:
                row[fields[key]] = self.text(node, key)
                lines[fields[key]] = line
            elif key in EVENT_LISTS:
                for item in self.items(node, key):
                    self.add_item(EVENT_LISTS[key], item)
        self.raw.add("events", row, Origin(self.where, 1, lines))

    def add_item(self, table: str, node: yaml.Node) -> None:
        described = contract.table(table)
        fields = {raw_key(column): column for column in described.coded if column != "event_id"}
        packed = ["instruments"] if table == "designations" else []
        entries = self.entries(node, [*fields, *packed], f"an entry of {table}")
        row, lines = {"event_id": self.event_id}, {}
        for key, (line, value) in entries.items():
            if key in fields:
                row[fields[key]] = self.text(value, key)
                lines[fields[key]] = line
        origin = Origin(self.where, node.start_mark.line + 1, lines)
        self.raw.add(table, row, origin)
        if "instruments" in entries and packed:
            key_of_row = {column: row[column] for column in described.key if column in row}
            for instrument in self.items(entries["instruments"][1], "instruments"):
                self.raw.add(
                    "designation_instruments",
                    {**key_of_row, "instrument_id": self.text(instrument, "instruments")},
                    origin,
                )

    def entries(self, node: yaml.Node, allowed: Sequence[str], what: str) -> dict[str, tuple[int, yaml.Node]]:
        """Keys of a mapping with line and value; unknown and repeated ones become problems."""
        if not isinstance(node, yaml.MappingNode):
            self.complain(node, "", f"{what} must be a mapping of keys to values")
            return {}
        self.once(node)
        found: dict[str, tuple[int, yaml.Node]] = {}
        for key_node, value in node.value:
            key = self.text(key_node, "")
            if key in found:
                self.complain(key_node, key, f"stands twice; the first is in line {found[key][0]}")
            elif key not in allowed:
                self.complain(
                    key_node, key, f"is no key of {what}{nearest(key, allowed)} (keys: {', '.join(allowed)})"
                )
            else:
                found[key] = (key_node.start_mark.line + 1, value)
        return found

    def items(self, node: yaml.Node, key: str) -> Iterable[yaml.Node]:
        if not isinstance(node, yaml.SequenceNode) or not node.value:
            self.complain(
                node, key, "must be a list with at least one entry; leave the key out when there is none"
            )
            return ()
        self.once(node)
        return tuple(node.value)

    def text(self, node: yaml.Node, key: str) -> str:
        if not isinstance(node, yaml.ScalarNode):
            self.complain(node, key, "must be one plain value")
            return ""
        self.once(node)
        value = str(node.value).rstrip("\n")
        if not value:
            self.complain(node, key, "has no value: leave the key out when nothing is known")
        return value

    def once(self, node: yaml.Node) -> None:
        """Refuse a node that is met again: only an alias brings it back."""
        if id(node) in self.seen:
            _refuse(
                f"{self.where}:{node.start_mark.line + 1}", "anchors and aliases (& and *) are not allowed"
            )
        self.seen.add(id(node))
        if not node.tag.startswith("tag:yaml.org,2002:") or ":python/" in node.tag:
            _refuse(f"{self.where}:{node.start_mark.line + 1}", f"the tag {node.tag} is not allowed")

    def complain(self, node: yaml.Node, key: str, message: str) -> None:
        where = f"{self.where}:{node.start_mark.line + 1}"
        self.raw.problems.append(Problem(where, key, "", message, "readable"))


# Registries ------------------------------------------------------------------------------------------------


def _read_registry(name: str, path: Path, folder: Path, raw: Raw) -> None:
    where = path.relative_to(folder).as_posix()
    described = contract.table(name)
    packed = PACKED_COLUMNS.get(name, ())
    columns = {(column if column in described.key else raw_key(column)): column for column in described.coded}
    reader = csv.reader(io.StringIO(_read_text(path, where), newline=""), strict=True)
    try:
        header = next(reader)
        expected = [*columns, *packed]
        if sorted(header) != sorted(expected):
            _refuse(f"{where}:1", f"columns are {', '.join(header)}; they must be {', '.join(expected)}")
        while True:
            line = reader.line_num + 1
            cells = next(reader, None)
            if cells is None:
                break
            if len(cells) != len(header):
                message = f"has {len(cells)} cells, the header has {len(header)}"
                raw.problems.append(Problem(f"{where}:{line}", "", "", message, "readable"))
                continue
            values = {key: cell for key, cell in zip(header, cells, strict=True) if cell}
            origin = Origin(where, line)
            raw.add(name, {columns[key]: cell for key, cell in values.items() if key in columns}, origin)
            _unpack(name, values, origin, raw)
    except csv.Error as error:
        _refuse(f"{where}:{reader.line_num}", f"is not valid CSV: {error}")


def _unpack(name: str, values: dict[str, str], origin: Origin, raw: Raw) -> None:
    """Give the values that share one cell, parted by ``|``, a row each."""
    for key in PACKED_COLUMNS.get(name, ()):
        for value in values.get(key, "").split("|") if key in values else ():
            match key:
                case "aliases":
                    raw.add("aliases", {"actor_id": values.get("actor_id", ""), "alias": value}, origin)
                case "issuer":
                    instrument = values.get("instrument_id", "")
                    raw.add("instrument_issuers", {"instrument_id": instrument, "issuer_id": value}, origin)
                case "identifiers":
                    scheme, colon, identifier = value.partition(":")
                    if not colon:
                        message = "must be scheme:value, several parted by |"
                        raw.problems.append(Problem(origin.at(key), key, value, message, "readable"))
                        continue
                    row = {"actor_id": values.get("actor_id", ""), "scheme": scheme, "value": identifier}
                    raw.add("identifiers", row, origin)
