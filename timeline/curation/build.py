"""Build the published package from data/raw: all of it or, where anything is wrong, nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import narwhals as nw
import pyarrow as pa

from timeline import contract, errors
from timeline.contract import types
from timeline.contract.relations import closed
from timeline.curation.derive import Tables, with_bounds, with_knowledge
from timeline.curation.describe import describe
from timeline.curation.package_yaml import read_about
from timeline.curation.read import Raw, read, written_as
from timeline.curation.retire import retirement_problems
from timeline.curation.write import PROCESSED, table_files
from timeline.engines import in_memory
from timeline.errors import BadData, BadRequest, Problem
from timeline.files.atomic import commit, locked
from timeline.validation.problems import find_problems
from timeline.versions.index import FOLDER, release_before


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
    BadRequest
        There is no ``data/raw``, or nothing can be written there. Nothing was replaced.
    """
    with locked(facts(root)):
        built, files = package_from_raw(root)
        commit(root, files, whole=PROCESSED)
    return built


def facts(root: Path) -> Path:
    """The folder that curators edit; who holds its lock alone makes something of it.

    Raises
    ------
    BadRequest
        There is none.
    """
    folder = root / "data" / "raw"
    if not folder.is_dir():
        raise BadRequest(
            f"there is no folder {folder.absolute()}: build where data/raw is, or name the folder above it"
        )
    return folder


def package_from_raw(
    root: Path, version: str | None = None, until: date | None = None
) -> tuple[Tables, dict[str, bytes]]:
    """Make the whole package in memory: its tables, and every file by path.

    Parameters
    ----------
    root : Path
        Checkout. Changes are told, and lost ids looked for, against the release in its ``releases/`` that
        comes before.
    version : str, optional
        Number that the package is to bear instead of the one in ``data/raw/package.yaml``.
    until : date, optional
        Leave out the events that cannot have begun by this day, and what only they refer to.
    """
    folder = facts(root)
    about, problems = read_about(folder)
    built = tables_from_raw(folder, problems, until)
    if version:
        about["version"] = version
    if until:
        about["note"] = f"The record of events up to {until.day} {until:%B %Y}."
    previous = release_before(about["version"], root / FOLDER)
    if problems := retirement_problems(built, previous):
        raise BadData(problems)
    files = table_files(built)
    return built, {**files, **describe(about, built, files, previous)}


def tables_from_raw(folder: Path, found: Sequence[Problem] = (), until: date | None = None) -> Tables:
    """Read, derive and check; return the tables sorted and typed as published.

    Raises
    ------
    BadData
        With every problem, those that were ``found`` before among them.
    """
    raw = read(folder)
    typed, problems = _typed(raw)
    coded = with_bounds(typed)
    unknown = raw.unknown + [problem.cell for problem in problems if problem.cell]
    readable = {name: data for name, data in coded.items() if name not in raw.unread}
    problems += find_problems(in_memory(readable), raw.locate, derived=False, unknown=unknown)
    if problems := [*found, *raw.problems, *(_as_written(problem) for problem in problems)]:
        raise BadData(sorted(dict.fromkeys(problems), key=_by_file_and_line))
    done = with_knowledge(_up_to(until, coded) if until else coded)
    problems = find_problems(in_memory(done), _by_key(done), derived=True)
    if problems:
        raise BadData(problems)
    return {name: types.encode(name, types.sort(name, done[name])) for name in contract.TABLES}


def _up_to(until: date, coded: Tables) -> Tables:
    """The coded facts of the events that can have begun by a day, and of what they refer to."""
    lazy = {name: nw.from_native(data).lazy() for name, data in coded.items()}
    lazy["events"] = lazy["events"].filter(nw.col("start_earliest") <= until)
    return {name: rows.collect().to_arrow() for name, rows in closed(lazy).items()}


def _as_written(problem: Problem) -> Problem:
    """Name the key that stands in the file instead of the column that it becomes."""
    if problem.cell is None:
        return problem
    table, _, column = problem.cell
    return replace(problem, column=written_as(table, column))


def _by_file_and_line(problem: Problem) -> list[str | int]:
    parts = enumerate(re.split("([0-9]+)", problem.where))
    return [int(part) if place % 2 else part for place, part in parts]


def _typed(raw: Raw) -> tuple[Tables, list[Problem]]:
    done, problems = {}, []
    for name in contract.TABLES:
        described = contract.table(name)
        text = {
            column: pa.array([row.get(column) for row in raw.rows[name]], pa.string())
            for column in described.coded or described.columns
        }
        done[name], wrong = types.from_text(name, text, raw.locate)
        problems += wrong
    return done, problems


def _by_key(done: Tables) -> errors.Locate:
    def locate(name: str, row: int, column: str) -> str:
        key = contract.table(name).key
        return f"{name} " + ", ".join(f"{part}={done[name][part][row]}" for part in key)

    return locate
