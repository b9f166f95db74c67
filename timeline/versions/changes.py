"""What changed between two datasets, row by row and cell by cell."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from timeline import contract
from timeline.errors import BadData, Problem
from timeline.files import csv
from timeline.selection.tables import TablesInMemory
from timeline.versions.change_kinds import LEVELS, Change, KindOf, is_coded, level_asked, of_schema

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import pyarrow as pa


@dataclass(frozen=True)
class Changes:
    """Changes from one dataset to another.

    Attributes
    ----------
    old, new : str
        Versions of the two.
    rows : tuple of Change
        By table, key and column. ``key`` joins the parts of a key by ``|``. ``old`` and ``new`` hold cells as
        canonical CSV writes them, a missing one is None; of a row that came or went they hold it as JSON, of
        one that was merged ``new`` holds the id that stands for it.
    """

    old: str
    new: str
    rows: tuple[Change, ...]

    @cached_property
    def level(self) -> str:
        """What the changes ask of the version number: ``major``, ``minor``, ``patch`` or ``none``.

        Major: a table or column is gone or retyped, a value of a vocabulary or an id is gone without a
        successor. Minor: tables, columns, values or rows came, or ids lead on to others. Patch: cells
        changed, or rows that are no id of their own went. Computed tables ask for no more than patch.
        """
        return min((level_asked(change) for change in self.rows), key=LEVELS.index, default="none")

    def asking_for(self, level: str) -> list[Change]:
        """Changes that ask for this level."""
        return [change for change in self.rows if level_asked(change) == level]

    @property
    def counts(self) -> pd.DataFrame:
        """How many changes of each kind each table has; computed tables are left out."""
        import pandas as pd

        counted = Counter((change.table, change.change) for change in self.rows if is_coded(change.table))
        index = pd.MultiIndex.from_tuples(counted, names=["table", "change"])
        counts = pd.Series(list(counted.values()), index, dtype="int64").unstack(fill_value=0)
        return counts.reindex([name for name in contract.TABLES if name in counts.index])

    def to_pandas(self) -> pd.DataFrame:
        """One row per change: ``table``, ``key``, ``change``, ``column``, ``old``, ``new``, all ``str``."""
        frame: pd.DataFrame = self._arrow().to_pandas()
        return frame

    def to_csv(self) -> bytes:
        """The same as canonical CSV, which `read_csv` reads back."""
        return csv.to_csv(self._arrow())

    def to_json(self) -> str:
        """The same as JSON: ``old`` and ``new`` version, ``level``, and ``changes``."""
        changes = [change._asdict() for change in self.rows]
        told = {"old": self.old, "new": self.new, "level": self.level, "changes": changes}
        return json.dumps(told, ensure_ascii=False, indent=2)

    @classmethod
    def read_csv(cls, content: bytes, old: str, new: str) -> Changes:
        """Read what `to_csv` wrote."""
        data = csv.text_of_csv(Change._fields, content, "changes.csv")
        columns = [data[name].to_pylist() for name in Change._fields]
        return cls(old, new, tuple(Change(*row) for row in zip(*columns, strict=True)))

    def _arrow(self) -> pa.Table:
        import pyarrow as pa

        columns = list(zip(*self.rows, strict=True)) or [()] * len(Change._fields)
        return pa.table({
            name: pa.array(values, pa.string())
            for name, values in zip(Change._fields, columns, strict=True)
        })  # fmt: skip

    def __len__(self) -> int:
        return len(self.rows)

    def __str__(self) -> str:
        return "\n".join(_lines(self))

    __repr__ = __str__


def between(before: TablesInMemory, after: TablesInMemory) -> Changes:
    """Compare two datasets in memory; see `timeline.diff`."""
    kind_of = KindOf(before, after)
    rows: list[Change] = []
    for name in contract.TABLES:
        rows += of_schema(name, before, after)
        rows += _in_table(name, before._plain(name), after._plain(name), kind_of)
    return Changes(before.version, after.version, tuple(rows))


# Comparing -------------------------------------------------------------------------------------------------


def _in_table(name: str, old: pa.Table, new: pa.Table, kind_of: KindOf) -> Iterator[Change]:
    import numpy as np
    import pyarrow as pa

    if old.equals(new):
        return
    here, there = _key_texts(name, old), _key_texts(name, new)
    partner = _partners(name, here, there)
    came = partner < 0
    gone = np.ones(len(here), bool)
    gone[partner[~came]] = False
    found = [
        *_rows(name, old.filter(pa.array(gone)), here.filter(pa.array(gone)), kind_of.removed, "old"),
        *_rows(name, new.filter(pa.array(came)), there.filter(pa.array(came)), kind_of.added, "new"),
    ]
    kept_old, kept_new = old.take(pa.array(partner[~came])), new.filter(pa.array(~came))
    keys = there.filter(pa.array(~came))
    for field in contract.table(name).fields:
        found += _cells(name, field, kept_old[field.name], kept_new[field.name], keys, kind_of)
    yield from sorted(found, key=lambda change: change.key)


def _partners(name: str, here: pa.Array, there: pa.Array) -> np.ndarray[Any, Any]:
    """For each key there its place here; -1 where it has none. A key that repeats is refused."""
    import numpy as np
    import pyarrow as pa

    codes = pa.concat_arrays([here, there]).dictionary_encode().indices.to_numpy()
    sides = codes[: len(here)], codes[len(here) :]
    for keys, side in zip((here, there), sides, strict=True):
        if len(side) and np.bincount(side).max() > 1:
            _demand_unique(name, keys)
    place = np.full(len(codes), -1)
    place[sides[0]] = np.arange(len(here))
    partners: np.ndarray[Any, Any] = place[sides[1]]
    return partners


def keys_of(name: str, data: pa.Table) -> pa.Array:
    """One text per row that no other row of the table has."""
    keys = _key_texts(name, data)
    _demand_unique(name, keys)
    return keys


def _key_texts(name: str, data: pa.Table) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    described = contract.table(name)
    parts = [pc.fill_null(data[column].combine_chunks().cast(pa.string()), "") for column in described.key]
    if len(parts) > 1:
        for sign, code in (("%", "%25"), ("|", "%7C")):
            parts = [
                pc.replace_substring(part, sign, code)
                if pc.any(pc.match_substring(part, sign)).as_py()
                else part
                for part in parts
            ]
    return pc.binary_join_element_wise(*parts, "|") if len(parts) > 1 else parts[0]


def _demand_unique(name: str, keys: pa.Array) -> None:
    import pyarrow.compute as pc

    if pc.count_distinct(keys).as_py() < len(keys):
        repeated = keys.value_counts()
        twice = sorted(repeated.filter(pc.greater(repeated.field("counts"), 1)).field("values").to_pylist())
        message = "stands in more than one row: such tables cannot be compared"
        raise BadData(
            [Problem(name, " + ".join(contract.table(name).key), key, message, "unique") for key in twice]
        )


def _rows(name: str, data: pa.Table, keys: pa.Array, kind: Any, side: str) -> Iterator[Change]:
    columns = [csv.texts(column) for column in data.columns]
    for key, *cells in zip(keys.to_pylist(), *columns, strict=True):
        row = {column: cell for column, cell in zip(data.column_names, cells, strict=True) if cell}
        content = json.dumps(row, ensure_ascii=False)
        word, successor = kind(name, key, row)
        yield Change(name, key, word, None, *((content, successor) if side == "old" else (None, content)))


def _cells(
    name: str,
    field: contract.Field,
    old: pa.ChunkedArray,
    new: pa.ChunkedArray,
    keys: pa.Array,
    kind_of: KindOf,
) -> Iterator[Change]:
    import pyarrow.compute as pc

    if old.equals(new):
        return
    if field.type == "string":
        differ = pc.not_equal(pc.fill_null(old, ""), pc.fill_null(new, ""))
    else:
        differ = pc.or_(pc.fill_null(pc.not_equal(old, new), False), pc.xor(old.is_null(), new.is_null()))
    told = (csv.texts(old.filter(differ)), csv.texts(new.filter(differ)))
    kind = kind_of.cell(name, field)
    for key, before, after in zip(keys.filter(differ.combine_chunks()).to_pylist(), *told, strict=True):
        yield Change(name, key, kind, field.name, before or None, after or None)


# Summary ---------------------------------------------------------------------------------------------------

_SHOWN = 12


def _lines(changes: Changes) -> Iterator[str]:
    yield f"{changes.old} → {changes.new}: {len(changes):,} changes, {changes.level}"
    if any(is_coded(change.table) for change in changes.rows):
        yield changes.counts.to_string()
    by_kind: dict[str, list[Change]] = {}
    for change in changes.rows:
        if _is_told(change):
            by_kind.setdefault(change.change, []).append(change)
    for kind, mine in by_kind.items():
        yield ""
        yield kind
        yield from (f"  {sentence(change)}" for change in mine[:_SHOWN])
        if len(mine) > _SHOWN:
            yield f"  … and {len(mine) - _SHOWN:,} more"


def _is_told(change: Change) -> bool:
    """Whether people want to read it: what follows from another change is left out."""
    if not change.key:
        return True
    if not is_coded(change.table):
        return False
    if change.column is None:
        return change.table == "events" or change.change not in ("added", "retracted", "merged into")
    return not contract.table(change.table).field(change.column).derived or change.column == "status"


def sentence(change: Change) -> str:
    """One change in words."""
    if not change.key:
        what = ".".join(filter(None, (change.table, change.column)))
        return what + (
            f": {change.old or 'none'} → {change.new or 'none'}" if change.old or change.new else ""
        )
    if change.column is not None:
        return f"{change.table} {change.key}: {change.column} {change.old!r} → {change.new!r}"
    if change.removed:
        return f"{change.table} {change.key}" + (f" → {change.new}" if change.new else "")
    title = json.loads(change.new or "{}").get("title", "")
    return f"{change.table} {change.key} {title}".rstrip()
