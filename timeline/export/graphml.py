"""The network of actors and events as GraphML, for Gephi, Cytoscape, igraph and NetworkX."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from timeline.export import about
from timeline.export.accounts import accounts

if TYPE_CHECKING:
    from timeline.dataset import Dataset


def render(dataset: Dataset) -> bytes:
    graph = dataset.graph()
    import networkx as nx

    graph.graph.update(about(dataset))
    for node in graph.nodes.values():
        node["label"] = node.get("name") or node["title"]
    for account in accounts(dataset):
        node = graph.nodes[account.event["event_id"]]
        node["sources"] = "\n".join(f"{each['stance']}: {each['url']}" for each in account.sources)
        if account.where:
            node["place"] = account.where
    content = io.BytesIO()
    nx.write_graphml(graph, content)
    return content.getvalue()
