"""Releases: made again they are the same bytes, they never change, and one flipped byte is found."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
import sys
import zipfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import timeline
from timeline.curation.build import build
from timeline.curation.release import release
from timeline.errors import BadData, BadRequest, BrokenRelease
from timeline.files.opening import open_package
from timeline.files.package import DESCRIPTOR, zipped
from timeline.home import home
from timeline.versions import index

ROOT = Path(__file__).parents[2]
CUT = date(2024, 6, 30)
FROZEN = list(index.index())
ZIP = index.zip_of("0.9.0")
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
"""What makes the two releases."""


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """A checkout with nothing but the facts, in which both were made under another clock and other hashes."""
    root = tmp_path_factory.mktemp("made")
    shutil.copytree(ROOT / "data" / "raw", root / "data" / "raw")
    done = subprocess.run(
        [sys.executable, "-c", MAKE, str(root)],
        env={"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "7", "TZ": "Asia/Pyongyang", "LC_ALL": "C"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return root


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


# Made and opened -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", FROZEN)
def test_releases_verify(version):
    verified = timeline.verify(version)
    listed = timeline.releases().set_index("version").loc[version]
    assert verified[f"{version}.zip"] == listed["sha256"]
    assert f"{version}.zip/data/processed/events.csv" in verified and len(verified) > 40


def test_the_index_tells_what_is_in_the_zips():
    listed = timeline.releases()
    assert {"0.9.0", "1.0.0"} <= set(listed["version"])
    assert listed.dtypes["released"] == "datetime64[ms]" and listed["change"].iloc[0] == "first"
    for row in listed.itertuples():
        path = index.zip_of(row.version)
        assert path.stat().st_size == row.bytes
        with zipfile.ZipFile(path) as archive:
            counted = list(csv.reader(io.TextIOWrapper(archive.open("data/processed/events.csv"), "utf-8")))
            assert row.events == len(counted) - 1
            assert archive.namelist() == sorted(archive.namelist())
            assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_made_again_from_the_same_facts_they_are_the_same_bytes(made, same_pyarrow):
    assert list(index.index(made / "releases")) == ["0.9.0", "1.0.0"]
    for version in ("0.9.0", "1.0.0"):
        here, there = open_package(index.zip_of(version, made / "releases")), index.frozen(version)
        tables = {resource["path"] for name, resource in there.resources.items() if name in there.fields}
        assert len(tables) > 20
        for path in tables:
            assert here.read(path, 2**30) == there.read(path, 2**30), f"{version} {path}"
    if same_pyarrow:
        assert index.zip_of("0.9.0", made / "releases").read_bytes() == ZIP.read_bytes()


def test_the_earlier_release_holds_what_began_by_its_day():
    early, late = (timeline.load("events", version=version) for version in ("0.9.0", "1.0.0"))
    assert early["start_earliest"].max() <= late["start_earliest"].max()
    by_then = late.loc[late["start_earliest"] <= str(CUT), "event_id"]
    assert 0 < len(early) < len(late) and set(early["event_id"]) == set(by_then)


def test_a_release_opens_by_version_zip_folder_and_descriptor(tmp_path):
    by_version = timeline.open("0.9.0")
    with zipfile.ZipFile(ZIP) as archive:
        archive.extractall(tmp_path / "folder")
    shutil.copy(ZIP, tmp_path / "renamed.bin")
    for path in (
        ZIP,
        str(ZIP),
        tmp_path / "renamed.bin",
        tmp_path / "folder",
        tmp_path / "folder" / DESCRIPTOR,
    ):
        assert timeline.open(path) == by_version and timeline.open(path).version == "0.9.0"
    for table in timeline.tables():
        assert timeline.load(table, version="0.9.0").equals(by_version[table])


def test_a_release_opens_only_with_the_right_sha256():
    right = index.index()["0.9.0"].sha256
    assert timeline.open(ZIP, sha256=right).version == "0.9.0"
    with pytest.raises(BrokenRelease, match=rf"has the sha256 {right}, not {'0' * 64}"):
        timeline.open(ZIP, sha256="0" * 64)
    with pytest.raises(BadRequest, match="sha256 is for a path or an address"):
        timeline.open("0.9.0", sha256=right)


@pytest.mark.parametrize("ask", [timeline.open, lambda version: timeline.load("events", version=version)])
def test_a_release_that_is_not_here_is_told_with_those_that_are(ask):
    with pytest.raises(BadRequest, match=r"release 0\.9\.1 is not here; did you mean 0\.9\.0\?.*1\.0\.0"):
        ask("0.9.1")


# Numbers ---------------------------------------------------------------------------------------------------


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


def test_a_renamed_event_needs_a_row_in_the_register_and_is_a_major_change(checkout):
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
    assert release(checkout, "2.0.0").change == "major"
    assert index.zip_of("1.0.0", checkout / "releases").read_bytes() == old
    assert "## 2.0.0" in (checkout / "docs" / "DATA_CHANGES.md").read_text("utf-8")
    path = index.zip_of("2.0.0", checkout / "releases")
    assert "2.0.0.zip" in timeline.verify(path)

    newest = timeline.open(path)
    for ask in (newest.story, newest.status_history):
        with pytest.raises(BadRequest, match=rf"retired in 2\.0\.0, {RENAMED} stands for it now: It was"):
            ask(EVENT)
    assert newest.story(RENAMED).event["title"] == timeline.open().story(EVENT).event["title"]
    merged = timeline.diff(timeline.open("1.0.0"), newest).to_pandas().query("change == 'merged into'")
    assert merged.loc[merged["table"] == "events", ["key", "new"]].values.tolist() == [[EVENT, RENAMED]]


# One flipped byte ------------------------------------------------------------------------------------------


def flip(path, place):
    content = bytearray(path.read_bytes())
    content[place] ^= 0x01
    path.write_bytes(content)


def places():
    """Bytes of every part of a zip: offsets by name of the part."""
    content = ZIP.read_bytes()
    with zipfile.ZipFile(ZIP) as archive:
        entry = archive.getinfo("data/processed/events.csv")
        directory = archive.start_dir
    local, end = entry.header_offset, content.rindex(b"PK\x05\x06")
    data = local + 30 + len(entry.filename)
    return {
        "local signature": local,
        "local version needed": local + 4,
        "local flags": local + 6,
        "local method": local + 8,
        "local time": local + 10,
        "local crc": local + 14,
        "local size": local + 22,
        "local name": local + 30,
        "first byte of a file": data,
        "last byte of a file": data + entry.file_size - 1,
        "directory signature": directory,
        "directory version": directory + 4,
        "directory date": directory + 14,
        "directory name": directory + 46,
        "directory rights": directory + 38,
        "end signature": end,
        "end count": end + 10,
        "end length of comment": end + 20,
        "last byte": len(content) - 1,
        "first byte": 0,
    }


def refused_by_verify(path):
    with pytest.raises(BrokenRelease) as told:
        timeline.verify(path)
    return str(told.value)


@pytest.mark.parametrize("part", places())
def test_one_flipped_byte_in_a_zip_is_found(part, tmp_path):
    path = Path(shutil.copy(ZIP, tmp_path))
    flip(path, places()[part])
    told = refused_by_verify(path)
    assert str(path) in told
    if "of a file" in part:
        assert "data/processed/events.csv cannot be read: Bad CRC-32" in told


@settings(max_examples=8, deadline=None)
@given(place=st.integers(0, ZIP.stat().st_size - 1))
def test_one_flipped_byte_anywhere_in_a_zip_is_found(place, tmp_path_factory):
    path = Path(shutil.copy(ZIP, tmp_path_factory.mktemp("flipped")))
    flip(path, place)
    assert str(path) in refused_by_verify(path)


def test_a_longer_and_a_shorter_zip_are_found(tmp_path):
    for content in (ZIP.read_bytes() + b"\0", b"\0" + ZIP.read_bytes(), ZIP.read_bytes()[:-1]):
        path = tmp_path / "0.9.0.zip"
        path.write_bytes(content)
        assert str(path) in refused_by_verify(path)


def test_a_zip_made_anew_with_other_words_is_told_by_the_index(tmp_path):
    """Every checksum inside is right, so that only the list of releases knows better."""
    package = open_package(ZIP)
    files = {name: package.read(name, 2**30) for name in package.names}
    files[DESCRIPTOR] = files[DESCRIPTOR].replace(b"up to 30 June 2024", b"up to 31 June 2024")
    path = tmp_path / "0.9.0.zip"
    path.write_bytes(zipped(files))
    assert "index.csv says" in refused_by_verify(path)


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """The files of a release, unpacked."""
    root = tmp_path_factory.mktemp("folder")
    with zipfile.ZipFile(ZIP) as archive:
        archive.extractall(root)
    assert len(timeline.verify(root)) > 45
    return root


@pytest.mark.parametrize("at", [0, 0.5, 1])
def test_one_flipped_byte_in_any_file_of_a_folder_is_found_and_named(folder, at):
    for name, content in files_of(folder).items():
        flip(folder / name, int(at * (len(content) - 1)))
        assert name in refused_by_verify(folder)
        (folder / name).write_bytes(content)
    timeline.verify(folder)


def test_a_missing_file_is_named(folder):
    for name in ("data/processed/events.csv", "CODEBOOK.md", DESCRIPTOR):
        content = (folder / name).read_bytes()
        (folder / name).unlink()
        assert f"{name} is missing" in refused_by_verify(folder)
        (folder / name).write_bytes(content)


def test_every_flipped_byte_of_the_index_is_found(folder, tmp_path):
    shelf = Path(shutil.copytree(folder, tmp_path / "folder")) / "releases"
    shelf.mkdir()
    shutil.copy(ZIP, shelf)
    content = index.index_file({"0.9.0": index.index()["0.9.0"]})
    (shelf / "index.csv").write_bytes(content)
    assert "0.9.0.zip" in timeline.verify(shelf.parent)
    for place in range(0, len(content), 41):
        flip(shelf / "index.csv", place)
        assert "index.csv" in refused_by_verify(shelf.parent)
        (shelf / "index.csv").write_bytes(content)


def test_the_installation_verifies():
    verified = timeline.verify()
    assert {"data/processed/events.csv", "data/processed/events.parquet", "CITATION.cff"} <= set(verified)
    assert {f"{version}.zip" for version in FROZEN} <= set(verified)
    assert home() == ROOT
