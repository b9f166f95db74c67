"""Hold tables against the contract: every rule, every row, one list of problems."""

from __future__ import annotations

import importlib.util
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import narwhals as nw

from timeline import contract, engines, errors
from timeline.contract import types
from timeline.engines import ROW, Absent, Engine, Lazy, Tables, blaming
from timeline.errors import MOST_TOLD, BadData, BadRequest, Cell, Problem
from timeline.files import csv
from timeline.files.opening import open_package
from timeline.files.package import DESCRIPTOR, LIMIT, Package
from timeline.files.parquet import parquet_files, row_in_file
from timeline.validation import rules
from timeline.validation.keys import ColumnRule, in_waves

if TYPE_CHECKING:
    import pyarrow as pa

LARGE = 256 * 2**20
"""Bytes of a package from which on DuckDB, where it is installed, takes the place of memory."""

_HINTS = 20


class _Unknown:
    """Cells of which nothing more can be said: what stands there is missing, unreadable or wrong."""

    def __init__(self, engine: Engine, cells: Iterable[Cell]) -> None:
        import pyarrow as pa

        numbers: dict[tuple[str, str], list[int | None]] = defaultdict(list)
        for table, row, column in cells:
            numbers[table, column].append(row)
        self._rows: dict[tuple[str, str], list[Lazy] | None] = {
            place: None if None in rows else [engine.bring(pa.table({ROW: pa.array(rows, pa.int64())}))]
            for place, rows in numbers.items()
        }

    def add(self, table: str, column: str, rows: Lazy) -> None:
        known = self._rows.setdefault((table, column), [])
        if known is not None:
            known.append(rows.select(ROW))

    def __bool__(self) -> bool:
        return bool(self._rows)

    def blanked(self, tables: Tables) -> Tables:
        """The tables with null in each unknown cell."""
        blanked = dict(tables)
        for (name, column), unknown in self._rows.items():
            if name not in tables:
                continue
            rows = blanked[name]
            if unknown is None:
                rows = rows.with_columns(nw.when(nw.col(ROW) < 0).then(column).alias(column))
            elif unknown:
                wrong = nw.concat(unknown).unique().with_columns(_unknown=nw.lit(True))
                rows = rows.join(wrong, on=ROW, how="left").with_columns(
                    nw.when(nw.col("_unknown").is_null()).then(column).alias(column)
                )
            blanked[name] = rows.select(*tables[name].collect_schema().names())
        changed = {name for name, _ in self._rows} & set(tables)
        blanked |= {name: tables.engine.settled(blanked[name]) for name in changed}
        return Tables(blanked, tables.engine, tables.released)

    def without(self, rule: rules.Rule, rows: Lazy) -> Lazy:
        """Of rows that break a rule those of which it can be told: all that it reads there is known."""
        for column in (rule.column, *rule.also):
            unknown = self._rows.get((rule.table, column), [])
            if unknown is None:
                return rows.head(0)
            for wrong in unknown:
                rows = rows.join(wrong, on=ROW, how="anti")
        return rows


def find_problems(
    given: Tables, locate: errors.Locate, derived: bool | None = None, unknown: Iterable[Cell] = ()
) -> list[Problem]:
    """Every breach of every rule by these tables, each mistake told once.

    Rules are asked in waves. A cell that breaks one is unknown to the waves after it: a misspelt actor is
    no actor, but not also a designee who takes no part.

    Parameters
    ----------
    given : Tables
        Tables on one engine. Rules that need another table are left out.
    locate : callable
        Says where a row was written.
    derived : bool, optional
        Only rules about columns that the build derives (True), or that curators code (False).
    unknown : iterable of Cell
        Cells that could not be read; nothing is said of them.

    Returns
    -------
    list of Problem
        In the order of rows within tables; empty when everything holds. Where more than `MOST_TOLD` rows
        break a rule, the rest is counted.
    """
    found: list[tuple[int, int, Problem]] = []
    doubtful = _Unknown(given.engine, unknown)
    *waves, uses = in_waves()
    for wave in (*waves, uses):
        if wave is uses and doubtful:  # what stands in such a cell may be the one use of a row
            break
        tables = doubtful.blanked(given)
        asked = [
            rule
            for rule in wave
            if rule.table in given
            and derived in (None, contract.table(rule.table).field(rule.column).derived)
        ]
        for rule in _broken(asked, tables):
            breaking = rule.breaking(tables).select(ROW, rule.column).unique(ROW)
            rows = given.engine.settled(doubtful.without(rule, breaking))
            place = contract.TABLES.index(rule.table)
            told = [(place, row, problem) for row, problem in _told(rule, rows, tables, locate)]
            found += told
            if told and isinstance(rule, ColumnRule):
                doubtful.add(rule.table, rule.column, rows)
    return [problem for *_, problem in sorted(found, key=lambda each: each[:2])]


def _broken(asked: Iterable[rules.Rule], tables: Tables) -> Iterator[rules.Rule]:
    """Rules that some row may break, in their order; conditions on one table are asked in one pass."""
    conditions: dict[str, list[ColumnRule]] = defaultdict(list)
    questions: list[Callable[[], list[rules.Rule]]] = []
    for rule in (asked := list(asked)):
        if isinstance(rule, ColumnRule) and rule.condition is not None:
            conditions[rule.table].append(rule)
        else:
            questions.append(partial(_broken_alone, rule, tables))
    questions += (partial(_broken_together, mine, tables[name]) for name, mine in conditions.items())
    with ThreadPoolExecutor(tables.engine.workers) as pool:
        found = chain.from_iterable(pool.map(lambda question: question(), questions))
        broken = {id(rule) for rule in found}
    return (rule for rule in asked if id(rule) in broken)


def _broken_together(asked: list[ColumnRule], rows: Lazy) -> list[rules.Rule]:
    conditions = (rule.condition for rule in asked if rule.condition is not None)
    met = (each.cast(nw.Int64).sum().alias(f"{place}") for place, each in enumerate(conditions))
    (numbers,) = rows.select(*met).collect().iter_rows()
    return [rule for rule, number in zip(asked, numbers, strict=True) if number]


def _broken_alone(rule: rules.Rule, tables: Tables) -> list[rules.Rule]:
    try:
        return [rule] if rules.number_of(rule.breaking(tables).head(1)) else []
    except Absent:
        return []


def _told(
    rule: rules.Rule, rows: Lazy, tables: Tables, locate: errors.Locate
) -> Iterator[tuple[int, Problem]]:
    """The problem of each row that breaks a rule, with the number of the row."""
    hints: dict[str, str] = {}
    row = 0
    for row, value in rows.sort(ROW).head(MOST_TOLD).collect().iter_rows():
        text = "" if value is None else csv.plain_number(value) if type(value) is float else str(value)
        if isinstance(rule, ColumnRule) and text not in hints and len(hints) < _HINTS:
            hints[text] = rule.hint(tables, text)
        said = rule.text + hints.get(text, "")
        cell = (rule.table, row, rule.column)
        yield row, errors.of_cell(locate, cell, text, said, rule.name)
    if (more := rules.number_of(rows) - MOST_TOLD) > 0:
        said = f"{rule.text}: so in {more:,} rows after this one"
        yield row, Problem(locate(rule.table, row, rule.column), rule.column, "", said, rule.name)


def all_rules() -> list[rules.Rule]:
    """Every rule, those of the contract's columns and keys first."""
    return list(chain.from_iterable(in_waves()))


# Public ----------------------------------------------------------------------------------------------------


def validate(data: Any, table: str | None = None, *, engine: Any = None) -> None:
    """Hold data against every rule of the contract.

    Parameters
    ----------
    data : DataFrame, pyarrow.Table, Dataset, mapping of these, str or Path
        A frame of any kind that Narwhals knows (pandas, Polars, PyArrow, …) with the name of its table; a
        mapping from table names to such frames; a `Dataset`; or a folder, zip or ``datapackage.json``,
        whose CSV files are checked, and its Parquet files held against them.
    table : str, optional
        Table that a single frame is meant to be. Rules that need other tables are left out.
    engine : {"memory", "duckdb", "spark"}, duckdb.DuckDBPyConnection or pyspark.sql.SparkSession, optional
        What computes the rules for a package: Arrow in memory, DuckDB out of core, or a session of Spark,
        for which ``"spark"`` takes the active one. Without it, memory below 256 MiB and DuckDB from there
        on, if it is installed. The answers are the same.

    Raises
    ------
    BadData
        With every problem that was found.
    BadRequest
        The kind of data, the name of the table or the engine is unknown.
    BrokenRelease
        A package is missing, unsafe or not what its descriptor says.

    Examples
    --------
    >>> import timeline
    >>> timeline.validate(timeline.load("citations"), "citations")
    """
    problems = problems_in(data, table, engine)
    if problems:
        raise BadData(problems)


def problems_in(data: Any, table: str | None = None, engine: Any = None) -> list[Problem]:
    """What `validate` raises, as a list."""
    from timeline.dataset import Dataset
    from timeline.lazy_dataset import LazyDataset

    if isinstance(data, LazyDataset):
        raise BadRequest(
            "a lazy dataset is validated by its path, validate(path, engine=...): or collect() first"
        )
    if table is None and isinstance(data, (str, Path)):
        package = open_package(data)
        return _problems_of_package(package, fitting_engine(package) if engine is None else engine)
    if engine is not None:
        raise BadRequest("an engine is for packages: frames are computed where they are, in memory")
    if table is not None:
        return _problems_of_frames({contract.table(table).name: data})
    if isinstance(data, Dataset):
        return _problems_of_frames({name: data._plain(name) for name in data.tables})
    if isinstance(data, Mapping):
        return _problems_of_frames({contract.table(name).name: frame for name, frame in data.items()})
    raise BadRequest(
        f"validate() takes a path, a Dataset, a mapping of tables, or a frame and the name of its table; "
        f"not {type(data).__name__} alone"
    )


# Frames ----------------------------------------------------------------------------------------------------


def _problems_of_frames(named: Mapping[str, Any]) -> list[Problem]:
    given, problems = {}, []
    for name, frame in named.items():
        try:
            given[name], wrong = types.conform(name, _to_arrow(name, frame), name)
            problems += wrong
        except BadData as error:
            problems += error.problems
    unknown = [problem.cell for problem in problems if problem.cell]
    tables = engines.in_memory(given)
    return problems + find_problems(tables, lambda name, row, _: f"{name} row {row}", unknown=unknown)


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


# Packages --------------------------------------------------------------------------------------------------


def fitting_engine(package: Package) -> str:
    """``memory`` or, for a package that says it is `LARGE`, ``duckdb`` where it is installed."""
    sizes = (resource.get("bytes") for resource in package.resources.values())
    large = sum(size for size in sizes if isinstance(size, int)) >= LARGE
    return "duckdb" if large and importlib.util.find_spec("duckdb") else "memory"


def _problems_of_package(package: Package, engine: Any) -> list[Problem]:
    with (
        blaming(package.where),
        engines.opened(engine) as opened,
        tempfile.TemporaryDirectory(prefix="timeline-") as folder,
    ):
        files, problems = parquet_files(package, Path(folder), LIMIT if engine == "memory" else None)
        given = {name: engines.typed(name, opened.scan(path)) for name, path in files.items()}
        unknown = [problem.cell for problem in problems if problem.cell]
        tables = Tables(given, opened, package.released)
        problems += find_problems(
            tables, lambda name, row, _: row_in_file(package, name, row), unknown=unknown
        )
        package.read(DESCRIPTOR, LIMIT)  # refused if the package was built anew meanwhile
        return problems
