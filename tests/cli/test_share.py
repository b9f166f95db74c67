"""The commands export and sql, run as their users run them."""

from __future__ import annotations

import csv
import inspect
import io
import json
import sqlite3
import sys
from contextlib import closing

import pytest

import timeline
from timeline.cli import main
from timeline.cli.look import list_events
from timeline.cli.share import export
from timeline.export.write import TARGETS


@pytest.fixture
def run(monkeypatch, capsys):
    """Run the command; return its exit code, standard output and standard error."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["timeline", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code or 0, *capsys.readouterr()

    return run


@pytest.mark.parametrize("target", TARGETS)
def test_export_writes_what_python_writes(target, run, tmp_path):
    path, same = tmp_path / "out", tmp_path / "same"
    code, out, err = run("export", target, "-o", path, "--kind", "transfer", "--as-known-on", "2024-01-08")
    part = timeline.open().as_known_on("2024-01-08").where(kind="transfer")
    assert (code, err) == (0, "") and out == f"wrote {path}: {len(part['events'])} events\n"
    assert path.read_bytes() == getattr(part, f"to_{target}")(same).read_bytes()


def test_export_has_every_filter_of_list():
    filters = set(inspect.signature(list_events).parameters) - {"format"}
    assert filters and filters < set(inspect.signature(export).parameters)


def test_export_takes_windows(run, tmp_path):
    path = tmp_path / "out.db"
    assert run("export", "sqlite", "-o", path, "--during", "2023-11", "--certain")[0] == 0
    with closing(sqlite3.connect(path)) as database:
        (count,) = database.execute("select count(*) from events").fetchone()
    assert count == len(timeline.open().during("2023-11", match="certain")["events"]) > 0


def test_export_says_what_is_wrong(run, tmp_path):
    path = tmp_path / "mine"
    path.write_text("precious")
    assert run("export", "geojson", "-o", path) == (
        2,
        "",
        f"timeline: {path} exists already; force=True or --force replaces it\n",
    )
    assert path.read_text() == "precious"
    assert run("export", "geojson", "-o", path, "--force")[0] == 0
    code, out, err = run("export", "geojsn", "-o", path, "--force")
    assert (code, out) == (2, "") and "did you mean geojson?" in err


def test_sql_prints_rows_in_three_ways(run):
    query = "select kind, count(*) as n, max(known_from) as last from events group by kind order by kind"
    expected = timeline.open().sql(query)
    code, out, _ = run("sql", query, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert code == 0 and [row["kind"] for row in rows] == expected["kind"].tolist()
    assert [row["last"] for row in rows] == [f"{day:%Y-%m-%d}" for day in expected["last"]]
    code, out, _ = run("sql", query, "--format", "json")
    assert code == 0 and [row["n"] for row in json.loads(out)] == expected["n"].tolist()
    code, out, err = run("sql", query)
    assert (code, err) == (0, "") and len(out.splitlines()) == len(expected) + 1


def test_sql_says_what_is_wrong(run):
    code, out, err = run("sql", "select * from evnts")
    assert (code, out) == (2, "")
    assert err.startswith("timeline: there is no table 'evnts'; did you mean events? (tables: events, ")
