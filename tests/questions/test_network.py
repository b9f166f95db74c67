"""The network holds every role, designation and link of its dataset, and nothing else."""

from __future__ import annotations

import sys

import networkx as nx
import pytest

import timeline
from timeline.errors import BadRequest

WHOLE = timeline.open("1.0.0")
PARTS = {
    "whole": WHOLE,
    "as of a day": WHOLE.as_known_on("2024-01-12"),
    "designations": WHOLE.where(kind="designation"),
    "nothing": WHOLE.as_known_on("2020-01-01"),
}


@pytest.mark.parametrize("name", PARTS)
def test_edges_are_the_rows_of_three_tables(name):
    dataset = PARTS[name]
    expected = {
        *(
            ("role", row.actor_id, row.role, row.event_id, row.event_id)
            for row in dataset["participants"].itertuples()
        ),
        *(
            ("designation", row.authority_id, "designates", row.designee_id, row.event_id)
            for row in dataset["designations"].itertuples()
        ),
        *(
            ("link", row.event_id, row.relation, row.to_event_id, row.event_id)
            for row in dataset["event_links"].itertuples()
        ),
    }
    edges = dataset.network()
    found = list(
        edges[["edge", "from_id", "relation", "to_id", "event_id"]].itertuples(index=False, name=None)
    )
    assert len(found) == len(set(found))
    assert set(found) == expected
    assert bool(expected) == (name != "nothing")
    assert edges.notna().all().all()


@pytest.mark.parametrize("name", PARTS)
def test_the_graph_has_the_same_edges_and_all_nodes(name):
    dataset = PARTS[name]
    graph, edges = dataset.graph(), dataset.network()
    assert set(graph) == {*dataset["actors"]["actor_id"], *dataset["events"]["event_id"]}
    found = sorted((*ends, given["relation"], given["event_id"]) for *ends, given in graph.edges(data=True))
    told = edges[["from_id", "to_id", "relation", "event_id"]].itertuples(index=False, name=None)
    assert found == sorted(told)


def test_nodes_carry_what_their_tables_say():
    nodes = WHOLE.graph().nodes
    assert nodes["vessel-angara"] == {"node": "actor", "name": "Angara", "kind": "vessel", "country": "RUS"}
    assert nodes["dprk-troops-deploy-to-russia"] == {
        "node": "event",
        "title": "DPRK troops are moved to Russia and on to the Kursk region",
        "date": "2024-10-08/..",
        "start_earliest": "2024-10-08",
        "start_latest": "2024-10-08",
        "kind": "deployment",
        "status": "acknowledged",
        "known_from": "2024-10-17",
    }


def test_who_designates_the_ship_that_carried_containers():
    graph = WHOLE.graph()
    designating = {
        (authority, given["event_id"], given["date"])
        for authority, _, given in graph.in_edges("vessel-angara", data=True)
        if given["edge"] == "designation"
    }
    assert designating == {
        ("eu-council", "eu-bars-arms-carrying-ships-from-ports", "2024-06-24"),
        ("kor-mofa", "rok-designates-arms-cargo-ships", "2024-04-02"),
    }
    carried = {
        event
        for _, event, given in graph.out_edges("vessel-angara", data=True)
        if given["relation"] == "carrier"
    }
    assert "angara-carries-containers-najin-dunay" in carried


def test_graph_formats_hold_it(tmp_path):
    graph = WHOLE.graph()
    nx.write_graphml(graph, tmp_path / "network.graphml")
    read = nx.read_graphml(tmp_path / "network.graphml", force_multigraph=True)
    assert dict(read.nodes(data=True)) == dict(graph.nodes(data=True))
    assert sorted(map(str, read.edges(data=True))) == sorted(map(str, graph.edges(data=True)))


def test_without_networkx_the_error_says_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "networkx", None)
    with pytest.raises(BadRequest, match=r"pip install 'dprk-russia-timeline\[network\]'.*network\(\)"):
        WHOLE.graph()
    assert len(WHOLE.network()) > 2000
