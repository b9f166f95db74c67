"""SQLite: every row, types, keys and words."""

from __future__ import annotations

import datetime
import sqlite3
from contextlib import closing

import pytest
from exported import WHOLE, rows

import timeline
import timeline.export
from timeline import contract
from timeline.selection.spreadsheet import wide_view


@pytest.fixture
def database(dataset, tmp_path):
    with closing(sqlite3.connect(dataset.to_sqlite(tmp_path / "timeline.db"))) as database:
        database.row_factory = sqlite3.Row
        yield database


def asked(database, query, *given):
    return [dict(row) for row in database.execute(query, *given)]


def test_sqlite_holds_every_row_of_every_table(dataset, database):
    for table in dataset.tables:
        if table != "timeline":
            assert asked(database, f"select * from {table} order by rowid") == rows(dataset, table), table
    assert asked(database, "pragma integrity_check") == [{"integrity_check": "ok"}]
    assert asked(database, "pragma foreign_key_check") == []


def test_sqlite_computes_the_wide_view_that_python_computes(dataset, database):
    expected = wide_view({name: dataset.arrow(name) for name in dataset.tables}).to_pylist()
    for row in expected:
        row.update({name: str(value) for name, value in row.items() if isinstance(value, datetime.date)})
    assert len(expected) and asked(database, "select * from timeline") == expected


def test_sqlite_has_types_keys_and_indexes(database):
    for name, table in contract.tables().items():
        if name == "timeline":
            continue
        columns = asked(database, f"pragma table_info({name})")
        assert {each["name"]: each["type"].lower() for each in columns} == {
            field.name: {"number": "real", "integer": "integer"}.get(field.type, "text")
            for field in table.fields
        }
        key = sorted((each for each in columns if each["pk"]), key=lambda each: each["pk"])
        assert tuple(each["name"] for each in key) == table.key
        foreign = asked(database, f"pragma foreign_key_list({name})")
        assert len({each["id"] for each in foreign}) == len(table.foreign_keys)
    plan = asked(database, "explain query plan select * from events where known_from <= '2024-01-08'")
    assert "events_known_from" in plan[0]["detail"]
    plan = asked(database, "explain query plan select * from citations where source_id = 'x'")
    assert "citations_source_id" in plan[0]["detail"]


BROKEN = {
    "a reference that leads nowhere": "update participants set actor_id = 'nobody' where rowid = 1",
    "a dropped row that others need": "delete from events where rowid = 1",
    "a word outside the vocabulary": "update events set kind = 'rumour' where rowid = 1",
    "no day of the calendar": "update events set known_from = '2023-02-29' where rowid = 1",
    "an empty cell": "update events set title = null where rowid = 1",
    "a key twice": "insert into actors select * from actors where rowid = 1",
    "a latitude beyond the pole": "update places set latitude = 91 where rowid = 1",
    "a text as number": "update places set latitude = 'north' where rowid = 1",
}


@pytest.mark.parametrize("statement", BROKEN.values(), ids=BROKEN)
def test_sqlite_enforces_the_contract(statement, tmp_path):
    with closing(sqlite3.connect(WHOLE.to_sqlite(tmp_path / "timeline.db"))) as database:
        database.execute("pragma foreign_keys = on")
        with pytest.raises(sqlite3.IntegrityError):
            database.execute(statement)


@pytest.mark.parametrize("day", ["2022-12-31", "2024-01-08", "2025-06-30"])
def test_sqlite_tells_what_was_known_on_a_day(day, tmp_path):
    with closing(sqlite3.connect(WHOLE.to_sqlite(tmp_path / "timeline.db"))) as database:
        (query,) = database.execute("select value from metadata where key = 'as_known'").fetchone()
        found = [(row[0], row[5]) for row in database.execute(query, {"day": day})]
    snapshot = WHOLE.as_known_on(day)["events"]
    assert found and found == list(zip(snapshot["event_id"], snapshot["status"].astype("str"), strict=True))


def test_sqlite_finds_words(tmp_path):
    with closing(sqlite3.connect(WHOLE.to_sqlite(tmp_path / "timeline.db"))) as database:
        found = database.execute(
            "select event_id from events where rowid in "
            "(select rowid from events_fts where events_fts match 'drones primorye')"
        ).fetchall()
    assert ("kim-receives-drones-in-primorye",) in found


def test_sqlite_carries_citation_and_codebook(dataset, database):
    told = {row["key"]: row["value"] for row in asked(database, "select * from metadata")}
    assert told["version"] == dataset.version and dataset.version in told["citation"]
    assert timeline.resolve(told["citation"]) == dataset
    described = asked(database, 'select distinct "table", "column" from codebook where "column" != \'\'')
    assert {(row["table"], row["column"]) for row in described} == {
        (name, column) for name, table in contract.tables().items() for column in table.columns
    }
