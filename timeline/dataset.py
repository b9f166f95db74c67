"""Dataset: an immutable set of tables whose filters keep every reference whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from timeline import contract, temporal
from timeline.errors import BadData, BadRequest, nearest
from timeline.export import Exports
from timeline.questions import Questions

if TYPE_CHECKING:
    import altair as alt
    import narwhals as nw
    import pandas as pd
    import pyarrow as pa

    from timeline.package import Package
    from timeline.story import Story
    from timeline.temporal import Match, When

Step = tuple[str, tuple[tuple[str, Any], ...]]


class Dataset(Questions, Exports):
    """The tables of one release, or of a filtered part of it.

    A mapping from table name to pandas DataFrame; see `Dataset.tables`. Nothing changes it: each filter
    returns another dataset that remembers its step, in which rows that refer to dropped rows are gone and
    the registries hold what is still referred to.

    Examples
    --------
    >>> import timeline
    >>> transfers = timeline.open().where(kind="transfer")
    >>> set(transfers["events"]["kind"])
    {'transfer'}
    """

    def __init__(
        self,
        tables: Mapping[str, pa.Table],
        version: str,
        whole: Dataset | None = None,
        steps: tuple[Step, ...] = (),
    ) -> None:
        self._tables: Mapping[str, pa.Table]
        self._whole: Dataset
        self.version: str
        self.steps: tuple[Step, ...]
        vars(self).update(_tables=tables, _whole=whole or self, version=version, steps=steps)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"a dataset does not change, so that {name} cannot be set")

    def __eq__(self, other: object) -> bool:
        """Whether all tables are the same, however they came about."""
        if not isinstance(other, Dataset):
            return NotImplemented
        return all(self._plain(name).equals(other._plain(name)) for name in self.tables)

    __hash__ = None  # type: ignore[assignment]

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the tables."""
        return contract.TABLES

    @property
    def package(self) -> Package | None:
        """The package that it, or what it was filtered from, was opened from; None if made of frames."""
        tables = self._whole._tables
        return tables.package if isinstance(tables, TablesOf) else None

    @property
    def whole(self) -> Dataset:
        """The dataset without any filter."""
        return self._whole

    def __getitem__(self, name: str) -> pd.DataFrame:
        return contract.to_pandas(name, self._worded(name))

    def __iter__(self) -> Iterator[str]:
        return iter(self.tables)

    def __len__(self) -> int:
        return len(self.tables)

    def __contains__(self, name: object) -> bool:
        return name in self.tables

    def arrow(self, name: str) -> pa.Table:
        """One table as pyarrow.Table: text, ``date32``, numbers; vocabularies as dictionaries."""
        from timeline.frames import encode

        return encode(name, self._worded(name))

    def _worded(self, name: str) -> pa.Table:
        """One table, refused if it has a word that the contract has not; see `Package.worded`."""
        from timeline.frames import strange_words

        data = self._plain(name)
        if strange := strange_words(name, data, lambda _, row, __: f"{name} row {row}"):
            if self.package:
                self.package.worded(name)  # which knows in what file and row each stands
            raise BadData(strange)
        return data

    def _plain(self, name: str) -> pa.Table:
        """One table with vocabularies as text, which every filter and comparison takes."""
        contract.table(name)
        return self._tables[name]

    # Filters -----------------------------------------------------------------------------------------------

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
    ) -> Dataset:
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

    def during(self, start: When, end: When | None = None, *, match: Match = "possible") -> Dataset:
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

    def within(self, start: When, end: When | None = None, *, match: Match = "possible") -> Dataset:
        """Keep the events that lie wholly inside a window; see `timeline.temporal.within`."""
        return self._in_time("within", temporal.span(start, end), match)

    def before(self, when: When, *, match: Match = "possible") -> Dataset:
        """Keep the events that ended before the first day of ``when``; see `timeline.temporal.before`."""
        return self._in_time("before", temporal.span(when), match)

    def after(self, when: When, *, match: Match = "possible") -> Dataset:
        """Keep the events that began after the last day of ``when``; see `timeline.temporal.after`."""
        return self._in_time("after", temporal.span(when), match)

    def _in_time(self, verb: str, span: tuple[date | None, date | None], match: Match) -> Dataset:
        first, last = (".." if day is None else day.isoformat() for day in span)
        when = first if first == last else f"{first}/{last}"
        kept = getattr(temporal, verb)(self._plain("events"), when, match=match)
        return self._keeping(_lazily(kept), verb, {"when": when, "match": match})

    def as_known_on(self, day: When, *, hindsight: bool = False) -> Dataset:
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
        from timeline.wide import wide_view

        when = one_day(day)
        rows = snapshot({name: self._lazy(name) for name in self.tables}, when, hindsight)
        given = {"day": when.isoformat(), **({"hindsight": True} if hindsight else {})}
        known = self._narrowed(rows, "as_known_on", given)
        return Dataset(
            {**known._tables, "timeline": wide_view(known._tables)}, self.version, self._whole, known.steps
        )

    @property
    def undated(self) -> pd.DataFrame:
        """What can never be in a snapshot, since no evidence says when it became known.

        Returns
        -------
        pandas.DataFrame
            ``table``, ``event_id``, ``source_id`` (of a citation or an estimate), ``reason``.
        """
        import pandas as pd

        events, estimates, citations = self["events"], self["estimates"], self["citations"]
        sources = self["sources"]
        no_date = set(sources.loc[sources["published_latest"].isna(), "source_id"])
        found = {
            "events": (
                events[events["known_from"].isna()],
                "no cited source and no disclosing event has a date",
            ),
            "citations": (citations[citations["source_id"].isin(no_date)], "the source has no date"),
            "estimates": (estimates[estimates["known_from"].isna()], "the source or the event has no date"),
        }
        rows = [
            each.reindex(columns=["event_id", "source_id"]).assign(table=table, reason=reason)
            for table, (each, reason) in found.items()
        ]
        return pd.concat(rows, ignore_index=True)[["table", "event_id", "source_id", "reason"]]

    def _events_where(self, wanted: Mapping[str, tuple[str, ...]]) -> nw.LazyFrame[Any]:
        """Event ids that meet the conditions; ids of whole rows are resolved already."""
        import narwhals as nw

        events = self._lazy("events")
        for column in ("kind", "status"):
            if column in wanted:
                events = events.filter(nw.col(column).is_in(wanted[column]))
        if "place" in wanted:
            events = events.filter(nw.col("place_id").is_in(wanted["place"]))
        if "country" in wanted:
            places = self._lazy("places").filter(nw.col("country").is_in(wanted["country"]))
            events = events.join(places.select("place_id"), on="place_id", how="semi")
        if "actor" in wanted or "role" in wanted:
            taking_part = self._lazy("participants")
            if "actor" in wanted:
                taking_part = taking_part.filter(nw.col("actor_id").is_in(wanted["actor"]))
            if "role" in wanted:
                taking_part = taking_part.filter(nw.col("role").is_in(wanted["role"]))
            events = events.join(taking_part.select("event_id").unique(), on="event_id", how="semi")
        if "authority" in wanted:
            by = self._lazy("designations").filter(nw.col("authority_id").is_in(wanted["authority"]))
            events = events.join(by.select("event_id").unique(), on="event_id", how="semi")
        return events.select("event_id")

    def _known(self, condition: str, value: str | Iterable[str]) -> tuple[str, ...]:
        """Canonical values of a condition, sorted; unknown ones are refused."""
        names = self._names(condition)
        values = list(value) if isinstance(value, Iterable) and not isinstance(value, str) else [value]
        if not values:
            raise BadRequest(f"{condition} has no value: give one or more, or leave it out")
        found = set()
        for each in values:
            if not isinstance(each, str):
                raise BadRequest(f"{condition} must be text, or several texts, not {each!r}")
            spoken = each.casefold()
            if spoken not in names:
                known = f" ({condition}: {', '.join(names)})" if len(names) <= _LISTED else ""
                meant = self.retired(_TABLE_OF.get(condition, ""), each) or nearest(spoken, names)
                raise BadRequest(f"no {condition} is called {each!r}{meant}{known}")
            if condition == "actor" and len(bearers := self._bearers(spoken, names[spoken])) > 1:
                raise BadRequest(f"{each!r} is an alias of {' and '.join(bearers)}: give an id")
            found.add(names[spoken])
        return tuple(sorted(found))

    def retired(self, table: str, gone: str) -> str:
        """Say what became of an id that an earlier release had, as the end of a sentence; else nothing."""
        for row in self._whole._plain("retired").to_pylist():
            if (row["table"], row["id"]) == (table, gone):
                heir = f"{row['successor']} stands for it" if row["successor"] else "nothing stands for it"
                return f"; it was retired in {row['release']}, {heir} now: {row['reason']}"
        return ""

    def _bearers(self, spoken: str, meant: str) -> list[str]:
        """Actors that bear an alias; only the one that is meant where it is an id or a name as well."""
        actors = self._plain("actors")
        ids = actors["actor_id"].to_pylist()
        if spoken in (meant, actors["name"][ids.index(meant)].as_py().casefold()):
            return [meant]
        aliases = self._plain("aliases")
        pairs = zip(aliases["alias"].to_pylist(), aliases["actor_id"].to_pylist(), strict=True)
        return sorted({actor for alias, actor in pairs if alias.casefold() == spoken})

    def _names(self, condition: str) -> dict[str, str]:
        """Every way of naming a value of a condition, casefolded, with the value as it stands."""

        def pairs(table: str, name: str, value: str) -> Iterator[tuple[str, str]]:
            data = self._plain(table)
            for spoken, meant in zip(data[name].to_pylist(), data[value].to_pylist(), strict=True):
                if spoken is not None:
                    yield spoken.casefold(), meant

        match condition:
            case "kind" | "status":
                return {value: value for value in contract.table("events").field(condition).enum}
            case "role":
                return {value: value for value in contract.table("participants").field("role").enum}
            case "place":
                return {
                    **dict(pairs("places", "name", "place_id")),
                    **dict(pairs("places", "place_id", "place_id")),
                }
            case "country":
                return {
                    **dict(pairs("countries", "name", "country")),
                    **dict(pairs("countries", "country", "country")),
                }
            case "event":
                return dict(pairs("events", "event_id", "event_id"))
            case "measure":
                return {
                    **dict(pairs("measures", "label", "measure")),
                    **dict(pairs("measures", "measure", "measure")),
                }
            case "authority":
                designating = set(self._plain("designations")["authority_id"].to_pylist())
                return {name: actor for name, actor in self._names("actor").items() if actor in designating}
            case _:
                return {
                    **dict(pairs("aliases", "alias", "actor_id")),
                    **dict(pairs("actors", "name", "actor_id")),
                    **dict(pairs("actors", "actor_id", "actor_id")),
                }

    def _keeping(self, events: nw.LazyFrame[Any], verb: str, parameters: Mapping[str, Any]) -> Dataset:
        """Dataset of these events alone, with whatever hangs on them and is referred to."""
        kept = {"events": self._lazy("events").join(events.select("event_id"), on="event_id", how="semi")}
        return self._narrowed(kept, verb, parameters)

    def _narrowed(
        self, kept: Mapping[str, nw.LazyFrame[Any]], verb: str, parameters: Mapping[str, Any]
    ) -> Dataset:
        from timeline.frames import sort
        from timeline.references import closed

        rest = {name: self._lazy(name) for name in self.tables}
        tables = {
            name: sort(name, rows.collect().to_arrow()) for name, rows in closed({**rest, **kept}).items()
        }
        step = (verb, tuple(sorted(parameters.items())))
        return Dataset(tables, self.version, self._whole, (*self.steps, step))

    def _lazy(self, name: str) -> nw.LazyFrame[Any]:
        return _lazily(self._plain(name))

    # Looking -----------------------------------------------------------------------------------------------

    def story(self, event_id: str) -> Story:
        """One event with all that hangs on it: participants, sources, estimates, listings, links, status.

        Raises
        ------
        BadRequest
            There is no such event; the message names the nearest that is.

        Examples
        --------
        >>> import timeline
        >>> story = timeline.open().story("us-discloses-dprk-ballistic-missiles")
        >>> story.event["kind"]
        'disclosure'
        """
        from timeline.story import tell

        return tell(self, event_id)

    def cite(self, style: str = "text") -> str:
        """Citation of exactly these rows; see `timeline.cite`.

        >>> import timeline
        >>> timeline.open("1.0.0").where(kind="denial").cite("short").split("/")[:2]
        ['dprk-russia-timeline:1.0.0', 'where(kind=denial)']
        """
        from timeline.citation import cite

        return cite(self, style)

    def lags(self, relation: str) -> pd.DataFrame:
        """Days between linked events, least and most; see `timeline.temporal.lags`.

        Parameters
        ----------
        relation : str
            Relation of the links, for example ``discloses`` or ``sanctions``.

        Returns
        -------
        pandas.DataFrame
            One row per link: ``event_id``, ``kind``, ``to_event_id``, ``to_kind``, ``days_least``,
            ``days_most``.

        Examples
        --------
        >>> import timeline
        >>> timeline.open().lags("discloses").columns.tolist()
        ['event_id', 'kind', 'to_event_id', 'to_kind', 'days_least', 'days_most']
        """
        relations = contract.table("event_links").field("relation").enum
        if relation not in relations:
            raise BadRequest(f"there is no relation {relation!r}{nearest(relation, relations)}")
        links = self["event_links"]
        rows = temporal.lags(self["events"], links[links["relation"] == relation])
        return rows.drop(columns="relation").sort_values(["event_id", "to_event_id"], ignore_index=True)

    def lags_by_kind(self, relation: str) -> pd.DataFrame:
        """Summary of `lags` by the kinds of the linked events.

        Returns
        -------
        pandas.DataFrame
            Per ``to_kind`` and ``kind``: ``links``, the least and the greatest number of days that any of
            them can have taken, and the medians of the least and the greatest number per link.

        Examples
        --------
        >>> import timeline
        >>> timeline.open().lags_by_kind("sanctions").columns.tolist()
        ['links', 'least', 'median_least', 'median_most', 'most']
        """
        groups = self.lags(relation).groupby(["to_kind", "kind"], observed=True)
        return groups.agg(
            links=("event_id", "size"),
            least=("days_least", "min"),
            median_least=("days_least", "median"),
            median_most=("days_most", "median"),
            most=("days_most", "max"),
        )

    def plot(self, what: str = "events", *, measure: str | None = None) -> alt.LayerChart:
        """Draw it (extra ``plot``).

        Parameters
        ----------
        what : {"events", "estimates", "designations", "lags"}
            *events*: lanes by kind, points for days, bars for what lasted, pale where a date is not known
            exactly, colour and shape by status. *estimates*: the figures of one measure over time, by
            claimant. *designations*: how many each authority listed in each quarter. *lags*: days from
            events to those that answer them, by relation.
        measure : str, optional
            Which estimates; for that chart alone.

        Returns
        -------
        altair.LayerChart
            A notebook shows it; `timeline.plot.save` writes it as SVG, PNG or HTML.

        Raises
        ------
        BadRequest
            There is no such chart or measure, nothing is left to draw, or Altair is not installed.

        Examples
        --------
        >>> import timeline
        >>> chart = timeline.open().where(kind="transfer").plot()
        >>> chart.to_dict()["title"]["text"]
        'Events by kind and status'
        """
        from timeline.plot import plot

        return plot(self, what, measure=measure)

    def __repr__(self) -> str:
        return "\n".join(self._lines())

    def _repr_html_(self) -> str:
        from html import escape

        heading, *rest = self._lines()
        return f"<b>{escape(heading)}</b><br>" + "<br>".join(map(escape, rest))

    def _lines(self) -> list[str]:
        import pyarrow.compute as pc

        events = self._plain("events")
        first, last = pc.min(events["start_earliest"]).as_py(), pc.max(events["start_latest"]).as_py()
        period = f" that began from {first} to {last}" if len(events) else ""
        counts = ", ".join(f"{len(self._plain(name)):,} {name.replace('_', ' ')}" for name in _TOLD)
        steps = [
            f"{verb}({', '.join(f'{key}={_single(value)!r}' for key, value in given)})"
            for verb, given in self.steps
        ]
        heading = f"timeline {self.version}: {len(events):,} events{period}"
        return [heading, counts, *steps, *self._caveats()]

    def _caveats(self) -> list[str]:
        days = [dict(given)["day"] for verb, given in self.steps if verb == "as_known_on"]
        return [f"reconstruction of the public record as of {min(days)}"] if days else []


_LISTED = 20
_TABLE_OF = {"event": "events", "actor": "actors", "authority": "actors", "place": "places"}
_TOLD = (
    "participants",
    "estimates",
    "designations",
    "citations",
    "event_links",
    "actors",
    "sources",
    "places",
)


def _lazily(frame: Any) -> nw.LazyFrame[Any]:
    import narwhals as nw

    rows: nw.LazyFrame[Any] = nw.from_native(frame).lazy()
    return rows


def _single(value: Any) -> Any:
    """A tuple of one as that one."""
    return value[0] if isinstance(value, tuple) and len(value) == 1 else value


class TablesOf(Mapping[str, "pa.Table"]):
    """Tables of a package, each read when it is first asked for."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self._read: dict[str, pa.Table] = {}

    def __getitem__(self, name: str) -> pa.Table:
        if name not in self._read:
            self._read[name] = self.package.table(name)
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(contract.TABLES)

    def __len__(self) -> int:
        return len(contract.TABLES)
