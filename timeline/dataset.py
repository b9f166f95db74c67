"""Dataset: an immutable set of tables whose filters keep every reference whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from timeline import contract
from timeline.contract.tables import OnDemand
from timeline.dates import windows
from timeline.engines import Arrow, Engine, Lazy
from timeline.errors import BadData, BadRequest, nearest
from timeline.export import Exports
from timeline.forwarders import Questions
from timeline.selection.filters import Filters, Step

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd
    import pyarrow as pa

    from timeline.files.package import Package
    from timeline.questions.story import Story


class Dataset(Filters["pd.DataFrame"], Questions, Exports):
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

    _whole: Dataset
    _engine = Arrow()

    def __init__(
        self,
        tables: Mapping[str, pa.Table],
        version: str,
        whole: Dataset | None = None,
        steps: tuple[Step, ...] = (),
    ) -> None:
        self._tables: Mapping[str, pa.Table]
        vars(self).update(_tables=tables, _whole=whole or self, version=version, steps=steps)

    def __eq__(self, other: object) -> bool:
        """Whether all tables are the same, however they came about."""
        if not isinstance(other, Dataset):
            return NotImplemented
        return all(self._plain(name).equals(other._plain(name)) for name in self.tables)

    __hash__ = None  # type: ignore[assignment]

    @property
    def package(self) -> Package | None:
        """The package that it, or what it was filtered from, was opened from; None if made of frames."""
        tables = self._whole._tables
        return tables.package if isinstance(tables, TablesOf) else None

    def __getitem__(self, name: str) -> pd.DataFrame:
        return contract.to_pandas(name, self._worded(name))

    def arrow(self, name: str) -> pa.Table:
        """One table as pyarrow.Table: text, ``date32``, numbers; vocabularies as dictionaries."""
        from timeline.contract.types import encode

        return encode(name, self._worded(name))

    def _worded(self, name: str) -> pa.Table:
        """One table, refused if it has a word that the contract has not; see `Package.worded`."""
        from timeline.contract.types import strange_words

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

    @property
    def _rows(self) -> Mapping[str, Lazy]:
        return OnDemand(lambda name: self._engine.bring(self._plain(name)))

    def _part(self, rows: Mapping[str, Lazy], step: Step) -> Dataset:
        return Dataset(held(rows, self._engine, (step,)), self.version, self._whole, (*self.steps, step))

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
        from timeline.questions.story import tell

        return tell(self, event_id)

    def cite(self, style: str = "text") -> str:
        """Citation of exactly these rows; see `timeline.cite`.

        >>> import timeline
        >>> timeline.open("1.0.0").where(kind="denial").cite("short").split("/")[:2]
        ['dprk-russia-timeline:1.0.0', 'where(kind=denial)']
        """
        from timeline.versions.citation import cite

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
        rows = windows.lags(self["events"], links[links["relation"] == relation])
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
        from timeline.charts.events import plot

        return plot(self, what, measure=measure)

    def _lines(self) -> list[str]:
        import pyarrow.compute as pc

        events = self._plain("events")
        first, last = pc.min(events["start_earliest"]).as_py(), pc.max(events["start_latest"]).as_py()
        period = f" that began from {first} to {last}" if len(events) else ""
        counts = ", ".join(f"{len(self._plain(name)):,} {name.replace('_', ' ')}" for name in _TOLD)
        heading = f"timeline {self.version}: {len(events):,} events{period}"
        return [heading, counts, *self._told_steps()]


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


class TablesOf(OnDemand["pa.Table"]):
    """Tables of a package, each read when it is first asked for."""

    def __init__(self, package: Package) -> None:
        super().__init__(package.table)
        self.package = package


def held(rows: Mapping[str, Lazy], engine: Engine, steps: tuple[Step, ...]) -> dict[str, pa.Table]:
    """Rows to which these steps led, closed, in memory, in the order in which tables are published."""
    from timeline.contract.relations import closed
    from timeline.contract.types import sort
    from timeline.questions.spreadsheet import wide_view

    kept = closed(rows, lambda rows: engine.lent(rows.collect().to_arrow()))
    tables = {name: sort(name, kept[name].collect().to_arrow()) for name in kept}
    if any(verb == "as_known_on" for verb, _ in steps):
        tables["timeline"] = wide_view(tables)
    return tables
