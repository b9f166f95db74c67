"""Events as JSON for TimelineJS 3 by Knight Lab: one slide each, grouped by kind."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from html import escape
from typing import Any

from timeline.export import phrases
from timeline.export.about import about, to_json
from timeline.questions.story import Story, stories
from timeline.selection.rows import Rows
from timeline.selection.tables import TablesInMemory


def render(dataset: TablesInMemory) -> bytes:
    told = about(dataset)
    timeline = {
        "title": {"text": {"headline": escape(told["title"]), "text": _paragraph(told["citation"])}},
        "events": [_slide(story) for story in stories(Rows(dataset))],
    }
    return to_json(timeline).encode("utf-8")


def _slide(story: Story) -> dict[str, Any]:
    """A slide from the first day on which the event can have begun to the last on which it can have ended."""
    event, first, last = story.event, phrases.first_day(story), phrases.last_day(story)
    slide = {
        "unique_id": event["event_id"],
        "group": event["kind"],
        "start_date": _day(first),
        "display_date": phrases.when(story),
        "text": {"headline": escape(event["title"]), "text": "".join(_paragraphs(story))},
    }
    if last > first:
        slide["end_date"] = _day(last)
    return slide


def _day(day: date) -> dict[str, int]:
    return {"year": day.year, "month": day.month, "day": day.day}


def _paragraphs(story: Story) -> Iterator[str]:
    """HTML: everything from the record is escaped, so that none of it is taken for markup."""
    about_where = phrases.about_where(story)
    about = f"about {about_where}" if about_where else None
    for text in (story.event["summary"], phrases.where(story), about):
        if text:
            yield _paragraph(text)
    yield _list(map(escape, phrases.standing(story)))
    yield _list(escape(f"materiel: {each}") for each in story.materiel)
    yield _list(escape(f"{each['role']}: {each['name']}") for each in story.participants)
    yield _list(map(escape, phrases.claims(story)))
    yield _list(map(escape, phrases.listings(story)))
    yield _list(escape(f"{each['relation']}: {each['title']}") for each in story.instruments)
    yield _list(escape(f"{each['relation']}: {each['title']}") for each in phrases.links_from(story))
    yield _list(
        f'{escape(each["stance"])}: <a href="{escape(each["url"])}">{escape(each["title"])}</a>, '
        f"{escape(each['publisher'])} ({escape(each['published'] or 'no date')})"
        for each in story.citations
    )


def _paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>"


def _list(items: Iterator[str]) -> str:
    inside = "".join(f"<li>{item}</li>" for item in items)
    return f"<ul>{inside}</ul>" if inside else ""
