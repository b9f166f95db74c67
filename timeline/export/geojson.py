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


def _placed(account: Account) -> bool:
    return account.place.get("latitude") is not None


def _reason(account: Account) -> str:
    if not account.place:
        return "no place is named"
    return f"no coordinates of {account.place['place_id']} were read in a source"


def _feature(account: Account) -> dict[str, Any]:
    place = account.place
    return {
        "type": "Feature",
        "id": account.event["event_id"],
        "geometry": {"type": "Point", "coordinates": [place["longitude"], place["latitude"]]},
        "properties": _properties(account),
    }


def _properties(account: Account) -> dict[str, Any]:
    """Columns of the event, its place, and what hangs on it as lists."""
    return {
        **account.event,
        "place": account.place.get("name"),
        "country": account.place.get("country"),
        **{name: [_without_event(row) for row in getattr(account, name)] for name in _HANGING},
    }


def _without_event(row: Row) -> Row:
    return {name: value for name, value in row.items() if name != "event_id"}
