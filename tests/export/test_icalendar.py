"""iCalendar: each event on all days that it can have taken."""

from __future__ import annotations

import datetime
from collections import defaultdict

from exported import HOSTILE, WHOLE, event_ids


def calendar_of(dataset, path):
    from icalendar import Calendar

    return Calendar.from_ical(dataset.to_icalendar(path).read_bytes())


def test_icalendar_has_each_event_on_all_days_it_can_have_taken(dataset, tmp_path):
    calendar = calendar_of(dataset, tmp_path / "timeline.ics")
    assert calendar["version"] == "2.0" and dataset.version in calendar["description"]
    found = {event["uid"].partition("@")[0]: event for event in calendar.events}
    assert not any(event.errors for event in calendar.events)
    assert set(found) == event_ids(dataset) and len(calendar.events) == len(found)
    materiel = defaultdict(list)
    for event_id, word in dataset["event_materiel"].itertuples(index=False):
        materiel[event_id].append(word)
    for row in dataset.arrow("events").to_pylist():
        event = found[row["event_id"]]
        assert event["summary"] == row["title"] and event["x-timeline-date"] == row["date"]
        assert event["dtstart"].dt == row["start_earliest"]
        assert event["dtend"].dt == (row["end_latest"] or row["start_latest"]) + datetime.timedelta(1)
        for name in ("start_earliest", "start_latest", "end_earliest", "end_latest", "known_from"):
            stated = event.get(f"x-timeline-{name.replace('_', '-')}")
            assert (stated and str(stated)) == (row[name] and str(row[name]))
        assert row["summary"] is None or row["summary"] in event["description"]
        categories = [row["kind"], row["status"], *sorted(materiel[row["event_id"]])]
        assert [str(each) for each in event.categories] == categories


def test_icalendar_relates_events_and_names_sources(tmp_path):
    calendar = calendar_of(WHOLE, tmp_path / "timeline.ics")
    found, described = set(), {}
    for event in calendar.events:
        event_id = event["uid"].partition("@")[0]
        described[event_id] = event["description"]
        related = event.get("related-to", [])
        for each in related if isinstance(related, list) else [related]:
            relation = each.params["reltype"].removeprefix("X-").lower()
            found.add((event_id, relation, each.partition("@")[0]))
    assert found == {tuple(row.values()) for row in WHOLE.arrow("event_links").to_pylist()}
    urls = WHOLE["sources"].set_index("source_id")["url"]
    for event_id, source_id in WHOLE["citations"][["event_id", "source_id"]].itertuples(index=False):
        assert urls[source_id] in described[event_id]


def test_icalendar_lines_are_folded_and_text_stays_text(hostile, tmp_path):
    content = hostile.to_icalendar(tmp_path / "hostile.ics").read_bytes()
    assert all(len(line) <= 75 for line in content.split(b"\r\n")) and b"\n" not in content.replace(
        b"\r\n", b""
    )
    calendar = calendar_of(hostile, tmp_path / "again.ics")
    assert calendar.events[0]["summary"] == f"{HOSTILE} 0"
