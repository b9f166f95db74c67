"""Events as an iCalendar file (RFC 5545): one all-day VEVENT each, over all days that it can have taken."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from timeline.export import phrases
from timeline.export.about import about
from timeline.home import NAME
from timeline.questions.story import Story, stories
from timeline.selection.rows import Rows
from timeline.selection.tables import TablesInMemory


def render(dataset: TablesInMemory) -> bytes:
    from icalendar import Calendar

    told = about(dataset)
    calendar = Calendar()
    calendar.add("prodid", f"-//{NAME}//{told['version']}//EN")
    calendar.add("version", "2.0")
    calendar.add("name", told["title"])
    calendar.add("x-wr-calname", told["title"])
    calendar.add("description", told["citation"])
    written = datetime.combine(date.fromisoformat(told["released"]), datetime.min.time(), UTC)
    for story in stories(Rows(dataset)):
        calendar.add_component(_vevent(story, written))
    content: bytes = calendar.to_ical()
    return content


def _vevent(story: Story, written: datetime) -> Any:
    from icalendar import Event, vText

    event, place, where = story.event, story.place, phrases.where(story)
    vevent = Event()
    vevent.add("uid", _uid(event["event_id"]))
    vevent.add("dtstamp", written)
    vevent.add("dtstart", phrases.first_day(story))
    vevent.add("dtend", phrases.last_day(story) + timedelta(days=1))
    vevent.add("summary", event["title"])
    vevent.add("description", "\n".join(_lines(story)))
    vevent.add("categories", [event["kind"], event["status"], *story.materiel])
    vevent.add("transp", "TRANSPARENT")
    if where:
        vevent.add("location", where)
    if place and place["latitude"] is not None:
        vevent.add("geo", (place["latitude"], place["longitude"]))
    if story.citations:
        vevent.add("url", story.citations[0]["url"])
    for link in phrases.links_from(story):
        relation = {"reltype": f"X-{link['relation'].upper()}"}
        vevent.add("related-to", _uid(link["event_id"]), parameters=relation)
    for name in ("date", "start_earliest", "start_latest", "end_earliest", "end_latest", "known_from"):
        if event[name] is not None:
            text = vText(str(event[name]), params={"value": "TEXT"})
            vevent.add(f"x-timeline-{name.replace('_', '-')}", text)
    return vevent


def _uid(event_id: str) -> str:
    return f"{event_id}@{NAME}"


def _lines(story: Story) -> Iterator[str]:
    yield phrases.when(story)
    if story.event["summary"]:
        yield story.event["summary"]
    yield from phrases.standing(story)
    if about_where := phrases.about_where(story):
        yield f"about {about_where}"
    for each in story.participants:
        yield f"{each['role']}: {each['name']} ({each['actor_id']})"
    yield from phrases.claims(story)
    yield from phrases.listings(story)
    for each in story.instruments:
        yield f"{each['relation']}: {each['title']} ({each['instrument_id']})"
    for each in story.citations:
        published = each["published"] or "no date"
        yield f"{each['stance']}: {each['publisher']}, {each['title']} ({published}) {each['url']}"
