"""EDTF dates for users: one date, a window, a whole column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from timeline.dates.parser import Extent, Parsed, Qualifier, parse
from timeline.errors import BadRequest, NotEDTF

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class EDTF:
    """A date as coded, and the days that it can mean.

    The bounds are days of the proleptic Gregorian calendar, inclusive. They are ordered wherever they
    exist: ``start_earliest <= start_latest``, ``end_earliest <= end_latest``, and neither bound of the
    start is later than the same bound of the end.

    Attributes
    ----------
    text : str
        The string as coded; ``str()`` gives it back.
    level : int
        The lowest EDTF level, 0 to 2, that has all the features used.
    extent : {"instant", "span", "ongoing", "unknown-end"}
        One day, perhaps unknown (``2023-11``, ``[A..B]``); what lasted from A to B (``A/B``, ``{A,B}``);
        what goes on (``A/..``, ``{A..}``); what ended on a day that nobody tells (``A/``).
    qualifier : {"approximate", "uncertain", "both"} or None
        Which of ``~``, ``?`` and ``%`` occur, wherever they stand.
    start_earliest, start_latest : datetime.date or None
        First and last day on which it can have begun; None where there is no such bound.
    end_earliest, end_latest : datetime.date or None
        First and last day on which it can have ended; those of the start for an instant.

    Examples
    --------
    >>> moment = parse_date("2023-11-21~/..")
    >>> print(moment.extent, moment.qualifier, moment.start_earliest, moment.start_latest, moment.end_latest)
    ongoing approximate 2023-11-20 2023-11-22 None
    """

    text: str
    level: int
    extent: Extent
    qualifier: Qualifier | None
    start_earliest: date | None
    start_latest: date | None
    end_earliest: date | None
    end_latest: date | None

    def __str__(self) -> str:
        return self.text

    def in_words(self) -> str:
        """Say it in plain English.

        >>> parse_date("[2023-11-21..2023-11-30]").in_words()
        'on one day between 21 and 30 November 2023'
        """
        from timeline.dates.words import in_words

        return in_words(self.text)


def parse_date(text: str) -> EDTF:
    """Read an EDTF string.

    Levels 0, 1 and 2 are read, within the years 0001 to 9999. A time of day is refused: no column keeps
    one, and to drop it in silence could move the day where a time zone is given.

    Parameters
    ----------
    text : str
        For example ``2023-11-21``, ``2023-12-2X``, ``2023-11-21~/..`` or ``[2023-11-21..2023-11-30]``.

    Returns
    -------
    EDTF

    Raises
    ------
    NotEDTF
        With what is wrong and what would be right.

    Examples
    --------
    >>> parse_date("2024-02").end_latest
    datetime.date(2024, 2, 29)
    >>> parse_date("2023-02-29")
    Traceback (most recent call last):
    timeline.errors.NotEDTF: '2023-02-29' is no EDTF date: 2023-02 has 28 days
    """
    if not isinstance(text, str):
        raise NotEDTF(f"a date is a string, such as '2023-11-21', not {type(text).__name__}")
    try:
        return EDTF(text, *parse(text))
    except NotEDTF as refusal:
        shown = ascii(text if len(text) <= 60 else text[:57] + "...")
        raise NotEDTF(f"{shown} is no EDTF date: {refusal}") from None


def window(when: str | date) -> tuple[date | None, date | None]:
    """First and last day of a query window, inclusive; None where it is open.

    Parameters
    ----------
    when : str, datetime.date, datetime.datetime or pandas.Timestamp
        An EDTF string or a day. Of a time, the day is taken as it stands, in its own time zone.

    Returns
    -------
    tuple of (datetime.date or None, datetime.date or None)

    Raises
    ------
    NotEDTF
        A string that is no EDTF date.
    BadRequest
        Anything else, a missing time (``NaT``) included.

    Examples
    --------
    >>> print(*window("2023-11/2024-01"))
    2023-11-01 2024-01-31
    """
    if isinstance(when, str):
        parsed = parse_date(when)
        return parsed.start_earliest, parsed.end_latest
    if isinstance(when, datetime) and when == when:  # NaT is a datetime that does not equal itself
        return when.date(), when.date()
    if isinstance(when, date) and not isinstance(when, datetime):
        return when, when
    raise BadRequest(f"a window is an EDTF string, such as '2023-11', or a date, not {when!r}")


def date_columns(column: pa.Array | pa.ChunkedArray | pd.Series | Sequence[str | None]) -> pa.Table:
    """Read a column of EDTF strings; each different string is parsed once.

    Nothing is raised for a string that is no date: its row has nulls and says why. A null gives nulls.

    Parameters
    ----------
    column : pyarrow Array or ChunkedArray, pandas Series, or sequence of str or None
        Text of any Arrow string type, dictionaries included.

    Returns
    -------
    pyarrow.Table
        One row per input row: ``level`` (int8), ``extent`` and ``qualifier`` (dictionary of string), the four
        bounds (date32) and ``reason`` (string: why it is no date; null if it is one).

    Raises
    ------
    BadRequest
        The column holds something else than text.

    Examples
    --------
    >>> date_columns(["2024-01", "2024-13", None]).column("reason").to_pylist()
    [None, 'month 13: months are 01 to 12, seasons and other parts of a year 21 to 41', None]
    """
    import pyarrow as pa

    encoded = _text(column).dictionary_encode()
    day, word = pa.date32(), pa.dictionary(pa.int8(), pa.string())
    kinds = (pa.int8(), word, word, day, day, day, day, pa.string())
    names = (*Parsed._fields, "reason")
    rows = [_row(text) for text in encoded.dictionary.to_pylist()]
    values = zip(*rows, strict=True) if rows else [()] * len(names)
    arrays = (pa.array(value, kind) for value, kind in zip(values, kinds, strict=True))
    return pa.table(dict(zip(names, arrays, strict=True))).take(encoded.indices)


def _text(column: Any) -> pa.Array:
    import pyarrow as pa

    if not isinstance(column, pa.Array | pa.ChunkedArray):
        try:
            column = pa.array(column, from_pandas=True)
        except (pa.ArrowException, TypeError, UnicodeError) as error:
            raise BadRequest(f"a column of dates holds text and nulls only: {error}") from None
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if kind not in (pa.string(), pa.large_string(), pa.string_view(), pa.null()):
        raise BadRequest(f"a column of dates holds text, such as '2023-11-21', not {kind}")
    # Offsets of 64 bits, since the chunks of a long column together may pass 2 GiB.
    column = column.cast(pa.large_string())
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


@lru_cache(maxsize=100_000)
def _row(text: str) -> tuple[object, ...]:
    try:
        return (*parse(text), None)
    except NotEDTF as refusal:
        return (*(None,) * len(Parsed._fields), str(refusal))
