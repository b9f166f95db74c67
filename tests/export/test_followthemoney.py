"""FollowTheMoney: entities refer to entities that are there; its own reader is in test_readers.py."""

from __future__ import annotations

import json

from exported import rows


def test_followthemoney_refers_only_to_entities_that_are_there(dataset, tmp_path):
    path = dataset.to_followthemoney(tmp_path / "entities.ftm.json")
    entities = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    ids = [entity["id"] for entity in entities]
    assert len(ids) == len(set(ids))
    refers = {"proof", "subject", "object", "involved", "entity", "document", "addressEntity"}
    for entity in entities:
        for name in refers & set(entity["properties"]):
            assert set(entity["properties"][name]) <= set(ids)
    of_schema = {entity["schema"] for entity in entities}
    assert {"Event", "Person", "Company", "PublicBody", "Article", "UnknownLink"} <= of_schema
    events = {entity["id"]: entity["properties"] for entity in entities if entity["schema"] == "Event"}
    assert len(events) == len(dataset["events"])
    for row in rows(dataset, "events"):
        stated = events[f"event--{row['event_id']}"]
        begin, end = (row["start_earliest"], row["start_latest"]), (row["end_earliest"], row["end_latest"])
        assert set(stated["startDate"]) == set(begin)
        assert set(stated.get("endDate", [])) == {day for day in end if day}
        assert f"EDTF: {row['date']}" in stated["notes"]
