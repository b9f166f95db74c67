"""Releases: what is listed is there, and opens by version, archive, folder and descriptor."""

from __future__ import annotations

import csv
import hashlib
import io
import shutil
import zipfile
from datetime import date

import pytest

import timeline
from timeline.errors import BadRequest, BrokenRelease
from timeline.files.package import DESCRIPTOR
from timeline.versions import index

ZIP = index.zip_of("0.9.0")
CUT = date(2024, 6, 30)


FROZEN = {
    "0.9.0": "c0afeaac1143d15a2507fc3d69033ad73c6177f1574c112805409aed063c7ee5",
    "1.0.0": "be415a228069c76fccf91f68f9c228a5624263dbae088330f381111557e39e95",
}


@pytest.mark.parametrize("version", FROZEN)
def test_a_frozen_release_stays_byte_for_byte(version):
    assert hashlib.sha256(index.zip_of(version).read_bytes()).hexdigest() == FROZEN[version]


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
