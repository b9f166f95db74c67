"""What goes wrong when a file is written: one clear message, nothing changed, nothing left behind."""

from __future__ import annotations

import os
import stat
import subprocess
import sys

import pytest
from faults import as_somebody_else, little_room

import timeline
from timeline.dataset import Dataset
from timeline.errors import BadRequest
from timeline.export.write import TARGETS, export

DENIALS = timeline.open("1.0.0").where(kind="denial")


@pytest.mark.parametrize("target", TARGETS)
def test_a_file_that_exists_is_replaced_only_with_force(target, tmp_path):
    path = tmp_path / "mine"
    path.write_text("precious")
    with pytest.raises(BadRequest, match=r"mine exists already; force=True or --force replaces it"):
        export(DENIALS, target, path)
    assert path.read_text() == "precious" and list(tmp_path.iterdir()) == [path]
    assert export(DENIALS, target, path, force=True) == path
    assert path.stat().st_size > 1000 and list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("target", TARGETS)
def test_an_empty_dataset_is_told_with_its_steps(target, tmp_path):
    nothing = DENIALS.where(kind="test")
    with pytest.raises(BadRequest) as refused:
        export(nothing, target, tmp_path / "empty")
    assert "no event is left by where(kind='denial'); where(kind='test')" in str(refused.value)
    assert not list(tmp_path.iterdir())


def test_an_unknown_target_is_told_with_the_nearest(tmp_path):
    with pytest.raises(BadRequest, match=r"no export 'sqllite'; did you mean sqlite\?"):
        export(DENIALS, "sqllite", tmp_path / "x")


def test_a_folder_or_what_is_no_file_is_never_replaced(tmp_path):
    for path in (tmp_path, "/dev/null"):
        with pytest.raises(BadRequest, match="cannot be written: it is no file"):
            DENIALS.to_geojson(path, force=True)
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    with pytest.raises(BadRequest, match="there is no folder"):
        DENIALS.to_geojson(tmp_path / "missing" / "x.geojson")


def test_a_new_file_has_the_rights_that_new_files_have(tmp_path):
    ordinary = tmp_path / "ordinary"
    ordinary.touch()
    assert DENIALS.to_geojson(tmp_path / "x").stat().st_mode == ordinary.stat().st_mode


def test_a_folder_without_rights_is_told(tmp_path):
    export(DENIALS, "geojson", tmp_path / "x")  # whatever is imported is imported with the old rights
    tmp_path.chmod(0o555)
    try:
        with as_somebody_else(), pytest.raises(BadRequest, match="cannot be written: Permission denied"):
            export(DENIALS, "geojson", tmp_path / "y")
    finally:
        tmp_path.chmod(0o755)
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


FILE_LIMIT = """
import resource, sys
from timeline.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
main()
"""


@pytest.mark.parametrize("target", ["sqlite", "excel", "geojson"])
def test_a_file_that_cannot_be_finished_leaves_the_old_one(target, tmp_path):
    path = tmp_path / "mine"
    path.write_text("precious")
    command = [sys.executable, "-B", "-c", FILE_LIMIT, "export", target, "-o", path, "--force"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr == f"timeline: {path} cannot be written: File too large\n"
    assert path.read_text() == "precious" and list(tmp_path.iterdir()) == [path]


@pytest.fixture
def small_disk(tmp_path):
    with little_room(tmp_path / "disk", "64k") as folder:
        yield folder


@pytest.mark.parametrize("target", TARGETS)
def test_a_full_disk_is_told_and_left_as_it_was(target, small_disk):
    path = small_disk / "mine"
    path.write_text("precious")
    with pytest.raises(BadRequest, match="mine cannot be written: No space left on device"):
        export(timeline.open("1.0.0"), target, path, force=True)
    assert path.read_text() == "precious" and list(small_disk.iterdir()) == [path]


def test_data_that_break_the_contract_are_told(tmp_path):
    tables = {name: DENIALS.arrow(name) for name in DENIALS.tables}
    tables["sources"] = tables["sources"].slice(1)
    broken = Dataset(tables, DENIALS.version)
    with pytest.raises(BadRequest, match=r"breaks the contract \(FOREIGN KEY constraint failed\): timeline"):
        broken.to_sqlite(tmp_path / "x.db")
    assert not list(tmp_path.iterdir())


def test_a_missing_package_is_named_with_what_brings_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "xlsxwriter.workbook", None)
    with pytest.raises(BadRequest, match=r"needs xlsxwriter.*pip install 'dprk-russia-timeline\[excel\]'"):
        DENIALS.to_excel(tmp_path / "x.xlsx")
