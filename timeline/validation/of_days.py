"""Rules about days and places of events that no single column can state: nothing lies in the future."""

from __future__ import annotations

from datetime import date

import narwhals as nw

from timeline.engines import Lazy, Tables
from timeline.knowledge import ACTS
from timeline.validation.rule import Rule, collected_in, outside

_FIRST_DAY = date(1945, 8, 15)

RULES: list[Rule] = []
named = collected_in(RULES)


@named(
    "events",
    "date",
    "start_earliest",
    "start_latest",
    says="The date of an event must say in which year it began, or in which twelve months.",
)
def every_event_has_a_year(t: Tables) -> Lazy:
    latest = nw.col("start_earliest").dt.offset_by("366d")
    years = t["events"].filter(nw.col("start_earliest") >= _FIRST_DAY)
    return years.filter(latest < nw.col("start_latest"))


@named(
    "events",
    "date",
    "start_earliest",
    says="No event of the record can have begun before 15 August 1945: it is about two states of today.",
)
def no_event_is_older_than_the_matter(t: Tables) -> Lazy:
    return t["events"].filter(nw.col("start_earliest") < _FIRST_DAY)


@named(
    "events",
    "date",
    "start_earliest",
    says="An event cannot begin after the day on which the record is released.",
)
def no_event_begins_after_the_release(t: Tables) -> Lazy:
    return _after_release(t, "events", "start_earliest")


@named(
    "sources",
    "published",
    "published_earliest",
    says="A source cannot be published after the day on which the record is released.",
)
def no_source_appears_after_the_release(t: Tables) -> Lazy:
    return _after_release(t, "sources", "published_earliest")


@named(
    "estimates",
    "as_of",
    "as_of_earliest",
    says="An estimate cannot be as of a day after that on which the record is released.",
)
def no_estimate_is_of_a_day_after_the_release(t: Tables) -> Lazy:
    return _after_release(t, "estimates", "as_of_earliest")


@named(
    "listings",
    "listed_on",
    "listed_on_earliest",
    says="A listing cannot begin after the day on which the record is released.",
)
def nobody_is_listed_after_the_release(t: Tables) -> Lazy:
    return _after_release(t, "listings", "listed_on_earliest")


@named(
    "events",
    "made_public",
    "kind",
    says="Only an act bears made_public: disclosure, statement, denial, designation, delisting, United"
    " Nations action or report. Anything else is known by its sources.",
)
def acts_alone_are_made_public(t: Tables) -> Lazy:
    return t["events"].filter(~nw.col("made_public").is_null(), outside(ACTS)(nw.col("kind")))


@named(
    "events",
    "made_public",
    "made_public_latest",
    "start_earliest",
    says="An act cannot be made public before the day on which it was done.",
)
def nothing_is_made_public_before_it_is_done(t: Tables) -> Lazy:
    return t["events"].filter(nw.col("made_public_latest") < nw.col("start_earliest"))


@named(
    "events",
    "about_place_id",
    "kind",
    says="Only an act bears about_place; of anything else place says where it happened.",
)
def acts_alone_are_about_a_place(t: Tables) -> Lazy:
    return t["events"].filter(~nw.col("about_place_id").is_null(), outside(ACTS)(nw.col("kind")))


def _after_release(t: Tables, name: str, column: str) -> Lazy:
    return t[name].head(0) if t.released is None else t[name].filter(nw.col(column) > t.released)
