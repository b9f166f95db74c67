"""Hold tables against the contract: every rule, every row, one list of problems."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import narwhals as nw

from timeline import contract, frames, rules
from timeline.contract_rules import ROW, ColumnRule, in_waves
from timeline.errors import BadData, BadRequest, Cell, Problem

if TYPE_CHECKING:
    import pyarrow as pa

    from timeline.package import Package

_HINTS = 20
_SMALL = 50_000


class _Absent(Exception):
    """A rule asks for a table that was not given."""


class _Given(dict[str, nw.LazyFrame[Any]]):
    def __missing__(self, name: str) -> nw.LazyFrame[Any]:
        raise _Absent(name)


class _Unknown:
    """Cells of which nothing more can be said: what stands there is missing, unreadable or wrong."""

    def __init__(self, cells: Iterable[Cell]) -> None:
        self._rows: dict[tuple[str, str], set[int] | None] = {}
        for cell in cells:
            self.add(cell)

    def add(self, cell: Cell) -> None:
        table, row, column = cell
        rows = self._rows.setdefault((table, column), set())
        if row is None:
            self._rows[table, column] = None
        elif rows is not None:
            rows.add(row)

    def __bool__(self) -> bool:
        return bool(self._rows)

    def __contains__(self, cell: Cell) -> bool:
        table, row, column = cell
        rows = self._rows.get((table, column), ())
        return rows is None or row in rows

    def blanked(self, name: str, data: pa.Table) -> pa.Table:
        """The table with null in each unknown cell."""
        import pyarrow as pa
        import pyarrow.compute as pc

        for place, column in enumerate(data.column_names):
            rows = self._rows.get((name, column), ())
            if rows is None:
                data = data.set_column(place, column, pa.nulls(len(data), data[column].type))
            elif rows:
                wrong = pc.is_in(data[ROW], pa.array(rows, pa.int64()))
                data = data.set_column(place, column, pc.if_else(wrong, None, data[column]))
        return data


def find_problems(
    given: Mapping[str, pa.Table],
    locate: frames.Locate,
    derived: bool | None = None,
    unknown: Iterable[Cell] = (),
) -> list[Problem]:
    """Every breach of every rule by these tables, each mistake told once.

    Rules are asked in waves. A cell that breaks one is unknown to the waves after it: a misspelt actor is
    no actor, but not also a designee who takes no part.

    Parameters
    ----------
    given : mapping of str to pyarrow.Table
        Tables as `frames.from_text` or `frames.conform` make them. Rules that need another table are left
        out.
    locate : callable
        Says where a row was written.
    derived : bool, optional
        Only rules about columns that the build derives (True), or that curators code (False).
    unknown : iterable of Cell
        Cells that could not be read; nothing is said of them.

    Returns
    -------
    list of Problem
        In the order of rows within tables; empty when everything holds.
    """
    found: list[tuple[int, int, Problem]] = []
    doubtful = _Unknown(unknown)
    numbered = {name: _numbered(data) for name, data in given.items()}
    places = {name: place for place, name in enumerate(given)}
    # Small tables take the engine less time than Python needs to ask it, which threads only slow down.
    workers = os.cpu_count() if max(map(len, given.values()), default=0) > _SMALL else 1
    *waves, uses = in_waves()
    for wave in (*waves, uses):
        if wave is uses and doubtful:  # what stands in such a cell may be the one use of a row
            break
        lazy = _Given()
        for name, data in numbered.items():
            lazy[name] = nw.from_native(doubtful.blanked(name, data)).lazy()
        asked = [
            rule
            for rule in wave
            if rule.table in given
            and derived in (None, contract.table(rule.table).field(rule.column).derived)
        ]
        with ThreadPoolExecutor(workers) as pool:
            answers = pool.map(lambda rule, lazy=lazy: _breaches(rule, lazy, locate), asked)
            for rule, breaches in zip(asked, answers, strict=True):
                for row, problem in breaches:
                    cells = [(rule.table, row, column) for column in (rule.column, *rule.also)]
                    if any(cell in doubtful for cell in cells):
                        continue
                    found.append((places[rule.table], row, problem))
                    if isinstance(rule, ColumnRule):
                        doubtful.add(cells[0])
    return [problem for *_, problem in sorted(found, key=lambda each: each[:2])]


def _numbered(data: pa.Table) -> pa.Table:
    import numpy as np
    import pyarrow as pa

    return data.append_column(ROW, pa.array(np.arange(len(data), dtype=np.int64)))


def _breaches(rule: rules.Rule, lazy: _Given, locate: frames.Locate) -> list[tuple[int, Problem]]:
    """Rows that break a rule, each with its problem; none where a table that the rule needs is not there."""
    try:
        rows = rule.breaking(lazy).select(ROW, rule.column).collect()
    except _Absent:
        return []
    if rows.is_empty():  # as nearly always
        return []
    hints: dict[str, str] = {}
    found = []
    for row, value in rows.unique(ROW).sort(ROW).iter_rows():
        text = "" if value is None else frames.plain_number(value) if type(value) is float else str(value)
        if isinstance(rule, ColumnRule) and text not in hints and len(hints) < _HINTS:
            hints[text] = rule.hint(lazy, text)
        said = rule.text + hints.get(text, "")
        cell = (rule.table, row, rule.column)
        where = locate(rule.table, row, rule.column)
        found.append((row, Problem(where, rule.column, text[:80], said, rule.name, cell)))
    return found


def all_rules() -> list[rules.Rule]:
    """Every rule, those of the contract's columns and keys first."""
    return list(chain.from_iterable(in_waves()))


# Public ----------------------------------------------------------------------------------------------------


def validate(data: Any, table: str | None = None) -> None:
    """Hold data against every rule of the contract.

    Parameters
    ----------
    data : DataFrame, pyarrow.Table, Dataset, mapping of these, str or Path
        A frame of any kind that Narwhals knows (pandas, Polars, PyArrow, …) with the name of its table; a
        mapping from table names to such frames; a `Dataset`; or a folder, zip or ``datapackage.json``,
        whose CSV files are checked, and its Parquet files held against them.
    table : str, optional
        Table that a single frame is meant to be. Rules that need other tables are left out.

    Raises
    ------
    BadData
        With every problem that was found.
    BadRequest
        The kind of data, or the name of the table, is unknown.
    BrokenRelease
        A package is missing, unsafe or not what its descriptor says.

    Examples
    --------
    >>> import timeline
    >>> timeline.validate(timeline.load("citations"), "citations")
    """
    problems = problems_in(data, table)
    if problems:
        raise BadData(problems)


def problems_in(data: Any, table: str | None = None) -> list[Problem]:
    """What `validate` raises, as a list."""
    from timeline.dataset import Dataset
    from timeline.package import open_package

    if table is not None:
        return _problems_of_frames({contract.table(table).name: data})
    if isinstance(data, (str, Path)):
        return _problems_of_package(open_package(data))
    if isinstance(data, Dataset):
        return _problems_of_frames({name: data._plain(name) for name in data.tables})
    if isinstance(data, Mapping):
        return _problems_of_frames({contract.table(name).name: frame for name, frame in data.items()})
    raise BadRequest(
        f"validate() takes a path, a Dataset, a mapping of tables, or a frame and the name of its table; "
        f"not {type(data).__name__} alone"
    )


def _problems_of_frames(named: Mapping[str, Any]) -> list[Problem]:
    given, problems = {}, []
    for name, frame in named.items():
        try:
            given[name], wrong = frames.conform(name, _to_arrow(name, frame), name)
            problems += wrong
        except BadData as error:
            problems += error.problems
    unknown = [problem.cell for problem in problems if problem.cell]
    return problems + find_problems(given, lambda name, row, _: f"{name} row {row}", unknown=unknown)


def _to_arrow(name: str, frame: Any) -> pa.Table:
    import pyarrow as pa

    try:
        data = nw.maybe_reset_index(nw.from_native(frame).lazy().collect())
        if strange := [column for column in data.columns if not isinstance(column, str)]:
            raise BadData([Problem(name, str(strange[0]), "", "a column must be named by text", "columns")])
        return data.to_arrow()
    except TypeError:
        raise BadRequest(f"{name} must be a frame, not {type(frame).__name__}") from None
    except (nw.exceptions.NarwhalsError, pa.ArrowException) as error:
        message = f"is no table that can be read: {' '.join(str(error).split())}"
        raise BadData([Problem(name, "", "", message, "readable")]) from None


def _problems_of_package(package: Package) -> list[Problem]:
    given, problems = {}, []
    for name in contract.TABLES:
        if name not in package.resources:
            problems.append(
                Problem(package.where, "", name, "the package describes no such table", "columns")
            )
            continue
        path = package.resources[name]["path"]
        try:
            given[name], wrong = frames.from_csv(name, package.content(name), path)
            problems += wrong
        except BadData as error:
            problems += error.problems
        else:
            problems += _differences_of_parquet(package, name, given[name])

    def locate(name: str, row: int, _: str) -> str:
        return f"{package.resources[name]['path']} row {row + 2}"

    unknown = [problem.cell for problem in problems if problem.cell]
    return problems + find_problems(given, locate, unknown=unknown)


def _differences_of_parquet(package: Package, name: str, from_csv: pa.Table) -> list[Problem]:
    twin = f"{name}-parquet"
    if twin not in package.resources or package.table(name).equals(from_csv):
        return []
    path = package.resources[twin]["path"]
    return [Problem(path, "", "", f"differs from {package.resources[name]['path']}", "parquet-equals-csv")]
