"""What a rule is, and the words in which rules are stated. Nothing here knows pandera.

A rule says which rows break it, on any engine. A condition says it of one column alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import narwhals as nw

from timeline.engines import Lazy, Tables

Condition = Callable[[nw.Expr], nw.Expr]
"""True, of the values of a column, where a rule is or can be broken."""

Hint = Callable[[Tables, str], str]
"""Adds to the text of a problem what is allowed or nearest, from the tables and the wrong value."""


def no_hint(_: Tables, __: str) -> str:
    """Say nothing."""
    return ""


@dataclass(frozen=True)
class Rule:
    """A rule of the dataset: the column of a table that it is about, its text, and the rows that break it.

    ``also`` names further columns of the table that it reads: where one of them is unknown, it is silent.
    """

    name: str
    table: str
    column: str
    text: str
    breaking: Callable[[Tables], Lazy]
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class CellRule(Rule):
    """A rule about one cell, which is unknown to other rules once it breaks this one.

    ``suspect``, where there is one, is true of every value that breaks the rule, and of few others: an engine
    answers it for many rules in one pass over the table.
    """

    suspect: Condition | None = None
    hint: Hint = no_hint


@dataclass(frozen=True)
class ColumnRule(CellRule):
    """A condition of one column alone: ``suspect`` is true of exactly the values that break it."""

    @classmethod
    def of(
        cls, name: str, table: str, column: str, text: str, wrong: Condition, hint: Hint = no_hint
    ) -> ColumnRule:
        def breaking(t: Tables) -> Lazy:
            return t[table].filter(wrong(nw.col(column)))

        return cls(name, table, column, text, breaking, suspect=wrong, hint=hint)


def collected_in(rules: list[Rule]) -> Callable[..., Callable[[Callable[[Tables], Lazy]], None]]:
    """Make the decorator that adds a function, which returns the rows that break a rule, to these rules.

    The rule bears the name of the function; ``says`` is its text in problems and in the codebook.
    """

    def named(table: str, column: str, *also: str, says: str) -> Callable[[Callable[[Tables], Lazy]], None]:
        def add(breaking: Callable[[Tables], Lazy]) -> None:
            rules.append(Rule(breaking.__name__.replace("_", "-"), table, column, says, breaking, also))

        return add

    return named


def outside(values: Iterable[str]) -> Condition:
    """True where a value is given and is none of these; engines differ on ``is_in`` for nulls."""
    known = list(values)
    return lambda column: ~column.is_null() & ~column.is_in(known)


def or_unknown(condition: nw.Expr) -> nw.Expr:
    """True also where what it depends on is unknown: such a row may be the one that is looked for."""
    return condition.fill_null(True)


def joined(rows: Lazy, other: Lazy, on: str, their: str, **columns: str) -> Lazy:
    """Rows with columns of the row that they refer to, under new names."""
    chosen = other.select(nw.col(their).alias(on), *(nw.col(old).alias(new) for new, old in columns.items()))
    return rows.join(chosen, on=on, how="inner")


def without_partner(rows: Lazy, other: Lazy, on: list[str], their: list[str] | None = None) -> Lazy:
    """Rows that have no partner in ``other``; a row there that is partly unknown may be anyone's partner."""
    their = their or on
    alone = rows.join(other.select(their), left_on=on, right_on=their, how="anti")
    unknown = other.filter(nw.any_horizontal(nw.col(*their).is_null(), ignore_nulls=False))
    if not number_of(unknown.head(1)):  # as nearly always
        return alone
    if number_of(unknown.filter(nw.col(their[0]).is_null()).head(1)):
        return rows.head(0)
    return alone.join(unknown.select(their[0]), left_on=on[0], right_on=their[0], how="anti")


def number_of(rows: Lazy) -> int:
    """How many rows there are."""
    return int(rows.select(nw.len()).collect().item())
