"""Events as GeoJSON (RFC 7946): a point for each that has coordinates, the others named with the reason."""

from __future__ import annotations

from typing import Any

from timeline.export.about import about, to_json
from timeline.export.accounts import Account, Row, accounts
from timeline.selection.tables import TablesInMemory


def render(dataset: TablesInMemory) -> bytes:
    told = accounts(dataset)
    collection = {
        "type": "FeatureCollection",
        **about(dataset),
        "features": [_feature(each) for each in told if _placed(each)],
        "events_without_coordinates": [
            {"id": each.event["event_id"], "reason": _reason(each), "properties": _properties(each)}
            for each in told
            if not _placed(each)
        ],
    }
    return to_json(collection).encode("utf-8")


_HANGING = ("participants", "estimates", "designations", "links", "instruments", "status_changes", "sources")


_OF_PLACES = ("kind", "precision", "subdivision", "geonames_id")


def _placed(account: Account) -> bool:
    return _point(account) is not None


def _point(account: Account) -> tuple[str, Row] | None:
    """Where it is drawn: its own place or, where that has no coordinates, the place that it is about."""
    both = (("place", account.place), ("about_place", account.about))
    return next(((which, place) for which, place in both if place.get("latitude") is not None), None)


def _reason(account: Account) -> str:
    named = [place["place_id"] for place in (account.place, account.about) if place]
    if not named:
        return "no place is named"
    return f"no coordinates of {' or '.join(named)} were read in a source"


def _feature(account: Account) -> dict[str, Any]:
    which, place = _point(account) or ("", {})
    return {
        "type": "Feature",
        "id": account.event["event_id"],
        "geometry": {"type": "Point", "coordinates": [place["longitude"], place["latitude"]]},
        "properties": {"drawn_at": which, **_properties(account)},
    }


def _properties(account: Account) -> dict[str, Any]:
    """Columns of the event, its place, and what hangs on it as lists."""
    return {
        **account.event,
        "place": account.place.get("name"),
        "country": account.place.get("country"),
        **{f"place_{name}": account.place.get(name) for name in _OF_PLACES},
        "about_place": account.about.get("name"),
        "materiel": account.materiel,
        **{name: [_without_event(row) for row in getattr(account, name)] for name in _HANGING},
    }


def _without_event(row: Row) -> Row:
    return {name: value for name, value in row.items() if name != "event_id"}
