"""Canonical CSV: read by the contract, and written."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from decimal import Decimal
from types import SimpleNamespace
from typing import TYPE_CHECKING, BinaryIO

from timeline import contract
from timeline.contract.types import from_text
from timeline.errors import BadData, Problem

if TYPE_CHECKING:
    import pyarrow as pa

_BLOCK = 2**20


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
