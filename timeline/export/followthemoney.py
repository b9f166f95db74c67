"""Entities for FollowTheMoney 4, the model of Aleph and OpenSanctions, as JSON lines.

Written without the package of that name, which drops and rewrites values silently: what stands here is
already in its form.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from timeline import contract
from timeline.export import phrases
from timeline.export.about import about, to_json
from timeline.home import NAME
from timeline.questions.story import Story, stories
from timeline.selection.rows import Row, Rows
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
        *(entity for story in told for entity in _event(story, movable)),
        *_designations(told, rows),
        *_lists(rows),
        *_listings(rows),
    ]
    return "".join(f"{to_json(entity, indent=None)}\n" for entity in entities).encode("utf-8")


def _entity(schema: str, id: str, **properties: Any) -> dict[str, Any]:
    """One entity; properties take one value or several, of which those that are missing are left out."""
    stated = {}
    for name, given in properties.items():
        values = given if isinstance(given, (list, tuple)) else [given]
        texts = [str(value) for value in values if value is not None]
        if texts:
            stated[name] = list(dict.fromkeys(texts))
    return {"id": id, "schema": schema, "properties": stated}


def _itself(told: dict[str, str]) -> dict[str, Any]:
    """The dataset as a document, which carries the citation."""
    return _entity(
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
        yield _entity(
            "Article",
            _id("source", row["source_id"]),
            title=row["title"],
            fileName=row["source_id"],
            publisher=row["publisher"],
            sourceUrl=row["url"],
            publishedAt=[row["published_earliest"], row["published_latest"]],
            language=_language(row["language"]),
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
        yield _entity(
            "Address",
            _id("place", row["place_id"]),
            full=", ".join(filter(None, (row["name"], names.get(row["country"])))),
            country=_country(row["country"]),
            latitude=row["latitude"],
            longitude=row["longitude"],
            notes=[
                row["kind"],
                f"precision: {row['precision']}" if row["precision"] else None,
                f"ISO 3166-2: {row['subdivision']}" if row["subdivision"] else None,
                f"GeoNames: {row['geonames_id']}" if row["geonames_id"] else None,
            ],
            proof=_ids("source", [row["source_id"], row["coordinates_source_id"]]),
        )


def _instruments(rows: Rows) -> Iterator[dict[str, Any]]:
    names = {row["actor_id"]: row["name"] for row in rows.rows("actors")}
    issuers = defaultdict(list)
    for row in rows.rows("instrument_issuers"):
        issuers[row["instrument_id"]].append(row["issuer_id"])
        yield _link(
            "issuer", _id("actor", row["issuer_id"]), "issuer", _id("instrument", row["instrument_id"])
        )
    for row in rows.rows("instruments"):
        yield _entity(
            "Document",
            _id("instrument", row["instrument_id"]),
            title=row["title"],
            fileName=row["instrument_id"],
            author=[names[issuer] for issuer in issuers[row["instrument_id"]]],
            date=[row["date_earliest"], row["date_latest"]],
            notes=[f"EDTF: {row['date']}" if row["date"] else None, row["kind"]],
            proof=_ids("source", [row["source_id"]]),
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
        yield _entity(
            schema,
            _id("actor", actor),
            name=row["name"],
            alias=aliases[actor],
            country=_country(row["country"]),
            proof=_ids("source", [row["source_id"]]),
            **{"type" if schema in _MOVABLES else "classification": row["kind"]},
            **known,
        )
        if row["parent_id"]:
            yield _link("parent", _id("actor", actor), "belongs to", _id("actor", row["parent_id"]))


def _event(story: Story, movable: set[str]) -> Iterator[dict[str, Any]]:
    """An event with the links to who takes part, to documents and to other events."""
    event, place = story.event, story.place
    this = _id("event", event["event_id"])
    yield _entity(
        "Event",
        this,
        name=event["title"],
        recordId=event["event_id"],
        summary=event["summary"],
        **_bounds(event),
        location=phrases.where(story),
        addressEntity=_ids("place", [event["place_id"]]),
        country=_country(place["country"] if place else None),
        keywords=[event["kind"], *story.materiel],
        involved=_ids(
            "actor", [row["actor_id"] for row in story.participants if row["actor_id"] not in movable]
        ),
        proof=_ids("source", [row["source_id"] for row in story.citations]),
        notes=[
            f"EDTF: {event['date']}",
            f"about {about_where}" if (about_where := phrases.about_where(story)) else None,
            *phrases.standing(story),
            *phrases.claims(story),
        ],
    )
    for row in story.participants:
        yield _link("role", _id("actor", row["actor_id"]), row["role"], this)
    for row in phrases.links_from(story):
        yield _link("link", this, row["relation"], _id("event", row["event_id"]))
    for row in story.instruments:
        yield _link("instrument", this, row["relation"], _id("instrument", row["instrument_id"]))
    for row in story.citations:
        source, stance = _id("source", row["source_id"]), row["stance"]
        yield _entity("Documentation", _id("citation", this, source, stance), document=source, entity=this,
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
        yield _entity(
            "Sanction",
            _id("designation", *key),
            entity=_id("actor", row["designee_id"]),
            authority=row["authority"],
            country=_country(countries[row["authority_id"]]),
            program=None if row["regime"] == "unspecified" else regime["label"],
            programId=programmes.split("|") if programmes else None,
            provisions=measures[row["measure"]],
            listingDate=row["designated_on"],
            startDate=[event["start_earliest"], event["end_latest"]],
            recordId=event["event_id"],
            summary=f"EDTF: {event['date']}",
            description=f"by {row['authority_id']} under {row['regime']}: {row['measure']} ({grounds})",
            proof=_ids("source", [source["source_id"] for source in story.citations]),
        )


def _lists(rows: Rows) -> Iterator[dict[str, Any]]:
    """The versions of lists that were read, so that silence can be told from what nobody looked at."""
    names = {row["actor_id"]: row["name"] for row in rows.rows("actors")}
    for row in rows.rows("lists"):
        yield _entity(
            "Document",
            _id("list", row["list_id"]),
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
            proof=_ids("source", [row["source_id"]]),
        )


def _listings(rows: Rows) -> Iterator[dict[str, Any]]:
    actors = {row["actor_id"]: row for row in rows.rows("actors")}
    lists = {row["list_id"]: row for row in rows.rows("lists")}
    for row in rows.rows("listings"):
        listed, authority = lists[row["list_id"]], actors[lists[row["list_id"]]["authority_id"]]
        yield _entity(
            "Sanction",
            _id("listing", *(row[name] for name in contract.table("listings").key)),
            entity=_id("actor", row["designee_id"]),
            authority=authority["name"],
            authorityId=row["entry_id"],
            country=_country(authority["country"]),
            program=row["programme"].split("|"),
            listingDate=[row["listed_on_earliest"], row["listed_on_latest"]],
            endDate=[row["delisted_on_earliest"], row["delisted_on_latest"]],
            summary=[
                f"EDTF: {row['listed_on']}",
                f"delisted: {row['delisted_on']}" if row["delisted_on"] else None,
            ],
            description=f"on {listed['list_id']}"
            + (f" by {_id('event', row['event_id'])}" if row["event_id"] else ""),
            proof=_ids("source", [row["source_id"]]),
        )


def _bounds(event: Row) -> dict[str, list[date | None]]:
    """Both bounds of beginning and end; readers take the earliest for the start, the latest for the end."""
    return {
        "startDate": [event["start_earliest"], event["start_latest"]],
        "endDate": [event["end_earliest"], event["end_latest"]],
    }


def _link(kind: str, subject: str, role: str, object: str) -> dict[str, Any]:
    return _entity("UnknownLink", _id(kind, subject, role, object), subject=subject, object=object, role=role)


def _id(*parts: str) -> str:
    """Ids of ours hold single hyphens only, so that double ones separate."""
    return "--".join(parts)


def _ids(kind: str, ids: Iterable[str | None]) -> list[str]:
    return [_id(kind, each) for each in ids if each]


def _country(alpha_3: str | None) -> str | None:
    """ISO 3166-1 alpha-2 in lower case; Kosovo, which has no code there, has the same in common use."""
    from pycountry import countries

    found = countries.get(alpha_3=alpha_3) if alpha_3 else None
    return found.alpha_2.lower() if found else {"XKX": "xk"}.get(alpha_3 or "")


def _language(alpha_2: str) -> str | None:
    """ISO 639-3; the model knows some seventy and drops the others, so that the notes have it too."""
    from pycountry import languages

    found = languages.get(alpha_2=alpha_2)
    return found.alpha_3 if found else None
