"""Each event with what hangs on it as plain values, for formats that hold one thing per event."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from timeline import contract
from timeline.dates.edtf import parse_date
from timeline.questions.story import figure
from timeline.selection.tables import TablesInMemory

Row = dict[str, Any]


@dataclass(frozen=True)
class Account:
    """An event and its rows in other tables; dates are ``datetime.date``, what is missing is None.

    Attributes
    ----------
    event : dict
        Its row in ``events``.
    place : dict
        Its row in ``places`` with the ``country_name``; empty where no place is named.
    about : dict
        The same for the place that it is about.
    materiel : list of str
        Words of ``event_materiel``.
    participants, estimates, designations, links, instruments, status_changes : list of dict
        Its rows in the tables of those names, each with the names or titles of what it refers to; a
        designation also with the ids of its ``instruments``.
    sources : list of dict
        Its citations, each with the row of the source; first published first.
    """

    event: Row
    place: Row
    about: Row
    materiel: list[str]
    participants: list[Row]
    estimates: list[Row]
    designations: list[Row]
    links: list[Row]
    instruments: list[Row]
    status_changes: list[Row]
    sources: list[Row]

    @property
    def first_day(self) -> date:
        """First day on which it can have begun."""
        day: date = self.event["start_earliest"]
        return day

    @property
    def last_day(self) -> date:
        """Last day on which it can have ended; where its end has no bound, on which it can have begun."""
        day: date = self.event["end_latest"] or self.event["start_latest"]
        return day

    @property
    def when(self) -> str:
        """Its date in words, with the date as coded."""
        return f"{parse_date(self.event['date']).in_words()} ({self.event['date']})"

    @property
    def where(self) -> str | None:
        """Its place and country."""
        return _place_and_country(self.place)

    @property
    def about_where(self) -> str | None:
        """Place and country that it is about."""
        return _place_and_country(self.about)

    def standing(self) -> Iterator[str]:
        """What kind of event it is and how well established, step by step."""
        event = self.event
        yield f"{event['kind']}, {event['status']}, known from {event['known_from']} by {event['known_by']}"
        if event["made_public"]:
            yield f"made public {event['made_public']}"
        for step in self.status_changes:
            yield f"{step['status']} from {step['from_date']} by {step['because_kind']} {step['because_id']}"

    def claims(self) -> Iterator[str]:
        """Who gives which number."""
        for each in self.estimates:
            number = f"{figure(each['low'], each['best'], each['high'])} {each['unit']}"
            yield (
                f"{each['measure']}: {number}, as of {each['as_of']}, by {each['by']} ({each['by_id']}): "
                f"“{each['stated']}” ({each['source_id']}), known from {each['known_from']}"
            )

    def listings(self) -> Iterator[str]:
        """Who is listed by whom, for what and on which ground."""
        for each in self.designations:
            grounds = f" ({', '.join(each['instruments'])})" if each["instruments"] else ""
            yield (
                f"designates {each['designee']} ({each['designee_id']}): {each['measure']} by "
                f"{each['authority']} ({each['authority_id']}) under {each['regime']}{grounds}, "
                f"{each['designated_on'] or 'day not exact'}"
            )


def accounts(dataset: TablesInMemory) -> list[Account]:
    """Every event of a dataset, in the order of its table ``events``."""
    rows = {name: dataset.arrow(name).to_pylist() for name in dataset.tables}

    def named(table: str, key: str) -> dict[str, Row]:
        return {row[key]: row for row in rows[table]}

    def hanging(table: str, joined: Callable[[Row], Row]) -> dict[str, list[Row]]:
        found = defaultdict(list)
        for row in rows[table]:
            found[row["event_id"]].append({**row, **joined(row)})
        return found

    events, actors = named("events", "event_id"), named("actors", "actor_id")
    sources, instruments = named("sources", "source_id"), named("instruments", "instrument_id")
    countries = named("countries", "country")
    places = {
        place_id: {**place, "country_name": countries.get(place["country"], {}).get("name")}
        for place_id, place in named("places", "place_id").items()
    }
    participants = hanging("participants", lambda row: {"name": actors[row["actor_id"]]["name"]})
    estimates = hanging("estimates", lambda row: {"by": actors[row["by_id"]]["name"]})
    grounds = defaultdict(list)
    for row in rows["designation_instruments"]:
        grounds[_designation(row)].append(row["instrument_id"])
    designations = hanging(
        "designations",
        lambda row: {
            "designee": actors[row["designee_id"]]["name"],
            "authority": actors[row["authority_id"]]["name"],
            "instruments": grounds[_designation(row)],
        },
    )
    links = hanging("event_links", lambda row: {"title": events[row["to_event_id"]]["title"]})
    applied = hanging("event_instruments", lambda row: {"title": instruments[row["instrument_id"]]["title"]})
    steps = hanging("status_changes", lambda row: {})
    materiel = hanging("event_materiel", lambda row: {})
    cited = hanging("citations", lambda row: sources[row["source_id"]])
    return [
        Account(
            event=event,
            place=places.get(event["place_id"], {}),
            about=places.get(event["about_place_id"], {}),
            materiel=[row["materiel"] for row in materiel[event_id]],
            participants=participants[event_id],
            estimates=estimates[event_id],
            designations=designations[event_id],
            links=links[event_id],
            instruments=applied[event_id],
            status_changes=steps[event_id],
            sources=sorted(cited[event_id], key=_publication),
        )
        for event_id, event in events.items()
    ]


def _place_and_country(place: Row) -> str | None:
    return ", ".join(filter(None, (place["name"], place["country_name"]))) if place else None


def _designation(row: Row) -> tuple[str, ...]:
    return tuple(row[name] for name in contract.table("designations").key)


def _publication(source: Row) -> tuple[bool, str, str]:
    day = source["published_latest"]
    return day is None, str(day), source["source_id"]
