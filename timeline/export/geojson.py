"""Events as GeoJSON (RFC 7946): a point for each that has coordinates, the others named with the reason."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from timeline import contract
from timeline.export import phrases
from timeline.export.about import about, to_json
from timeline.questions.story import Story, stories
from timeline.selection.rows import Row, Rows
from timeline.selection.tables import TablesInMemory


def render(dataset: TablesInMemory) -> bytes:
    told = list(stories(Rows(dataset)))
    collection = {
        "type": "FeatureCollection",
        **about(dataset),
        "features": [_feature(story) for story in told if _placed(story)],
        "events_without_coordinates": [
            {"id": story.event["event_id"], "reason": _reason(story), "properties": _properties(story)}
            for story in told
            if not _placed(story)
        ],
    }
    return to_json(collection).encode("utf-8")


_OF_PLACES = ("kind", "precision", "subdivision", "geonames_id")


def _placed(story: Story) -> bool:
    return _point(story) is not None


def _point(story: Story) -> tuple[str, Row] | None:
    """Where it is drawn: its own place or, where that has no coordinates, the place that it is about."""
    both = (("place", story.place), ("about_place", story.about_place))
    return next(((which, place) for which, place in both if place and place["latitude"] is not None), None)


def _reason(story: Story) -> str:
    named = [place["place_id"] for place in (story.place, story.about_place) if place]
    if not named:
        return "no place is named"
    return f"no coordinates of {' or '.join(named)} were read in a source"


def _feature(story: Story) -> dict[str, Any]:
    which, place = _point(story) or ("", {})
    return {
        "type": "Feature",
        "id": story.event["event_id"],
        "geometry": {"type": "Point", "coordinates": [place["longitude"], place["latitude"]]},
        "properties": {"drawn_at": which, **_properties(story)},
    }


def _properties(story: Story) -> dict[str, Any]:
    """Columns of the event, its place, and what belongs to it as lists."""
    place, about_place = story.place or {}, story.about_place or {}
    links = [{**link, "to_event_id": link["event_id"]} for link in phrases.links_from(story)]
    return {
        **story.event,
        "place": place.get("name"),
        "country": place.get("country"),
        **{f"place_{name}": place.get(name) for name in _OF_PLACES},
        "about_place": about_place.get("name"),
        "materiel": story.materiel,
        "participants": _columns(story.participants, "participants", "name"),
        "estimates": _columns(story.estimates, "estimates", "by"),
        "designations": _columns(story.designations, "designations", "designee", "authority", "instruments"),
        "links": _columns(links, "event_links", "title"),
        "instruments": _columns(story.instruments, "event_instruments", "title"),
        "status_changes": _columns(story.status_changes, "status_changes"),
        "sources": _columns(story.citations, "citations", *contract.table("sources").columns),
    }


def _columns(rows: Iterable[Row], table: str, *more: str) -> list[Row]:
    """The columns of a table without the event, and some more."""
    columns = [column for column in contract.table(table).columns if column != "event_id"]
    return [{column: row[column] for column in (*columns, *more)} for row in rows]
