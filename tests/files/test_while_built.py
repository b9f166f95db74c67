"""Who reads a package while it is built anew sees one build whole, or is told to open it again."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from faults import Files, as_somebody_else, tree

import timeline
from timeline import contract
from timeline.curation.write import PROCESSED
from timeline.errors import BrokenRelease
from timeline.files import opening
from timeline.files.atomic import commit
from timeline.files.opening import open_package
from timeline.versions.index import zip_of

TOLD = "was built anew or changed while it was read: open it again"


def without_hashes(files: Files) -> Files:
    """The same package, as one that states no checksum of any file."""
    descriptor = json.loads(files["datapackage.json"])
    for resource in descriptor["resources"]:
        del resource["hash"]
    return {**files, "datapackage.json": json.dumps(descriptor).encode()}


@pytest.fixture(params=["with hashes", "without hashes"])
def builds(request, old: Files, new: Files) -> tuple[Files, Files]:
    """Two builds that differ in several tables."""
    if request.param == "with hashes":
        return old, new
    return without_hashes(old), without_hashes(new)


@pytest.fixture
def root(tmp_path: Path, builds: tuple[Files, Files]) -> Path:
    (tmp_path / "checkout").mkdir()
    commit(tmp_path / "checkout", builds[0], whole=PROCESSED)
    return tmp_path / "checkout"


READER = """
import sys
import timeline

root, old, new = sys.argv[1:]
wholes = {"old": timeline.open(old), "new": timeline.open(new)}
while True:
    try:
        dataset = timeline.open(root)
        tables = {name: dataset.arrow(name) for name in dataset.tables}
        of = [name for name, whole in wholes.items() if whole == dataset]
        print(*of or ["a mixture"], flush=True)
    except timeline.BrokenRelease as error:
        print(error, flush=True)
"""


def test_readers_in_other_processes_see_one_build_whole(
    root: Path, builds: tuple[Files, Files], tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr(os, "fsync", lambda handle: None)  # or most of the time would be spent there
    for name, files in zip(("old", "new"), builds, strict=True):
        (tmp_path / name).mkdir()
        commit(tmp_path / name, files)
    assert timeline.open(tmp_path / "old") != timeline.open(tmp_path / "new")
    command = [sys.executable, "-c", READER, root, tmp_path / "old", tmp_path / "new"]
    readers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    seen = Counter(reader.stdout.readline() for reader in readers if reader.stdout)
    for build in range(1, 32):
        commit(root, builds[build % 2], whole=PROCESSED)
        seen.update(reader.stdout.readline() for reader in readers if reader.stdout)
    for reader in readers:  # nothing is built any more: who reads on sees the last
        seen.update(iter(reader.stdout.readline, "new\n") if reader.stdout else ())
        seen["new\n"] += 1
    for reader in readers:
        reader.terminate()
        seen.update(line for line in reader.communicate()[0].splitlines(True) if line.endswith("\n"))
    assert set(seen) <= {"old\n", "new\n", f"{root}: {TOLD}\n"}, seen
    assert seen["old\n"] and seen["new\n"], seen


def test_who_may_not_write_reads_what_was_decided_by_a_build_that_was_killed(
    root: Path, builds: tuple[Files, Files], monkeypatch
) -> None:
    """To open what is installed writes nothing; what is decided is as readable as any file."""
    _, new = builds
    with tempfile.TemporaryDirectory() as folder:  # which others may enter, unlike those of pytest
        shared = Path(folder)
        shared.chmod(0o755)
        whole, home = (shutil.copytree(root, shared / name) for name in ("whole", "home"))
        commit(whole, new, whole=PROCESSED)
        monkeypatch.setattr("timeline.files.atomic._finish", lambda root: None)
        commit(home, new, whole=PROCESSED)
        monkeypatch.undo()
        assert {path.name for path in home.glob(".*")} == {".timeline-decided"}
        monkeypatch.setattr(opening, "home", lambda: home)
        expected, before = timeline.open(whole), tree(home)
        with as_somebody_else():
            assert timeline.open() == expected
        assert tree(home) == before


@pytest.mark.parametrize("there_and_back", [False, True])
def test_an_opened_package_reads_no_file_of_another_build(
    there_and_back: bool, root: Path, builds: tuple[Files, Files]
) -> None:
    old, new = builds
    opened = timeline.open(root)
    before = opened["events"]
    commit(root, new, whole=PROCESSED)
    if there_and_back:
        commit(root, old, whole=PROCESSED)
    with pytest.raises(BrokenRelease) as told:
        opened["actors"]
    assert str(told.value) == f"{root}: {TOLD}"
    assert opened["events"].equals(before)
    again = timeline.open(root)
    assert again["events"].equals(before) is there_and_back
    assert sum(len(again[name]) for name in contract.TABLES) > 200


def test_a_table_that_the_next_build_drops_is_not_told_as_missing(root: Path, builds) -> None:
    opened, (_, new) = open_package(root), builds
    assert opened.resources["places"]
    fewer = {name: content for name, content in new.items() if not name.startswith(f"{PROCESSED}/places.")}
    commit(root, fewer, whole=PROCESSED)
    with pytest.raises(BrokenRelease, match=TOLD):
        opened.table("places")


def test_the_build_whose_sha256_was_asked_for_is_read(root: Path, builds, monkeypatch) -> None:
    _, new = builds

    def checked(*given) -> None:
        expect(*given)
        commit(root, new, whole=PROCESSED)

    expect = opening._expect
    monkeypatch.setattr(opening, "_expect", checked)
    sha256 = hashlib.sha256((root / "datapackage.json").read_bytes()).hexdigest()
    with pytest.raises(BrokenRelease, match=TOLD):
        timeline.open(root, sha256=sha256)


def test_what_is_read_of_a_zip_is_what_was_hashed(tmp_path: Path) -> None:
    """Another zip that takes its place after its sha256 was found right is not read."""
    path = shutil.copy(zip_of("0.9.0"), tmp_path / "x.zip")
    opened = timeline.open(path, sha256=hashlib.sha256(path.read_bytes()).hexdigest())
    shutil.copy(zip_of("1.0.0"), path)
    assert opened == timeline.open("0.9.0")
