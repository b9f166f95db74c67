"""Dataset: everything that one can ask of a release, or of a part of it, in groups."""

from __future__ import annotations

from timeline.charts import events as charts
from timeline.export import duckdb, write
from timeline.questions import designations, estimates, lags, network, search, status, story
from timeline.selection import filters
from timeline.selection.tables import TablesInMemory
from timeline.versions import citation


class Dataset(TablesInMemory):
    """The tables of one release, or of a filtered part of it.

    A mapping from table name to pandas DataFrame; see `Dataset.tables`. Nothing changes it: each filter
    returns another dataset that remembers its step, in which rows that refer to dropped rows are gone and
    the registries hold what is still referred to.

    All questions work on any dataset, filtered or as known on a day, and answer from the rows that it holds.
    Names of actors, events and measures are looked up in the whole release. Days are ``datetime64[ms]``, ids
    and text ``str``, numbers ``float64``, counts ``int64``, vocabularies ``category``.

    Examples
    --------
    >>> import timeline
    >>> transfers = timeline.open("1.0.0").where(kind="transfer")
    >>> set(transfers["events"]["kind"])
    {'transfer'}
    """

    # A part of it
    where = filters.where
    during, within = filters.during, filters.within
    before, after = filters.before, filters.after
    as_known_on = filters.as_known_on

    # One event, and how to find it
    search = search.search
    story = story.story
    status_history = status.status_history
    undated = property(status.undated)

    # Who says how much, who lists whom, what answers what
    estimates, envelope = estimates.estimates, estimates.envelope
    listings, gaps = designations.listings, designations.gaps
    designation_matrix = designations.designation_matrix
    lags, lags_by_kind = lags.lags, lags.lags_by_kind
    network, graph = network.network, network.graph

    # Pictures, other tools, citations
    plot = charts.plot
    sql = duckdb.sql
    to_sqlite, to_excel = write.to_sqlite, write.to_excel
    to_followthemoney, to_geojson = write.to_followthemoney, write.to_geojson
    to_graphml, to_icalendar = write.to_graphml, write.to_icalendar
    to_timelinejs = write.to_timelinejs
    cite = citation.cite
