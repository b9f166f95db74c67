"""Filters of a dataset: one statement of each, whatever engine holds the tables."""

from __future__ import annotations

from abc import abstractmethod
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any, Self, TypeVar

import narwhals as nw

from timeline import contract
from timeline.contract.tables import OnDemand
from timeline.dates import windows
from timeline.engines import Engine, Lazy
from timeline.errors import BadRequest, nearest

if TYPE_CHECKING:
    import pyarrow as pa

    from timeline.dates.windows import Match, When
    from timeline.files.package import Package

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
    ) -> Self:
        """Keep the events that meet every condition; several values of one condition are alternatives.

        Parameters
        ----------
        kind, status : str or iterable of str
            Values of these columns of ``events``.
        actor : str or iterable of str
            Participants: id, name or alias, looked for in this order.
        role : str or iterable of str
            Role of a participant; with ``actor``, the role of that actor.
        place : str or iterable of str
            Id or name of the place.
        country : str or iterable of str
            Country in which the place lies: ISO 3166-1 alpha-3 code or name.
        authority : str or iterable of str
            Who designates somebody by the event: id, name or alias.

        Raises
        ------
        BadRequest
            No such value exists, and the message names the nearest that does; or several actors bear the
            alias.

        Examples
        --------
        >>> import timeline
        >>> denials = timeline.open().where(kind="denial", actor="Kim Yo Jong")
        >>> set(denials["events"]["kind"])
        {'denial'}
        """
        given = {
            "kind": kind,
            "actor": actor,
            "role": role,
            "place": place,
            "country": country,
            "status": status,
            "authority": authority,
        }
        wanted = {name: self._whole._known(name, value) for name, value in given.items() if value is not None}
        if not wanted:
            raise BadRequest(f"where() needs a condition: {', '.join(given)}")
        return self._keeping(self._events_where(wanted), "where", wanted)

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
        return self._in_time("during", windows.span(start, end), match)

    def within(self, start: When, end: When | None = None, *, match: Match = "possible") -> Self:
        """Keep the events that lie wholly inside a window; see `timeline.temporal.within`."""
        return self._in_time("within", windows.span(start, end), match)

    def before(self, when: When, *, match: Match = "possible") -> Self:
        """Keep the events that ended before the first day of ``when``; see `timeline.temporal.before`."""
        return self._in_time("before", windows.span(when), match)

    def after(self, when: When, *, match: Match = "possible") -> Self:
        """Keep the events that began after the last day of ``when``; see `timeline.temporal.after`."""
        return self._in_time("after", windows.span(when), match)

    def _in_time(self, verb: str, span: tuple[date | None, date | None], match: Match) -> Self:
        first, last = (".." if day is None else day.isoformat() for day in span)
        when = first if first == last else f"{first}/{last}"
        kept = getattr(windows, verb)(self._rows["events"].to_native(), when, match=match)
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
            events = events.filter(nw.col("place_id").is_in(wanted["place"]))
        if "country" in wanted:
            places = self._rows["places"].filter(nw.col("country").is_in(wanted["country"]))
            events = events.join(places.select("place_id"), on="place_id", how="semi")
        if "actor" in wanted or "role" in wanted:
            taking_part = self._rows["participants"]
            if "actor" in wanted:
                taking_part = taking_part.filter(nw.col("actor_id").is_in(wanted["actor"]))
            if "role" in wanted:
                taking_part = taking_part.filter(nw.col("role").is_in(wanted["role"]))
            events = events.join(taking_part.select("event_id"), on="event_id", how="semi")
        if "authority" in wanted:
            by = self._rows["designations"].filter(nw.col("authority_id").is_in(wanted["authority"]))
            events = events.join(by.select("event_id"), on="event_id", how="semi")
        return events

    # Names -------------------------------------------------------------------------------------------------

    def _known(self, condition: str, value: str | Iterable[str]) -> tuple[str, ...]:
        """Canonical values of a condition, sorted; unknown ones are refused."""
        values = list(value) if isinstance(value, Iterable) and not isinstance(value, str) else [value]
        if not values:
            raise BadRequest(f"{condition} has no value: give one or more, or leave it out")
        for each in values:
            if not isinstance(each, str):
                raise BadRequest(f"{condition} must be text, or several texts, not {each!r}")
        called = self._called(condition, {each.casefold() for each in values})
        for each in values:
            meant = called.get(each.casefold(), ())
            if not meant:
                raise BadRequest(f"no {condition} is called {each!r}{self._instead(condition, each)}")
            if len(meant) > 1:
                raise BadRequest(f"{each!r} is an alias of {' and '.join(sorted(meant))}: give an id")
        return tuple(sorted(set().union(*called.values())))

    def _called(self, condition: str, spoken: set[str]) -> Mapping[str, set[str]]:
        """What each of these names means, in any case: an id before a name before an alias."""
        if condition in _VOCABULARIES:
            return {value: {value} for value in self._vocabulary(condition) if value in spoken}
        called: dict[str, set[str]] = {}
        for way in _NAMES[condition]:
            names = self._engine.picked(
                self._names(condition, *way), partial(_are_spoken, spoken - called.keys())
            )
            found: dict[str, set[str]] = defaultdict(set)
            for name, meant in zip(*(names[column].to_pylist() for column in ("name", "meant")), strict=True):
                found[name.casefold()].add(meant)
            called |= found
        return called

    def _instead(self, condition: str, gone: str) -> str:
        """What stands for an unknown name, or is near it, and what there is where that is not much."""
        if condition in _VOCABULARIES:
            table, names = "", self._vocabulary(condition)
        else:
            table, names = _NAMES[condition][0][0], self._some_names(condition)
        known = f" ({condition}: {', '.join(names)})" if len(names) <= _LISTED else ""
        return f"{self.retired(table, gone) or nearest(gone.casefold(), names)}{known}"

    def _vocabulary(self, condition: str) -> tuple[str, ...]:
        return contract.table(_VOCABULARIES[condition]).field(condition).enum

    def _names(self, condition: str, table: str, column: str) -> Lazy:
        """One way of naming the values of a condition: each name with the value that it means."""
        rows = self._rows[table].select(name=column, meant=_NAMES[condition][0][1])
        if condition == "authority":
            designating = self._rows["designations"].select("authority_id")
            rows = rows.join(designating, left_on="meant", right_on="authority_id", how="semi")
        return rows

    def _some_names(self, condition: str) -> tuple[str, ...]:
        """Names of a condition, casefolded and sorted; of very many the first."""
        ways = (self._names(condition, *way).select("name") for way in _NAMES[condition])
        some = nw.concat(list(ways)).filter(~nw.col("name").is_null()).unique().sort("name")
        names = some.head(_NEAREST_AMONG).collect()["name"].to_list()
        return tuple(sorted({name.casefold() for name in names}))

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
_VOCABULARIES = {"kind": "events", "status": "events", "role": "participants"}
_NAMES = {
    "actor": [("actors", "actor_id"), ("actors", "name"), ("aliases", "alias")],
    "authority": [("actors", "actor_id"), ("actors", "name"), ("aliases", "alias")],
    "place": [("places", "place_id"), ("places", "name")],
    "country": [("countries", "country"), ("countries", "name")],
    "event": [("events", "event_id")],
    "measure": [("measures", "measure"), ("measures", "label")],
}
"""Tables and columns in which the values of a condition are named; the first holds the values."""


def _are_spoken(spoken: Collection[str], rows: pa.Table) -> pa.Array:
    import pyarrow as pa

    return pa.array([name is not None and name.casefold() in spoken for name in rows["name"].to_pylist()])


def _step(verb: str, given: Mapping[str, Any]) -> Step:
    return verb, tuple(sorted(given.items()))


def _single(value: Any) -> Any:
    """A tuple of one as that one."""
    return value[0] if isinstance(value, tuple) and len(value) == 1 else value
