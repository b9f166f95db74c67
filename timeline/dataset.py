"""Dataset: an immutable set of tables whose filters keep every reference whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from timeline import contract
from timeline.errors import BadRequest, nearest

if TYPE_CHECKING:
    import narwhals as nw
    import pandas as pd
    import pyarrow as pa

    from timeline.package import Package
    from timeline.story import Story

Step = tuple[str, tuple[tuple[str, Any], ...]]


class Dataset(Mapping[str, "pd.DataFrame"]):
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
        self._tables = tables
        self._whole = whole or self
        self.version = version
        self.steps = steps

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the tables."""
        return contract.TABLES

    def __getitem__(self, name: str) -> pd.DataFrame:
        return contract.to_pandas(name, self._plain(name))

    def __iter__(self) -> Iterator[str]:
        return iter(self.tables)

    def __len__(self) -> int:
        return len(self.tables)

    def arrow(self, name: str) -> pa.Table:
        """One table as pyarrow.Table: text, ``date32``, numbers; vocabularies as dictionaries."""
        from timeline.frames import encode

        return encode(name, self._plain(name))

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
    ) -> Dataset:
        """Keep the events that meet every condition; several values of one condition are alternatives.

        Parameters
        ----------
        kind, status : str or iterable of str
            Values of these columns of ``events``.
        actor : str or iterable of str
            Participants: id, name or alias.
        role : str or iterable of str
            Role of a participant; with ``actor``, the role of that actor.
        place : str or iterable of str
            Id or name of the place.
        country : str or iterable of str
            ISO 3166-1 alpha-3 code of the country in which the place lies.

        Raises
        ------
        BadRequest
            No such value exists; the message names the nearest that does.

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
        }
        wanted = {name: self._whole._known(name, value) for name, value in given.items() if value is not None}
        if not wanted:
            raise BadRequest(f"where() needs a condition: {', '.join(given)}")
        return self._keeping(self._events_where(wanted), "where", wanted)

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
        return events.select("event_id")

    def _known(self, condition: str, value: str | Iterable[str]) -> tuple[str, ...]:
        """Canonical values of a condition, sorted; unknown ones are refused."""
        names = self._names(condition)
        values = [value] if isinstance(value, str) else list(value)
        found = {names[each.casefold()] for each in values if each.casefold() in names}
        unknown = [each for each in values if each.casefold() not in names]
        if unknown:
            raise BadRequest(
                f"no {condition} is called {unknown[0]!r}{nearest(unknown[0].casefold(), names)}"
            )
        return tuple(sorted(found))

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
                return dict(pairs("places", "country", "country"))
            case _:
                return {
                    **dict(pairs("aliases", "alias", "actor_id")),
                    **dict(pairs("actors", "name", "actor_id")),
                    **dict(pairs("actors", "actor_id", "actor_id")),
                }

    def _keeping(self, events: nw.LazyFrame[Any], verb: str, parameters: Mapping[str, Any]) -> Dataset:
        """Dataset of these events alone, with whatever hangs on them and is referred to."""
        kept = {"events": self._lazy("events").join(events, on="event_id", how="semi")}
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
        import narwhals as nw

        rows: nw.LazyFrame[Any] = nw.from_native(self._plain(name)).lazy()
        return rows

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
        return [f"timeline {self.version}: {len(events):,} events{period}", counts, *steps]


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


def _single(value: Any) -> Any:
    """A tuple of one as that one."""
    return value[0] if isinstance(value, tuple) and len(value) == 1 else value


class TablesOf(Mapping[str, "pa.Table"]):
    """Tables of a package, each read when it is first asked for."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._read: dict[str, pa.Table] = {}

    def __getitem__(self, name: str) -> pa.Table:
        if name not in self._read:
            self._read[name] = self._package.table(name)
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(contract.TABLES)

    def __len__(self) -> int:
        return len(contract.TABLES)
