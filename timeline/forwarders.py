"""Questions that a dataset answers with a table; the work is in the modules that the answers come from."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd

    from timeline.dataset import Dataset


class Questions(Mapping[str, "pd.DataFrame"]):
    """Questions that a dataset answers with a pandas DataFrame; `Dataset` inherits them.

    All work on any dataset, filtered or as known on a day, and answer from the rows that it holds. Names of
    actors, events and measures are looked up in the whole release. Days are ``datetime64[ms]``, ids and
    text ``str``, numbers ``float64``, counts ``int64``, vocabularies ``category``.
    """

    _whole: Dataset

    @abstractmethod
    def _known(self, condition: str, value: str | Iterable[str]) -> tuple[str, ...]: ...

    def status_history(self, event_id: str) -> pd.DataFrame:
        """How the status of an event came about: each step with its day and what caused it.

        The codebook tells how status is computed. Of several statuses that begin on one day only the
        strongest makes a step: a claim that is denied on the day it is made begins as disputed.

        Parameters
        ----------
        event_id : str
            Id of an event of this dataset.

        Returns
        -------
        pandas.DataFrame
            In the order of days: ``from_date``, ``status``, ``because_kind`` (citation or event) and
            ``because_id`` as in the table ``status_changes``; of the cause its ``date`` (EDTF: the event's,
            or when the source was published), its ``title`` and, for a source, ``publisher`` and ``url``.

        Raises
        ------
        BadRequest
            There is no such event; the message names the nearest that is.

        Examples
        --------
        >>> import timeline
        >>> steps = timeline.open().status_history("dprk-troops-deploy-to-russia")
        >>> print(steps[["from_date", "status", "because_id"]].to_string(index=False))
         from_date       status                               because_id
        2024-10-17     disputed         kremlin-calls-troop-reports-fake
        2024-10-18 corroborated rok-intelligence-reports-troop-transport
        2025-04-26 acknowledged            nknews-2025-04-26-gerasimov
        """
        from timeline.questions.status import status_history

        (event,) = self._known("event", event_id)
        return status_history(self, self._whole, event)

    def estimates(self, measure: str | Iterable[str] | None = None) -> pd.DataFrame:
        """The ledger of competing figures: one row is one number as one claimant gives it in one source.

        Parameters
        ----------
        measure : str or iterable of str, optional
            Ids or labels of measures; without it, all.

        Returns
        -------
        pandas.DataFrame
            ``measure``, ``aggregation`` (cumulative, event, period or level), ``by_id`` and ``by`` (the
            claimant's name), ``low``, ``best``, ``high`` in ``unit``, ``as_of`` (EDTF) with
            ``as_of_earliest`` and ``as_of_latest``, ``known_from``, ``stated``, ``event_id``, ``source_id``;
            sorted by measure, as_of_latest, known_from and by_id. What an empty value means is told in the
            codebook.

        Raises
        ------
        BadRequest
            There is no such measure; the message names the nearest that is.

        Examples
        --------
        >>> import timeline
        >>> ledger = timeline.open().estimates("containers-shipped")
        >>> estimates.loc[0, ["by", "stated", "as_of"]].tolist()
        ['United States National Security Council', 'more than 1,000', '2023-10-13']
        """
        from timeline.questions import estimates

        return estimates.estimates(self, None if measure is None else self._whole._known("measure", measure))

    def envelope(self, measure: str | Iterable[str]) -> pd.DataFrame:
        """How far the figures of a measure lie apart, and who disagrees. Nothing is averaged.

        What a row is depends on how the measure adds up:

        - *cumulative* (a running total) and *level* (a state): one row per day for which somebody gave a
          figure. The day of a figure is its ``as_of_latest``. Each claimant counts with its latest figure up
          to that day, however old: one that falls silent keeps its last word.
        - *event*: one row per event, over the latest figure of each claimant.
        - *period*: one row per period, over the figures for exactly that period.

        Where a claimant gives several figures for its latest day, in one source or in several, all of them
        count. Claimants are told apart by id: a state and its ministries are different claimants.

        Each figure allows a range of numbers: from low to high; best stands in for one that is not given;
        "at least" (only low) has no upper end, "up to" (only high) has no lower end. In later rows an older
        figure allows more, since it was said of an earlier day: a running total can have grown, so it has
        no upper end; a state can have changed, so it excludes nothing. Figures disagree if no number lies in
        the ranges of both: what is called disagreement is contradiction, not difference of date.

        Several measures stand below each other, each in rows of its own. They must add up alike and have
        one unit.

        Parameters
        ----------
        measure : str or iterable of str
            Ids or labels of measures.

        Returns
        -------
        pandas.DataFrame
            ``measure``; ``date``, or ``event_id``, or ``as_of_earliest`` and ``as_of_latest``; ``lowest`` and
            ``highest`` number that anyone gave as low, best or high, so that highest can be an "at least";
            ``lowest_by`` and ``highest_by``, names of claimants, joined by ``; ``; ``claimants``, how many;
            ``agree`` (bool): no two figures disagree; ``disagreeing``: names of the claimants whose figures
            disagree with another, empty where none do.

        Raises
        ------
        BadRequest
            There is no such measure, or the measures cannot be compared; the message says why.

        Examples
        --------
        >>> import timeline
        >>> rows = timeline.open().envelope("ballistic-missiles-supplied")
        >>> rows.loc[rows["date"] == "2024-01-23", ["lowest", "highest", "agree"]].values.tolist()
        [[24.0, 50.0, True]]
        """
        from timeline.questions import estimates

        measures = self._whole._known("measure", measure)
        described = self._whole["measures"]
        aggregation = estimates.common_aggregation(described[described["measure"].isin(measures)])
        return estimates.envelope(estimates.estimates(self, measures), aggregation)

    def listings(self) -> pd.DataFrame:
        """Who is listed by whom since when, and how long after the first public claim.

        Authorities are told apart by id: ``usa-ofac``, ``usa-state`` and ``usa``, or ``eu-council`` and
        ``eu``, are different ones. Kinds of measures and regimes are not told apart, and delistings are not
        subtracted.

        Returns
        -------
        pandas.DataFrame
            One row per ``designee_id`` and ``authority_id``, sorted by them: their names (``designee``,
            ``authority``); the first designation, ``event_id``, and its day, ``designated_on``, empty where
            that is not known exactly; ``claimed_on``, the first day on which the public record held an event
            that the designation sanctions, or a transfer, use, test, deployment or loss in which the designee
            takes part (not as designee), and that event, ``claim_event_id``; ``days`` from claimed_on to
            designated_on, negative where the listing came first, empty where either day is. Where no such
            event is known, claimed_on and claim_event_id are empty too.

        Examples
        --------
        >>> import timeline
        >>> rows = timeline.open().listings().set_index(["designee_id", "authority_id"])
        >>> int(rows.loc[("vessel-angara", "eu-council"), "days"])
        255
        """
        from timeline.questions import designations

        return designations.listings(self)

    def designation_matrix(self) -> pd.DataFrame:
        """Designee × authority: the day of the first designation, empty where there is none.

        Where the day of a designation is not known exactly, the last day on which it can have been made
        stands for it; `listings` tells which those are, and what counts as one authority.

        Returns
        -------
        pandas.DataFrame
            Index ``designee_id`` and ``designee`` (name), one column per ``authority_id``, days as
            ``datetime64[ms]``.

        Examples
        --------
        >>> import timeline
        >>> matrix = timeline.open().designation_matrix()
        >>> matrix.loc["vessel-angara"].dropna(axis="columns").columns.tolist()
        ['eu-council', 'kor-mofa']
        """
        from timeline.questions import designations

        return designations.matrix(self)

    def gaps(self, authority: str | Iterable[str]) -> pd.DataFrame:
        """Who is listed by others and not by this authority: the rows of `listings` of such designees.

        A gap is a question to check, not a finding: the record knows designations over the exchange since
        2022 whose names its sources give, and not whom an authority listed earlier or in packages told
        without names.

        Parameters
        ----------
        authority : str or iterable of str
            Id, name or alias; several are taken as one. The United States list through several bodies:
            ``["usa", "usa-ofac", "usa-state"]`` asks for all three.

        Raises
        ------
        BadRequest
            No authority of the release is called so; the message names the nearest that is.

        Examples
        --------
        >>> import timeline
        >>> others = timeline.open().gaps("eu-council")
        >>> others.loc[others["designee_id"] == "vessel-bella", "authority"].tolist()
        ['Ministry of Foreign Affairs of the Republic of Korea']
        """
        from timeline.questions import designations

        return designations.gaps(self, self._whole._known("authority", authority))

    def network(self) -> pd.DataFrame:
        """Actors and events as a network: its edges, each from an actor or event to another.

        Returns
        -------
        pandas.DataFrame
            One row per edge: ``edge`` (``role``: an actor takes part in an event; ``designation``: an
            authority designates a designee; ``link``: an event is tied to an event), ``from_id`` and
            ``from_name``, ``relation`` (the role, ``designates`` or the relation of the link), ``to_id`` and
            ``to_name``, ``event_id`` of the event that makes the edge and its ``date`` (EDTF). Names of
            events are their titles. Sorted by edge, from_id, relation, to_id.

        Examples
        --------
        >>> import timeline
        >>> edges = timeline.open().network()
        >>> edges[edges["edge"] == "designation"]["relation"].unique().tolist()
        ['designates']
        """
        from timeline.questions import network

        return network.edges(self)

    def graph(self) -> nx.MultiDiGraph[Any]:
        """The network as a NetworkX graph (extra ``network``).

        Returns
        -------
        networkx.MultiDiGraph
            Nodes are the ids of all actors and events of this dataset; the attribute ``node`` says which
            they are, the others are columns of their tables. Edges carry ``edge``, ``relation``,
            ``event_id`` and ``date``. Everything is text, days in ISO 8601, and what is empty is left out, so
            that every graph format can hold it.

        Raises
        ------
        BadRequest
            NetworkX is not installed.

        Examples
        --------
        >>> import timeline
        >>> graph = timeline.open().where(kind="transfer").graph()
        >>> graph.nodes["prk"]["name"]
        'North Korea'
        """
        from timeline.questions import network

        return network.graph(self)

    def search(self, text: str, limit: int | None = None) -> pd.DataFrame:
        """Events in whose title, summary or participants' names and aliases all words stand, best first.

        Case and accents do not matter, the last word may be the beginning of one, and a word with marks in
        it (``KN-23``) means its parts in that order. Nothing in the text is taken for search syntax. Words
        in titles weigh ten times, in names four times as much as in summaries. A dataset without summaries
        is searched by titles and names.

        Parameters
        ----------
        text : str
            Words to look for.
        limit : int, optional
            Greatest number of rows; without it, all.

        Returns
        -------
        pandas.DataFrame
            ``event_id``, ``title``, ``date``, ``kind``, ``status``, ``score`` (BM25, higher is better, to be
            compared within one answer only) and ``excerpt`` with the words found in «».

        Raises
        ------
        BadRequest
            The text has no word, or the limit is less than 1.

        Examples
        --------
        >>> import timeline
        >>> timeline.open().search("drones primorye", limit=1)["event_id"].tolist()
        ['kim-receives-drones-in-primorye']
        """
        from timeline.questions import search

        return search.search(self, text, limit)
