"""Write tables in the form that curators edit: the way back from ``timeline.curation.read``."""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from timeline import contract
from timeline.curation.derive import Tables
from timeline.curation.read import EVENT_LISTS, PACKED_COLUMNS, REGISTRIES, raw_key, written_as
from timeline.files.csv import to_csv


def append_raw(folder: Path, tables: Tables) -> None:
    """Write a file for each event, and add the rows of the registries to theirs."""
    (folder / "events").mkdir(parents=True, exist_ok=True)
    for event_id, event in _events(tables).items():
        content = "".join(_lines(event))
        (folder / "events" / f"{event_id}.yaml").write_text(content, encoding="utf-8")
    for name in REGISTRIES:
        _append_registry(name, folder / f"{name}.csv", tables)


def _events(tables: Tables) -> dict[str, dict[str, Any]]:
    """Events as their files hold them, by id."""
    events = {row.pop("event_id"): _entry(row) for row in _rows("events", tables)}
    instruments = defaultdict(list)
    for row in _rows("designation_instruments", tables):
        instrument = row.pop("instrument_id")
        instruments[tuple(row.values())].append(instrument)
    for key, name in EVENT_LISTS.items():
        for row in _rows(name, tables):
            of_row = instruments.get(tuple(row.values())) if name == "designations" else None
            event = events[row.pop("event_id")]
            entry: Any = _entry(row) | ({"instruments": of_row} if of_row else {})
            event.setdefault(key, []).append(entry[key] if list(entry) == [key] else entry)
    return events


def _entry(row: dict[str, str]) -> dict[str, Any]:
    return {raw_key(column): text for column, text in row.items() if text}


def _lines(event: dict[str, Any]) -> Iterator[str]:
    """YAML, whose values in one line may be written as JSON."""
    for key, value in event.items():
        if isinstance(value, list):
            yield f"{key}:\n"
            yield from (f"  - {json.dumps(each, ensure_ascii=False)}\n" for each in value)
        else:
            yield f"{key}: {json.dumps(value, ensure_ascii=False)}\n"


def _append_registry(name: str, path: Path, tables: Tables) -> None:
    described = contract.table(name)
    key = described.key[0]
    parts = {part: _parts(part, key, tables) for part in PACKED_COLUMNS.get(name, ())}
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        if not file.tell():
            columns = (written_as(name, column) for column in described.coded)
            writer.writerow([*columns, *parts])
        for row in _rows(name, tables):
            writer.writerow([*row.values(), *("|".join(parts[part][row[key]]) for part in parts)])


def _parts(part: str, key: str, tables: Tables) -> dict[str, list[str]]:
    """What one cell of a registry holds, by the key of its row."""
    table, *columns = _PARTS[part]
    parts = defaultdict(list)
    for row in _rows(table, tables):
        parts[row[key]].append(":".join(row[column] for column in columns))
    return parts


_PARTS = {
    "issuer": ("instrument_issuers", "issuer_id"),
}


def _rows(name: str, tables: Tables) -> Iterator[dict[str, str]]:
    """Rows as text, without what is derived; an empty string where nothing stands."""
    coded = tables[name].select(list(contract.table(name).coded))
    yield from csv.DictReader(io.StringIO(to_csv(coded).decode("utf-8")))
