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
        event, node = account.event, graph.nodes[account.event["event_id"]]
        told = {
            **{name: event[name] for name in ("extent", "qualifier", "known_by", "summary")},
            "place": account.where,
            "estimates": "\n".join(account.claims()),
            "designations": "\n".join(account.listings()),
            "instruments": "\n".join(f"{each['relation']}: {each['title']}" for each in account.instruments),
            "sources": "\n".join(f"{each['stance']}: {each['url']}" for each in account.sources),
        }
        node.update({name: text for name, text in told.items() if text})
    content = io.BytesIO()
    nx.write_graphml(graph, content)
    return content.getvalue()
