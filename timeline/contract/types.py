"""Types of the contract: text brought to them, tables held to them, and what users get."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from timeline.contract.tables import Field, table
from timeline.errors import Locate, Problem, nearest, of_cell

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


def arrow_schema(name: str) -> pa.Schema:
    """Arrow schema of a table: text, ``date32``, ``int64``, ``double``; vocabularies as dictionaries.

    >>> arrow_schema("citations").field("stance").type
    DictionaryType(dictionary<values=string, indices=int8, ordered=0>)
    """
    import pyarrow as pa

    plain = {"string": pa.string(), "date": pa.date32(), "integer": pa.int64(), "number": pa.float64()}
    return pa.schema(
        pa.field(
            field.name,
            pa.dictionary(pa.int8(), pa.string(), ordered=field.ordered) if field.enum else plain[field.type],
            nullable=not field.required,
        )
        for field in table(name).fields
    )


def to_pandas(name: str, data: pa.Table) -> pd.DataFrame:
    """Turn an Arrow table into the DataFrame that users get.

    Text is ``str``, dates are ``datetime64[ms]``, vocabularies are ``category`` with the contract's values,
    in its order (and ordered where order means something).
    """
    import pandas as pd

    frame: pd.DataFrame = data.to_pandas(date_as_object=False)
    for field in table(name).fields:
        if field.enum:
            frame[field.name] = pd.Categorical(
                frame[field.name], categories=list(field.enum), ordered=field.ordered
            )
    return frame


_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,10})?", re.ASCII)
_INTEGER = re.compile(r"-?\d{1,15}", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def from_text(
    name: str, text: Mapping[str, pa.Array], locate: Locate, first: int = 0
) -> tuple[pa.Table, list[Problem]]:
    """Give columns of text the types of the contract.

    Parameters
    ----------
    name : str
        Table.
    text : mapping of str to pyarrow.Array
        Per column its strings, null where nothing stands. Derived columns may be missing: they are null.
    locate : callable
        Says where a row was written.
    first : int
        Number of the first of these rows in the table.

    Returns
    -------
    pyarrow.Table
        The columns of the contract, in its order; vocabularies are still plain text; null where a text is
        no value of the type.
    list of Problem
        One for each such text.
    """
    import pyarrow as pa

    rows = len(next(iter(text.values()), ()))
    columns, problems = {}, []
    for field in table(name).fields:
        parse, arrow_type, form = _parsers()[field.type]
        values = text.get(field.name, pa.nulls(rows, pa.string()))
        if parse is None:
            columns[field.name] = values.cast(pa.string())
            continue
        encoded = values.dictionary_encode()
        parsed = [parse(each) for each in encoded.dictionary.to_pylist()]
        columns[field.name] = pa.array(parsed, arrow_type).take(encoded.indices)
        if None in parsed:
            problems += [
                of_cell(locate, (name, row, field.name), value, f"must be {form}", "type")
                for row, value in enumerate(values.to_pylist(), first)
                if value is not None and parse(value) is None
            ]
    return pa.table(columns), problems


def _parsers() -> dict[str, tuple[Callable[[str], Any] | None, Any, str]]:
    import pyarrow as pa

    return {
        "string": (None, pa.string(), ""),
        "date": (parse_day, pa.date32(), "a date as YYYY-MM-DD"),
        "number": (_parse_number, pa.float64(), "a plain decimal number such as 12 or 0.5"),
        "integer": (_parse_integer, pa.int64(), "a whole number such as 12"),
    }


@lru_cache(maxsize=100_000)
def parse_day(text: str) -> date | None:
    """Read a day as ``YYYY-MM-DD``; None if it is none."""
    try:
        return date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        return None


def _parse_number(text: str) -> float | None:
    return float(text) if _NUMBER.fullmatch(text) else None


def _parse_integer(text: str) -> int | None:
    return int(text) if _INTEGER.fullmatch(text) else None


def conform(name: str, data: pa.Table, where: str) -> tuple[pa.Table, list[Problem]]:
    """Bring a table that has types already to the contract's, or say which column cannot be brought.

    Categories become text, timestamps at midnight become dates, an empty text becomes a missing value;
    nothing is parsed and nothing is lost.
    """
    import pyarrow as pa

    described = table(name)
    problems = [
        Problem(where, column, "", f"is no column of {name}{nearest(column, described.columns)}", "columns")
        for column in dict.fromkeys(data.column_names)
        if column not in described.columns
    ]
    columns = {}
    for field in described.fields:
        brought = _brought(name, field, data)
        if isinstance(brought, str):
            rule = "type" if field.name in data.column_names else "columns"
            problems.append(Problem(where, field.name, "", brought, rule, (name, None, field.name)))
            brought = pa.nulls(len(data), _parsers()[field.type][1])
        columns[field.name] = brought
    return pa.table(columns), problems


def _brought(name: str, field: Field, data: pa.Table) -> pa.ChunkedArray | str:
    """The column of a field with its type; or why there is none."""
    import pyarrow as pa

    places = [place for place, column in enumerate(data.column_names) if column == field.name]
    if not places:
        return f"is missing from {name}"
    if len(places) > 1:
        return f"is the name of {len(places)} columns"
    column = data.column(places[0])
    arrow_type = column.type
    if column.null_count < len(column) and not _is_like(field.type, arrow_type):
        return f"has the type {arrow_type}, must be {field.type}"
    if pa.types.is_floating(arrow_type):
        column = pa.chunked_array([pa.array(column.to_numpy(), from_pandas=True)])
    try:
        typed = column.cast(_parsers()[field.type][1])
        if pa.types.is_timestamp(arrow_type) and not typed.cast(arrow_type).equals(column):
            raise pa.ArrowInvalid  # times of day would be lost
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return f"has the type {arrow_type}, must be {field.type}"
    if field.type == "date" and not _within_years(typed):
        return "holds days outside the years 0001 to 9999"
    return _without_blanks(typed) if field.type == "string" else typed


def _is_like(kind: str, arrow_type: pa.DataType) -> bool:
    """Whether values of a type of Arrow can be of a type of the contract, with no other meaning."""
    import pyarrow.types as pt

    if kind == "string":
        return _is_text(arrow_type)
    if kind == "date":
        return bool(pt.is_date(arrow_type) or pt.is_timestamp(arrow_type))
    return bool(pt.is_integer(arrow_type) or pt.is_floating(arrow_type) or pt.is_decimal(arrow_type))


FIRST_DAY, LAST_DAY = (day.toordinal() - date(1970, 1, 1).toordinal() for day in (date.min, date.max))
"""Of all dates, in days since 1970."""


def _within_years(days: pa.ChunkedArray) -> bool:
    import pyarrow as pa
    import pyarrow.compute as pc

    ends = pc.min_max(days.cast(pa.int32())).as_py()
    return ends["min"] is None or FIRST_DAY <= ends["min"] <= ends["max"] <= LAST_DAY


def _without_blanks(text: pa.ChunkedArray) -> pa.ChunkedArray:
    """Text with null where it is empty, as CSV has no other way to write it."""
    import pyarrow as pa
    import pyarrow.compute as pc

    blank = pc.equal(text, "")
    if not pc.any(blank).as_py():
        return text
    return pc.if_else(blank, pa.scalar(None, text.type), text)


def plain_schema(name: str) -> pa.Schema:
    """Arrow schema of what `from_text` and `conform` make: that of the contract, vocabularies as text."""
    import pyarrow as pa

    return pa.schema((field.name, _parsers()[field.type][1]) for field in table(name).fields)


def plain_type(arrow_type: pa.DataType) -> pa.DataType:
    """Type of the values of a dictionary; else the type."""
    import pyarrow as pa

    return arrow_type.value_type if pa.types.is_dictionary(arrow_type) else arrow_type


def _is_text(arrow_type: pa.DataType) -> bool:
    import pyarrow as pa

    inner = plain_type(arrow_type)
    return bool(
        pa.types.is_string(inner)
        or pa.types.is_large_string(inner)
        or pa.types.is_string_view(inner)
        or pa.types.is_null(inner)
    )


def strange_words(name: str, data: pa.Table, locate: Locate) -> list[Problem]:
    """One problem for each cell with a word that its vocabulary has not; as a category it would be lost."""
    return [
        of_cell(
            locate,
            (name, row, field.name),
            word,
            f"must be one of {', '.join(field.enum)}{nearest(word, field.enum)}",
            "vocabulary",
        )
        for field in table(name).fields
        if field.enum
        for row, word in _outside(data[field.name], field.enum)
    ]


def _outside(column: pa.ChunkedArray, words: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    """Rows, counted from 0, whose value is none of the words."""
    import pyarrow as pa
    import pyarrow.compute as pc

    known = pc.is_in(column, value_set=pa.array([*words, None], pa.string()))
    if not pc.all(known, min_count=0).as_py():
        for row in pc.indices_nonzero(pc.invert(known)).to_pylist():
            yield row, column[row].as_py()


def encode(name: str, data: pa.Table) -> pa.Table:
    """Give valid columns the exact Arrow types of the contract, vocabularies as dictionaries in its order."""
    import pyarrow as pa
    import pyarrow.compute as pc

    arrays = []
    for field in table(name).fields:
        column = data[field.name].combine_chunks()
        if field.enum:
            values = pa.array(field.enum, pa.string())
            indices = pc.index_in(column.cast(pa.string()), value_set=values).cast(pa.int8())
            column = pa.DictionaryArray.from_arrays(indices, values, ordered=field.ordered)
        arrays.append(column)
    return pa.Table.from_arrays(arrays, schema=arrow_schema(name))


def sort(name: str, data: pa.Table) -> pa.Table:
    """Sort rows as published: by key, events and their wide view by first possible day before that."""
    key = table(name).key
    order = ["start_earliest", *key] if "start_earliest" in data.column_names else list(key)
    return data.sort_by([(column, "ascending") for column in order])
