"""Kills, full and read-only disks and rivals of releases, files and folders; builds are in curation."""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from faults import Files, killed_everywhere, little_room, read_only, tree

import timeline
from timeline.curation.build import build
from timeline.curation.release import release
from timeline.errors import BadRequest
from timeline.files.atomic import write_file, write_folder
from timeline.files.opening import installed
from timeline.site.render import render
from timeline.versions import index

CUT = date(2024, 1, 31)
SMALL = timeline.open("1.0.0").where(kind="test")
COMMAND = [sys.executable, "-B", "-c", "from timeline.cli import main; main()"]
HERE = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}


def shelf(root: Path) -> set[str]:
    """Versions that the index lists, once every byte of each is proved."""
    listed = set(index.index(root / index.FOLDER))
    for version in listed:
        timeline.verify(index.zip_of(version, root / index.FOLDER))
    return listed


@pytest.fixture(scope="session")
def with_release(small_package: Path, once) -> Path:
    """A checkout in which one release was made and the next was built."""

    def make(root: Path) -> None:
        shutil.copytree(small_package, root, dirs_exist_ok=True)
        release(root, "0.9.0", CUT)
        build(root)

    return once("released", make)


@pytest.fixture
def released(with_release: Path, tmp_path: Path) -> Path:
    return shutil.copytree(with_release, tmp_path / "checkout")


# Killed ----------------------------------------------------------------------------------------------------

RELEASE = """
from timeline.curation.release import release

def act(root, until):
    release(root, "0.10.0", until)
"""


def test_a_release_killed_anywhere_is_there_whole_or_not_at_all(with_release: Path, tmp_path: Path) -> None:
    last = date(2024, 12, 31)
    *killed, done = killed_everywhere(RELEASE, with_release, tmp_path / "work", last, step=3)
    whole = tree(done)
    assert shelf(done) == {"0.9.0", "0.10.0"}
    outcomes = []
    for root in killed:
        assert shelf(root) in ({"0.9.0"}, {"0.9.0", "0.10.0"})
        try:
            release(root, "0.10.0", last)
            outcomes.append(False)
        except BadRequest as error:
            assert "release 0.10.0 exists, and a release never changes" in str(error)
            outcomes.append(True)
        assert tree(root) == whole
        assert not list(root.glob(".*"))
    assert outcomes == sorted(outcomes)
    assert outcomes.count(False) > 3
    assert outcomes.count(True) > 1


def test_a_release_that_was_cut_off_is_listed_beside_the_next(released: Path, monkeypatch) -> None:
    monkeypatch.setattr("timeline.files.atomic._finish", lambda root: None)
    release(released, "0.10.0", date(2024, 12, 31))
    monkeypatch.undo()
    assert shelf(released) == {"0.9.0"}
    release(released, "0.11.0", date(2025, 12, 31))
    assert shelf(released) == {"0.9.0", "0.10.0", "0.11.0"}


WRITE_FILE = """
from timeline.files.atomic import write_file

def act(root, content):
    write_file(root / "mine", content, force=True)
"""


def test_a_file_whose_writing_was_killed_is_the_old_or_the_new(tmp_path: Path) -> None:
    old, new = b"old\n" * 5_000, b"new\n" * 4_000
    (tmp_path / "before").mkdir()
    (tmp_path / "before" / "mine").write_bytes(old)
    outcomes = []
    for root in killed_everywhere(WRITE_FILE, tmp_path / "before", tmp_path / "work", new):
        content = (root / "mine").read_bytes()
        assert content in (old, new)
        assert [path.name for path in root.iterdir() if not path.name.startswith(".")] == ["mine"]
        write_file(root / "other", b"another")
        assert {path.name for path in root.iterdir()} == {"mine", "other"}
        outcomes.append(content == new)
    assert outcomes == sorted(outcomes)
    assert set(outcomes) == {False, True}


def test_what_a_running_process_prepares_is_not_taken_for_left_behind(tmp_path: Path) -> None:
    def files():
        yield "one", b"1"
        write_file(tmp_path / "other", b"another")
        yield "two", b"2"

    assert write_folder(tmp_path / "mine", files()) == 2
    assert tree(tmp_path) == {"mine/one": b"1", "mine/two": b"2", "other": b"another"}


WRITE_FOLDER = """
from timeline.files.atomic import write_folder

def act(root, files):
    write_folder(root / "site", files.items(), replace=True)
"""
OLD = {"index.html": b"old", "events/a.html": b"old", "events/b.html": b"old", "api/timeline.json": b"[]"}
NEW = {"index.html": b"new", "events/c.html": b"new", "actors/d.html": b"new", "api/timeline.json": b"[]"}


def failing():
    yield "index.html", b"half"
    raise OSError("no more")


def test_a_folder_whose_replacement_was_killed_is_the_old_or_the_new(tmp_path: Path) -> None:
    (tmp_path / "before").mkdir()
    write_folder(tmp_path / "before" / "site", OLD.items())
    outcomes, away = [], 0
    for root in killed_everywhere(WRITE_FOLDER, tmp_path / "before", tmp_path / "work", NEW):
        if not (root / "site").exists():  # between two renames, until the next run, even one that fails
            with pytest.raises(BadRequest, match="site cannot be written: no more"):
                write_folder(root / "site", failing(), replace=True)
            away += 1
        found = tree(root / "site")
        assert found in (OLD, NEW)
        write_folder(root / "site", NEW.items(), replace=True)
        assert tree(root) == {f"site/{name}": content for name, content in NEW.items()}
        assert [path.name for path in root.iterdir()] == ["site"]
        outcomes.append(found == NEW)
    assert outcomes == sorted(outcomes)
    assert outcomes.count(False) > 10
    assert outcomes.count(True) > 5
    assert away == 1


SITE = """
import timeline
from timeline.files.opening import installed
from timeline.site.render import render

def act(root, _):
    render(timeline.open("1.0.0").where(kind="test"), installed().descriptor, root / "site")
"""


def test_a_site_killed_anywhere_is_the_old_or_the_new(tmp_path: Path) -> None:
    (tmp_path / "before").mkdir()
    write_folder(tmp_path / "before" / "site", OLD.items())
    *killed, done = killed_everywhere(SITE, tmp_path / "before", tmp_path / "work", step=23)
    whole = tree(done)
    assert len(whole) > 50
    assert len(killed) > 3
    for root in killed:
        beside = root / ".timeline-earlier-site"  # between two renames, whence the next one puts it back
        assert tree(beside if not (root / "site").exists() else root / "site") in (OLD, tree(done / "site"))
        render(SMALL, installed().descriptor, root / "site")
        assert tree(root) == whole
        assert [path.name for path in root.iterdir()] == ["site"]


# Full and read-only disks ----------------------------------------------------------------------------------


def test_a_full_disk_is_told_by_a_release_and_loses_nothing(with_release: Path, tmp_path: Path) -> None:
    with little_room(tmp_path / "disk", "8m") as disk:
        root = shutil.copytree(with_release, disk / "checkout")
        (disk / "full").write_bytes(bytes(shutil.disk_usage(disk).free - 100_000))
        before = tree(root)
        with pytest.raises(BadRequest) as told:
            release(root, "1.0.0")
        assert str(told.value) == f"{root} cannot be written to: No space left on device"
        assert tree(root) == before
        assert not list(root.glob(".*"))


def test_a_full_disk_is_told_by_the_site_and_loses_nothing(tmp_path: Path) -> None:
    with little_room(tmp_path / "disk", "200k") as disk:
        write_folder(disk / "site", OLD.items())
        with pytest.raises(BadRequest) as told:
            render(SMALL, installed().descriptor, disk / "site")
        assert str(told.value) == f"{disk}/site cannot be written: No space left on device"
        assert tree(disk) == {f"site/{name}": content for name, content in OLD.items()}
        assert [path.name for path in disk.iterdir()] == ["site"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["release", "1.0.0", "--root", "checkout"], "checkout cannot be written to"),
        (["build", "checkout"], "checkout cannot be written to"),
        (["site", "site"], "site cannot be written"),
        (["site", "another"], "another cannot be written"),
        (["plot", "-o", "chart.svg"], "chart.svg cannot be written"),
        (["export", "geojson", "-o", "x.json"], "x.json cannot be written"),
        (["resolve", SMALL.cite("short"), "--to", "rows"], "rows cannot be written"),
    ],
)
def test_a_read_only_disk_is_told_in_one_line(arguments, told, with_release: Path, tmp_path: Path) -> None:
    with little_room(tmp_path / "disk", "8m") as disk:
        shutil.copytree(with_release, disk / "checkout")
        write_folder(disk / "site", OLD.items())
        before = tree(disk)
        read_only(disk)
        done = subprocess.run([*COMMAND, *arguments], cwd=disk, env=HERE, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (2, f"timeline: {told}: Read-only file system\n")
        assert tree(disk) == before


# Rivals ----------------------------------------------------------------------------------------------------


def at_once(*commands: list[str]) -> list[subprocess.CompletedProcess[str]]:
    """Run commands in processes of their own, all at the same time."""
    running = [subprocess.Popen([*COMMAND, *each], stdout=-1, stderr=-1, text=True) for each in commands]
    told = [each.communicate() for each in running]
    return [
        subprocess.CompletedProcess(each.args, each.returncode, out, err)
        for each, (out, err) in zip(running, told, strict=True)
    ]


def test_of_two_releases_at_once_of_one_number_one_is_made(released: Path) -> None:
    command = ["release", "1.0.0", "--root", str(released)]
    done = at_once(command, command)
    assert sorted(each.returncode for each in done) == [0, 2]
    (refused,) = [each.stderr for each in done if each.returncode]
    assert refused.startswith("timeline: release 1.0.0 exists, and a release never changes")
    assert shelf(released) == {"0.9.0", "1.0.0"}


def test_of_two_releases_at_once_of_two_numbers_none_is_lost(released: Path) -> None:
    higher = ["release", "0.11.0", "--until", "2025-12-31", "--root", str(released)]
    lower = ["release", "0.10.0", "--until", "2024-12-31", "--root", str(released)]
    first, second = at_once(higher, lower)
    assert (first.returncode, first.stderr) == (0, "")
    if second.returncode:
        assert second.stderr == "timeline: 0.10.0 is below the last release, 0.11.0: take a higher number\n"
    assert shelf(released) == {"0.9.0", "0.11.0", *([] if second.returncode else ["0.10.0"])}


def test_of_two_builds_and_a_release_at_once_each_is_whole(released: Path, old: Files) -> None:
    done = at_once(
        ["build", str(released)], ["release", "1.0.0", "--root", str(released)], ["build", str(released)]
    )
    assert [each.stderr for each in done] == ["", "", ""]
    assert shelf(released) == {"0.9.0", "1.0.0"}
    assert not list(released.glob(".*"))
    assert timeline.open(released) == timeline.open(index.zip_of("1.0.0", released / index.FOLDER))


REPEATED = """
import pickle, sys
from pathlib import Path
from timeline.files.atomic import write_file, write_folder

files, root = pickle.loads(Path(sys.argv[1]).read_bytes()), Path(sys.argv[2])
for _ in range(50):
    write_folder(root / "site", files.items(), replace=True)
    write_file(root / "file", files["index.html"], force=True)
"""


def test_of_two_that_write_the_same_at_once_one_is_there_whole(tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.mkdir()
    running = []
    for name, files in (("old", OLD), ("new", NEW)):
        (tmp_path / name).write_bytes(pickle.dumps(files))
        command = [sys.executable, "-c", REPEATED, tmp_path / name, place]
        running.append(subprocess.Popen(command, stderr=subprocess.PIPE))
    assert [(each.communicate()[1], each.returncode) for each in running] == [(b"", 0), (b"", 0)]
    assert tree(place / "site") in (OLD, NEW)
    assert (place / "file").read_bytes() in (b"old", b"new")
    assert {path.name for path in place.iterdir()} == {"site", "file"}
