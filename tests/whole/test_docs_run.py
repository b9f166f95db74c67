"""The blocks of README.md, docs/READING.md and docs/EXPORTS.md run as they stand, and nothing warns."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from recipes import DOCS, answer, blocks, unpack_release

READING = blocks("READING.md", "python")
EXPORTS = blocks("EXPORTS.md", "python")
SHELL = {
    where: block
    for page in ("READING.md", "EXPORTS.md")
    for where, block in blocks(page, "sh").items()
    if block.startswith(("python", "timeline")) and "sqlite3" not in block
}


def test_the_pages_have_blocks_of_every_kind():
    assert len(READING) >= 5 and len(EXPORTS) >= 4 and len(SHELL) >= 2


def test_the_readme_runs_outside_of_pytest_without_a_warning():
    doctest = ["-W", "error", "-m", "doctest", "-o", "NORMALIZE_WHITESPACE", DOCS.parent / "README.md"]
    done = subprocess.run([sys.executable, *doctest], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("where", READING)
def test_recipes_give_the_answer(where, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(unpack_release(tmp_path))
    exec(compile(READING[where], where, "exec"), {})
    assert capsys.readouterr().out.split() == answer()


@pytest.mark.parametrize("where", EXPORTS)
def test_examples_run(where, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exec(compile(EXPORTS[where], where, "exec"), {})


@pytest.mark.parametrize("where", SHELL)
def test_commands_run(where, tmp_path):
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-ec", SHELL[where]],
        cwd=unpack_release(tmp_path),
        env={**os.environ, "PATH": path, "PYTHONWARNINGS": "error"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    if where.startswith("READING"):
        assert done.stdout.split() == answer()
