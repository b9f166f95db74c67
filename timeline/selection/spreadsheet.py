"""The wide view: one row per event for people with a spreadsheet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from timeline import contract
from timeline.contract.relations import LONGEST_CHAIN
from timeline.contract.types import plain_schema


def wide_view(tables: Mapping[str, pa.Table]) -> pa.Table:
    """The table ``timeline`` made from the others, vocabularies as text."""
    names = _lookup(tables["actors"], "actor_id", "name")
    actors: dict[tuple[str, str], list[str]] = defaultdict(list)
    for each in tables["participants"].sort_by("actor_id").to_pylist():
        actors[each["event_id"], each["role"]].append(names[each["actor_id"]])
    places = {row["place_id"]: row for row in tables["places"].to_pylist()}
    sources = {row["source_id"]: row for row in tables["sources"].to_pylist()}
    materiel: dict[str, list[str]] = defaultdict(list)
    for each in tables["event_materiel"].to_pylist():
        materiel[each["event_id"]].append(each["materiel"])
    cited: dict[str, dict[str, dict[str, object]]] = defaultdict(dict)
    for each in tables["citations"].to_pylist():
        cited[each["event_id"]][each["source_id"]] = sources[each["source_id"]]
    rows = []
    for event in tables["events"].to_pylist():
        mine = list(cited[event["event_id"]].values())
        place = places.get(event["place_id"], {})
        roles = {
            role: "; ".join(actors[event["event_id"], role]) or None
            for role in contract.table("participants").field("role").enum
        }
        rows.append(
            {
                **event,
                **roles,
                "materiel": "; ".join(sorted(materiel[event["event_id"]])) or None,
                "place": place.get("name"),
                "about_place": places.get(event["about_place_id"], {}).get("name"),
                "country": place.get("country"),
                "latitude": place.get("latitude"),
                "longitude": place.get("longitude"),
                "sources": len(mine),
                "publishers": len({origin(source, sources) for source in mine}),
                "first_source_url": min(mine, key=_publication)["url"] if mine else None,
            }
        )
    return pa.Table.from_pylist(rows, schema=plain_schema("timeline"))


def _lookup(data: pa.Table, key: str, value: str) -> dict[str, str]:
    return dict(zip(data[key].to_pylist(), data[value].to_pylist(), strict=True))


def _publication(source: Mapping[str, object]) -> tuple[bool, str, str]:
    day = source["published_latest"]
    return day is None, str(day), str(source["source_id"])


def origin(source: Mapping[str, Any], sources: Mapping[str, Mapping[str, Any]]) -> str:
    """Publisher of a source or, where it relays another one, of that: whose words or findings these are."""
    for _ in range(LONGEST_CHAIN):
        source = sources.get(source["relays"] or "", source)
    return original_publisher(str(source["publisher"]))


def original_publisher(publisher: str) -> str:
    """Publisher whose words these are, without the host that older releases add to it.

    >>> original_publisher("Reuters (via The Himalaya Times)")
    'Reuters'
    """
    return publisher.partition(" (via ")[0]
