"""Filters of a dataset: one statement of each, whatever engine holds the tables."""

from __future__ import annotations

from abc import abstractmethod
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any, Self, TypeVar

import narwhals as nw

from timeline import contract, names, temporal
from timeline.contract import OnDemand
from timeline.engines import Engine, Lazy
from timeline.errors import BadRequest, nearest
from timeline.references import ancestors

if TYPE_CHECKING:
    import pyarrow as pa

    from timeline.package import Package
    from timeline.temporal import Match, When

Step = tuple[str, tuple[tuple[str, Any], ...]]
Frame = TypeVar("Frame")


class Filters(Mapping[str, Frame]):
    """Tables by name, their filters, and the steps that led to them; `Dataset` and `LazyDataset` inherit it.

    Nothing changes it: each filter returns another of the same kind that remembers its step, in which rows
    that refer to dropped rows are gone and the registries hold what is still referred to.
    """

    version: str
    steps: tuple[Step, ...]
    _whole: Self
    _engine: Engine

    @property
    @abstractmethod
    def package(self) -> Package | None:
        """The package that it, or what it was filtered from, was opened from; None if made of frames."""

    @property
    @abstractmethod
    def _rows(self) -> Mapping[str, Lazy]:
        """Every table, in which references to dropped rows may be left."""

    @abstractmethod
    def _part(self, rows: Mapping[str, Lazy], step: Step) -> Self:
        """A dataset of these rows, closed, that remembers the step."""

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the tables."""
        return contract.TABLES

    @property
    def whole(self) -> Self:
        """The dataset without any filter."""
        return self._whole

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"a dataset does not change, so that {name} cannot be set")

    def __iter__(self) -> Iterator[str]:
        return iter(self.tables)

    def __len__(self) -> int:
        return len(self.tables)

    def __contains__(self, name: object) -> bool:
        return name in self.tables

    def where(
        self,
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
    ) -> Self:
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
        wanted = {name: self._whole._known(name, value) for name, value in given.items() if value is not None}
        if not wanted:
            raise BadRequest(f"where() needs a condition: {', '.join(given)}")
        if with_bodies and not wanted.keys() & {"actor", "authority"}:
            raise BadRequest("with_bodies needs an actor or an authority, to whom the bodies belong")
        meant = self._whole._with_bodies(wanted) if with_bodies else wanted
        told = {**wanted, **({"with_bodies": True} if with_bodies else {})}
        return self._keeping(self._events_where(meant), "where", told)

    def during(self, start: When, end: When | None = None, *, match: Match = "possible") -> Self:
        """Keep the events that overlap a window; see `timeline.temporal.during`.

        Examples
        --------
        >>> import timeline
        >>> ds = timeline.open()
        >>> certain = ds.during("2023-11", "2024-01", match="certain")
        >>> set(certain["events"]["event_id"]) <= set(ds.during("2023-11", "2024-01")["events"]["event_id"])
        True
        """
        return self._in_time("during", temporal.span(start, end), match)

    def within(self, start: When, end: When | None = None, *, match: Match = "possible") -> Self:
        """Keep the events that lie wholly inside a window; see `timeline.temporal.within`."""
        return self._in_time("within", temporal.span(start, end), match)

    def before(self, when: When, *, match: Match = "possible") -> Self:
        """Keep the events that ended before the first day of ``when``; see `timeline.temporal.before`."""
        return self._in_time("before", temporal.span(when), match)

    def after(self, when: When, *, match: Match = "possible") -> Self:
        """Keep the events that began after the last day of ``when``; see `timeline.temporal.after`."""
        return self._in_time("after", temporal.span(when), match)

    def _in_time(self, verb: str, span: tuple[date | None, date | None], match: Match) -> Self:
        first, last = (".." if day is None else day.isoformat() for day in span)
        when = first if first == last else f"{first}/{last}"
        kept = getattr(temporal, verb)(self._rows["events"].to_native(), when, match=match)
        return self._keeping(nw.from_native(kept).lazy(), verb, {"when": when, "match": match})

    def as_known_on(self, day: When, *, hindsight: bool = False) -> Self:
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
        >>> record = timeline.open().as_known_on("2024-01-03")
        >>> "dprk-ballistic-missiles-reach-russia" in set(record["events"]["event_id"])
        False
        """
        from timeline.knowledge import one_day, snapshot

        when = one_day(day)
        given = {"day": when.isoformat(), **({"hindsight": True} if hindsight else {})}
        return self._part(snapshot(self._rows, when, hindsight), _step("as_known_on", given))

    def _keeping(self, events: Lazy, verb: str, given: Mapping[str, Any]) -> Self:
        """Dataset of these events alone, with whatever hangs on them and is referred to."""
        rows = self._rows
        kept = OnDemand(lambda name: events if name == "events" else rows[name])
        return self._part(kept, _step(verb, given))

    def _events_where(self, wanted: Mapping[str, tuple[str, ...]]) -> Lazy:
        """Events that meet the conditions; ids of whole rows are resolved already."""
        events = self._rows["events"]
        for column in ("kind", "status"):
            if column in wanted:
                events = events.filter(nw.col(column).is_in(wanted[column]))
        if "place" in wanted:
            events = events.filter(nw.any_horizontal(
                *(nw.col(column).is_in(wanted["place"]) for column in _PLACES), ignore_nulls=True
            ))  # fmt: skip
        if "country" in wanted:
            places = self._rows["places"].filter(nw.col("country").is_in(wanted["country"]))
            there = [
                events.join(places.select(nw.col("place_id").alias(column)), on=column, how="semi")
                for column in _PLACES
            ]
            there_too = nw.concat([rows.select("event_id") for rows in there]).unique()
            events = events.join(there_too, on="event_id", how="semi")
        if "materiel" in wanted:
            about = self._rows["event_materiel"].filter(nw.col("materiel").is_in(wanted["materiel"]))
            events = events.join(about.select("event_id"), on="event_id", how="semi")
        if wanted.keys() & {"actor", "actor_country", "role"}:
            taking_part = self._rows["participants"]
            if "actor" in wanted:
                taking_part = taking_part.filter(nw.col("actor_id").is_in(wanted["actor"]))
            if "actor_country" in wanted:
                theirs = self._actors_of(wanted["actor_country"])
                taking_part = taking_part.join(theirs, on="actor_id", how="semi")
            if "role" in wanted:
                taking_part = taking_part.filter(nw.col("role").is_in(wanted["role"]))
            events = events.join(taking_part.select("event_id"), on="event_id", how="semi")
        if "authority" in wanted:
            by = self._rows["designations"].filter(nw.col("authority_id").is_in(wanted["authority"]))
            events = events.join(by.select("event_id"), on="event_id", how="semi")
        return events

    def _with_bodies(self, wanted: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
        """The same conditions, in which actors stand with whatever belongs to them."""
        above = ancestors(self._rows["actors"], "actor_id", "parent_id")
        meant = dict(wanted)
        for condition in wanted.keys() & {"actor", "authority"}:
            bodies = above.filter(nw.col("_above").is_in(wanted[condition])).select("actor_id").collect()
            meant[condition] = tuple(sorted({*wanted[condition], *bodies["actor_id"].to_list()}))
        return meant

    def _actors_of(self, countries: tuple[str, ...]) -> Lazy:
        """Actors of these countries, or that belong to one of these."""
        actors = self._rows["actors"]
        own = actors.filter(nw.col("country").is_in(countries)).select("actor_id")
        above = ancestors(actors, "actor_id", "parent_id")
        theirs = above.join(own.select(_above="actor_id"), on="_above", how="semi").select("actor_id")
        return nw.concat([own, theirs]).unique()

    # Names -------------------------------------------------------------------------------------------------

    def _known(self, condition: str, value: str | Iterable[str]) -> tuple[str, ...]:
        """Canonical values of a condition, sorted; unknown ones are refused."""
        values = list(value) if isinstance(value, Iterable) and not isinstance(value, str) else [value]
        if not values:
            raise BadRequest(f"{condition} has no value: give one or more, or leave it out")
        for each in values:
            if not isinstance(each, str):
                raise BadRequest(f"{condition} must be text, or several texts, not {each!r}")
        called = self._called(condition, set(values))
        for each in values:
            meant = called.get(each, set())
            if not meant:
                raise BadRequest(f"no {condition} is called {each!r}{self._instead(condition, each)}")
            if len(meant) > 1:
                raise BadRequest(f"{each!r} is an alias of {self._listed(condition, meant)}: give an id")
        return tuple(sorted(set().union(*called.values())))

    def _called(self, condition: str, spoken: set[str]) -> Mapping[str, set[str]]:
        """What each of these texts means: an id before a name before an alias, then what is written alike."""
        if condition in _VOCABULARIES:
            known = {names.normal(value): {value} for value in self._vocabulary(condition)}
            return {each: known[names.normal(each)] for each in spoken if names.normal(each) in known}
        called: dict[str, set[str]] = {}
        ways = _NAMES[condition]
        asked = [([way], names.normal) for way in ways] + [(ways, alike) for alike in _LOOSELY[condition]]
        for some, alike in asked:
            if left := spoken - called.keys():
                called |= self._named(condition, some, left, alike)
        for each in spoken - called.keys():
            if heir := self._whole.heir(ways[0][0], names.normal(each)):
                called[each] = {heir}
        return called

    def _named(
        self, condition: str, ways: Iterable[tuple[str, str]], spoken: set[str], alike: Callable[[str], str]
    ) -> Mapping[str, set[str]]:
        """Of these texts those that name something, when compared in one way."""
        wanted = {alike(each) for each in spoken} - {""}
        found: dict[str, set[str]] = defaultdict(set)
        for way in ways:
            rows = self._engine.picked(self._names(condition, *way), partial(_are_spoken, wanted, alike))
            for name, meant in zip(*(rows[column].to_pylist() for column in ("name", "meant")), strict=True):
                found[alike(name)].add(meant)
        return {each: found[alike(each)] for each in spoken if alike(each) in found}

    def heir(self, table: str, gone: str) -> str | None:
        """Id that stands for a retired one now; None if it was not retired, or nothing stands for it."""
        rows = self._rows["retired"].filter(nw.col("table") == table, ~nw.col("successor").is_null())
        heirs = dict(rows.select("id", "successor").collect().iter_rows())
        heir = None
        while gone in heirs:
            gone = heir = heirs.pop(gone)
        return heir

    def _instead(self, condition: str, gone: str) -> str:
        """What stands for an unknown name, or is near it, and what there is where that is not much."""
        if condition in _VOCABULARIES:
            table, there = "", self._vocabulary(condition)
        else:
            table, there = _NAMES[condition][0][0], self._some_names(condition)
        known = f" ({condition}: {', '.join(there)})" if len(there) <= _LISTED else ""
        near = self._alike(condition, gone) if table == "actors" else nearest(names.normal(gone), there)
        return f"{self.retired(table, gone) or near}{known}"

    def _alike(self, condition: str, asked: str) -> str:
        """Offer the actors whose names or ids are like a text, as the end of a sentence; else nothing."""
        ways = (self._names(condition, *way).head(_NEAREST_AMONG).collect() for way in _NAMES[condition])
        ids = names.candidates(asked, (pair for rows in ways for pair in rows.iter_rows()))
        return f"; did you mean {self._listed(condition, ids, 'or')}?" if ids else ""

    def _listed(self, condition: str, ids: Collection[str], last: str = "and") -> str:
        """Ids with names, so that people can choose; actors also with their countries."""
        table, key = _NAMES[condition][0]
        told = {id_: id_ for id_ in (ids if isinstance(ids, list) else sorted(ids))}
        if table == "actors":
            rows = self._rows[table].filter(nw.col(key).is_in(list(told)))
            for id_, name, country in rows.select(key, "name", "country").collect().iter_rows():
                told[id_] = f"{id_} ({name}{f', {country}' if country else ''})"
        *others, end = told.values()
        return f"{', '.join(others)} {last} {end}" if others else end

    def _vocabulary(self, condition: str) -> tuple[str, ...]:
        return contract.table(_VOCABULARIES[condition]).field(condition).enum

    def _names(self, condition: str, table: str, column: str) -> Lazy:
        """One way of naming the values of a condition: each name with the value that it means."""
        rows = self._rows[table]
        if (key := _NAMES[condition][0][1]) == "country" and table != "countries":  # the names of a state
            states = self._rows["actors"].filter(nw.col("kind") == "state")
            rows = states if table == "actors" else rows.join(states.select("actor_id", key), on="actor_id")
            rows = rows.filter(~nw.col(key).is_null())
        rows = rows.select(name=column, meant=key)
        if condition == "authority":
            designating = self._rows["designations"].select("authority_id")
            rows = rows.join(designating, left_on="meant", right_on="authority_id", how="semi")
        return rows

    def _some_names(self, condition: str) -> tuple[str, ...]:
        """Names of a condition, casefolded and sorted; of very many the first."""
        ways = (self._names(condition, *way).select("name") for way in _NAMES[condition])
        some = nw.concat(list(ways)).filter(~nw.col("name").is_null()).unique().sort("name")
        there = some.head(_NEAREST_AMONG).collect()["name"].to_list()
        return tuple(sorted({name.casefold() for name in there}))

    def retired(self, table: str, gone: str) -> str:
        """Say what became of an id that an earlier release had, as the end of a sentence; else nothing."""
        rows = self._whole._rows["retired"].filter(nw.col("table") == table, nw.col("id") == gone)
        for row in rows.collect().to_arrow().to_pylist():
            heir = f"{row['successor']} stands for it" if row["successor"] else "nothing stands for it"
            return f"; it was retired in {row['release']}, {heir} now: {row['reason']}"
        return ""

    # What it says ------------------------------------------------------------------------------------------

    @abstractmethod
    def _lines(self) -> list[str]: ...

    def __repr__(self) -> str:
        return "\n".join(self._lines())

    def _repr_html_(self) -> str:
        from html import escape

        heading, *rest = self._lines()
        return f"<b>{escape(heading)}</b><br>" + "<br>".join(map(escape, rest))

    def _told_steps(self) -> list[str]:
        told = [
            f"{verb}({', '.join(f'{key}={_single(value)!r}' for key, value in given)})"
            for verb, given in self.steps
        ]
        days = [dict(given)["day"] for verb, given in self.steps if verb == "as_known_on"]
        return told + ([f"reconstruction of the public record as of {min(days)}"] if days else [])


_LISTED = 20
_NEAREST_AMONG = 50_000
_PLACES = ("place_id", "about_place_id")
_VOCABULARIES = {
    "kind": "events",
    "status": "events",
    "role": "participants",
    "materiel": "event_materiel",
}
_STATES = [("actors", "name"), ("aliases", "alias")]
_NAMES = {
    "actor": [("actors", "actor_id"), ("actors", "name"), ("aliases", "alias")],
    "authority": [("actors", "actor_id"), ("actors", "name"), ("aliases", "alias")],
    "actor_country": [("countries", "country"), ("countries", "name"), *_STATES],
    "place": [("places", "place_id"), ("places", "name")],
    "country": [("countries", "country"), ("countries", "name"), *_STATES],
    "event": [("events", "event_id")],
    "measure": [("measures", "measure"), ("measures", "label")],
}
"""Tables and columns in which the values of a condition are named; the first holds the values."""


_LOOSELY: Mapping[str, tuple[Callable[[str], str], ...]] = {
    "actor": (names.in_any_order, names.sound),
    "authority": (names.in_any_order, names.sound),
    "actor_country": (names.in_any_order,),
    "place": (names.in_any_order,),
    "country": (names.in_any_order,),
    "measure": (names.in_any_order,),
    "event": (),
}
"""Further ways in which what is asked is compared with all names of a condition, one after the other."""


def _are_spoken(spoken: Collection[str], alike: Callable[[str], str], rows: pa.Table) -> pa.Array:
    import pyarrow as pa

    return pa.array([name is not None and alike(name) in spoken for name in rows["name"].to_pylist()])


def _step(verb: str, given: Mapping[str, Any]) -> Step:
    return verb, tuple(sorted(given.items()))


def _single(value: Any) -> Any:
    """A tuple of one as that one."""
    return value[0] if isinstance(value, tuple) and len(value) == 1 else value
