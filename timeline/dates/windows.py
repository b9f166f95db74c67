"""Questions to uncertain dates: possibly or certainly during, within, before and after; lags between events.

Every verb takes a frame with the four bounds of the contract and gives back the same kind of frame with fewer
rows: pandas, Polars (eager and lazy), PyArrow, DuckDB, Ibis, Dask, PySpark. Lazy frames stay lazy.

A row stands for every event that its bounds allow: one that began on a day from ``start_earliest`` to
``start_latest`` and ended on a day from ``end_earliest`` to ``end_latest``, not before it began. ``possible``
asks whether some of these readings fit, ``certain`` whether all do; what is certain is possible. A missing
bound sets no limit, but an event whose end is open lasts at least to ``start_latest``.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any, Literal, TypeVar
from zoneinfo import ZoneInfo

import narwhals as nw

from timeline.dates.edtf import window
from timeline.errors import BadRequest, nearest

Match = Literal["possible", "certain"]
When = str | date
Frame = TypeVar("Frame")

BOUNDS = ("start_earliest", "start_latest", "end_earliest", "end_latest")


def during(frame: Frame, start: When, end: When | None = None, *, match: Match = "possible") -> Frame:
    """Rows of events that overlap a window.

    Parameters
    ----------
    frame : any frame that Narwhals knows
        With the columns ``start_earliest``, ``start_latest``, ``end_earliest``, ``end_latest`` (dates).
    start, end : str or datetime.date
        The window, inclusive, in EDTF or days: ``"2023-11"`` is the whole month, ``"2023-11", "2024-01"`` or
        ``"2023-11/2024-01"`` the three, and ``"2024/.."`` has no end.
    match : {"possible", "certain"}
        Whether some reading of the dates overlaps the window, or every one does.

    Raises
    ------
    BadRequest
        The window is no date or ends before it begins, the match is neither word, or a column is missing or
        holds no dates.

    Examples
    --------
    >>> import timeline
    >>> events = timeline.load("events", "1.0.0")
    >>> len(during(events, "2023-11", match="certain")) < len(during(events, "2023-11"))
    True
    """
    first, last = span(start, end)
    return _matching(
        frame,
        match,
        possible=lambda row: row.begins("<=", last) & row.ends(">=", first),
        certain=lambda row: row.surely_begins("<=", last) & row.surely_ends(">=", first),
    )


def within(frame: Frame, start: When, end: When | None = None, *, match: Match = "possible") -> Frame:
    """Rows of events that lie wholly inside a window; parameters and errors as for `during`.

    >>> import timeline
    >>> events = timeline.load("events", "1.0.0")
    >>> set(within(events, "2024")["event_id"]) < set(during(events, "2024")["event_id"])
    True
    """
    first, last = span(start, end)
    return _matching(
        frame,
        match,
        possible=lambda row: (
            row.begins("<=", last) & row.begins(">=", first) & row.ends(">=", first) & row.ends("<=", last)
        ),
        certain=lambda row: row.surely_begins(">=", first) & row.surely_ends("<=", last),
    )


def before(frame: Frame, when: When, *, match: Match = "possible") -> Frame:
    """Rows of events that ended before the first day of ``when``; parameters and errors as for `during`.

    >>> import timeline
    >>> events = timeline.load("events", "1.0.0")
    >>> bool((before(events, "2023", match="certain")["end_latest"] < "2023-01-01").all())
    True
    """
    first, _ = window(when)
    if first is None:
        raise BadRequest(f"{str(when)!r} has no first day, so nothing can end before it")
    return _matching(
        frame,
        match,
        possible=lambda row: row.begins("<", first) & row.ends("<", first),
        certain=lambda row: row.surely_ends("<", first),
    )


def after(frame: Frame, when: When, *, match: Match = "possible") -> Frame:
    """Rows of events that began after the last day of ``when``; parameters and errors as for `during`.

    >>> import timeline
    >>> events = timeline.load("events", "1.0.0")
    >>> bool((after(events, "2023", match="certain")["start_earliest"] > "2023-12-31").all())
    True
    """
    _, last = window(when)
    if last is None:
        raise BadRequest(f"{str(when)!r} has no last day, so nothing can begin after it")
    return _matching(
        frame,
        match,
        possible=lambda row: row.begins(">", last),
        certain=lambda row: row.surely_begins(">", last),
    )


def span(start: When, end: When | None = None) -> tuple[date | None, date | None]:
    """First and last day of a window, inclusive; None where it is open.

    >>> print(*span("2023-11", "2024-01"))
    2023-11-01 2024-01-31
    """
    first, last = window(start)[0], window(start if end is None else end)[1]
    if first and last and first > last:
        raise BadRequest(f"the window ends on {last}, before it begins on {first}")
    return first, last


def lags(events: Frame, links: Frame) -> Frame:
    """Least and greatest number of days from the event that a link leads to until the event that bears it.

    For a link such as "this disclosure discloses that transfer" the days run from the transfer's beginning
    to the disclosure's; negative days mean that the order is open or reversed.

    Parameters
    ----------
    events : any frame that Narwhals knows
        With ``event_id``, ``kind``, ``start_earliest`` and ``start_latest``.
    links : frame of the same kind
        With ``event_id``, ``relation`` and ``to_event_id``.

    Returns
    -------
    frame of the same kind
        ``relation``, ``event_id``, ``kind``, ``to_event_id``, ``to_kind``, ``days_least``, ``days_most``
        (missing where a start has no bound).

    Examples
    --------
    >>> import timeline
    >>> ds = timeline.open("1.0.0")
    >>> found = lags(ds["events"], ds["event_links"])
    >>> bool((found["days_least"] <= found["days_most"]).all())
    True
    """
    rows = frame_with(events, ("event_id", "kind", *BOUNDS[:2]))
    ends = frame_with(links, ("event_id", "relation", "to_event_id"))
    later = rows.select("event_id", "kind", _first="start_earliest", _last="start_latest")
    earlier = rows.select(
        to_event_id="event_id", to_kind="kind", _to_first="start_earliest", _to_last="start_latest"
    )
    both = ends.join(later, on="event_id").join(earlier, on="to_event_id")
    found: Frame = both.select(
        "relation",
        "event_id",
        "kind",
        "to_event_id",
        "to_kind",
        days_least=_days("_to_last", "_first"),
        days_most=_days("_to_first", "_last"),
    ).to_native()
    return found


def _days(since: str, until: str) -> nw.Expr:
    return _ordinal(until) - _ordinal(since)


def _ordinal(column: str) -> nw.Expr:
    """Number of a day, as `datetime.date.toordinal` counts; not every engine can subtract dates."""
    day = nw.col(column).dt
    years = day.year() - 1
    return years * 365 + years // 4 - years // 100 + years // 400 + day.ordinal_day()


# How it works ----------------------------------------------------------------------------------------------


class _Row:
    """Comparisons of a row's bounds with a day: what some reading allows and what every reading does."""

    def __init__(self, literal: Callable[[date], Any]) -> None:
        self._literal = literal
        if_open = nw.when(nw.col("end_latest").is_null()).then("start_latest")
        earliest_end = nw.coalesce("end_earliest", if_open)
        self._least = {"begin": nw.col("start_earliest"), "end": earliest_end}
        self._most = {"begin": nw.col("start_latest"), "end": nw.col("end_latest")}

    def begins(self, sign: str, day: date | None) -> nw.Expr:
        return self._some("begin", sign, day)

    def ends(self, sign: str, day: date | None) -> nw.Expr:
        return self._some("end", sign, day)

    def surely_begins(self, sign: str, day: date | None) -> nw.Expr:
        return self._every("begin", sign, day)

    def surely_ends(self, sign: str, day: date | None) -> nw.Expr:
        return self._every("end", sign, day)

    def _some(self, what: str, sign: str, day: date | None) -> nw.Expr:
        """The bound that helps most is asked; without it nothing stands in the way."""
        bound = self._least[what] if sign in ("<", "<=") else self._most[what]
        return bound.is_null() | self._compare(bound, sign, day)

    def _every(self, what: str, sign: str, day: date | None) -> nw.Expr:
        """The bound that helps least is asked; filters drop what compares with nothing."""
        bound = self._most[what] if sign in ("<", "<=") else self._least[what]
        return self._compare(bound, sign, day)

    def _compare(self, bound: nw.Expr, sign: str, day: date | None) -> nw.Expr:
        if day is None:
            return bound.is_null() | ~bound.is_null()
        return _SIGNS[sign](bound, self._literal(day))


_SIGNS: dict[str, Callable[[nw.Expr, Any], nw.Expr]] = {
    "<": nw.Expr.__lt__,
    "<=": nw.Expr.__le__,
    ">": nw.Expr.__gt__,
    ">=": nw.Expr.__ge__,
}


def _matching(
    frame: Frame, match: str, possible: Callable[[_Row], nw.Expr], certain: Callable[[_Row], nw.Expr]
) -> Frame:
    conditions = {"possible": possible, "certain": certain}
    if match not in conditions:
        raise BadRequest(f"match is {match!r}, must be possible or certain{nearest(str(match), conditions)}")
    rows = frame_with(frame, BOUNDS)
    kept: Frame = rows.filter(conditions[match](_Row(literal(rows, BOUNDS)))).to_native()
    return kept


def frame_with(frame: Any, columns: tuple[str, ...]) -> Any:
    """The frame in Narwhals, if it has these columns; else a BadRequest that says which it lacks."""
    try:
        rows = nw.from_native(frame)
    except TypeError:
        raise BadRequest(f"{type(frame).__name__} is no frame that Narwhals knows") from None
    given = rows.collect_schema().names()
    if missing := [column for column in columns if column not in given]:
        raise BadRequest(f"the frame has no column {', '.join(missing)}; it has {', '.join(given)}")
    return rows


def literal(rows: Any, columns: tuple[str, ...]) -> Callable[[date], Any]:
    """How a day is written for comparison with these columns: pandas keeps days as times.

    Spark's times are in the zone of the session, where a day is one day; elsewhere a zone leaves that open.

    Raises
    ------
    BadRequest
        A column holds neither dates nor times without zone.
    """
    schema = rows.collect_schema()
    for column in columns:
        dtype = schema[column]
        plain = dtype == nw.Datetime and (dtype.time_zone is None or rows.implementation.is_pyspark())
        if dtype != nw.Date and not plain:
            raise BadRequest(f"the column {column} has the type {dtype}, must hold dates")
    if schema[columns[0]] == nw.Date:
        return lambda day: day
    zone = schema[columns[0]].time_zone
    return lambda day: datetime.combine(day, time(), zone and ZoneInfo(zone))
