"""One verdict in the same words, whatever computes it: Arrow in memory, DuckDB out of core, Spark."""

from __future__ import annotations

import json
import pickle
import re
import shutil
from collections import Counter
from itertools import count
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from broken import NAMED, OF_CELLS, OF_USE, Tables, broken, with_unused
from folders import RawFolder
from pyarrow import parquet

import timeline
from timeline import contract
from timeline.archive import problems_in
from timeline.curation.build import _typed
from timeline.curation.derive import with_bounds, with_knowledge
from timeline.curation.read import read
from timeline.errors import BadRequest, Problem
from timeline.files.opening import open_package
from timeline.validation import rules
from timeline.validation.validate import LARGE, fitting_engine

ROOT = Path(__file__).parents[2]
ALONE = [
    "every-event-is-cited",
    "every-event-begins",
    "every-event-has-a-year",
    "no-event-is-older-than-the-matter",
    "no-event-begins-after-the-release",
    "listings-name-the-event-that-made-them",
    "listings-do-not-precede-their-event",
    "nothing-is-made-public-before-it-is-done",
    "one-address-has-one-spelling",
]
"""Rules whose cases would hide others."""


@pytest.fixture(scope="session")
def corpus(published: Tables, small_root: Path, once) -> list[Path]:
    """Packages that between them break every rule."""
    folder = once("corpus", lambda folder: _break_every_rule(folder, published, small_root))
    return sorted(folder.glob("[0-9]*"), key=lambda path: int(path.name))


def _break_every_rule(folder: Path, published: Tables, small_root: Path) -> None:
    values = [rule for rule in OF_CELLS if rule.name not in ("unique", "foreign-key")]
    others = [rule for rule in OF_CELLS if rule not in values]
    unused = published
    for rule in OF_USE:
        unused, _ = with_unused(rule, unused)
    raws = _edited(small_root, folder)
    tables = [*_with_cells(values, published), *_with_cells(others, published), unused, *map(_from_raw, raws)]
    for number, each in enumerate(tables):
        _package_of(each, folder / f"{number}")


def _with_cells(asked: list[rules.Rule], whole: Tables) -> list[Tables]:
    """As few sets of tables as hold a row of its own for each rule, which breaks it."""
    sets: list[Tables] = []
    places: Counter[tuple[str, int]] = Counter()
    for rule in asked:
        place = next(n for n in count() if places[rule.table, n] + 2 < len(whole[rule.table]))
        places[rule.table, place] += 1
        sets += [whole] * (place + 1 - len(sets))
        sets[place], *_ = broken(rule, sets[place], places[rule.table, place])
    return sets


def _edited(small_root: Path, folder: Path) -> list[Path]:
    """As few raw folders as all edits fit into."""
    raws: list[Path] = []
    for name, (edit, *_) in NAMED.items():
        for number in count():
            root = folder / f"raw-{name if name in ALONE else number}"
            if not root.exists():
                raws.append(shutil.copytree(small_root, root))
            before = folder / "before"
            shutil.copytree(root, before)
            try:
                edit(RawFolder(root))
                break
            except (AssertionError, ValueError):
                shutil.rmtree(root)
                shutil.copytree(before, root)
            finally:
                shutil.rmtree(before)
    return raws


def _from_raw(root: Path) -> Tables:
    typed, problems = _typed(read(root / "data" / "raw"))
    assert not problems
    return with_knowledge(with_bounds(typed))


def _package_of(tables: Tables, folder: Path) -> Path:
    """A package of these tables in Parquet alone."""
    folder.mkdir()
    for name, data in tables.items():
        parquet.write_table(data, folder / f"{name}.parquet")
    resources = [{"name": f"{name}-parquet", "path": f"{name}.parquet"} for name in tables]
    described = {"created": "2026-11-28T00:00:00Z", "resources": resources}
    (folder / "datapackage.json").write_text(json.dumps(described))
    return folder


@pytest.fixture(scope="session")
def in_memory(corpus: list[Path], once) -> list[list[Problem]]:
    """What Arrow in memory says of each package of the corpus."""

    def ask(folder: Path) -> None:
        found = [problems_in(package, engine="memory") for package in corpus]
        (folder / "problems").write_bytes(pickle.dumps(found))

    return pickle.loads((once("corpus-in-memory", ask) / "problems").read_bytes())


def test_the_corpus_breaks_every_rule(in_memory: list[list[Problem]]) -> None:
    told = {
        (each.rule, each.where.partition(".")[0], each.column) for package in in_memory for each in package
    }
    # In a package a date without a beginning leaves a bound empty that must not be: that is told instead.
    assert told >= {(rule.name, rule.table, rule.column) for rule in rules.all_rules()} - {
        ("every-event-begins", "events", "date")
    }


@pytest.mark.parametrize("part", range(4))
def test_duckdb_says_what_memory_says(part: int, corpus: list[Path], in_memory: list[list[Problem]]) -> None:
    for package, told in list(zip(corpus, in_memory, strict=True))[part::4]:
        assert problems_in(package, engine="duckdb") == told


WRONG_FILES = {
    "a number": ("estimates", b",300,", b",3e2,", "must be a plain decimal number"),
    "a day": ("status_changes", b",2023-10-", b",2023-1o-", "must be a date as YYYY-MM-DD"),
    "a word": ("events", b"transfer", b"trasnfer", "did you mean transfer?"),
    "Parquet that differs": ("places", b"Beijing", b"Peking", "differs from data/processed/places.csv"),
}


@pytest.mark.parametrize("case", WRONG_FILES)
def test_files_are_read_alike(case: str, package) -> None:
    name, old, new, said = WRONG_FILES[case]
    package.replace(name, old, new)
    found = problems_in(package.root, engine="memory")
    assert any(said in str(problem) for problem in found)
    assert problems_in(package.root, engine="duckdb") == found


def test_a_column_of_unreadable_cells_is_told_in_part(package, monkeypatch) -> None:
    package["events"].write_bytes(
        re.sub(rb"(\d{4})-(\d\d)-(\d\d),", rb"\1/\2/\3,", package["events"].read_bytes())
    )
    package.rehash()
    monkeypatch.setattr("timeline.files.packed.MOST_TOLD", 3)
    found = problems_in(package.root, engine="memory")
    told = [str(each) for each in found if each.column == "start_latest"]
    assert len(told) == 4 and "so in 11 rows more" in told[-1]
    assert problems_in(package.root, engine="duckdb") == found


def test_parquet_of_other_types_is_told_column_by_column(package) -> None:
    paths = {"latitude": pa.string(), "name": pa.int64()}
    data = parquet.read_table(package.root / "data/processed/places.parquet")
    for column, other in paths.items():
        place = data.column_names.index(column)
        values = [f"{n}" if other == pa.string() else n for n in range(len(data))]
        data = data.set_column(place, column, pa.array(values, other))
    folder = _package_of(
        {**{n: timeline.open(package.root)._plain(n) for n in contract.TABLES}, "places": data},
        package.root / "mine",
    )
    found = problems_in(folder, engine="memory")
    assert {(each.column, each.rule) for each in found} == {("latitude", "type"), ("name", "type")}
    assert problems_in(folder, engine="duckdb") == found


def test_any_connection_of_duckdb_will_do_and_is_left_as_it_was(package) -> None:
    with duckdb.connect() as connection:
        connection.execute("create table mine as select 1 as one")
        timeline.validate(package.root, engine=connection)
        assert connection.execute("show tables").fetchall() == [("mine",)]


def test_an_unknown_engine_is_refused_with_the_nearest(package) -> None:
    with pytest.raises(BadRequest, match=r"no engine 'dukdb'; did you mean duckdb\?"):
        timeline.validate(package.root, engine="dukdb")
    with pytest.raises(BadRequest, match="an engine is for packages"):
        timeline.validate(timeline.load("events"), "events", engine="duckdb")


def test_a_large_package_is_for_duckdb(package) -> None:
    assert fitting_engine(open_package(package.root)) == "memory"
    package.describe(lambda all_: all_["resources"][0].update(bytes=LARGE))
    assert fitting_engine(open_package(package.root)) == "duckdb"


# Spark's announcement about pandas, of which it uses nothing here.
on_spark = pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning")


@on_spark
def test_spark_says_what_memory_says(spark, corpus, in_memory):
    for package, told in zip(corpus, in_memory, strict=True):
        assert problems_in(package, engine=spark) == told


@on_spark
def test_spark_finds_the_published_package_valid(spark):
    timeline.validate(ROOT, engine=spark)
