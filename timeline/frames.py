"""Arrow tables of the contract: read from text, and written as canonical CSV."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, BinaryIO

from timeline import contract
from timeline.errors import BadData, BrokenRelease, Problem, nearest

if TYPE_CHECKING:
    import pyarrow as pa

Locate = Callable[[str, int, str], str]
"""Says where a row was written, from table, row number counted from 0 and column."""

_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,10})?", re.ASCII)
_INTEGER = re.compile(r"-?\d{1,15}", re.ASCII)
_BLOCK = 2**20
_BYTES_OF_A_CELL = 4
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)

INVISIBLE = (
    "\x00-\x1f\x7f-\xa0\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f"
    "\u205f-\u206f\u2800\u3000\u3164\ue000-\uf8ff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff"
    "\U000e0000-\U0010ffff"
)
"""Characters that text may not hold, for a regular expression: what no reader sees or each sees otherwise.

Controls, spaces other than the plain one, marks without width or that turn the direction of writing, private
use, and the sign for a character that was lost.
"""

COMPOSED = (
    " -\u02ff\u0370-\u0373\u0375-\u037d\u037f-\u0386\u0388-\u0482\u048a-\u0590\u05d0-\u05ea\u0620-\u064a"
    "\u1e00-\u1eff\u2010-\u2027\u2030-\u205e\u2070-\u20cf\u3001-\u3029\u3041-\u3096\u309b-\u30ff\u4e00-\u9fff\uac00-\ud7a3"
)
"""Characters of which text in NFC can be made in any order, for a regular expression; there are others."""


def character_name(character: str) -> str:
    """Say which character it is, for one that cannot be seen or is easily mistaken.

    >>> character_name("\u200b")
    'U+200B ZERO WIDTH SPACE'
    """
    return f"U+{ord(character):04X} {unicodedata.name(character, '')}".strip()


def of_cell(locate: Locate, cell: tuple[str, int, str], value: str, message: str, rule: str) -> Problem:
    """A problem with what stands in one cell: table, row counted from 0, and column."""
    return Problem(locate(*cell), cell[2], value[:80], message, rule, cell)


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
    for field in contract.table(name).fields:
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


def from_csv(name: str, file: BinaryIO, where: str) -> Iterator[tuple[pa.Table, list[Problem]]]:
    """Read a published CSV file by the contract, some rows at a time, each part as `from_text` gives it.

    Row 1 is the header, as spreadsheets count.

    Raises
    ------
    BadData
        The file is no CSV with the columns of the table; in the end, if it is for rows that are no rows.
    """
    row = 0
    for text in _text_in_parts(contract.table(name).columns, file, where):
        part = from_text(name, text, lambda _, row, __: f"{where} row {row + 2}", first=row)
        row += len(part[0])
        yield part


def from_parquet(source: Any, where: str, limit: int) -> pa.Table:
    """Read a whole Parquet file, of which nothing is trusted.

    Raises
    ------
    BrokenRelease
        It cannot be read, or its rows would take more bytes than the limit even if nothing stood in them.
    """
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(source) as file:
            cells = file.metadata.num_rows * file.metadata.num_columns
            if cells * _BYTES_OF_A_CELL > limit:
                raise BrokenRelease(f"{where}: {cells:,} cells are too many to be held in memory")
            # A thread that still holds the content when Python exits would abort it (apache/arrow#34314).
            data = file.read(use_threads=False)
            data.validate(full=True)
            return data
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise BrokenRelease(f"{where} is no Parquet that can be read: {error}") from None


def text_of_csv(columns: tuple[str, ...], content: bytes, where: str) -> dict[str, pa.Array]:
    """Cells of a CSV file with these columns, as text; null where nothing stands."""
    import pyarrow as pa

    parts = list(_text_in_parts(columns, io.BytesIO(content), where))
    return {
        column: pa.concat_arrays([pa.array([], pa.string()), *(part[column] for part in parts)])
        for column in columns
    }


def _text_in_parts(columns: tuple[str, ...], file: BinaryIO, where: str) -> Iterator[Mapping[str, pa.Array]]:
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    def refuse(row: str, message: str) -> BadData:
        return BadData([Problem(f"{where}{row}", "", "", message, "readable")])

    ragged: list[Problem] = []

    def note(row: arrow_csv.InvalidRow) -> str:
        message = f"has {row.actual_columns} cells, the header has {row.expected_columns}"
        ragged.append(Problem(f"{where} row {row.number}", "", "", message, "readable"))
        return "skip"

    try:
        reader = arrow_csv.open_csv(
            file,
            read_options=arrow_csv.ReadOptions(use_threads=False, block_size=_BLOCK),
            parse_options=arrow_csv.ParseOptions(
                newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=note
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(columns, pa.string()), null_values=[""], strings_can_be_null=True
            ),
        )
        header = tuple(reader.schema.names)
        if header != columns:
            raise refuse(" row 1", f"columns are {', '.join(header)}; they must be {', '.join(columns)}")
        for batch in reader:
            yield dict(zip(columns, batch.columns, strict=True))
    except (pa.ArrowInvalid, UnicodeDecodeError) as error:
        raise refuse(*_reason(file, error)) from None
    if ragged:
        raise BadData(ragged)


def _reason(file: BinaryIO, error: Exception) -> tuple[str, str]:
    """Why a file cannot be read, and in which line where that is known."""
    file.seek(0)
    for number, line in enumerate(file, 1):
        try:
            line.decode("utf-8")
        except UnicodeDecodeError as found:
            return f" line {number}", f"byte 0x{line[found.start]:02x} is not UTF-8"
    return "", f"is no CSV that can be read: {error}"


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

    Categories become text, timestamps at midnight become dates; nothing is parsed and nothing is lost.
    """
    import pyarrow as pa

    described = contract.table(name)
    problems = [
        Problem(where, column, "", f"is no column of {name}{nearest(column, described.columns)}", "columns")
        for column in data.column_names
        if column not in described.columns
    ]
    columns = {}
    for field in described.fields:
        arrow_type = _parsers()[field.type][1]
        if field.name not in data.column_names:
            message = f"is missing from {name}"
            problems.append(Problem(where, field.name, "", message, "columns", (name, None, field.name)))
            columns[field.name] = pa.nulls(len(data), arrow_type)
            continue
        column = data[field.name]
        if pa.types.is_floating(column.type):
            column = pa.chunked_array([pa.array(column.to_numpy(), from_pandas=True)])
        try:
            if _is_text(column.type) != (field.type == "string") and column.null_count < len(column):
                raise pa.ArrowInvalid
            columns[field.name] = column.cast(arrow_type)
            if pa.types.is_timestamp(column.type) and not columns[field.name].cast(column.type).equals(
                column
            ):
                raise pa.ArrowInvalid  # times of day would be lost
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            message = f"has the type {column.type}, must be {field.type}"
            problems.append(Problem(where, field.name, "", message, "type", (name, None, field.name)))
            columns[field.name] = pa.nulls(len(data), arrow_type)
    return pa.table(columns), problems


def plain_schema(name: str) -> pa.Schema:
    """Arrow schema of what `from_text` and `conform` make: that of the contract, vocabularies as text."""
    import pyarrow as pa

    return pa.schema((field.name, _parsers()[field.type][1]) for field in contract.table(name).fields)


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
        for field in contract.table(name).fields
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
    for field in contract.table(name).fields:
        column = data[field.name].combine_chunks()
        if field.enum:
            values = pa.array(field.enum, pa.string())
            indices = pc.index_in(column.cast(pa.string()), value_set=values).cast(pa.int8())
            column = pa.DictionaryArray.from_arrays(indices, values, ordered=field.ordered)
        arrays.append(column)
    return pa.Table.from_arrays(arrays, schema=contract.arrow_schema(name))


def sort(name: str, data: pa.Table) -> pa.Table:
    """Sort rows as published: by key, events and their wide view by first possible day before that."""
    key = contract.table(name).key
    order = ["start_earliest", *key] if "start_earliest" in data.column_names else list(key)
    return data.sort_by([(column, "ascending") for column in order])


def to_csv(data: pa.Table) -> bytes:
    r"""Canonical CSV of a table: the bytes that checksums and fingerprints are computed over.

    UTF-8 without byte order mark, ``\n``, quotes only where RFC 4180 needs them, ISO 8601 dates, numbers
    without exponent or needless zeros, nothing for a missing value.

    >>> import pyarrow as pa
    >>> to_csv(pa.table({"id": ["a", "b, c"], "best": [300.0, None]}))
    b'id,best\na,300\n"b, c",\n'
    """
    lines: list[str] = []
    file = SimpleNamespace(write=lambda line: lines.append(line.removesuffix(_CRLF)))
    writer = csv.writer(file, lineterminator=_CRLF)  # so that a cell that holds either is quoted
    writer.writerow(data.column_names)
    writer.writerows(zip(*(texts(data[name]) for name in data.column_names), strict=True))
    return "\n".join([*lines, ""]).encode("utf-8")


_CRLF = "\r\n"


def texts(column: pa.ChunkedArray) -> list[str | None]:
    """Values as canonical CSV writes them; None for a missing one."""
    import pyarrow as pa

    write = plain_number if pa.types.is_floating(column.type) else str
    return [None if value is None else write(value) for value in column.to_pylist()]


def plain_number(number: float) -> str:
    """Write a number without exponent or needless zeros.

    >>> plain_number(300.0), plain_number(1e-7)
    ('300', '0.0000001')
    """
    return str(int(number)) if number.is_integer() else format(Decimal(repr(number)), "f")
