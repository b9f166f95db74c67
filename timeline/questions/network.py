"""Actors and events as a network: who did what in which event, who designates whom, what answers what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from timeline.errors import BadRequest
from timeline.selection.tables import TablesInMemory

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd

_COLUMNS = ["edge", "from_id", "from_name", "relation", "to_id", "to_name", "event_id", "date"]
_EDGES = ["role", "designation", "link"]
_OF_ACTORS = ["name", "kind", "country"]
_OF_EVENTS = ["title", "date", "start_earliest", "start_latest", "end_earliest", "end_latest", "kind",
              "status", "known_from"]  # fmt: skip


def network(tables: TablesInMemory) -> pd.DataFrame:
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
    >>> edges = timeline.open("1.0.0").network()
    >>> edges[edges["edge"] == "designation"]["relation"].unique().tolist()
    ['designates']
    """
    import pandas as pd

    events, actors = tables["events"], tables["actors"]
    roles = tables["participants"].assign(edge="role", from_id=lambda rows: rows["actor_id"])
    roles = roles.assign(relation=roles["role"].astype("str"), to_id=roles["event_id"])
    listed = tables["designations"].assign(edge="designation", relation="designates")
    listed = listed.rename(columns={"authority_id": "from_id", "designee_id": "to_id"})
    links = tables["event_links"].assign(edge="link", from_id=lambda rows: rows["event_id"])
    links = links.assign(relation=links["relation"].astype("str"), to_id=links["to_event_id"])
    told = ["edge", "from_id", "relation", "to_id", "event_id"]
    rows = pd.concat([roles[told], listed[told].drop_duplicates(), links[told]])
    names = pd.concat([actors.set_index("actor_id")["name"], events.set_index("event_id")["title"]])
    rows = rows.assign(
        edge=pd.Categorical(rows["edge"], categories=_EDGES),
        from_name=rows["from_id"].map(names).astype("str"),
        to_name=rows["to_id"].map(names).astype("str"),
        date=rows["event_id"].map(events.set_index("event_id")["date"]).astype("str"),
    )
    return rows.sort_values(["edge", "from_id", "relation", "to_id", "event_id"], ignore_index=True)[_COLUMNS]


def graph(tables: TablesInMemory) -> nx.MultiDiGraph[Any]:
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
    >>> graph = timeline.open("1.0.0").where(kind="transfer").graph()
    >>> graph.nodes["prk"]["name"]
    'North Korea'
    """
    try:
        import networkx as nx
    except ModuleNotFoundError:
        hint = "pip install 'dprk-russia-timeline[network]'"
        raise BadRequest(
            f"graph() needs networkx: {hint}; network() gives the same edges as a table"
        ) from None
    built = nx.MultiDiGraph()
    for node, table, columns in (("actor", "actors", _OF_ACTORS), ("event", "events", _OF_EVENTS)):
        rows = tables[table]
        for name, given in zip(rows[f"{node}_id"], _attributes(rows[columns]), strict=True):
            built.add_node(name, node=node, **given)
    rows = network(tables)
    for from_id, to_id, given in zip(
        rows["from_id"],
        rows["to_id"],
        _attributes(rows[["edge", "relation", "event_id", "date"]]),
        strict=True,
    ):
        built.add_edge(from_id, to_id, **given)
    return built


def _attributes(rows: pd.DataFrame) -> list[dict[str, str]]:
    """Per row what is given, as text: graph formats know neither dates nor missing values."""
    text = rows.astype("str").replace("NaT", None).astype("object")
    return [
        {name: value for name, value in zip(text.columns, values, strict=True) if isinstance(value, str)}
        for values in text.itertuples(index=False, name=None)
    ]
