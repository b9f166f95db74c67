"""What kind of change a change is, in the words that people read, and what it asks of the version number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from timeline import contract
from timeline.files.package import vocabulary
from timeline.selection.tables import TablesInMemory

KINDS = {
    "added": "A row came: an event, or what hangs on one.",
    "retracted": "A row went, and nothing stands for it.",
    "merged into": "A row went with its id; another stands for it now (data/raw/retired.csv).",
    "re-dated": "A date or one of its bounds changed.",
    "status changed": "The status of an event changed, or when and why it did.",
    "knowledge changed": "The day from which the public could know it changed, or what made it known.",
    "new evidence": "An event has a citation more, or a link that discloses, evidences or contests.",
    "evidence withdrawn": "Such a citation or link is gone; the event stays.",
    "estimate revised": "Figures, unit or wording of an estimate changed.",
    "designation changed": "A listing, or an instrument of one, came, went or changed; the event stays.",
    "text corrected": "Words in plain language changed.",
    "value corrected": "Any other value changed.",
    "restated": "The wide view says again what another table says.",
    "table added": "The release has a table more.",
    "table removed": "The release has a table less.",
    "column added": "A table has a column more.",
    "column removed": "A table has a column less.",
    "column retyped": "A column has another type.",
    "value added": "A vocabulary has a value more.",
    "value removed": "A vocabulary has a value less.",
}
"""Every kind of change, with its meaning."""


class Change(NamedTuple):
    """A row that came (``new`` holds it as JSON) or went (``old`` does), or one cell that changed."""

    table: str
    key: str
    change: str
    column: str | None
    old: str | None
    new: str | None

    @property
    def added(self) -> bool:
        return bool(self.key) and self.column is None and self.old is None

    @property
    def removed(self) -> bool:
        return bool(self.key) and self.column is None and self.old is not None


_MERGED = "merged into"
LEVELS = ("major", "minor", "patch", "none")
"""What changes ask of a version number, most first."""


def level_asked(change: Change) -> str:
    """What one change asks of the version number.

    Major: a table or column is gone or retyped, a value of a vocabulary or an id is gone without a
    successor. Minor: a table, column, value or row came, or an id leads on to another. Patch: a cell changed,
    or a row went that is no id of its own. A computed table asks for no more than patch.
    """
    if not change.key:
        return "minor" if change.change.endswith("added") else "major"
    if is_coded(change.table) and change.added:
        return "minor"
    if is_coded(change.table) and change.removed and len(contract.table(change.table).key) == 1:
        return "minor" if change.change == _MERGED else "major"
    return "patch"


def is_coded(name: str) -> bool:
    """Whether curators code this table; the build computes the others."""
    return name not in contract.TABLES or bool(contract.table(name).coded)


_EVIDENCE = ("discloses", "evidences", "acknowledges", "denies", "disputes")


class KindOf:
    """Says the kind of each change between two datasets."""

    def __init__(self, old: TablesInMemory, new: TablesInMemory) -> None:
        before, after = (set(each._plain("events")["event_id"].to_pylist()) for each in (old, new))
        self.came, self.went = after - before, before - after
        self.successors = {
            (row["table"], row["id"]): row["successor"]
            for row in new._plain("retired").to_pylist()
            if row["successor"]
        }

    def added(self, name: str, key: str, row: Mapping[str, str]) -> tuple[str, None]:
        """Kind of a row that came."""
        if name == "timeline":
            return "restated", None
        if name != "events" and row.get("event_id", "") not in self.came:
            return _WHEN_ADDED.get(self._sort(name, row), "added"), None
        return "added", None

    def removed(self, name: str, key: str, row: Mapping[str, str]) -> tuple[str, str | None]:
        """Kind of a row that went, and the id that stands for it."""
        if name == "timeline":
            return "restated", None
        successor = self.successors.get((name, key))
        if successor or ("events", row.get("event_id")) in self.successors:
            return _MERGED, successor
        if row.get("event_id", "") not in self.went:
            return _WHEN_REMOVED.get(self._sort(name, row), "retracted"), None
        return "retracted", None

    def cell(self, name: str, field: contract.Field) -> str:
        """Kind of a cell that changed."""
        described = contract.table(name)
        dated = {column for each, bounds in described.dated.items() for column in (each, *bounds)}
        if name == "timeline":
            return "restated"
        if self._sort(name, {}) == "designation":
            return "designation changed"
        if name == "status_changes" or field.name == "status":
            return "status changed"
        if field.name in ("known_from", "known_by"):
            return "knowledge changed"
        if field.name in dated:
            return "re-dated"
        if name == "estimates":
            return "estimate revised"
        refers = any(field.name in key.columns for key in described.foreign_keys)
        plain_words = field.type == "string" and not (field.enum or field.pattern or refers)
        return "text corrected" if plain_words else "value corrected"

    def _sort(self, name: str, row: Mapping[str, str]) -> str:
        """What a row bears on, where that has kinds of its own."""
        if name == "citations" or row.get("relation") in _EVIDENCE:
            return "evidence"
        if name in ("designations", "designation_instruments", "lists", "listings"):
            return "designation"
        return "status" if name == "status_changes" else ""


_WHEN_ADDED = {
    "evidence": "new evidence",
    "designation": "designation changed",
    "status": "status changed",
}
_WHEN_REMOVED = {**_WHEN_ADDED, "evidence": "evidence withdrawn"}


def of_schema(name: str, old: TablesInMemory, new: TablesInMemory) -> Iterator[Change]:
    """Changes of the columns of a table, if both datasets come from packages that describe them."""
    if old.package is None or new.package is None:
        return
    before, after = old.package.fields.get(name), new.package.fields.get(name)
    if before is None or after is None:
        if before != after:
            word = "table added" if before is None else "table removed"
            yield Change(name, "", word, None, None, None)
        return
    for column in {**before, **after}:
        yield from _of_column(name, column, before.get(column), after.get(column))


def _of_column(
    name: str, column: str, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None
) -> Iterator[Change]:
    here, there = _type(old), _type(new)
    if here != there:
        word = "column added" if old is None else "column removed" if new is None else "column retyped"
        yield Change(name, "", word, column, here, there)
        return
    was, now = vocabulary(old or {}), vocabulary(new or {})
    yield from (Change(name, "", "value removed", column, value, None) for value in was if value not in now)
    yield from (Change(name, "", "value added", column, None, value) for value in now if value not in was)


def _type(field: Mapping[str, Any] | None) -> str | None:
    if field is None:
        return None
    return "vocabulary" if vocabulary(field) else str(field.get("type"))
