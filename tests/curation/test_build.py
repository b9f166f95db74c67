"""What the build derives, that it is the same each time, and that no accident leaves half of it."""

from __future__ import annotations

import csv
import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pytest
from faults import Files, killed_everywhere, little_room, tree

from timeline import contract
from timeline.cli import main
from timeline.curation.build import package_from_raw
from timeline.curation.derive import with_bounds, with_knowledge
from timeline.curation.write import PROCESSED
from timeline.errors import BadRequest
from timeline.files.atomic import commit, finish_commit
from timeline.files.opening import open_package
from timeline.files.package import DESCRIPTOR
from timeline.versions.index import zip_of

ROOT = Path(__file__).parents[2]


# What is derived -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def derived() -> dict[str, pa.Table]:
    """What today's code derives from the facts of a frozen release."""
    release = open_package(zip_of("1.0.0"))
    facts = {}
    for name in contract.TABLES:
        data = release.table(name)
        for field in contract.table(name).fields:
            if field.derived:
                place = data.column_names.index(field.name)
                data = data.set_column(place, field.name, pa.nulls(len(data), data.schema.field(place).type))
        facts[name] = data
    return with_knowledge(with_bounds(facts))


def test_status_is_what_a_reader_of_the_evidence_judged(derived: dict[str, pa.Table]) -> None:
    with (Path(__file__).with_name("expected_status.csv")).open(encoding="utf-8", newline="") as file:
        expected = {row["event_id"]: row["status"] for row in csv.DictReader(file)}
    events = derived["events"].to_pandas().set_index("event_id")["status"]
    assert len(expected) >= 30
    assert {event: events[event] for event in expected} == expected


@pytest.mark.parametrize(
    ("event", "day", "by"),
    [
        # A public act is known on its day, whatever was published about it before or after.
        ("kremlin-says-no-proof-of-dprk-arms", "2023-10-17", "act"),
        # The White House spoke on 13 October 2023; of the sources, the Daily Beast wrote on that day, and its
        # id stands before that of the event.
        ("angara-carries-containers-najin-dunay", "2023-10-13", "dailybeast-2023-10-13-containers"),
        # The White House spoke on 4 January 2024; no source cited for the transfer itself is older.
        ("dprk-ballistic-missiles-reach-russia", "2024-01-04", "us-discloses-dprk-ballistic-missiles"),
    ],
)
def test_known_from_as_worked_out_by_hand(
    event: str, day: str, by: str, derived: dict[str, pa.Table]
) -> None:
    row = derived["events"].to_pandas().set_index("event_id").loc[event]
    assert (row["known_from"].isoformat(), row["known_by"]) == (day, by)


# The same each time ----------------------------------------------------------------------------------------


def test_the_published_files_are_what_the_raw_files_give(same_pyarrow: bool) -> None:
    _, files = package_from_raw(ROOT)
    assert len(files) > 2 * len(contract.TABLES)
    other = {name for name, content in files.items() if (ROOT / name).read_bytes() != content}
    with_checksums = {name for name in files if name.endswith(".parquet")} | {DESCRIPTOR, "croissant.json"}
    assert other <= (set() if same_pyarrow else with_checksums)
    assert {path.name for path in (ROOT / PROCESSED).iterdir()} == {
        Path(name).name for name in files if name.startswith(PROCESSED)
    }


def test_another_process_builds_the_same_bytes(small_root: Path, small_package: Path, tmp_path: Path) -> None:
    again = shutil.copytree(small_root, tmp_path / "again")
    command = "import sys; from timeline.cli import main; sys.argv[0] = 'timeline'; main()"
    run = subprocess.run(
        [sys.executable, "-c", command, "build", str(again)],
        env={**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Pyongyang", "LC_ALL": "C"},
        capture_output=True,
        text=True,
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.startswith(f"built {len(contract.TABLES)} tables with ")
    assert tree(again) == tree(small_package)


def test_frictionless_finds_the_package_valid(small_package: Path) -> None:
    from frictionless import Package

    report = Package(str(small_package / "datapackage.json")).validate()
    assert report.valid, report.flatten(["path", "rowNumber", "fieldName", "message"])
    assert len(report.tasks) > 2 * len(contract.TABLES)


# All or nothing --------------------------------------------------------------------------------------------


def seen(root: Path, names: Mapping[str, bytes]) -> Files:
    """What a reader sees who knows nothing of a build that was cut off."""
    package = open_package(root)
    return {name: package.read(name, 2**30) for name in names}


COMMIT = """
from timeline.files.atomic import commit
from timeline.curation.write import PROCESSED

def act(root, files):
    commit(root, files, whole=PROCESSED)
"""


def test_a_build_killed_anywhere_leaves_the_old_or_the_new(
    small_package: Path, old: Files, new: Files, tmp_path: Path
) -> None:
    before = shutil.copytree(small_package, tmp_path / "before", ignore=shutil.ignore_patterns("raw"))
    (before / PROCESSED / "gone.csv").write_bytes(b"a table of old\n")
    old = {**old, f"{PROCESSED}/gone.csv": b"a table of old\n"}
    outcomes = []
    for root in killed_everywhere(COMMIT, before, tmp_path / "work", new, step=7):
        is_new = seen(root, new) == new
        if not is_new:
            left = {name: content for name, content in tree(root).items() if not name.startswith(".")}
            assert left == old
        finish_commit(root)
        assert seen(root, new) == (new if is_new else {name: old[name] for name in new})
        commit(root, new, whole=PROCESSED)
        assert tree(root) == new
        assert not list(root.glob(".*"))
        outcomes.append(is_new)
    assert outcomes == sorted(outcomes)
    assert outcomes.count(False) > 10
    assert outcomes.count(True) > 5


def test_the_next_command_finishes_what_was_decided(
    small_package: Path, new: Files, tmp_path: Path, monkeypatch, capsys
) -> None:
    root = shutil.copytree(small_package, tmp_path / "checkout")
    monkeypatch.setattr("timeline.files.atomic._finish", lambda root: None)
    commit(root, new, whole=PROCESSED)
    monkeypatch.undo()
    monkeypatch.setattr(sys, "argv", ["timeline", "validate", str(root)])
    main_without_exit()
    assert capsys.readouterr().out.startswith("valid: ")
    assert (root / ".timeline-decided").exists()  # reading changes nothing in a folder that is given
    monkeypatch.setattr(sys, "argv", ["timeline", "build", str(root)])
    main_without_exit()
    assert not list(root.glob(".timeline-*"))


def main_without_exit() -> None:
    try:
        main()
    except SystemExit as exit_:
        assert not exit_.code


def test_what_cannot_be_moved_into_place_is_told_before_anything_is_decided(
    small_package: Path, old: Files, new: Files, tmp_path: Path
) -> None:
    root = shutil.copytree(small_package, tmp_path / "checkout")
    (root / "CODEBOOK.md").unlink()
    (root / "CODEBOOK.md").mkdir()
    before = tree(root)
    with pytest.raises(BadRequest) as told:
        commit(root, new, whole=PROCESSED)
    assert str(told.value) == f"{root} cannot be written to: CODEBOOK.md is a folder"
    assert tree(root) == before
    assert not list(root.glob(".*"))
    (root / "CODEBOOK.md").rmdir()
    shutil.rmtree(root / PROCESSED)
    with little_room(root / PROCESSED, "8m") as disk:
        with pytest.raises(BadRequest) as told:
            commit(root, new, whole=PROCESSED)
        assert str(told.value) == f"{root} cannot be written to: {disk} is a disk of its own"
        assert not tree(disk)
    assert not list(root.glob(".*"))
    commit(root, new, whole=PROCESSED)
    assert tree(root) == new


def test_two_builds_at_once_leave_one_of_them_whole(
    small_package: Path, old: Files, new: Files, tmp_path: Path
) -> None:
    root = shutil.copytree(small_package, tmp_path / "checkout", ignore=shutil.ignore_patterns("raw"))
    for _ in range(3):
        with ThreadPoolExecutor(4) as pool:
            done = [pool.submit(commit, root, files, whole=PROCESSED) for files in (old, new, old, new)]
            assert [each.result() for each in done] == [None] * 4
        assert tree(root) in (old, new)


def test_a_full_disk_is_told_and_changes_nothing(old: Files, tmp_path: Path) -> None:
    with little_room(tmp_path / "disk", "600k") as root:
        first = {"data/processed/events.csv": b"old\n" * 50_000, "datapackage.json": b"{}"}
        commit(root, first, whole=PROCESSED)
        larger = {
            **first,
            "data/processed/events.csv": b"new\n" * 60_000,
            "data/processed/more.csv": b"-" * 250_000,
        }
        with pytest.raises(BadRequest, match="cannot be written to: No space left on device"):
            commit(root, larger, whole=PROCESSED)
        assert tree(root) == first
        assert not list(root.glob(".*"))


FULL = """
import pickle, resource, sys
from pathlib import Path
from timeline.errors import BadRequest
from timeline.files.atomic import commit
from timeline.curation.write import PROCESSED

files = pickle.load(sys.stdin.buffer)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    commit(Path(sys.argv[1]), files, whole=PROCESSED)
except BadRequest as error:
    print(error)
"""


def test_a_file_that_may_not_grow_is_told_and_changes_nothing(
    small_package: Path, old: Files, new: Files, tmp_path: Path
) -> None:
    root = shutil.copytree(small_package, tmp_path / "checkout")
    run = subprocess.run(
        [sys.executable, "-c", FULL, str(root)], input=pickle.dumps(new), capture_output=True
    )
    assert (run.stderr, run.returncode) == (b"", 0)
    assert run.stdout.decode() == f"{root} cannot be written to: File too large\n"
    assert tree(root) == old
