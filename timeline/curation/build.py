"""Build the published package from data/raw: all of it or, where anything is wrong, nothing."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from timeline import contract, frames
from timeline.checks import find_problems
from timeline.curation.derive import Tables, with_bounds, with_knowledge
from timeline.curation.describe import describe
from timeline.curation.read import Raw, read
from timeline.curation.write import PROCESSED, table_files
from timeline.errors import BadData, Problem
from timeline.files import commit


def build(root: Path) -> Tables:
    """Read ``root/data/raw``, derive, check and replace the published files below ``root``.

    Returns
    -------
    dict of str to pyarrow.Table
        The tables as published.

    Raises
    ------
    BadData
        With every problem of every file. Nothing was written.
    """
    built = tables_from_raw(root / "data" / "raw")
    files = table_files(built)
    commit(root, {**files, **describe(root, built, files)}, whole=PROCESSED)
    return built


def tables_from_raw(folder: Path) -> Tables:
    """Read, derive and check; return the tables sorted and typed as published."""
    raw = read(folder)
    typed, problems = _typed(raw)
    coded = with_bounds(typed)
    problems = raw.problems + problems + _among_readable(find_problems(coded, raw.locate, derived=False), raw)
    if problems:
        raise BadData(sorted(problems, key=lambda problem: problem.where))
    done = with_knowledge(coded)
    problems = find_problems(done, _by_key(done), derived=True)
    if problems:
        raise BadData(problems)
    return {name: frames.encode(name, frames.sort(name, done[name])) for name in contract.TABLES}


def _typed(raw: Raw) -> tuple[Tables, list[Problem]]:
    done, problems = {}, []
    for name in contract.TABLES:
        described = contract.table(name)
        text = {
            column: pa.array([row.get(column) for row in raw.rows[name]], pa.string())
            for column in described.coded or described.columns
        }
        done[name], wrong = frames.from_text(name, text, raw.locate)
        problems += wrong
    return done, problems


def _among_readable(problems: list[Problem], raw: Raw) -> list[Problem]:
    """Leave out references to events whose file could not be read: that problem is told already."""
    return [
        problem
        for problem in problems
        if not (problem.rule == "foreign-key" and problem.value in raw.unreadable)
    ]


def _by_key(done: Tables) -> frames.Locate:
    def locate(name: str, row: int, column: str) -> str:
        key = contract.table(name).key
        return f"{name} " + ", ".join(f"{part}={done[name][part][row]}" for part in key)

    return locate
