"""Everything this package raises: one base class, three kinds."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

Cell = tuple[str, int | None, str]
"""Table, row counted from 0 (None: every row) and column."""

Locate = Callable[[str, int, str], str]
"""Says where a row was written, from table, row number counted from 0 and column."""

MOST_TOLD = 10_000
"""Rows of a table that are told of one rule and column; of more, only the number is told."""


class TimelineError(Exception):
    """Base class of every error that this package raises."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with the data.

    Attributes
    ----------
    where : str
        File and line, or table and row, for example ``events/x.yaml:12`` or ``events.csv row 14``.
    column : str
        Column of the table, or key of the YAML file; empty when the whole row or file is meant.
    value : str
        What stands there, shortened; empty when nothing does.
    message : str
        What is wrong and what would be right.
    rule : str
        Name of the rule that was broken, as the codebook lists it.
    cell : tuple of (str, int or None, str), optional
        Table, row and column whose value is wrong, so that no other rule need speak of it.
    """

    where: str
    column: str
    value: str
    message: str
    rule: str
    cell: Cell | None = field(default=None, compare=False, repr=False)

    def __str__(self) -> str:
        place = f"{self.where}: {self.column}" if self.column else self.where
        given = f" {self.value!r}" if self.value else ""
        return visible(f"{place}{given}: {self.message} [{self.rule}]")


def of_cell(locate: Locate, cell: tuple[str, int, str], value: str, message: str, rule: str) -> Problem:
    """A problem with what stands in one cell: table, row counted from 0, and column."""
    return Problem(locate(*cell), cell[2], value[:80], message, rule, cell)


class BadData(TimelineError):
    """The data break the contract. ``problems`` holds every one found, not the first."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = list(problems)
        super().__init__(listed(self.problems))


def listed(problems: Sequence[Problem]) -> str:
    """Return problems as text: how many, then one a line."""
    heading = f"{len(problems)} problem{'s' if len(problems) != 1 else ''}"
    return "\n".join([heading, *(f"  {problem}" for problem in problems)])


class BadRequest(TimelineError, ValueError):
    """The call asks for what does not exist or makes no sense; the message names what would."""


class NotEDTF(BadRequest):
    """A string is no date of ISO 8601-2 (EDTF) levels 0 to 2 within the years 0001 to 9999."""


class BrokenRelease(TimelineError):
    """A package or release is not what it says: a checksum differs, a file is missing or unsafe."""


def visible(text: str) -> str:
    r"""Write as escapes what cannot be seen, so that text of others stays in its line and moves no cursor.

    >>> print(visible("a\x1b[31mb\nc"))
    a\x1b[31mb\nc
    """
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


def nearest(given: str, known: Iterable[str]) -> str:
    """Say which known name is meant, as the end of a sentence; empty if none is near.

    >>> nearest("ukr-president", ["ukr-presidency", "usa"])
    '; did you mean ukr-presidency?'
    """
    match = difflib.get_close_matches(str(given), list(known), n=1, cutoff=0.6)
    return f"; did you mean {match[0]}?" if match else ""
