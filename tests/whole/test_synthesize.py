"""Synthetic packages are valid, have the real shape, and come out the same however they are made."""

from __future__ import annotations

import json
from pathlib import Path

import frictionless
import pandas as pd
import pytest
import synthesize

import timeline
from timeline import contract
from timeline.curation.build import build

REAL_EVENTS = len(timeline.load("events"))


def made(folder: Path, events: int, **options) -> Path:
    synthesize.synthesize(events, folder, **options)
    return folder


def csv_lines(folder: Path) -> dict[str, list[str]]:
    """Lines of each table in one order, since rows are sorted within chunks."""
    return {path.name: sorted(path.read_text("utf-8").splitlines())
            for path in (folder / "data" / "processed").glob("*.csv")}  # fmt: skip


@pytest.mark.parametrize("events", [1, 20, REAL_EVENTS, REAL_EVENTS + 1])
def test_a_synthetic_package_is_valid_and_has_as_many_events_as_asked(tmp_path, events):
    folder = made(tmp_path / "out", events)
    timeline.validate(folder)
    assert len(timeline.open(folder)["events"]) == events


def test_frictionless_accepts_it(tmp_path):
    report = frictionless.validate(str(made(tmp_path / "out", 500) / "datapackage.json"))
    assert report.valid, report.flatten(["type", "message"])


def test_it_has_the_shape_of_the_real_one(tmp_path):
    real, synthetic = timeline.open(), timeline.open(made(tmp_path / "out", 2 * REAL_EVENTS))
    for table in ("participants", "citations", "event_links", "estimates", "designations", "status_changes",
                  "event_materiel"):  # fmt: skip
        assert len(synthetic[table]) == 2 * len(real[table]) > 0, table
    counts = [pd.crosstab(each["events"]["kind"], each["events"]["status"]) for each in (real, synthetic)]
    pd.testing.assert_frame_equal(2 * counts[0], counts[1])
    for registry in ("actors", "places"):
        assert len(real[registry]) < len(synthetic[registry]) < 2 * len(real[registry]), registry


def test_all_its_text_is_synthetic(tmp_path):
    synthetic = timeline.open(made(tmp_path / "out", REAL_EVENTS))
    for (table, column), _ in synthesize.WORDS.items():
        assert synthetic[table][column].dropna().str.contains("synthetic", case=False).all(), (table, column)


def test_the_seed_decides_every_byte(tmp_path):
    first, again = made(tmp_path / "a", 30), made(tmp_path / "b", 30)
    other = made(tmp_path / "c", 30, seed=1)
    names = sorted(path.relative_to(first) for path in first.rglob("*") if path.is_file())
    assert len(names) == 2 * len(contract.TABLES) + 1
    assert all((first / name).read_bytes() == (again / name).read_bytes() for name in names)
    assert csv_lines(first) != csv_lines(other)


def test_chunks_make_no_difference(tmp_path, monkeypatch):
    events = 2 * REAL_EVENTS + 5
    whole = made(tmp_path / "whole", events)
    monkeypatch.setattr(synthesize, "BLOCKS_PER_CHUNK", 1)
    parts = made(tmp_path / "parts", events)
    timeline.validate(parts)
    assert csv_lines(parts) == csv_lines(whole)


def test_the_raw_form_builds_to_the_same_tables(tmp_path, monkeypatch):
    monkeypatch.setattr(synthesize, "BLOCKS_PER_CHUNK", 1)
    folder = made(tmp_path / "out", REAL_EVENTS + 5, raw=True)
    before = csv_lines(folder)
    build(folder)
    assert csv_lines(folder) == before


def test_it_says_what_it_is(tmp_path):
    descriptor = json.loads((made(tmp_path / "out", 20) / "datapackage.json").read_text("utf-8"))
    assert descriptor["name"] == "synthetic-timeline"
    assert "Nothing in it happened" in descriptor["description"]
