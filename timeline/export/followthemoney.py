"""Entities for FollowTheMoney 4, the model of Aleph and OpenSanctions, as JSON lines.

Written without the package of that name, which drops and rewrites values silently: what stands here is
already in its form.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from timeline import contract
from timeline.export import phrases
from timeline.export.about import about, to_json
from timeline.export.entities import bounds, country_code, entity, id_of, ids_of, language_code, link
from timeline.home import NAME
from timeline.questions.story import Story, stories
from timeline.selection.rows import Rows
from timeline.selection.tables import TablesInMemory

_SCHEMATA = {
    "state": "PublicBody",
    "government-body": "PublicBody",
    "international-organisation": "Organization",
    "organisation": "Organization",
    "company": "Company",
    "armed-group": "Organization",
    "military-unit": "Organization",
    "person": "Person",
    "vessel": "Vessel",
    "aircraft": "Airplane",
    "facility": "Organization",
}
_MOVABLES = ("Vessel", "Airplane")
_IDENTIFIERS = {
    "wikidata": "wikidataId",
    "imo": "imoNumber",
    "imo-company": "imoNumber",
    "lei": "leiCode",
    "aircraft-registration": "registrationNumber",
    "aircraft-serial": "serialNumber",
}
"""Schemes that have a property; ids in lists of sanctions have none and stand in the notes."""


def render(dataset: TablesInMemory) -> bytes:
    rows = Rows(dataset)
    told = list(stories(rows))
    movable = {row["actor_id"] for row in rows.rows("actors") if _SCHEMATA[row["kind"]] in _MOVABLES}
    entities = [
        _itself(about(dataset)),
        *_sources(rows),
        *_places(rows),
        *_instruments(rows),
        *_actors(rows),
        *(each for story in told for each in _event(story, movable)),
        *_designations(told, rows),
        *_lists(rows),
        *_listings(rows),
    ]
    return "".join(f"{to_json(entity, indent=None)}\n" for entity in entities).encode("utf-8")


def _itself(told: dict[str, str]) -> dict[str, Any]:
    """The dataset as a document, which carries the citation."""
    return entity(
        "Document",
        NAME,
        title=told["title"],
        fileName=NAME,
        publishedAt=told["released"],
        summary=told["citation"],
        notes=[f"version: {told['version']}", f"licence: {told['licence_url']}", f"steps: {told['steps']}"],
    )


def _sources(rows: Rows) -> Iterator[dict[str, Any]]:
    for row in rows.rows("sources"):
        yield entity(
            "Article",
            id_of("source", row["source_id"]),
            title=row["title"],
            fileName=row["source_id"],
            publisher=row["publisher"],
            sourceUrl=row["url"],
            publishedAt=[row["published_earliest"], row["published_latest"]],
            language=language_code(row["language"]),
            notes=[
                f"EDTF: {row['published']}" if row["published"] else None,
                row["kind"],
                row["seen"],
                f"host: {row['host']}" if row["host"] else None,
                f"relays: {row['relays']}" if row["relays"] else None,
                f"language: {row['language']}",
            ],
        )


def _places(rows: Rows) -> Iterator[dict[str, Any]]:
    names = {row["country"]: row["name"] for row in rows.rows("countries")}
    for row in rows.rows("places"):
        yield entity(
            "Address",
            id_of("place", row["place_id"]),
            full=", ".join(filter(None, (row["name"], names.get(row["country"])))),
            country=country_code(row["country"]),
            latitude=row["latitude"],
            longitude=row["longitude"],
            notes=[
                row["kind"],
                f"precision: {row['precision']}" if row["precision"] else None,
                f"ISO 3166-2: {row['subdivision']}" if row["subdivision"] else None,
                f"GeoNames: {row['geonames_id']}" if row["geonames_id"] else None,
            ],
            proof=ids_of("source", [row["source_id"], row["coordinates_source_id"]]),
        )


def _instruments(rows: Rows) -> Iterator[dict[str, Any]]:
    names = {row["actor_id"]: row["name"] for row in rows.rows("actors")}
    issuers = defaultdict(list)
    for row in rows.rows("instrument_issuers"):
        issuers[row["instrument_id"]].append(row["issuer_id"])
        yield link(
            "issuer", id_of("actor", row["issuer_id"]), "issuer", id_of("instrument", row["instrument_id"])
        )
    for row in rows.rows("instruments"):
        yield entity(
            "Document",
            id_of("instrument", row["instrument_id"]),
            title=row["title"],
            fileName=row["instrument_id"],
            author=[names[issuer] for issuer in issuers[row["instrument_id"]]],
            date=[row["date_earliest"], row["date_latest"]],
            notes=[f"EDTF: {row['date']}" if row["date"] else None, row["kind"]],
            proof=ids_of("source", [row["source_id"]]),
        )


def _actors(rows: Rows) -> Iterator[dict[str, Any]]:
    aliases, identifiers = defaultdict(list), defaultdict(list)
    for row in rows.rows("aliases"):
        aliases[row["actor_id"]].append(row["alias"])
    for row in rows.rows("identifiers"):
        identifiers[row["actor_id"]].append((row["scheme"], row["value"]))
    for row in rows.rows("actors"):
        actor, schema = row["actor_id"], _SCHEMATA[row["kind"]]
        known: dict[str, list[str]] = defaultdict(list)
        for scheme, value in identifiers[actor]:
            if scheme in _IDENTIFIERS:
                known[_IDENTIFIERS[scheme]].append(f"IMO{value}" if scheme.startswith("imo") else value)
            else:
                known["notes"].append(f"{scheme}: {value}")
        yield entity(
            schema,
            id_of("actor", actor),
            name=row["name"],
            alias=aliases[actor],
            country=country_code(row["country"]),
            proof=ids_of("source", [row["source_id"]]),
            **{"type" if schema in _MOVABLES else "classification": row["kind"]},
            **known,
        )
        if row["parent_id"]:
            yield link("parent", id_of("actor", actor), "belongs to", id_of("actor", row["parent_id"]))


def _event(story: Story, movable: set[str]) -> Iterator[dict[str, Any]]:
    """An event with the links to who takes part, to documents and to other events."""
    event, place = story.event, story.place
    this = id_of("event", event["event_id"])
    yield entity(
        "Event",
        this,
        name=event["title"],
        recordId=event["event_id"],
        summary=event["summary"],
        **bounds(event),
        location=phrases.where(story),
        addressEntity=ids_of("place", [event["place_id"]]),
        country=country_code(place["country"] if place else None),
        keywords=[event["kind"], *story.materiel],
        involved=ids_of(
            "actor", [row["actor_id"] for row in story.participants if row["actor_id"] not in movable]
        ),
        proof=ids_of("source", [row["source_id"] for row in story.citations]),
        notes=[
            f"EDTF: {event['date']}",
            f"about {about_where}" if (about_where := phrases.about_where(story)) else None,
            *phrases.standing(story),
            *phrases.claims(story),
        ],
    )
    for row in story.participants:
        yield link("role", id_of("actor", row["actor_id"]), row["role"], this)
    for row in phrases.links_from(story):
        yield link("link", this, row["relation"], id_of("event", row["event_id"]))
    for row in story.instruments:
        yield link("instrument", this, row["relation"], id_of("instrument", row["instrument_id"]))
    for row in story.citations:
        source, stance = id_of("source", row["source_id"]), row["stance"]
        yield entity("Documentation", id_of("citation", this, source, stance), document=source, entity=this,
                      role=stance)  # fmt: skip


def _designations(told: Iterable[Story], rows: Rows) -> Iterator[dict[str, Any]]:
    countries = {row["actor_id"]: row["country"] for row in rows.rows("actors")}
    regimes = {row["regime"]: row for row in rows.rows("regimes")}
    measures = {row["measure"]: row["label"] for row in rows.rows("designation_measures")}
    for story, row in ((each, row) for each in told for row in each.designations):
        event, regime = story.event, regimes[row["regime"]]
        programmes = regime["opensanctions_programme"]
        grounds = ", ".join(row["instruments"]) or "no instrument told"
        key = ({**row, "event_id": event["event_id"]}[name] for name in contract.table("designations").key)
        yield entity(
            "Sanction",
            id_of("designation", *key),
            entity=id_of("actor", row["designee_id"]),
            authority=row["authority"],
            country=country_code(countries[row["authority_id"]]),
            program=None if row["regime"] == "unspecified" else regime["label"],
            programId=programmes.split("|") if programmes else None,
            provisions=measures[row["measure"]],
            listingDate=row["designated_on"],
            startDate=[event["start_earliest"], event["end_latest"]],
            recordId=event["event_id"],
            summary=f"EDTF: {event['date']}",
            description=f"by {row['authority_id']} under {row['regime']}: {row['measure']} ({grounds})",
            proof=ids_of("source", [source["source_id"] for source in story.citations]),
        )


def _lists(rows: Rows) -> Iterator[dict[str, Any]]:
    """The versions of lists that were read, so that silence can be told from what nobody looked at."""
    names = {row["actor_id"]: row["name"] for row in rows.rows("actors")}
    for row in rows.rows("lists"):
        yield entity(
            "Document",
            id_of("list", row["list_id"]),
            title=row["title"],
            fileName=row["list_id"],
            author=names[row["authority_id"]],
            date=[row["as_of_earliest"], row["as_of_latest"]],
            notes=[
                f"list of {row['authority_id']}",
                f"read: {row['read']}",
                f"EDTF: {row['as_of']}" if row["as_of"] else None,
                f"programmes: {row['programmes']}" if row["programmes"] else None,
            ],
            proof=ids_of("source", [row["source_id"]]),
        )


def _listings(rows: Rows) -> Iterator[dict[str, Any]]:
    actors = {row["actor_id"]: row for row in rows.rows("actors")}
    lists = {row["list_id"]: row for row in rows.rows("lists")}
    for row in rows.rows("listings"):
        listed, authority = lists[row["list_id"]], actors[lists[row["list_id"]]["authority_id"]]
        yield entity(
            "Sanction",
            id_of("listing", *(row[name] for name in contract.table("listings").key)),
            entity=id_of("actor", row["designee_id"]),
            authority=authority["name"],
            authorityId=row["entry_id"],
            country=country_code(authority["country"]),
            program=row["programme"].split("|"),
            listingDate=[row["listed_on_earliest"], row["listed_on_latest"]],
            endDate=[row["delisted_on_earliest"], row["delisted_on_latest"]],
            summary=[
                f"EDTF: {row['listed_on']}",
                f"delisted: {row['delisted_on']}" if row["delisted_on"] else None,
            ],
            description=f"on {listed['list_id']}"
            + (f" by {id_of('event', row['event_id'])}" if row["event_id"] else ""),
            proof=ids_of("source", [row["source_id"]]),
        )
