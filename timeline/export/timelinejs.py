"""Events as JSON for TimelineJS 3 by Knight Lab: one slide each, grouped by kind."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from html import escape
from typing import Any

from timeline.export.about import about, to_json
from timeline.export.accounts import Account, accounts
from timeline.selection.tables import TablesInMemory


def render(dataset: TablesInMemory) -> bytes:
    told = about(dataset)
    timeline = {
        "title": {"text": {"headline": escape(told["title"]), "text": _paragraph(told["citation"])}},
        "events": [_slide(account) for account in accounts(dataset)],
    }
    return to_json(timeline).encode("utf-8")


def _slide(account: Account) -> dict[str, Any]:
    """A slide from the first day on which the event can have begun to the last on which it can have ended."""
    event, when = account.event, account.when
    slide = {
        "unique_id": event["event_id"],
        "group": event["kind"],
        "start_date": _day(account.first_day),
        "display_date": when[0].upper() + when[1:],
        "text": {"headline": escape(event["title"]), "text": "".join(_paragraphs(account))},
    }
    if account.last_day > account.first_day:
        slide["end_date"] = _day(account.last_day)
    return slide


def _day(day: date) -> dict[str, int]:
    return {"year": day.year, "month": day.month, "day": day.day}


def _paragraphs(account: Account) -> Iterator[str]:
    """HTML: everything from the record is escaped, so that none of it is taken for markup."""
    if account.event["summary"]:
        yield _paragraph(account.event["summary"])
    if account.where:
        yield _paragraph(account.where)
    if account.about_where:
        yield _paragraph(f"about {account.about_where}")
    yield _list(map(escape, account.standing()))
    yield _list(escape(f"materiel: {each}") for each in account.materiel)
    yield _list(escape(f"{each['role']}: {each['name']}") for each in account.participants)
    yield _list(map(escape, account.claims()))
    yield _list(map(escape, account.listings()))
    yield _list(escape(f"{each['relation']}: {each['title']}") for each in account.instruments)
    yield _list(escape(f"{each['relation']}: {each['title']}") for each in account.links)
    yield _list(
        f'{escape(each["stance"])}: <a href="{escape(each["url"])}">{escape(each["title"])}</a>, '
        f"{escape(each['publisher'])} ({escape(each['published'] or 'no date')})"
        for each in account.sources
    )


def _paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>"


def _list(items: Iterator[str]) -> str:
    inside = "".join(f"<li>{item}</li>" for item in items)
    return f"<ul>{inside}</ul>" if inside else ""
