"""Releases are made: the same bytes from the same facts, under a number that the changes allow."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

import timeline
from timeline.curation.build import build
from timeline.curation.release import release
from timeline.errors import BadData, BadRequest
from timeline.files.opening import open_package
from timeline.versions import index

ROOT = Path(__file__).parents[2]
CUT = date(2024, 6, 30)
EVENT = "russian-il62-at-pyongyang-in-january"
RENAMED = f"{EVENT}-2024"
MAKE = """
import sys
from datetime import date
from pathlib import Path
from timeline.curation.build import build
from timeline.curation.release import release
root = Path(sys.argv[1])
release(root, "0.9.0", date(2024, 6, 30))
build(root)
release(root, "1.0.0")
"""
"""What makes two releases."""


def make(root, **environment):
    """Make both from the facts of the small record alone."""
    done = subprocess.run(
        [sys.executable, "-c", MAKE, str(root)],
        env={"PYTHONPATH": str(ROOT), "LC_ALL": "C", **environment},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return root


@pytest.fixture(scope="session")
def made(small_root, once):
    """A checkout with nothing but the facts, in which both were made under another clock and other hashes."""
    elsewhere = {"PYTHONHASHSEED": "7", "TZ": "Asia/Pyongyang"}
    return once("made", lambda root: make(shutil.copytree(small_root, root, dirs_exist_ok=True), **elsewhere))


@pytest.fixture
def checkout(made, tmp_path):
    """A copy of it to change."""
    return Path(shutil.copytree(made, tmp_path / "checkout"))


def files_of(root):
    return {
        path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()
    }


def edit(root, name, right, wrong):
    path = root / "data" / "raw" / name
    text = path.read_text("utf-8")
    assert text.count(right) == 1
    path.write_text(text.replace(right, wrong), "utf-8")


def test_made_again_from_the_same_facts_they_are_the_same_bytes(made, small_root, tmp_path):
    again = make(shutil.copytree(small_root, tmp_path / "again"), PYTHONHASHSEED="8", TZ="America/New_York")
    assert list(index.index(made / "releases")) == ["0.9.0", "1.0.0"]
    for version in ("0.9.0", "1.0.0"):
        here, there = (open_package(index.zip_of(version, root / "releases")) for root in (made, again))
        tables = {resource["path"] for name, resource in there.resources.items() if name in there.fields}
        assert len(tables) > 20
        for path in tables:
            assert here.read(path, 2**30) == there.read(path, 2**30), f"{version} {path}"
    assert files_of(made) == files_of(again)


def refused(root, version, **given):
    before = files_of(root)
    with pytest.raises(BadRequest) as told:
        release(root, version, **given)
    assert files_of(root) == before
    return str(told.value)


def test_a_number_that_is_taken_or_below_or_none_is_refused(checkout):
    assert "release 1.0.0 exists, and a release never changes" in refused(checkout, "1.0.0")
    assert "release 0.9.0 exists" in refused(checkout, "0.9.0", until=CUT)
    assert "0.8.0 is below the last release, 1.0.0" in refused(checkout, "0.8.0", until=CUT)
    assert "'1.1' is no version; one is MAJOR.MINOR.PATCH" in refused(checkout, "1.1")
    assert "data/raw/package.yaml says version 1.0.0, not 1.1.0" in refused(checkout, "1.1.0")


def test_a_number_lower_than_the_changes_ask_for_is_refused_with_their_rows(checkout):
    text = (checkout / "data" / "raw" / "events" / f"{EVENT}.yaml").read_text("utf-8")
    new = f"{EVENT}-again"
    (checkout / "data" / "raw" / "events" / f"{new}.yaml").write_text(text.replace(EVENT, new), "utf-8")
    edit(checkout, "package.yaml", 'version: "1.0.0"', 'version: "1.0.1"')
    assert "the built package is not what data/raw gives" in refused(checkout, "1.0.1")
    build(checkout)
    told = refused(checkout, "1.0.1")
    assert "1.0.1 is too low: after 1.0.0 these ask for 1.1.0 or more (minor changes)" in told
    assert f"events {new}" in told and "… and " not in told.partition(new)[0]


def test_a_renamed_event_needs_a_row_in_the_register_and_is_a_minor_change(checkout):
    events = checkout / "data" / "raw" / "events"
    text = (events / f"{EVENT}.yaml").read_text("utf-8").replace(EVENT, RENAMED)
    (events / f"{RENAMED}.yaml").write_text(text, "utf-8")
    (events / f"{EVENT}.yaml").unlink()
    edit(checkout, "package.yaml", 'version: "1.0.0"', 'version: "2.0.0"')
    register = checkout / "data" / "raw" / "retired.csv"
    header = register.read_text("utf-8")
    register.write_text(f"{header}once-an-event,events,{RENAMED[:-1]},It was merged.,2.0.0\n", "utf-8")
    before = files_of(checkout)
    with pytest.raises(BadData) as wrong:
        build(checkout)
    assert files_of(checkout) == before
    lost, unknown = wrong.value.problems
    assert (lost.where, lost.value, lost.rule) == ("data/raw/retired.csv", EVENT, "no-id-is-lost")
    assert "was published in 1.0.0 and is no row of events any more" in lost.message
    assert unknown.message == f"is no id of events; did you mean {RENAMED}?"

    register.write_text(f"{header}{EVENT},events,{RENAMED},It was renamed.,2.0.0\n", "utf-8")
    build(checkout)
    old = index.zip_of("1.0.0", checkout / "releases").read_bytes()
    assert release(checkout, "2.0.0").change == "minor"
    assert index.zip_of("1.0.0", checkout / "releases").read_bytes() == old
    assert "## 2.0.0" in (checkout / "docs" / "DATA_CHANGES.md").read_text("utf-8")
    path = index.zip_of("2.0.0", checkout / "releases")
    assert "2.0.0.zip" in timeline.verify(path)

    newest = timeline.open(path)
    assert newest.story(EVENT).event["event_id"] == RENAMED
    assert newest.status_history(EVENT).equals(newest.status_history(RENAMED))
    assert newest.story(RENAMED).event["title"] == timeline.open("1.0.0").story(EVENT).event["title"]
    merged = (
        timeline.diff(index.zip_of("1.0.0", checkout / "releases"), newest)
        .to_pandas()
        .query("change == 'merged into'")
    )
    assert merged.loc[merged["table"] == "events", ["key", "new"]].values.tolist() == [[EVENT, RENAMED]]
