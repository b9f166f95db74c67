"""Events as an iCalendar file (RFC 5545): one all-day VEVENT each, over all days that it can have taken."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from timeline.export.about import about
from timeline.export.accounts import Account, accounts
from timeline.home import NAME
from timeline.selection.tables import TablesInMemory


def render(dataset: TablesInMemory) -> bytes:
    from icalendar import Calendar

    told = about(dataset)
    calendar = Calendar()
    calendar.add("prodid", f"-//{NAME}//{told['version']}//EN")
    calendar.add("version", "2.0")
    calendar.add("name", told["title"])
    calendar.add("x-wr-calname", told["title"])
    calendar.add("description", told["citation"])
    written = datetime.combine(date.fromisoformat(told["released"]), datetime.min.time(), UTC)
    for account in accounts(dataset):
        calendar.add_component(_vevent(account, written))
    content: bytes = calendar.to_ical()
    return content


def _vevent(account: Account, written: datetime) -> Any:
    from icalendar import Event, vText

    event = account.event
    vevent = Event()
    vevent.add("uid", _uid(event["event_id"]))
    vevent.add("dtstamp", written)
    vevent.add("dtstart", account.first_day)
    vevent.add("dtend", account.last_day + timedelta(days=1))
    vevent.add("summary", event["title"])
    vevent.add("description", "\n".join(_lines(account)))
    vevent.add("categories", [event["kind"], event["status"], *account.materiel])
    vevent.add("transp", "TRANSPARENT")
    if account.where:
        vevent.add("location", account.where)
    if account.place.get("latitude") is not None:
        vevent.add("geo", (account.place["latitude"], account.place["longitude"]))
    if account.sources:
        vevent.add("url", account.sources[0]["url"])
    for link in account.links:
        relation = {"reltype": f"X-{link['relation'].upper()}"}
        vevent.add("related-to", _uid(link["to_event_id"]), parameters=relation)
    for name in ("date", "start_earliest", "start_latest", "end_earliest", "end_latest", "known_from"):
        if event[name] is not None:
            text = vText(str(event[name]), params={"value": "TEXT"})
            vevent.add(f"x-timeline-{name.replace('_', '-')}", text)
    return vevent


def _uid(event_id: str) -> str:
    return f"{event_id}@{NAME}"


def _lines(account: Account) -> Iterator[str]:
    when = account.when
    yield when[0].upper() + when[1:]
    if account.event["summary"]:
        yield account.event["summary"]
    yield from account.standing()
    if account.about_where:
        yield f"about {account.about_where}"
    for each in account.participants:
        yield f"{each['role']}: {each['name']} ({each['actor_id']})"
    yield from account.claims()
    yield from account.listings()
    for each in account.instruments:
        yield f"{each['relation']}: {each['title']} ({each['instrument_id']})"
    for each in account.sources:
        published = each["published"] or "no date"
        yield f"{each['stance']}: {each['publisher']}, {each['title']} ({published}) {each['url']}"
