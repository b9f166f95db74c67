"""Verification: one flipped byte is found wherever it is."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import timeline
from timeline.errors import BrokenRelease
from timeline.files.opening import open_package
from timeline.files.package import DESCRIPTOR, zipped
from timeline.home import home
from timeline.versions import index

ROOT = Path(__file__).parents[2]
FROZEN = list(index.index())
ZIP = index.zip_of("0.9.0")


def files_of(root):
    return {
        path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()
    }


@pytest.mark.parametrize("version", FROZEN)
def test_releases_verify(version):
    verified = timeline.verify(version)
    listed = timeline.releases().set_index("version").loc[version]
    assert verified[f"{version}.zip"] == listed["sha256"]
    assert f"{version}.zip/data/processed/events.csv" in verified and len(verified) > 40


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
