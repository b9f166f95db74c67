"""What is wrong with tables, in our words: pandera finds it, in every row; each mistake is told once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

import narwhals as nw

from timeline import contract, errors
from timeline.engines import ROW, Engine, Lazy, Tables
from timeline.errors import MOST_TOLD, Cell, Problem
from timeline.files import csv
from timeline.validation.checks import broken
from timeline.validation.rule import CellRule, Rule, number_of
from timeline.validation.rules import in_waves

_HINTS = 20


def find_problems(
    given: Tables, locate: errors.Locate, derived: bool | None = None, unknown: Iterable[Cell] = ()
) -> list[Problem]:
    """Find every breach of every rule by these tables, each mistake told once.

    pandera finds them, wave by wave. A cell that breaks a rule is unknown to later waves: a misspelt actor is
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
        for rule, breaking in broken(asked, tables):
            rows = given.engine.settled(doubtful.without(rule, breaking.unique(ROW)))
            place = contract.TABLES.index(rule.table)
            found += ((place, row, problem) for row, problem in _told(rule, rows, tables, locate))
            if isinstance(rule, CellRule):
                doubtful.add(rule.table, rule.column, rows)
    return [problem for *_, problem in sorted(found, key=lambda each: each[:2])]


def _told(rule: Rule, rows: Lazy, tables: Tables, locate: errors.Locate) -> Iterator[tuple[int, Problem]]:
    """The problem of each row that breaks a rule, with the number of the row."""
    hints: dict[str, str] = {}
    row = 0
    for row, value in rows.sort(ROW).head(MOST_TOLD).collect().iter_rows():
        text = "" if value is None else csv.plain_number(value) if type(value) is float else str(value)
        if isinstance(rule, CellRule) and text not in hints and len(hints) < _HINTS:
            hints[text] = rule.hint(tables, text)
        said = rule.text + hints.get(text, "")
        cell = (rule.table, row, rule.column)
        yield row, errors.of_cell(locate, cell, text, said, rule.name)
    if (more := number_of(rows) - MOST_TOLD) > 0:
        said = f"{rule.text}: so in {more:,} rows after this one"
        yield row, Problem(locate(rule.table, row, rule.column), rule.column, "", said, rule.name)


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
        return Tables(blanked, tables.engine)

    def without(self, rule: Rule, rows: Lazy) -> Lazy:
        """Of rows that break a rule those of which it can be told: all that it reads there is known."""
        for column in (rule.column, *rule.also):
            unknown = self._rows.get((rule.table, column), [])
            if unknown is None:
                return rows.head(0)
            for wrong in unknown:
                rows = rows.join(wrong, on=ROW, how="anti")
        return rows
