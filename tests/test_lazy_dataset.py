"""Lazy datasets on DuckDB: the same filters, rows, citations, messages and changes as in memory."""

from __future__ import annotations

import gc
import json
import shutil
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from pyarrow import parquet
from recipes import unpack_release

import timeline
from timeline import contract
from timeline.dataset import Dataset
from timeline.dates import windows
from timeline.errors import BadData, BadRequest, BrokenRelease
from timeline.files.package import zipped

PARTS = {
    "where kind": lambda ds: ds.where(kind=["denial", "transfer"]),
    "where actor": lambda ds: ds.where(actor="KIM JONG UN", role="host"),
    "where alias": lambda ds: ds.where(actor="AKTC"),
    "where country": lambda ds: ds.where(country="north korea", status="on-record"),
    "where place": lambda ds: ds.where(place=["Moscow", "najin-port"]),
    "where authority": lambda ds: ds.where(authority="usa-ofac"),
    "during": lambda ds: ds.during("2023-11", "2024-01", match="certain"),
    "within": lambda ds: ds.within("2024"),
    "before": lambda ds: ds.before("2023-09-13"),
    "after": lambda ds: ds.after("2024", match="certain"),
    "as known": lambda ds: ds.as_known_on("2024-01-08"),
    "with hindsight": lambda ds: ds.as_known_on("2024-01-08", hindsight=True),
    "chained": lambda ds: ds.where(kind="designation").during("2024").where(authority="usa-ofac"),
    "known, chained": lambda ds: ds.during("2023/2024").as_known_on("2024-06-30").where(status="disputed"),
    "known twice": lambda ds: ds.as_known_on("2024-06-30").where(country="RUS").as_known_on("2024-01-08"),
    "nothing": lambda ds: ds.where(kind="denial").where(kind="transfer"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """The release in a folder of its own."""
    return unpack_release(tmp_path_factory.mktemp("release"))


@pytest.fixture(scope="module")
def ds(folder) -> Dataset:
    return timeline.open(folder)


@pytest.fixture(scope="module")
def lazy(folder):
    return timeline.open(folder, engine="duckdb")


def rows_of(data: pa.Table) -> list[tuple]:
    return sorted(map(repr, zip(*(column.to_pylist() for column in data.columns), strict=True)))


# The same answers ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", PARTS)
def test_a_part_is_the_same_as_in_memory_once_it_is_collected(part, lazy, ds) -> None:
    expected = PARTS[part](ds)
    collected = PARTS[part](lazy).collect()
    assert (len(expected["events"]) == 0) == (part == "nothing")
    assert len(expected["events"]) < len(ds["events"])
    assert collected == expected
    assert collected.steps == expected.steps
    assert repr(collected) == repr(expected)
    assert collected.cite() == expected.cite()
    assert timeline.resolve(collected.cite()) == expected


def test_the_whole_is_the_same_as_in_memory(lazy, ds) -> None:
    assert lazy.collect() == ds
    assert lazy.collect().cite() == ds.cite()
    assert lazy.where(kind="denial").whole is lazy


@pytest.mark.parametrize("part", ["where actor", "where authority", "during", "as known", "nothing"])
def test_tables_are_relations_of_the_rows_that_memory_holds(part, lazy, ds) -> None:
    rows, expected = PARTS[part](lazy), PARTS[part](ds)
    for name, described in contract.tables().items():
        if name == "timeline" and part == "as known":
            with pytest.raises(BadRequest, match=r"timeline, as known on a day, .*: collect\(\) first"):
                rows[name]
            continue
        found = rows[name]
        assert isinstance(found, duckdb.DuckDBPyRelation)
        assert tuple(found.columns) == described.columns
        assert rows_of(found.to_arrow_table()) == rows_of(expected._plain(name)), name


def test_verbs_over_frames_take_its_tables(lazy, ds) -> None:
    found = windows.lags(lazy["events"], lazy["event_links"])
    assert isinstance(found, duckdb.DuckDBPyRelation)
    assert rows_of(found.to_arrow_table()) == rows_of(
        windows.lags(ds._plain("events"), ds._plain("event_links"))
    )


def test_an_older_release_in_a_zip_has_what_it_has_in_memory() -> None:
    denials = timeline.open("0.9.0", engine="duckdb").where(kind="denial")
    assert denials.collect() == timeline.open("0.9.0").where(kind="denial")
    assert denials.collect().cite() == timeline.open("0.9.0").where(kind="denial").cite()
    assert timeline.open("0.9.0", engine="duckdb").collect() == timeline.open("0.9.0")


def test_rows_outlive_the_dataset_that_they_were_asked_of(folder) -> None:
    for release in (folder, "1.0.0"):
        rows = timeline.open(release, engine="duckdb").where(kind="denial")["sources"]
        gc.collect()
        assert len(rows.fetchall()) == len(timeline.open(release).where(kind="denial")["sources"])


# Nothing is read before it is asked for --------------------------------------------------------------------


def test_a_file_does_not_matter_before_its_table_is_needed(tmp_path, ds) -> None:
    folder = unpack_release(tmp_path)
    processed = folder / "data" / "processed"
    for name in contract.TABLES:
        if name not in ("events", "status_changes", "sources", "citations"):
            (processed / f"{name}.parquet").unlink(missing_ok=True)
    broken = processed / "sources.parquet"
    broken.write_bytes(broken.read_bytes().replace(b"PAR1", b"PAR2"))
    lazy = timeline.open(folder, engine="duckdb")
    denials = lazy.during("2024").where(kind="denial")
    expected = ds.during("2024").where(kind="denial")
    known = denials.as_known_on("2024-06-30")
    assert repr(known).startswith(
        f"timeline {ds.version} on DuckDB: nothing is counted before collect()\nduring("
    )
    for part, whole in ((denials, expected), (known, expected.as_known_on("2024-06-30"))):
        assert rows_of(part["events"].to_arrow_table()) == rows_of(whole._plain("events"))
        with pytest.raises(BrokenRelease, match=r"sources.parquet has sha256:\w+, datapackage.json says"):
            part["citations"] if part is known else part["sources"]
        with pytest.raises(BrokenRelease, match=r"\w+.parquet is missing"):
            part.collect()


def test_a_file_that_was_changed_is_refused_when_it_is_asked_for(tmp_path) -> None:
    folder = unpack_release(tmp_path)
    path = folder / "data" / "processed" / "events.parquet"
    parquet.write_table(parquet.read_table(path).slice(1), path)
    lazy = timeline.open(folder, engine="duckdb")
    with pytest.raises(BrokenRelease, match=r"events.parquet has sha256:\w+, datapackage.json says sha256"):
        lazy["events"]
    with pytest.raises(BrokenRelease, match=r"events.parquet has sha256"):
        lazy.where(kind="denial")


def test_a_file_that_cannot_be_read_to_the_end_gets_one_message(tmp_path) -> None:
    folder = unpack_release(tmp_path / "a [1]*")
    path = folder / "data" / "processed" / "citations.parquet"
    content = bytearray(path.read_bytes())
    content[200:2000] = bytes(1800)
    path.write_bytes(content)
    descriptor = json.loads((folder / "datapackage.json").read_bytes())
    for resource in descriptor["resources"]:
        del resource["hash"]
    (folder / "datapackage.json").write_text(json.dumps(descriptor))
    lazy = timeline.open(folder, engine="duckdb")
    for ask in (lazy.where(kind="denial").collect, lambda: timeline.diff(folder, "1.0.0", engine="duckdb")):
        with pytest.raises(
            BrokenRelease, match=r"a \[1\]\*.* cannot be computed to the end: .*citations"
        ) as told:
            ask()
        assert "\n" not in str(told.value)


# Files of every kind ---------------------------------------------------------------------------------------


def without(format: str):
    def change(descriptor: dict) -> None:
        descriptor["resources"] = [
            each for each in descriptor["resources"] if not each["path"].endswith(format)
        ]

    return change


def as_zip(root: Path, target: Path) -> Path:
    files = {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*.*")}
    target.write_bytes(zipped(files))
    return target


@pytest.mark.parametrize("format", [".csv", ".parquet"])
@pytest.mark.parametrize("packed", [False, True])
def test_every_kind_of_file_is_read_as_in_memory(format, packed, package, tmp_path) -> None:
    package.describe(without(format))
    path = as_zip(package.root, tmp_path / "some [1].zip") if packed else package.root
    expected = timeline.open(path)
    lazy = timeline.open(path, engine="duckdb")
    assert lazy.where(kind="transfer").collect() == expected.where(kind="transfer")
    assert {name: rows_of(lazy[name].to_arrow_table()) for name in lazy} == {
        name: rows_of(expected._plain(name)) for name in expected
    }


def test_types_of_other_writers_are_brought_to_the_contract(package) -> None:
    expected = timeline.open(package.root)
    frames = {name: expected[name] for name in expected}
    for name in ("events", "citations", "estimates", "places"):
        frames[name].to_parquet(package[f"data/processed/{name}.parquet"])  # times, categories, NaN
    package.rehash()
    found = timeline.open(package.root, engine="duckdb")
    for name in expected:
        assert rows_of(found[name].to_arrow_table()) == rows_of(expected._plain(name)), name


def test_what_has_the_wrong_type_gets_the_message_of_memory(package) -> None:
    events = parquet.read_table(package["data/processed/events.parquet"])
    index = events.column_names.index("start_earliest")
    wrong = events.set_column(index, "start_earliest", pa.array(["soon"] * len(events)))
    parquet.write_table(wrong, package["data/processed/events.parquet"])
    package.rehash()
    told = []
    for engine in (None, "duckdb"):
        with pytest.raises(BadData) as caught:
            timeline.open(package.root, engine=engine)["events"]
        told.append([(each.column, each.message, each.rule) for each in caught.value.problems])
    assert told[0] == told[1]
    assert told[0] == [("start_earliest", "has the type string, must be date", "type")]


# Connections -----------------------------------------------------------------------------------------------


def test_a_connection_is_used_as_it_is(package) -> None:
    with duckdb.connect() as connection:
        connection.execute("create table mine as select 'denial' as kind, 1 as weight")
        lazy = timeline.open(package.root, engine=connection)
        events = lazy.where(kind=["denial", "report"])["events"]
        joined = connection.sql("select distinct kind, weight from events join mine using (kind)")
        assert joined.fetchall() == [("denial", 1)]
        assert events.shape[0] == len(timeline.open(package.root).where(kind=["denial", "report"])["events"])
        lazy.as_known_on("2024-01-08").collect()
        assert connection.sql("show tables").fetchall() == [("mine",)]
    with pytest.raises(BadRequest, match="no engine 'duckbd'; did you mean duckdb"):
        timeline.open(package.root, engine="duckbd")


# What is refused -------------------------------------------------------------------------------------------

REQUESTS = {
    "a kind": lambda ds: ds.where(kind="denail"),
    "a status": lambda ds: ds.where(status="corroberated"),
    "a role": lambda ds: ds.where(role="hosts"),
    "an actor": lambda ds: ds.where(actor="kim-jong-um"),
    "a name": lambda ds: ds.where(actor="Kim Yong Un"),
    "a place": lambda ds: ds.where(place="najin-prot"),
    "a country": lambda ds: ds.where(country="North Koera"),
    "an authority": lambda ds: ds.where(authority="usa-ofca"),
    "no authority": lambda ds: ds.where(authority="kim-jong-un"),
    "an alias of two": lambda ds: ds.where(actor="DIA"),
    "one of several": lambda ds: ds.where(place=["moscow", "moscwo"]),
    "no text": lambda ds: ds.where(kind=7),
    "no value": lambda ds: ds.where(kind=[]),
    "no condition": lambda ds: ds.where(),
    "nothing like it": lambda ds: ds.where(actor="§"),
    "what was known before": lambda ds: ds.as_known_on("2024-01-08").where(actor="kim-jong-um"),
    "a window": lambda ds: ds.during("2024-02", "2024-01"),
    "a match": lambda ds: ds.after("2024", match="certainly"),
    "a month for a day": lambda ds: ds.as_known_on("2024-01"),
    "a table": lambda ds: ds["event"],
}


@pytest.mark.parametrize("request_", REQUESTS)
def test_a_bad_request_gets_the_message_of_memory(request_, lazy, ds) -> None:
    told = []
    for each in (ds, lazy):
        with pytest.raises(BadRequest) as caught:
            REQUESTS[request_](each)
        told.append(str(caught.value))
    assert told[0] == told[1]


def test_what_a_small_release_has_is_listed_alike(package) -> None:
    told = []
    for engine in (None, "duckdb"):
        with pytest.raises(
            BadRequest, match=r"no country is called 'x' \(country: .*north korea, .*prk"
        ) as caught:
            timeline.open(package.root, engine=engine).where(country="x")
        told.append(str(caught.value))
    assert told[0] == told[1]


def test_an_id_that_was_retired_is_followed_or_told(package) -> None:
    package["retired"].write_text(
        "id,table,successor,reason,release\n"
        "north-korea,actors,prk,two rows for one state,1.0.0\n"
        "south-korea,actors,,told by mistake,1.0.0\n"
    )
    package.describe(without(".parquet"))
    package.rehash()
    said = "'south-korea'; it was retired in 1.0.0, nothing stands for it now: told by mistake"
    for engine in (None, "duckdb"):
        dataset = timeline.open(package.root, engine=engine)
        assert dataset.where(actor="north-korea").steps == dataset.where(actor="prk").steps
        with pytest.raises(BadRequest, match=said):
            dataset.where(actor="south-korea")


def answered_in_memory() -> list[str]:
    from timeline.lazy_dataset import LazyDataset

    return [name for name in dir(Dataset) if not name.startswith("_") and name not in dir(LazyDataset)]


@pytest.mark.parametrize("verb", answered_in_memory())
def test_what_is_answered_in_memory_says_so(verb, lazy) -> None:
    with pytest.raises(BadRequest, match=rf"{verb} is answered in memory: collect\(\) first"):
        getattr(lazy, verb)
    assert not hasattr(lazy, verb)
    assert hasattr(lazy.where(kind="denial").collect(), verb)


def test_functions_over_datasets_say_it_too(lazy, ds) -> None:
    assert {"story", "cite", "plot", "sql", "to_sqlite", "envelope", "undated"} <= set(answered_in_memory())
    changes = timeline.diff(ds, ds)
    for ask in (
        lambda: timeline.cite(lazy),
        lambda: timeline.apply(lazy, changes),
        lambda: timeline.validate(lazy),
        lambda: timeline.diff(lazy, ds),
    ):
        with pytest.raises(BadRequest, match=r"collect\(\)"):
            ask()
    with pytest.raises(AttributeError, match="a lazy dataset has no 'storey'"):
        lazy.storey  # noqa: B018
    with pytest.raises(AttributeError, match="does not change, so that version cannot be set"):
        lazy.version = "2"


# Changes ---------------------------------------------------------------------------------------------------


def assert_same(lazily, in_memory) -> None:
    assert lazily == in_memory
    assert str(lazily) == str(in_memory)
    assert lazily.level == in_memory.level


@pytest.mark.parametrize("releases", [("0.9.0", "1.0.0"), ("1.0.0", "0.9.0"), ("1.0.0", "1.0.0")])
def test_releases_differ_as_in_memory(releases) -> None:
    changes = timeline.diff(*releases)
    assert (len(changes) == 0) == (releases[0] == releases[1])
    assert_same(timeline.diff(*releases, engine="duckdb"), changes)


def test_parts_differ_as_in_memory(lazy, ds) -> None:
    def parts(each):
        return each.where(kind="denial"), each.where(kind=["denial", "disclosure"]).during("2024")

    assert_same(timeline.diff(*parts(lazy)), timeline.diff(*parts(ds)))
    with pytest.raises(BadRequest, match="timeline, as known on a day"):
        timeline.diff(lazy.as_known_on("2024-01-08"), lazy)


EVENT = "kremlin-says-no-proof-of-dprk-arms"


def edited(package, *edits: tuple[str, str, str]) -> Path:
    package.describe(without(".parquet"))
    for name, old, new in edits:
        package.replace(name, old.encode(), new.encode())
    return package.root


def test_a_package_edited_by_hand_differs_as_in_memory(package, small_package) -> None:
    participants = package["participants"].read_text().splitlines()
    mine = [line for line in participants if line.startswith(EVENT)]
    path = edited(
        package,
        ("participants", f"{mine[0]}\n", ""),
        ("citations", f"{EVENT},", f"{EVENT}-again,"),
        ("places", "Astrakhan region", "Astrakhan"),
        ("retired", "\n", "\nno-such-event,events,,it never was,1.0.0\n"),
    )
    changes = timeline.diff(small_package, path)
    assert {change.table for change in changes.rows} >= {"participants", "citations", "retired"}
    assert_same(timeline.diff(small_package, path, engine="duckdb"), changes)
    assert_same(timeline.diff(path, small_package, engine="duckdb"), timeline.diff(path, small_package))


def test_what_was_retired_before_is_merged_as_in_memory(package, tmp_path) -> None:
    merged = ("retired", "\n", "\nastrakhan-region,places,najin-port,one place,1.0.0\n")
    old = shutil.copytree(edited(package, merged), tmp_path / "old")
    line = next(line for line in package["places"].read_text().splitlines() if "astrakhan-region" in line)
    new = edited(package, ("places", f"{line}\n", ""))
    changes = timeline.diff(old, new)
    assert [(change.change, change.new) for change in changes.rows] == [("merged into", "najin-port")]
    assert_same(timeline.diff(old, new, engine="duckdb"), changes)


@pytest.mark.parametrize("other", [True, False])
def test_a_key_that_repeats_is_refused_as_in_memory(other, package, small_package) -> None:
    line = next(line for line in package["citations"].read_text().splitlines() if line.startswith(EVENT))
    again = f"{line}\n" * 3 if other else f"{line}\n{line}\n"
    path = edited(package, ("citations", f"{line}\n", again))
    for pair in ((small_package, path), (path, small_package)):
        told = []
        for engine in (None, "duckdb"):
            with pytest.raises(BadData, match="stands in more than one row") as caught:
                timeline.diff(*pair, engine=engine)
            told.append(str(caught.value))
        assert told[0] == told[1]


def test_datasets_on_two_connections_are_not_compared(folder, lazy) -> None:
    with pytest.raises(BadRequest, match=r"on two connections cannot be compared: open both on one"):
        timeline.diff(lazy, timeline.open(folder, engine="duckdb"))
