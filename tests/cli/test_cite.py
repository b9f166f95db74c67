"""The commands cite and resolve lead to the same rows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import timeline
from timeline.versions.citation import csv_files, fingerprint

ROOT = Path(__file__).parents[2]


def said(*arguments, given=None, folder=None):
    program = [sys.executable, "-c", "from timeline.cli import main; main()", *arguments]
    environment = {"PYTHONPATH": str(ROOT)}
    return subprocess.run(program, input=given, capture_output=True, text=True, cwd=folder, env=environment)


def test_the_command_cites_and_resolves(tmp_path):
    cited = said("cite", "where(kind=denial)", "--release", "0.9.0", "--style", "bibtex").stdout
    rows = timeline.open("0.9.0").where(kind="denial")
    assert cited == rows.cite("bibtex") + "\n"
    done = said("resolve", "-", "--to", "rows", given=cited, folder=tmp_path)
    assert done.returncode == 0 and f"sha256 {fingerprint(rows)}" in done.stdout
    assert {path.name: path.read_bytes() for path in (tmp_path / "rows").iterdir()} == csv_files(rows)
    again = said("resolve", "-", "--to", "rows", given=cited, folder=tmp_path)
    assert (again.returncode, again.stderr) == (2, "timeline: rows exists: name a new folder\n")
