"""EDTF dates in plain English. Reads only what ``timeline.dates.parser`` has accepted."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Literal, NamedTuple

from timeline.dates.parser import parse


def in_words(text: str) -> str:
    """Say a date in plain English.

    ``~`` reads "about", ``?`` "perhaps", ``%`` both. The days named are those coded: what ``~`` adds to
    the bounds is not named.

    Parameters
    ----------
    text : str
        An EDTF string.

    Returns
    -------
    str
        A phrase that completes "it happened …", in lower case, without a full stop.

    Examples
    --------
    >>> in_words("2023-12-2X")
    'on one day between 20 and 29 December 2023'
    >>> in_words("2025-05-26/2025-05-29~")
    'from 26 to about 29 May 2025'
    """
    if text[0] == "[":
        return _one_of(_members(text))
    if text[0] == "{":
        return _all_of(_members(text))
    if "/" in text:
        return _interval(*text.split("/"))
    return _one_of([_read(text)])


def _one_of(times: Sequence[_Time]) -> str:
    if all(time.kind == "day" for time in times):
        return f"on {_listed(_nouns(times), 'or')}" if len(times) > 1 else _placed(times[0])
    lead = "on an unknown day" if len(times) == 1 and times[0].kind == "period" else "on one day"
    comma = "," if "perhaps" in times[0].hedge else ""
    return f"{lead}{comma} {_listed([_placed(time) for time in times], 'or')}"


def _all_of(times: Sequence[_Time]) -> str:
    if all(time.kind == "day" for time in times):
        return f"on {_listed(_nouns(times), 'and')}"
    return _listed([_placed(time, "from", "to") for time in times], "and")


def _interval(first: str, last: str) -> str:
    begun, ended = first.removeprefix(".."), last.removesuffix("..")
    times = [_read(text) for text in (begun, ended) if text]
    start, end = _nouns(times)[0], _nouns(times)[-1]
    if begun and begun != first:
        start = f"{_nouns(times[:1])[0]} or earlier"
    if ended and ended != last:
        end += " or later"
    if begun and ended:
        return f"from {start} to {end}"
    if begun:
        return f"from {start}, {'going on' if last else 'end unknown'}"
    return f"up to {end}" if first else f"until {end}, start unknown"


class _Time(NamedTuple):
    """A day; a period that has a name; what lies between two days; or what lies up to, or from, one."""

    kind: Literal["day", "period", "between", "up to", "from"]
    first: date
    last: date
    names: Sequence[str]
    hedge: str = ""
    note: str = ""


def _read(text: str) -> _Time:
    bare = text.translate(_NO_MARKS)
    parsed = parse(bare)
    assert parsed.start_earliest and parsed.end_latest  # nothing here is open
    time = _between(parsed.start_earliest, parsed.end_latest, *_marks(text))
    year, _, part = bare.partition("-")
    if part.isdigit() and int(part) in _PARTS and "X" not in year:
        name = f"the {_PARTS[int(part)]} of {int(year)} ({' to '.join(time.names)})"
        return time._replace(kind="period", names=[name])
    if "S" in year:
        return time._replace(note=f" (estimated {int(year[:4])}){time.note}")
    if not re.fullmatch("[^X]*[X-]*", bare):
        # Days in between do not fit such a mask, so that the mask itself must be told.
        names = _days(time.first, time.last)
        return time._replace(kind="between", names=names, note=f" (as {bare}){time.note}")
    return time


def _members(text: str) -> list[_Time]:
    times = []
    for member in text[1:-1].split(","):
        first, dots, last = member.partition("..")
        ends = [_read(end) for end in (first, last) if end]
        if not dots:
            times += ends
        elif not (first and last):
            times.append(ends[0]._replace(kind="from" if first else "up to", names=_nouns(ends)))
        elif ends[1].last - ends[0].first == timedelta(days=1):
            times += ends
        else:
            hedge = " ".join(word for word in ("perhaps", "about") if word in ends[0].hedge + ends[1].hedge)
            times.append(_between(ends[0].first, ends[1].last, hedge, ends[0].note + ends[1].note))
    return times


def _between(first: date, last: date, hedge: str, note: str) -> _Time:
    if first == last:
        return _Time("day", first, last, _days(first), hedge, note)
    names = _months(first, last)
    return _Time("between" if len(names) > 1 else "period", first, last, names, hedge, note)


def _placed(time: _Time, between: str = "between", joiner: str = "and") -> str:
    """Say when, with the preposition that the time asks for."""
    name = f" {joiner} ".join(time.names)
    if time.kind == "up to":
        return f"up to {name}"
    if time.kind == "from":
        return f"from {name} on"
    perhaps = "perhaps " if "perhaps" in time.hedge else ""
    preposition = {"day": "on", "period": "in", "between": between}[time.kind]
    if "about" in time.hedge:
        preposition += " about" if time.kind == "between" else " or about"
    return f"{perhaps}{preposition} {name}{time.note}"


def _nouns(times: Sequence[_Time]) -> list[str]:
    """Name times without a preposition; of days in a row, month and year are said once."""
    names = [
        ("a day between " if time.kind == "between" else "") + " and ".join(time.names) for time in times
    ]
    if all(time.kind == "day" and not time.note for time in times):
        names = _days(*(time.first for time in times))
    return [f"{time.hedge} {name}{time.note}".lstrip() for time, name in zip(times, names, strict=True)]


def _days(*days: date) -> list[str]:
    names = [f"{day.day} {_MONTHS[day.month - 1]} {day.year}" for day in days]
    for place, (day, following) in enumerate(pairwise(days)):
        if day.year == following.year:
            words = 1 if day.month == following.month else 2
            names[place] = " ".join(names[place].split()[:words])
    return names


def _months(first: date, last: date) -> list[str]:
    """Name what two days enclose: one month, year or decade by its name, else where it begins and ends."""
    if first.day != 1 or last.day != monthrange(last.year, last.month)[1]:
        return _days(first, last)
    if first.month == 1 and last.month == 12:
        if first.year % 10 == 0 and last.year == first.year + 9:
            return [f"the {first.year}s"]
        return [str(year) for year in sorted({first.year, last.year})]
    names = [f"{_MONTHS[day.month - 1]} {day.year}" for day in (first, last)]
    if first.year == last.year:
        names[0] = _MONTHS[first.month - 1]
    return names[1:] if first.month == last.month and first.year == last.year else names


def _marks(text: str) -> tuple[str, str]:
    """Say the mark of a whole date as a hedge before it, marks of its parts as a note behind it."""
    if not set(text[:-1]) & set(_HEDGES):
        return _HEDGES.get(text[-1], ""), ""
    notes = []
    for place, component in enumerate(text.split("-")):
        if component[0] in _HEDGES:
            notes.append(f"{_COMPONENTS[place]} {_QUALITIES[component[0]]}")
        if component[-1] in _HEDGES:
            notes.append(f"{_listed(_COMPONENTS[: place + 1], 'and')} {_QUALITIES[component[-1]]}")
    return "", f" ({', '.join(notes)})"


def _listed(phrases: Sequence[str], joiner: Literal["or", "and"]) -> str:
    return f" {joiner} ".join(filter(None, (", ".join(phrases[:-1]), phrases[-1])))


_COMPONENTS = ("year", "month", "day")
_HEDGES = {"~": "about", "?": "perhaps", "%": "perhaps about"}
_QUALITIES = {"~": "approximate", "?": "uncertain", "%": "approximate and uncertain"}
_NO_MARKS = str.maketrans("", "", "".join(_HEDGES))
_SEASONS = ("spring", "summer", "autumn", "winter")
_PARTS = dict(
    enumerate(
        [
            *_SEASONS,
            *(f"northern {season}" for season in _SEASONS),
            *(f"southern {season}" for season in _SEASONS),
            *(f"{which} quarter" for which in ("first", "second", "third", "fourth")),
            *(f"{which} third" for which in ("first", "second", "third")),
            *(f"{which} half" for which in ("first", "second")),
        ],
        21,
    )
)
_MONTHS = [
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
]
