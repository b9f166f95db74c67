"""The codebook as rows, which Markdown, workbook, database and site write."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from timeline.contract.tables import Field, ForeignKey, Table, tables


class Entry(NamedTuple):
    """What a table, a column of it or a word of a column means; an empty string where nothing is to say."""

    table: str
    column: str = ""
    value: str = ""
    type: str = ""
    meaning: str = ""
    example: str = ""
    title: str = ""
    marks: tuple[str, ...] = ()
    """Of a column: ``required``, ``derived``."""
    key: tuple[str, ...] = ()
    references: tuple[ForeignKey, ...] = ()
    vocabulary: str = ""
    """Name of the list of words that a column takes; columns of one vocabulary share it."""
    ordered: bool = False
    """Whether these words go from weakest to strongest."""


COLUMNS = Entry._fields[:6]
"""What a flat table of the codebook holds; the other fields say more of a table or column."""


def codebook() -> Iterator[Entry]:
    """Tell what everything means: each table, followed by its columns, each followed by its words."""
    for table in tables().values():
        yield _table(table)
        for field in table.fields:
            column = _column(table, field)
            yield column
            for value in field.enum:
                yield column._replace(value=value, type="", meaning=field.meanings[value], example="")


def flat() -> list[dict[str, str]]:
    """The codebook as rows of text, of the columns `COLUMNS`."""
    return [{column: getattr(entry, column) for column in COLUMNS} for entry in codebook()]


def sections() -> Iterator[tuple[Entry, list[tuple[Entry, list[Entry]]]]]:
    """Each table with its columns, each column with its words."""
    for _, entries in groupby(codebook(), key=lambda entry: entry.table):
        table, *rest = entries
        columns = []
        for _, of_column in groupby(rest, key=lambda entry: entry.column):
            column, *words = of_column
            columns.append((column, words))
        yield table, columns


def _table(table: Table) -> Entry:
    return Entry(
        table.name,
        meaning=table.description,
        title=table.title,
        key=table.key,
        references=table.foreign_keys,
    )


def _column(table: Table, field: Field) -> Entry:
    marks = {"required": field.required, "derived": field.derived}
    return Entry(
        table.name,
        field.name,
        type="EDTF" if field.edtf else field.type,
        meaning=field.description,
        example="" if field.example is None else str(field.example),
        title=field.title,
        marks=tuple(mark for mark, holds in marks.items() if holds),
        vocabulary=f"values-of-{field.name}-{field.enum[0]}" if field.enum else "",
        ordered=field.ordered,
    )
