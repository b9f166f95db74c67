"""The pages of the site: path, title and what each shows; templates say how."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from hashlib import sha256
from itertools import groupby
from typing import Any, NamedTuple

from timeline import contract, knowledge
from timeline.archive import diff
from timeline.contract import codebook
from timeline.errors import BadRequest
from timeline.home import NAME
from timeline.questions.designations import NOT_READ, Silence
from timeline.questions.story import Story, stories
from timeline.selection.rows import Row
from timeline.site import data_files, drawings
from timeline.site.record import Record
from timeline.validation import rules
from timeline.versions import index
from timeline.versions.styles import STYLES

NAVIGATION = (
    ("index.html", "Timeline"),
    ("estimates.html", "Estimates"),
    ("designations.html", "Designations"),
    ("actors.html", "Actors"),
    ("publishers.html", "Publishers"),
    ("codebook.html", "Codebook"),
    ("releases.html", "Releases"),
    ("download.html", "Download and cite"),
)


class Page(NamedTuple):
    """A page to render: its template is named like its folder, or like itself."""

    path: str
    template: str
    title: str
    description: str
    shown: Mapping[str, Any]


def pages(record: Record, about: Mapping[str, Any], files: Mapping[str, bytes]) -> Iterator[Page]:
    """Every page; ``files`` are those offered for download."""
    yield _start(record, about)
    yield _estimates(record)
    yield _designations(record)
    yield _actors(record)
    yield Page(
        "publishers.html", "publishers.html", "Publishers", "Whose pages were read for the record.", {}
    )
    yield _codebook()
    yield _releases(record, about)
    yield _download(record, about, files)
    for story in stories(record):
        yield _event(record, story, about["base"])
    for actor in record.rows("actors"):
        yield _actor(record, actor)
    for publisher, name in record.publishers.items():
        sources = sorted(record.of("sources", "publisher", publisher), key=_published)
        shown = {"publisher": publisher, "sources": sources}
        yield Page(
            f"publishers/{name}.html", "publisher.html", publisher, f"What was read of {publisher}.", shown
        )


def _start(record: Record, about: Mapping[str, Any]) -> Page:
    events = record.rows("events")
    taking_part = {row["actor_id"] for row in record.rows("participants")}
    listing = {row["authority_id"] for row in record.rows("designations")}
    located = {row["country"] for row in record.rows("places")}
    actors = sorted(record.rows("actors"), key=_name)
    about_what = {row["materiel"] for row in record.rows("event_materiel")}
    labels = contract.table("event_materiel").field("materiel").labels
    months = groupby(events, key=lambda event: f"{event['start_earliest']:%B %Y}")
    shown = {
        "ld": data_files.dataset_ld(about),
        "months": [(month, list(rows)) for month, rows in months],
        "kinds": contract.table("events").field("kind").labels,
        "statuses": contract.table("events").field("status").labels,
        "materiels": {value: text for value, text in labels.items() if value in about_what},
        "actors": [actor for actor in actors if actor["actor_id"] in taking_part],
        "authorities": [actor for actor in actors if actor["actor_id"] in listing],
        "countries": sorted(
            (row for row in record.rows("countries") if row["country"] in located), key=_name
        ),
    }
    return Page("index.html", "index.html", about["title"], about["description"], shown)


def _estimates(record: Record) -> Page:
    rows = [(row, record.of("estimates", "measure", row["measure"])) for row in record.rows("measures")]
    measures = [(measure, drawings.figures(estimates)) for measure, estimates in rows if estimates]
    measures.sort(key=lambda each: (-len(each[1]), each[0]["label"]))
    shown = {"measures": measures}
    return Page(
        "estimates.html", "estimates.html", "Estimates", "Competing numbers, claimant by claimant.", shown
    )


def _designations(record: Record) -> Page:
    shown = {
        "authorities": record.silences,
        "lists": [
            (each, len({row["designee_id"] for row in record.of("listings", "list_id", each["list_id"])}))
            for each in record.rows("lists")
        ],
    }
    return Page(
        "designations.html",
        "designations.html",
        "Designations",
        "Who is listed by whom, and who is not.",
        shown,
    )


def _actors(record: Record) -> Page:
    def events(actor: Row) -> int:
        return len({row["event_id"] for row in record.of("participants", "actor_id", actor["actor_id"])})

    groups = [
        (kind, [(actor, events(actor)) for actor in sorted(actors, key=_name)])
        for kind, actors in grouped("actors", "kind", record.rows("actors"))
    ]
    return Page("actors.html", "actors.html", "Actors", "Whom and what the record names.", {"groups": groups})


def _codebook() -> Page:
    shown = {
        "tables": list(codebook.sections()),
        "computed": [(name, _paragraphs(text)) for name, text in knowledge.COMPUTED.items()],
        "rules": rules.RULES,
    }
    return Page(
        "codebook.html", "codebook.html", "Codebook", "What every table, column and word means.", shown
    )


def _paragraphs(text: str) -> list[str]:
    return [" ".join(paragraph.split()) for paragraph in text.split("\n\n")]


def _releases(record: Record, about: Mapping[str, Any]) -> Page:
    """Frozen releases of this record, the latest first, each with what came since the one before."""
    history: list[Row] = []
    for release in index.index().values() if about["name"] == NAME else ():
        row = {**vars(release), "note": index.frozen(release.version).descriptor.get("note"), "since": None}
        if history:
            changes = diff(history[0]["version"], release.version)
            counts = changes.counts
            row |= {
                "since": history[0]["version"],
                "kinds": list(counts.columns),
                "counts": list(zip(counts.index, counts.to_numpy().tolist(), strict=True)),
                "came": [change.key for change in changes.rows if change.table == "events" and change.added],
            }
        history.insert(0, row)
    shown = {"history": history, "retired": record.rows("retired")}
    return Page("releases.html", "releases.html", "Releases and changes", "Versions of the record.", shown)


def _download(record: Record, about: Mapping[str, Any], files: Mapping[str, bytes]) -> Page:
    offered = [
        {
            "name": name,
            "title": contract.table(name).title,
            "rows": len(record.rows(name)),
            "csv": len(files[f"api/{name}.csv"]),
            "json": len(files[f"api/{name}.json"]),
            "sha256": sha256(files[f"api/{name}.csv"]).hexdigest(),
        }
        for name in contract.TABLES
    ]
    citations = {}
    # What is filtered out of nothing released, or differs from the release whose number it bears, has none.
    with contextlib.suppress(BadRequest):
        short = record.dataset.cite("short")
        citations = {style: write(about, short) for style, write in STYLES.items()}
    shown = {"files": offered, "citations": citations}
    return Page("download.html", "download.html", "Download and cite", "The tables as files.", shown)


def _event(record: Record, story: Story, base: str | None) -> Page:
    event = story.event
    shown = {
        "story": story,
        "event": event,
        "known_by": record.made_known_by(event),
        "independent": record.of("timeline", "event_id", event["event_id"])[0]["publishers"],
        "participants": grouped("participants", "role", story.participants),
        "drawing": drawings.neighbourhood(event, story.links) if story.links else None,
        "instruments": grouped("event_instruments", "relation", story.instruments),
        "ld": data_files.event_ld(event, story.place, base),
    }
    path = f"events/{event['event_id']}.html"
    return Page(path, "event.html", event["title"], event["summary"] or event["title"], shown)


def _actor(record: Record, actor: Row) -> Page:
    key = actor["actor_id"]
    labels = contract.table("participants").field("role").labels
    roles: dict[str, list[str]] = {}
    for row in record.of("participants", "actor_id", key):
        roles.setdefault(row["event_id"], []).append(labels[row["role"]].lower())
    events = [(record.event(event_id), ", ".join(said)) for event_id, said in roles.items()]
    listed = record.of("designations", "designee_id", key)
    shown = {
        "actor": actor,
        "aliases": record.of("aliases", "actor_id", key),
        "parent": record.one("actors", actor["parent_id"]),
        "bodies": sorted(record.of("actors", "parent_id", key), key=_name),
        "identifiers": record.of("identifiers", "actor_id", key),
        "source": record.one("sources", actor["source_id"]),
        "events": sorted(events, key=lambda each: (each[0]["start_earliest"], each[0]["event_id"])),
        "listed": sorted(listed, key=lambda row: str(record.event(row["event_id"])["start_earliest"])),
        "entries": sorted(
            record.of("listings", "designee_id", key),
            key=lambda row: (row["listed_on_latest"], row["list_id"]),
        ),
        "silent": _silent(record, key),
        "lists": dict.fromkeys(row["designee_id"] for row in record.of("designations", "authority_id", key)),
        "estimates": record.of("estimates", "by_id", key),
        "ld": data_files.actor_ld(record, actor),
    }
    return Page(f"actors/{key}.html", "actor.html", actor["name"], f"{actor['name']} in the record.", shown)


def _silent(record: Record, actor_id: str) -> list[tuple[str, list[str]]]:
    """What the silence of authorities says of a designee, each answer with those for whom it holds."""
    if actor_id not in record.listings or not record.rows("lists"):
        return []
    told: dict[str, list[str]] = {}
    for authority, each in sorted(record.silences.items(), key=_by_day):
        if authority not in record.listings[actor_id]:
            told.setdefault(_said(each), []).append(authority)
    return list(told.items())


def _by_day(item: tuple[str, Silence]) -> tuple[bool, str]:
    """Order of silences by the day of the version, those of lists that were not read last."""
    silence = item[1]
    return silence.answer == NOT_READ, str(silence.as_of)


def _said(silence: Silence) -> str:
    if silence.answer == NOT_READ:
        return "List not read"
    day = f" as of {silence.as_of.day} {silence.as_of:%B %Y}" if silence.as_of == silence.as_of else ""
    return f"Not on the list{day}{', further lists not read' if silence.unread else ''}"


def grouped(table: str, column: str, rows: list[Row]) -> list[tuple[str, list[Row]]]:
    """Rows by the words of a vocabulary, in its order; words without rows are left out."""
    words = contract.table(table).field(column).enum
    groups = [(word, [row for row in rows if row[column] == word]) for word in words]
    return [(word, mine) for word, mine in groups if mine]


def _name(row: Row) -> str:
    return str(row["name"]).casefold()


def _published(source: Row) -> tuple[str, str]:
    return str(source["published_latest"] or "9999"), source["source_id"]
