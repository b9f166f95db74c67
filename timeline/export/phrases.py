"""What an event's story says in phrases, for formats that hold text."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from timeline.dates.edtf import parse_date
from timeline.questions.story import Story, figure
from timeline.selection.rows import Row


def first_day(story: Story) -> date:
    """First day on which the event can have begun."""
    day: date = story.event["start_earliest"]
    return day


def last_day(story: Story) -> date:
    """Last day on which it can have ended; where its end has no bound, on which it can have begun."""
    day: date = story.event["end_latest"] or story.event["start_latest"]
    return day


def when(story: Story) -> str:
    """Its date in words, as a sentence begins, with the date as coded."""
    words = parse_date(story.event["date"]).in_words()
    return f"{words[0].upper()}{words[1:]} ({story.event['date']})"


def where(story: Story) -> str | None:
    """Its place and country."""
    return _place_and_country(story.place)


def about_where(story: Story) -> str | None:
    """Place and country that it is about."""
    return _place_and_country(story.about_place)


def _place_and_country(place: Row | None) -> str | None:
    return ", ".join(filter(None, (place["name"], place["country_name"]))) if place else None


def standing(story: Story) -> Iterator[str]:
    """What kind of event it is and how well established, step by step."""
    event = story.event
    yield f"{event['kind']}, {event['status']}, known from {event['known_from']} by {event['known_by']}"
    if event["made_public"]:
        yield f"made public {event['made_public']}"
    for step in story.status_changes:
        yield f"{step['status']} from {step['from_date']} by {step['because_kind']} {step['because_id']}"


def claims(story: Story) -> Iterator[str]:
    """Who gives which number."""
    for each in story.estimates:
        number = f"{figure(each['low'], each['best'], each['high'])} {each['unit']}"
        yield (
            f"{each['measure']}: {number}, as of {each['as_of']}, by {each['by']} ({each['by_id']}): "
            f"“{each['stated']}” ({each['source_id']}), known from {each['known_from']}"
        )


def listings(story: Story) -> Iterator[str]:
    """Who is listed by whom, for what and on which ground."""
    for each in story.designations:
        grounds = f" ({', '.join(each['instruments'])})" if each["instruments"] else ""
        yield (
            f"designates {each['designee']} ({each['designee_id']}): {each['measure']} by "
            f"{each['authority']} ({each['authority_id']}) under {each['regime']}{grounds}, "
            f"{each['designated_on'] or 'day not exact'}"
        )


def links_from(story: Story) -> list[Row]:
    """Links from the event to others, in published order."""
    links = (link for link in story.links if link["direction"] == "to")
    return sorted(links, key=lambda link: (link["relation"], link["event_id"]))
