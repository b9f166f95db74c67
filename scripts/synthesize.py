"""Write a synthetic package in the shape of the real one: ``scripts/synthesize.py N OUT [--seed S] [--raw]``.

The real record is the mould. Its events are copied in blocks, each under new ids and moved by a number of
years drawn at random, until there are N; links stay within a block. Actors, places and instruments that
several real events share are shared by all blocks, those of a single event are new in each: the share of
single ones estimates how often the next event brings a new one (Good and Turing), so that registries grow
as the real ones do. Sources are new in each block, since none is older than what it tells. All text is
replaced but for vocabularies, sanctions lists and the numbers of their entries, whose forms are fixed. A
listing of a shared actor names no event, since none is shared. What is derived is derived by the
package's own functions, chunk by chunk, so that memory does not grow with N; rows are sorted within each
chunk. Whatever N, a smaller package is the beginning of a larger.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import yaml
from raw_form import append_raw

from timeline import contract
from timeline.contract import types
from timeline.contract.relations import closed, registry_keys
from timeline.curation.derive import Tables, with_bounds, with_knowledge
from timeline.curation.describe import descriptor, measured
from timeline.curation.write import PROCESSED
from timeline.files import csv
from timeline.files.opening import installed
from timeline.files.package import DESCRIPTOR
from timeline.home import home

BLOCKS_PER_CHUNK = 25
NUMBERED = ("events", "actors", "sources", "places", "instruments")
# Steps of four years keep 29 February. Events stay between August 1945 and the release, as rules want them.
YEARS = range(-76, 1, 4)
LETTERS = {None: "", "Latn": "", "Cyrl": " я", "Kore": " 가"}
WORDS = {
    ("events", "title"): ("Synthetic event ", ""),
    ("events", "summary"): ("Synthetic summary of event ", "."),
    ("estimates", "stated"): ("synthetic ", ""),
    ("actors", "name"): ("Synthetic actor ", ""),
    ("aliases", "alias"): ("Synthetic alias ", ""),
    ("identifiers", "value"): ("synthetic-", ""),
    ("sources", "title"): ("Synthetic source ", ""),
    ("sources", "url"): ("https://synthetic.example/", ""),
    ("places", "name"): ("Synthetic place ", ""),
    ("instruments", "title"): ("Synthetic instrument ", ""),
}


def synthesize(events: int, folder: Path, seed: int = 0, raw: bool = False) -> None:
    """Write a valid package of so many events into a new folder, and data/raw beside it where asked."""
    folder.mkdir(parents=True)
    mould = _Mould(seed)
    files = {name: _GrowingTable(folder, name) for name in contract.TABLES}
    first, last = [], []
    for chunk in mould.chunks(events):
        for name, rows in chunk.items():
            files[name].append(rows)
        if raw:
            append_raw(folder / "data" / "raw", chunk)
        first.append(pc.min(chunk["events"]["start_earliest"]).as_py())
        last.append(pc.max(chunk["events"]["start_latest"]).as_py())
    sizes = {path: size for file in files.values() for path, size in file.close().items()}
    about = _about(events)
    described = descriptor(about, (min(first), max(last)), sizes)
    (folder / DESCRIPTOR).write_text(json.dumps(described, indent=2) + "\n", encoding="utf-8")
    if raw:
        (folder / "data" / "raw" / "package.yaml").write_text(
            yaml.safe_dump(about, default_style='"'), encoding="utf-8"
        )


def _about(events: int) -> dict[str, Any]:
    with (home() / DESCRIPTOR).open(encoding="utf-8") as file:
        real = json.load(file)
    return {
        "name": "synthetic-timeline",
        "version": real["version"],
        "released": real["created"][:10],
        "note": "Synthetic.",
        "title": f"Synthetic timeline of {events:,} events",
        "description": "Made by scripts/synthesize.py to try programs on. Nothing in it happened.",
        "keywords": ["synthetic"],
        "contributors": real["contributors"],
        "licence": real["licenses"][0],
        "sources": real["sources"],
        "spatial": "none",
    }


class _Mould:
    """The real tables, and which of their rows every block shares (``common``) or has anew (``fresh``)."""

    def __init__(self, seed: int) -> None:
        package = installed()
        self.seed = seed
        self.tables = {name: package.table(name) for name in contract.TABLES}
        self.tables["events"] = types.sort("events", self.tables["events"])
        common, fresh = _common_and_fresh(self.tables)
        self.common = {name: _positions(common, name) for name in contract.TABLES}
        self.fresh = {name: _positions(fresh, name) for name in contract.TABLES}

    def chunks(self, events: int) -> Iterator[Tables]:
        """Finished tables of as many blocks at a time as make a chunk, until there are enough events."""
        blocks = -(-events // len(self.tables["events"]))
        moved_by = np.random.default_rng(self.seed).integers(0, len(YEARS), blocks)
        known: dict[str, pa.ChunkedArray] = {}
        for start in range(0, blocks, BLOCKS_PER_CHUNK):
            numbers = np.arange(start, min(start + BLOCKS_PER_CHUNK, blocks))
            made = {name: self._made(name, numbers, moved_by) for name in contract.TABLES}
            done = with_knowledge(with_bounds(_first(events - start * len(self.tables["events"]), made)))
            yield {name: _new(name, types.sort(name, rows), known) for name, rows in done.items()}
            known = known or {name: done[name][contract.table(name).key[0]] for name in contract.TABLES}

    def _made(self, name: str, blocks: np.ndarray, moved_by: np.ndarray) -> pa.Table:
        """The rows of a table that all blocks share, then those of each of these blocks."""
        common, fresh = self.common[name], self.fresh[name]
        rows = np.concatenate([common, np.tile(fresh, len(blocks))])
        block = np.concatenate([np.full(len(common), -1), np.repeat(blocks, len(fresh))])
        years = np.where(block < 0, YEARS.index(0), moved_by[block])
        columns = {}
        for field in contract.table(name).fields:
            real = self.tables[name][field.name].combine_chunks()
            meant = _meant(name, field.name)
            if field.derived:
                columns[field.name] = pa.nulls(len(rows), real.type)
            elif meant in NUMBERED:
                columns[field.name] = self._ids(meant, real.take(rows), block)
            elif field.edtf:
                columns[field.name] = _moved(real, rows, years)
            elif (name, field.name) in WORDS:
                columns[field.name] = self._words(name, field.name, rows, block)
            elif field.name in ("publisher", "host"):
                columns[field.name] = _houses(self.tables[name], field.name).take(rows)
            elif field.name == "scheme":
                columns[field.name] = pa.repeat("opensanctions", len(rows))
            else:
                columns[field.name] = real.take(rows)
        return pa.table(columns)

    def _ids(self, table: str, real: pa.Array, block: np.ndarray) -> pa.Array:
        (key,) = contract.table(table).key
        rows = pc.index_in(real, value_set=self.tables[table][key].combine_chunks())
        digits = self._digits(table, pc.fill_null(rows, 0).to_numpy(), block)
        ids = pc.binary_join_element_wise(f"synthetic-{key.removesuffix('_id')}", digits, "-")
        in_common = _ranks(self.common[table], len(self.tables[table]))
        there = (block >= 0) | (in_common[pc.fill_null(rows, 0).to_numpy()] >= 0)
        return pc.if_else(pc.and_(rows.is_valid(), pa.array(there)), ids, None)

    def _words(self, name: str, column: str, rows: np.ndarray, block: np.ndarray) -> pa.Array:
        """Text about as long as the real one."""
        lead, end = WORDS[name, column]
        filler = "-synthetic" if "-" in lead or "/" in lead else " synthetic"
        room = pc.fill_null(pc.utf8_length(self.tables[name][column]), 0).to_numpy() - len(lead) - 10
        repeats = pa.array(np.maximum(room // len(filler), 0)[rows], pa.int64())
        digits = self._digits(name, rows, block)
        if "script" in self.tables[name].column_names:
            scripts = self.tables[name]["script"].to_pylist()
            end = pa.array([LETTERS[script] for script in scripts]).take(pa.array(rows, pa.int64()))
        return pc.binary_join_element_wise(lead, digits, pc.binary_repeat(filler, repeats), end, "")

    def _digits(self, name: str, rows: np.ndarray, block: np.ndarray) -> pa.Array:
        """Number of a row among all of its table, counted from 1: those shared, then block after block."""
        common, fresh = self.common[name], self.fresh[name]
        in_common, in_fresh = _ranks(common, len(self.tables[name])), _ranks(fresh, len(self.tables[name]))
        shared = (block < 0) | (in_fresh[rows] < 0)
        numbers = np.where(shared, in_common[rows], len(common) + block * len(fresh) + in_fresh[rows]) + 1
        return pc.utf8_lpad(pa.array(numbers).cast(pa.string()), 9, "0")


def _common_and_fresh(tables: Tables) -> tuple[set[tuple[str, int]], set[tuple[str, int]]]:
    """Rows, as table and position, that all blocks share, and rows that hang on the events of a block."""
    needs = _needs(tables)
    events = {("events", row) for row in range(len(tables["events"]))}
    vocabularies = {name for name in contract.TABLES if registry_keys(name)} - set(NUMBERED)
    start = {each for each in _reached(events, needs, set()) if each[0] in vocabularies}
    start |= {("lists", row) for row in range(len(tables["lists"]))}
    start |= {each for name in ("actors", "places", "instruments") for each in _popular(name, tables)}
    common = _reached(start, needs, events)
    shared = {each for each in common if each[0] != "sources"}
    return common, _reached(events, needs, shared)


def _needs(tables: Tables) -> dict[tuple[str, int], list[tuple[str, int]]]:
    """What each row needs: the rows that it refers to, and those that belong to it."""
    needs = defaultdict(list)
    for name, described in contract.tables().items():
        for key in described.foreign_keys:
            there = {value: row for row, value in enumerate(_values(tables[key.table], key.referenced))}
            for row, value in enumerate(_values(tables[name], key.columns)):
                if None not in value:
                    needs[name, row].append((key.table, there[value]))
                    if key.columns[0] == described.key[0]:
                        needs[key.table, there[value]].append((name, row))
    return needs


def _popular(name: str, tables: Tables) -> Iterator[tuple[str, int]]:
    """Rows of a registry on which several events call."""
    events = defaultdict(set)
    for table, key in registry_keys(name):
        if "event_id" in tables[table].column_names:
            for event, given in _values(tables[table], ("event_id", *key.columns)):
                events[given].add(event)
    for row, (given,) in enumerate(_values(tables[name], contract.table(name).key)):
        if len(events[given]) > 1:
            yield name, row


def _values(data: pa.Table, columns: Iterable[str]) -> list[tuple[Any, ...]]:
    return list(zip(*(data[column].to_pylist() for column in columns), strict=True))


def _reached(
    start: set[tuple[str, int]],
    needs: Mapping[tuple[str, int], list[tuple[str, int]]],
    without: set[tuple[str, int]],
) -> set[tuple[str, int]]:
    reached, waiting = set(start), list(start)
    while waiting:
        new = set(needs.get(waiting.pop(), ())) - without - reached
        reached |= new
        waiting += new
    return reached


def _positions(rows: set[tuple[str, int]], name: str) -> np.ndarray:
    return np.array(sorted(row for table, row in rows if table == name), dtype=np.int64)


def _ranks(positions: np.ndarray, length: int) -> np.ndarray:
    ranks = np.full(length, -1)
    ranks[positions] = np.arange(len(positions))
    return ranks


@cache
def _meant(name: str, column: str) -> str | None:
    """The table whose key this column holds, if any."""
    described = contract.table(name)
    for key in described.foreign_keys:
        if column in key.columns:
            return _meant(key.table, key.referenced[key.columns.index(column)])
    return name if described.key == (column,) else None


def _moved(real: pa.Array, rows: np.ndarray, years: np.ndarray) -> pa.Array:
    """EDTF strings some steps of years later."""
    encoded = real.dictionary_encode()
    strings = encoded.dictionary.to_pylist()
    moved = [
        re.sub(r"(?<![-\d])\d{4}", lambda year, by=by: f"{int(year[0]) + by:04d}", text)
        for by in YEARS
        for text in strings
    ]
    codes = pc.fill_null(encoded.indices, 0).to_numpy()[rows]
    found = pa.array(moved, pa.string()).take(pa.array(years * len(strings) + codes))
    return pc.if_else(real.take(rows).is_valid(), found, None)


def _houses(sources: pa.Table, column: str) -> pa.Array:
    """As many publishers and hosts as there are, under one name in both columns."""
    both = [*sources["publisher"].to_pylist(), *sources["host"].to_pylist()]
    numbers = {house: number for number, house in enumerate(dict.fromkeys(filter(None, both)), 1)}
    named = [house and f"Synthetic publisher {numbers[house]}" for house in sources[column].to_pylist()]
    return pa.array(named, pa.string())


def _first(events: int, tables: Tables) -> Tables:
    """Leave out the events beyond so many, and what hangs on them alone."""
    if events >= len(tables["events"]):
        return tables
    lazy = {name: nw.from_native(data).lazy() for name, data in tables.items()}
    lazy["events"] = nw.from_native(tables["events"].slice(0, events)).lazy()
    return {name: rows.collect().to_arrow() for name, rows in closed(lazy).items()}


def _new(name: str, rows: pa.Table, known: Mapping[str, pa.ChunkedArray]) -> pa.Table:
    """Rows that the first chunk did not have."""
    if name not in known:
        return rows
    key = rows[contract.table(name).key[0]]
    return rows.filter(pc.invert(pc.is_in(key, value_set=known[name].combine_chunks())))


class _GrowingTable:
    """The CSV and the Parquet file of a table, written chunk by chunk."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name
        self.paths = [f"{PROCESSED}/{name}.csv", f"{PROCESSED}/{name}.parquet"]
        (folder / PROCESSED).mkdir(parents=True, exist_ok=True)
        self.csv = (folder / self.paths[0]).open("wb")
        self.parquet = pq.ParquetWriter(
            folder / self.paths[1], contract.arrow_schema(name), compression="zstd"
        )

    def append(self, rows: pa.Table) -> None:
        encoded = types.encode(self.name, rows)
        header, _, lines = csv.to_csv(encoded).partition(b"\n")
        if not self.csv.tell():
            self.csv.write(header + b"\n")
        self.csv.write(lines)
        if len(rows):
            self.parquet.write_table(encoded)

    def close(self) -> dict[str, dict[str, Any]]:
        """Size and checksum by path."""
        self.csv.close()
        self.parquet.close()
        sizes = {}
        for path in self.paths:
            with (self.folder / path).open("rb") as file:
                sizes[path] = measured(file)
        return sizes


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("events", metavar="N", type=int, help="how many events, at least one")
    parser.add_argument("folder", metavar="OUT", type=Path, help="folder to make")
    parser.add_argument("--seed", type=int, default=0, help="another seed gives another package")
    parser.add_argument("--raw", action="store_true", help="write data/raw too")
    given = parser.parse_args()
    if given.events < 1:
        parser.error("N must be at least 1")
    if given.folder.exists():
        parser.error(f"{given.folder} exists")
    synthesize(given.events, given.folder, given.seed, given.raw)
