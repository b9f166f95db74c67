"""The network of actors and events as GraphML, for Gephi, Cytoscape, igraph and NetworkX."""

from __future__ import annotations

import io

from timeline.export.about import about
from timeline.export.accounts import accounts
from timeline.questions.network import graph
from timeline.selection.tables import TablesInMemory


def render(dataset: TablesInMemory) -> bytes:
    built = graph(dataset)
    import networkx as nx

    built.graph.update(about(dataset))
    for node in built.nodes.values():
        node["label"] = node.get("name") or node["title"]
    for account in accounts(dataset):
        event, node = account.event, built.nodes[account.event["event_id"]]
        told = {
            **{name: event[name] for name in ("extent", "qualifier", "known_by", "summary", "made_public")},
            "place": account.where,
            "about_place": account.about_where,
            "materiel": "; ".join(account.materiel),
            "estimates": "\n".join(account.claims()),
            "designations": "\n".join(account.listings()),
            "instruments": "\n".join(f"{each['relation']}: {each['title']}" for each in account.instruments),
            "sources": "\n".join(f"{each['stance']}: {each['url']}" for each in account.sources),
        }
        node.update({name: text for name, text in told.items() if text})
    content = io.BytesIO()
    nx.write_graphml(built, content)
    return content.getvalue()
