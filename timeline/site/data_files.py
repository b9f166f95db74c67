"""What programs read of the site: the start page's data, the tables as JSON and CSV, JSON-LD."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any
from urllib.parse import quote

from timeline import contract
from timeline.files.csv import to_csv
from timeline.selection.rows import Row
from timeline.site.record import Record, words
from timeline.versions.styles import published

_TYPES = {
    "state": "Country",
    "government-body": "GovernmentOrganization",
    "international-organisation": "Organization",
    "organisation": "Organization",
    "company": "Organization",
    "armed-group": "Organization",
    "military-unit": "Organization",
    "person": "Person",
    "vessel": "Vehicle",
    "aircraft": "Vehicle",
    "facility": "Place",
}
_LISTS = {
    "wikidata": "https://www.wikidata.org/wiki/{}",
    "opensanctions": "https://www.opensanctions.org/entities/{}/",
    "ofac-uid": "https://sanctionssearch.ofac.treas.gov/Details.aspx?id={}",
    "lei": "https://search.gleif.org/#/record/{}",
}


def as_json(value: Any) -> str:
    """JSON that may stand in a script element: nothing in it can end the element or the line."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=date.isoformat)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def address_in_list(scheme: str, value: str) -> str | None:
    """Where the list that an identifier comes from shows its entry; None where it has no such address."""
    return _LISTS[scheme].format(quote(value, safe="")) if scheme in _LISTS else None


def script_data(record: Record, about: Mapping[str, Any]) -> str:
    """A script that holds what the start page filters, draws and exports.

    Events are rows in the order and with the columns of the table; what hangs on them stands in lists of the
    same order.
    """
    events, columns = record.rows("events"), contract.table("events").columns
    taking_part = {row["actor_id"] for row in record.rows("participants")}
    data = {
        "version": about["version"],
        "title": about["title"],
        "citation": f"{published(about)} [Data set].",
        "columns": columns,
        "events": [[event[column] for column in columns] for event in events],
        "when": [words(event["date"]) for event in events],
        "participants": [_each(record, "participants", event, "actor_id") for event in events],
        "materiel": [_each(record, "event_materiel", event, "materiel") for event in events],
        "authorities": [_each(record, "designations", event, "authority_id") for event in events],
        "changes": [
            [
                (row["from_date"], row["status"])
                for row in record.of("status_changes", "event_id", event["event_id"])
            ]
            for event in events
        ],
        "actors": {
            row["actor_id"]: [row["name"], *_aliases(record, row["actor_id"])]
            for row in record.rows("actors")
            if row["actor_id"] in taking_part
        },
        "places": {row["place_id"]: [row["name"], row["country"]] for row in record.rows("places")},
        "kinds": dict(contract.table("events").field("kind").labels),
        "statuses": dict(contract.table("events").field("status").labels),
        "materiels": dict(contract.table("event_materiel").field("materiel").labels),
    }
    return f'"use strict";\nconst DATA = {as_json(data)};\n'


def _each(record: Record, table: str, event: Row, column: str) -> list[str]:
    return list(dict.fromkeys(row[column] for row in record.of(table, "event_id", event["event_id"])))


def _aliases(record: Record, actor_id: str) -> list[str]:
    return [row["alias"] for row in record.of("aliases", "actor_id", actor_id)]


def api(record: Record) -> Iterator[tuple[str, bytes]]:
    """Every table as JSON and as canonical CSV, and every event with its rows, each with its path."""
    for name in contract.TABLES:
        yield f"api/{name}.json", _lines(record.rows(name))
        yield f"api/{name}.csv", to_csv(record.dataset.arrow(name))
    on_events = [
        name
        for name in contract.TABLES
        if name not in ("events", "timeline") and "event_id" in contract.table(name).columns
    ]
    for event in record.rows("events"):
        told = {name: record.of(name, "event_id", event["event_id"]) for name in on_events}
        told["links_to_this"] = record.of("event_links", "to_event_id", event["event_id"])
        yield f"api/events/{event['event_id']}.json", f"{_json({**event, **told})}\n".encode()


def _lines(rows: list[Row]) -> bytes:
    """A JSON array with one row per line, so that versions can be compared line by line."""
    lines = ",\n".join(map(_json, rows))
    return f"[\n{lines}\n]\n".encode()


def _json(value: Row) -> str:
    return json.dumps(value, ensure_ascii=False, default=date.isoformat)


def dataset_ld(about: Mapping[str, Any]) -> Row:
    """The dataset as schema.org describes one."""
    base = about["base"]
    tables = [resource for resource in about["resources"] if resource["name"] in contract.TABLES]
    return {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "name": about["title"],
        "description": about["description"],
        "version": about["version"],
        "dateModified": about["created"][:10],
        "license": about["licenses"][0]["path"],
        "creator": [{"@type": "Organization", "name": each["title"]} for each in about["contributors"]],
        "keywords": about["keywords"],
        "temporalCoverage": f"{about['temporal']['start']}/{about['temporal']['end']}",
        "isAccessibleForFree": True,
        **({"url": base} if base else {}),
        "distribution": [
            {
                "@type": "DataDownload",
                "name": table["title"],
                "encodingFormat": "text/csv",
                "contentUrl": f"{base or ''}api/{table['name']}.csv",
            }
            for table in tables
        ],
    }


def event_ld(event: Row, place: Row | None, base: str | None) -> Row:
    """An event as schema.org describes one; its date only as far as it is known."""
    day = _known_part(event["start_earliest"], event["start_latest"])
    return {
        "@context": "https://schema.org",
        "@type": "Event",
        "identifier": event["event_id"],
        "name": event["title"],
        **({"description": event["summary"]} if event["summary"] else {}),
        **({"startDate": day} if day else {}),
        **({"location": {"@type": "Place", "name": place["name"]}} if place else {}),
        **({"url": f"{base}events/{event['event_id']}.html"} if base else {}),
    }


def actor_ld(record: Record, actor: Row) -> Row:
    """An actor as schema.org describes one, with the lists that know it."""
    known = [
        address_in_list(row["scheme"], row["value"])
        for row in record.of("identifiers", "actor_id", actor["actor_id"])
    ]
    same, aliases = [address for address in known if address], _aliases(record, actor["actor_id"])
    return {
        "@context": "https://schema.org",
        "@type": _TYPES[actor["kind"]],
        "identifier": actor["actor_id"],
        "name": actor["name"],
        **({"alternateName": aliases} if aliases else {}),
        **({"sameAs": same} if same else {}),
    }


def _known_part(first: date, last: date) -> str | None:
    """The day, month or year that two days share, in ISO 8601."""
    parts = zip(first.isoformat().split("-"), last.isoformat().split("-"), strict=True)
    shared = []
    for one, other in parts:
        if one != other:
            break
        shared.append(one)
    return "-".join(shared) or None
