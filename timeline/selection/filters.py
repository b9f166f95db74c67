"""Filters of a dataset: one statement of each, whatever engine holds the tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, TypeVar

import narwhals as nw

from timeline.contract import OnDemand
from timeline.contract.relations import ancestors
from timeline.dates import windows
from timeline.dates.windows import Match, When
from timeline.engines import Lazy
from timeline.errors import BadRequest
from timeline.knowledge import one_day, snapshot
from timeline.selection.names import known, with_bodies_of
from timeline.selection.tables import Step, Tables

_PLACES = ("place_id", "about_place_id")
Part = TypeVar("Part", bound=Tables[Any])


def where(
    tables: Part,
    *,
    kind: str | Iterable[str] | None = None,
    actor: str | Iterable[str] | None = None,
    role: str | Iterable[str] | None = None,
    place: str | Iterable[str] | None = None,
    country: str | Iterable[str] | None = None,
    status: str | Iterable[str] | None = None,
    authority: str | Iterable[str] | None = None,
    materiel: str | Iterable[str] | None = None,
    actor_country: str | Iterable[str] | None = None,
    with_bodies: bool = False,
) -> Part:
    """Keep the events that meet every condition; several values of one condition are alternatives.

    Parameters
    ----------
    kind, status : str or iterable of str
        Values of these columns of ``events``.
    actor : str or iterable of str
        Participants: id, name or alias, looked for in this order; then names that differ in marks, in
        the order of family and given name, or in how they were put into Latin letters. A retired id
        stands for its successor.
    role : str or iterable of str
        Role of a participant; with ``actor`` or ``actor_country``, the role of that actor.
    place : str or iterable of str
        Id or name of the place where it happened or that an act is about.
    country : str or iterable of str
        Country in which such a place lies: ISO 3166-1 alpha-3 code or name.
    authority : str or iterable of str
        Who designates somebody by the event: id, name or alias.
    materiel : str or iterable of str
        What the event is about: values of ``event_materiel``.
    actor_country : str or iterable of str
        Country of a participant, code or name: its own, or that of the actor to which it belongs.
    with_bodies : bool
        Take with each ``actor`` and ``authority`` whatever belongs to it: the bodies of a state and the
        people in office there, the ships of a firm.

    Raises
    ------
    BadRequest
        No such value exists, and the message names those that are like it, of actors several with id
        and country; or several actors bear the name.

    Examples
    --------
    >>> import timeline
    >>> denials = timeline.open().where(kind="denial", actor="Kim Yo Jong")
    >>> set(denials["events"]["kind"])
    {'denial'}
    >>> american = timeline.open().where(actor="United States", with_bodies=True)
    >>> len(american["events"]) > len(timeline.open().where(actor="United States")["events"])
    True
    """
    given = {
        "kind": kind,
        "actor": actor,
        "role": role,
        "place": place,
        "country": country,
        "status": status,
        "authority": authority,
        "materiel": materiel,
        "actor_country": actor_country,
    }
    ways = {"authority": "lister"} if with_bodies else {}
    wanted = {
        name: known(tables, ways.get(name, name), value) for name, value in given.items() if value is not None
    }
    if not wanted:
        raise BadRequest(f"where() needs a condition: {', '.join(given)}")
    of_bodies = wanted.keys() & {"actor", "authority"} if with_bodies else ()
    if with_bodies and not of_bodies:
        raise BadRequest("with_bodies needs an actor or an authority, to whom the bodies belong")
    meant = wanted | {name: with_bodies_of(tables, wanted[name]) for name in of_bodies}
    told = {**wanted, **({"with_bodies": True} if with_bodies else {})}
    return _keeping(tables, _events_where(tables._rows, meant), "where", told)


def during(tables: Part, start: When, end: When | None = None, *, match: Match = "possible") -> Part:
    """Keep the events that overlap a window; see `timeline.during`.

    Examples
    --------
    >>> import timeline
    >>> ds = timeline.open("1.0.0")
    >>> certain = ds.during("2023-11", "2024-01", match="certain")
    >>> set(certain["events"]["event_id"]) <= set(ds.during("2023-11", "2024-01")["events"]["event_id"])
    True
    """
    return _in_time(tables, "during", windows.span(start, end), match)


def within(tables: Part, start: When, end: When | None = None, *, match: Match = "possible") -> Part:
    """Keep the events that lie wholly inside a window; see `timeline.within`."""
    return _in_time(tables, "within", windows.span(start, end), match)


def before(tables: Part, when: When, *, match: Match = "possible") -> Part:
    """Keep the events that ended before the first day of ``when``; see `timeline.before`."""
    return _in_time(tables, "before", windows.span(when), match)


def after(tables: Part, when: When, *, match: Match = "possible") -> Part:
    """Keep the events that began after the last day of ``when``; see `timeline.after`."""
    return _in_time(tables, "after", windows.span(when), match)


def as_known_on(tables: Part, day: When, *, hindsight: bool = False) -> Part:
    """Reconstruct what the public record held on a day, without hindsight.

    Of the events only those that a reader could have known by then, with the status of that day; of what
    hangs on them the citations, estimates, links and status changes of that day; no source published
    later or on an unknown day. Titles, kinds, dates, places and participants are as coded today.

    Parameters
    ----------
    day : str or datetime.date
        One day.
    hindsight : bool
        Keep the summaries, which were written later.

    Raises
    ------
    BadRequest
        It is not one day.

    Examples
    --------
    >>> import timeline
    >>> record = timeline.open("1.0.0").as_known_on("2024-01-03")
    >>> "dprk-ballistic-missiles-reach-russia" in set(record["events"]["event_id"])
    False
    """
    when = one_day(day)
    given = {"day": when.isoformat(), **({"hindsight": True} if hindsight else {})}
    return tables._part(snapshot(tables._rows, when, hindsight), _step("as_known_on", given))


FILTERS: dict[str, Callable[..., Any]] = {
    each.__name__: each for each in (where, during, within, before, after, as_known_on)
}
"""What a query may consist of."""


def _in_time(tables: Part, verb: str, span: tuple[date | None, date | None], match: Match) -> Part:
    first, last = (".." if day is None else day.isoformat() for day in span)
    when = first if first == last else f"{first}/{last}"
    kept = getattr(windows, verb)(tables._rows["events"].to_native(), when, match=match)
    return _keeping(tables, nw.from_native(kept).lazy(), verb, {"when": when, "match": match})


def _keeping(tables: Part, events: Lazy, verb: str, given: Mapping[str, Any]) -> Part:
    """These events alone, with whatever belongs to them and is referred to."""
    rows = tables._rows
    kept = OnDemand(lambda name: events if name == "events" else rows[name])
    return tables._part(kept, _step(verb, given))


def _step(verb: str, given: Mapping[str, Any]) -> Step:
    return verb, tuple(sorted(given.items()))


def _events_where(rows: Mapping[str, Lazy], wanted: Mapping[str, tuple[str, ...]]) -> Lazy:
    """Events that meet the conditions; ids of whole rows are resolved already."""
    events = rows["events"]
    for column in ("kind", "status"):
        if column in wanted:
            events = events.filter(nw.col(column).is_in(wanted[column]))
    if "place" in wanted:
        events = events.filter(nw.any_horizontal(
            *(nw.col(column).is_in(wanted["place"]) for column in _PLACES), ignore_nulls=True
        ))  # fmt: skip
    if "country" in wanted:
        places = rows["places"].filter(nw.col("country").is_in(wanted["country"]))
        there = [
            events.join(places.select(nw.col("place_id").alias(column)), on=column, how="semi")
            for column in _PLACES
        ]
        there_too = nw.concat([each.select("event_id") for each in there]).unique()
        events = events.join(there_too, on="event_id", how="semi")
    if "materiel" in wanted:
        about = rows["event_materiel"].filter(nw.col("materiel").is_in(wanted["materiel"]))
        events = events.join(about.select("event_id"), on="event_id", how="semi")
    if wanted.keys() & {"actor", "actor_country", "role"}:
        taking_part = rows["participants"]
        if "actor" in wanted:
            taking_part = taking_part.filter(nw.col("actor_id").is_in(wanted["actor"]))
        if "actor_country" in wanted:
            theirs = _actors_of(rows, wanted["actor_country"])
            taking_part = taking_part.join(theirs, on="actor_id", how="semi")
        if "role" in wanted:
            taking_part = taking_part.filter(nw.col("role").is_in(wanted["role"]))
        events = events.join(taking_part.select("event_id"), on="event_id", how="semi")
    if "authority" in wanted:
        by = rows["designations"].filter(nw.col("authority_id").is_in(wanted["authority"]))
        events = events.join(by.select("event_id"), on="event_id", how="semi")
    return events


def _actors_of(rows: Mapping[str, Lazy], countries: tuple[str, ...]) -> Lazy:
    """Actors of these countries, or that belong to one of these."""
    actors = rows["actors"]
    own = actors.filter(nw.col("country").is_in(countries)).select("actor_id")
    above = ancestors(actors, "actor_id", "parent_id")
    theirs = above.join(own.select(_above="actor_id"), on="_above", how="semi").select("actor_id")
    return nw.concat([own, theirs]).unique()
