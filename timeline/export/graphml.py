"""The network of actors and events as GraphML, for Gephi, Cytoscape, igraph and NetworkX."""

from __future__ import annotations

import io

from timeline.export import phrases
from timeline.export.about import about
from timeline.questions.network import graph
from timeline.questions.story import stories
from timeline.selection.rows import Rows
from timeline.selection.tables import TablesInMemory


def render(dataset: TablesInMemory) -> bytes:
    built = graph(dataset)
    import networkx as nx

    built.graph.update(about(dataset))
    for node in built.nodes.values():
        node["label"] = node.get("name") or node["title"]
    for story in stories(Rows(dataset)):
        event, node = story.event, built.nodes[story.event["event_id"]]
        told = {
            **{name: event[name] for name in ("extent", "qualifier", "known_by", "summary", "made_public")},
            "place": phrases.where(story),
            "about_place": phrases.about_where(story),
            "materiel": "; ".join(story.materiel),
            "estimates": "\n".join(phrases.claims(story)),
            "designations": "\n".join(phrases.listings(story)),
            "instruments": "\n".join(f"{each['relation']}: {each['title']}" for each in story.instruments),
            "sources": "\n".join(f"{each['stance']}: {each['url']}" for each in story.citations),
        }
        node.update({name: text for name, text in told.items() if text})
    content = io.BytesIO()
    nx.write_graphml(built, content)
    return content.getvalue()
