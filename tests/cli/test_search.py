"""The command search prints what Python gives."""

from __future__ import annotations

import csv
import io
import json
import sys

import pytest

import timeline
from timeline import cli

WHOLE = timeline.open()


def run(monkeypatch, capsys, *arguments):
    monkeypatch.setattr(sys, "argv", ["timeline", *arguments])
    with pytest.raises(SystemExit) as end:
        cli.main()
    out, err = capsys.readouterr()
    return end.value.code, out, err


def test_the_command_prints_the_same_rows(monkeypatch, capsys):
    rows = WHOLE.search("drones", 4)
    code, out, _ = run(monkeypatch, capsys, "search", "drones", "--limit", "4", "--format", "csv")
    assert code == 0
    assert [row["event_id"] for row in csv.DictReader(io.StringIO(out))] == rows["event_id"].tolist()
    _, out, _ = run(monkeypatch, capsys, "search", "drones", "--limit", "4", "--format", "json")
    assert [row["excerpt"] for row in json.loads(out)] == rows["excerpt"].tolist()
    _, out, err = run(monkeypatch, capsys, "search", "drones", "--limit", "4")
    assert [event for event in rows["event_id"] if event in out] == rows["event_id"].tolist()
    assert "«" in out and "4 events" in err


@pytest.mark.parametrize("arguments", [["search", "--", "--"], ["search", "kim", "--limit", "0"], ["search"]])
def test_the_command_refuses(monkeypatch, capsys, arguments):
    code, out, err = run(monkeypatch, capsys, *arguments)
    assert code == 2 and not out and err
