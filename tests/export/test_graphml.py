"""GraphML: the network with all its attributes."""

from __future__ import annotations

from exported import HOSTILE, WHOLE, rows


def test_graphml_is_the_network(dataset, tmp_path):
    import networkx as nx

    graph = nx.read_graphml(dataset.to_graphml(tmp_path / "timeline.graphml"), force_multigraph=True)
    original = dataset.graph()
    assert dict(graph.nodes(data="node")) == dict(original.nodes(data="node"))
    told = ("edge", "relation", "event_id", "date")

    def edges(graph):
        return sorted((a, b, *(given.get(name) for name in told)) for a, b, given in graph.edges(data=True))

    assert edges(graph) == edges(original) and edges(graph)
    assert dataset.version in graph.graph["citation"]


def test_graphml_nodes_have_labels_bounds_and_sources(tmp_path):
    import networkx as nx

    graph = nx.read_graphml(WHOLE.to_graphml(tmp_path / "timeline.graphml"), force_multigraph=True)
    for row in rows(WHOLE, "events"):
        node = graph.nodes[row["event_id"]]
        for name in ("date", "start_earliest", "start_latest", "end_earliest", "end_latest", "known_from"):
            assert node.get(name) == row[name]
        assert node["label"] == row["title"] and "http" in node["sources"]


def test_graphml_holds_text_as_text(hostile, tmp_path):
    import networkx as nx

    graph = nx.read_graphml(hostile.to_graphml(tmp_path / "hostile.graphml"))
    assert f"{HOSTILE} 0" in {node.get("title") for node in graph.nodes.values()}
