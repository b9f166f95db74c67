"""EDTF dates (ISO 8601-2, levels 0 to 2): from a string to the days that it can mean.

Imports nothing of ours but the errors. The standard leaves room; what is read here, and how, is told in
``tests/dates/conformance/README.md`` and shown, case by case, in ``tests/conformance/edtf.csv``.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from functools import cache
from itertools import product
from typing import Literal, NamedTuple

from timeline.errors import NotEDTF

Extent = Literal["instant", "span", "ongoing", "unknown-end"]
Qualifier = Literal["approximate", "uncertain", "both"]


class Parsed(NamedTuple):
    """What an EDTF string means; `timeline.dates.edtf.EDTF` says what each part is."""

    level: int
    extent: Extent
    qualifier: Qualifier | None
    start_earliest: date | None
    start_latest: date | None
    end_earliest: date | None
    end_latest: date | None


def parse(text: str) -> Parsed:
    """Read an EDTF string.

    Raises
    ------
    NotEDTF
        With what is wrong, without the string itself.

    Examples
    --------
    >>> parse("2024-02").end_latest
    datetime.date(2024, 2, 29)
    """
    if text.startswith(("[", "{")):
        return _set(text)
    if "/" in text:
        return _interval(text)
    day = _date(text)
    bounds = day.earliest, day.latest
    return Parsed(day.level, "instant", _qualifier(text), *bounds, *bounds)


def _interval(text: str) -> Parsed:
    first, _, last = text.partition("/")
    if "/" in last:
        raise NotEDTF("an interval has one slash, between its start and its end; a date has hyphens")
    start = None if first in _OPEN else _date(first.removeprefix(".."))
    end = None if last in _OPEN else _date(last.removesuffix(".."))
    if not (start or end):
        raise NotEDTF("an interval has a date at one end at least")
    before, after = start and first.startswith(".."), end and last.endswith("..")
    start_earliest = start.earliest if start and not before else None
    start_latest = start.latest if start else None
    end_earliest = end.earliest if end else None
    end_latest = end.latest if end and not after else None
    if start_earliest and end_latest and start_earliest > end_latest:
        raise NotEDTF(f"the interval runs backwards: {first} is later than {last}")
    # Where the ends overlap, no reading starts after the last day of the end, or ends before it starts.
    if start_latest and end_latest:
        start_latest = min(start_latest, end_latest)
    if start_earliest and end_earliest:
        end_earliest = max(start_earliest, end_earliest)
    level = max(start.level if start else 1, end.level if end else 1)
    level = 2 if before or after or "X" in text else level
    extent: Extent = "span" if end else "ongoing" if last else "unknown-end"
    bounds = start_earliest, start_latest, end_earliest, end_latest
    return Parsed(level, extent, _qualifier(text), *bounds)


def _set(text: str) -> Parsed:
    closing = "]" if text[0] == "[" else "}"
    if text[-1] != closing:
        raise NotEDTF(f"a set that opens with {text[0]} ends with {closing}")
    inner = text[1:-1]
    before, after = inner.startswith(".."), inner.endswith("..")
    if before and after:
        raise NotEDTF("the set is open on both sides, so that every day is possible")
    if any(member.count("..") > 1 for member in inner.split(",")):
        raise NotEDTF(_STRAY_DOTS)
    members = inner.removeprefix("..").removesuffix("..").split(",")
    dates = [day for member in members for day in _member(member)]
    earliest, latest = min(day.earliest for day in dates), max(day.latest for day in dates)
    if closing == "]":
        bounds = None if before else earliest, None if after else latest
        return Parsed(2, "instant", _qualifier(text), *bounds, *bounds)
    start = (None, None) if before else (earliest, min(day.latest for day in dates))
    end = (None, None) if after else (max(day.earliest for day in dates), latest)
    return Parsed(2, "ongoing" if after else "span", _qualifier(text), *start, *end)


def _member(text: str) -> list[_Date]:
    if text.startswith("..") or text.endswith(".."):
        raise NotEDTF(_STRAY_DOTS)
    ends = [_date(end) for end in text.split("..", 1)]
    if ends[0].step != ends[-1].step:
        raise NotEDTF(f"both ends of a range have the same precision, unlike {text}")
    if ends[0].earliest > ends[-1].latest:
        raise NotEDTF(f"the range runs backwards: {text}")
    return ends


class _Date(NamedTuple):
    level: int
    earliest: date
    latest: date
    step: tuple[int, int]


def _date(text: str) -> _Date:
    if _DAY.fullmatch(text):
        with suppress(ValueError):  # what follows says why there is no such day
            plain = date.fromisoformat(text)
            return _Date(0, plain, plain, (0, 1))
    match = _DATE.fullmatch(text)
    if match is None:
        raise NotEDTF(next(reason for sign, reason in _MALFORMED if re.search(sign, text)))
    marked = match.groups("")
    year, month, day = (component.strip(_MARKS) for component in marked)
    level = _level(text, year, month)
    if "S" in year:
        year = _masked(year, month)
    earliest, latest = _bounds(year, month, day)
    if "~" in text or "%" in text:
        # Only the component that bears the mark widens, in its own unit: 2004-06~-11 by a month.
        about = [
            _step(*(year, month, day)[: place + 1])
            for place, component in enumerate(marked)
            if "~" in component or "%" in component
        ]
        months, days = map(sum, zip(*about, strict=True))
        earliest, latest = _moved(earliest, -months, -days), _moved(latest, months, days)
        latest = _month_end(latest) if day in ("", "XX") else latest
    return _Date(level, earliest, latest, _step(year, month, day))


def _level(text: str, year: str, month: str) -> int:
    marks = text.count("?") + text.count("~") + text.count("%")
    if marks > 1 or (marks and text[-1] not in _MARKS):
        return 2
    if "S" in year or (month in _PARTS and month > "24"):
        return 2
    if "X" in text and not _LEVEL_1_MASK.fullmatch(text.rstrip(_MARKS)):
        return 2
    return int(marks or month in _PARTS or "X" in text)


def _masked(year: str, month: str) -> str:
    """Turn 1950S2 into 19XX: both mean a year from 1900 to 1999."""
    year, _, significant = year.partition("S")
    if month or "X" in year:
        raise NotEDTF("S, the number of significant digits, follows a whole year that stands alone")
    digits = len(year.lstrip("0"))
    unknown = digits - int(significant)
    if not 0 <= unknown < digits:
        raise NotEDTF(f"S{significant}: of the year {year}, S1 to S{digits} digits can be significant")
    return year[: 4 - unknown] + "X" * unknown


def _bounds(year: str, month: str, day: str) -> tuple[date, date]:
    years = _fitting(year, 9999)
    if not years:
        raise NotEDTF("the year 0000 lies outside 0001 to 9999")
    if month in _PARTS:
        if day:
            raise NotEDTF(f"{month} is a part of the year and has no days")
        first, length = _PARTS[month]
        return date(years[0], first, 1), _month_end(_moved(date(years[-1], first, 1), length - 1, 0))
    months = _fitting(month or "XX", 12)
    if not months:
        raise NotEDTF(f"month {month}: months are 01 to 12, seasons and other parts of a year 21 to 41")
    days = _fitting(day or "XX", 31)
    if not days:
        raise NotEDTF(f"day {day}: days are 01 to 31")
    earliest = _first_day(years, months, days)
    latest = _first_day(years[::-1], months[::-1], days[::-1])
    if earliest is None or latest is None:
        if "X" in year + month:
            raise NotEDTF(f"no month that fits {year}-{month} has a day {day}")
        raise NotEDTF(f"{year}-{month} has {monthrange(years[0], months[0])[1]} days")
    return earliest, latest


def _first_day(years: Sequence[int], months: Sequence[int], days: Sequence[int]) -> date | None:
    for year, month in product(years, months):
        length = monthrange(year, month)[1]
        for day in days:
            if day <= length:
                return date(year, month, day)
    return None


@cache
def _fitting(pattern: str, last: int) -> tuple[int, ...]:
    """Numbers from 1 to last that fit a pattern of digits and X, in order."""
    digits = ("0123456789" if character == "X" else character for character in pattern)
    numbers = (int("".join(number)) for number in product(*digits))
    return tuple(number for number in numbers if 1 <= number <= last)


def _step(year: str, month: str = "", day: str = "") -> tuple[int, int]:
    """Months and days that one more in the last digit given would add."""
    if day.strip("X"):
        return 0, 10 if day[1] == "X" else 1
    if month in _PARTS:
        return _PARTS[month][1], 0
    if month.strip("X"):
        return 10 if month[1] == "X" else 1, 0
    given = len(year.rstrip("X"))
    return 12 * 10 ** (4 - given) if given else 0, 0


def _moved(day: date, months: int, days: int) -> date:
    """Move a day by months, then by days, and stop at the ends of the calendar."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        return date.min if year < 1 else date.max
    moved = date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
    return date.fromordinal(min(max(moved.toordinal() + days, 1), date.max.toordinal()))


def _month_end(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def _qualifier(text: str) -> Qualifier | None:
    approximate, uncertain = "~" in text, "?" in text
    if "%" in text or (approximate and uncertain):
        return "both"
    return "approximate" if approximate else "uncertain" if uncertain else None


# First month and number of months of each part of a year; what begins in December ends in the next year.
_NORTHERN = [(3, 3), (6, 3), (9, 3), (12, 3)]  # spring, summer, autumn, winter
_SOUTHERN = [(9, 3), (12, 3), (3, 3), (6, 3)]
_QUARTERS, _THIRDS, _HALVES = [(1, 3), (4, 3), (7, 3), (10, 3)], [(1, 4), (5, 4), (9, 4)], [(1, 6), (7, 6)]
_PARTS = {
    str(code): part
    for code, part in enumerate([*_NORTHERN, *_NORTHERN, *_SOUTHERN, *_QUARTERS, *_THIRDS, *_HALVES], 21)
}
_OPEN = ("", "..")
_STRAY_DOTS = "in a set .. stands between two dates, before the first member or after the last"
_MARKS = "?~%"
_YEAR, _TWO_DIGITS = r"([?~%]?[0-9X]{4}(?:S[0-9]{1,2})?[?~%]?)", r"-([?~%]?[0-9X]{2}[?~%]?)"
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DATE = re.compile(f"{_YEAR}(?:{_TWO_DIGITS}(?:{_TWO_DIGITS})?)?")
_LEVEL_1_MASK = re.compile(r"\d{3}X|\d\dXX|\d{4}-XX|\d{4}-\d\d-XX|\d{4}-XX-XX")
_MALFORMED = (
    (r"^$", "a date is missing"),
    (r"[^\x00-\x7f]", "it has characters outside ASCII; EDTF is plain digits and signs"),
    (r"\s", "it has white space; EDTF has none"),
    (r"^\d{4}-\d\d-\d\dT", "a time of day is not kept; give the day alone"),
    (r"^Y", "a year with Y has more than four digits and lies outside 0001 to 9999; write four digits"),
    (r"^-\d", "a negative year lies outside 0001 to 9999"),
    (r"^\d{5,}$", "a date has hyphens, as in 2023-11-21, and a year four digits"),
    (r"unknown|open", "an unknown end is empty, as in A/, and an open end two dots, as in A/.."),
    (r"^[\dXux-]*[ux]", "a digit that is not known is an X in upper case"),
    (r"[\[\]{}]", "brackets stand around a whole set, [A,B] or {A,B}, and nowhere else"),
    (r"/", "a set has dates, not intervals, as members; a range in it is A..B"),
    (r"\.\.", "A..B stands in a set, [A..B] or {A..B}; an interval is A/B"),
    (r"[?~%]{2}", "one mark stands in one place: ? uncertain, ~ approximate, % both"),
    (r"", "a date is YYYY, YYYY-MM or YYYY-MM-DD, with X for digits that are not known"),
)
