"""Rules about sanctions lists, listings and the numbers that lists give, that no single column can state."""

from __future__ import annotations

import narwhals as nw

from timeline.engines import Lazy, Tables
from timeline.validation.of_events import POWERS
from timeline.validation.rule import Rule, collected_in, joined, or_unknown, outside, without_partner

_FORM_OF_ENTRY = {
    "us-ofac-sdn": r"^[1-9][0-9]*$",
    "uk-sanctions-list": r"^[A-Z]{3}[0-9]{4}$",
    "au-dfat": r"^[1-9][0-9]*[a-z]*$",
    "un-1718": r"^KP[ie]\.[0-9]{3}$",
}
_LIST_OF_SCHEME = {"ofac-uid": "us-ofac-sdn", "uk-sanctions-id": "uk-sanctions-list"}

RULES: list[Rule] = []
named = collected_in(RULES)


@named(
    "lists",
    "authority_id",
    says="Only a state, a government body or an international organisation keeps a sanctions list.",
)
def lists_are_kept_by_public_powers(t: Tables) -> Lazy:
    rows = joined(t["lists"], t["actors"], "authority_id", "actor_id", _kind="kind")
    return rows.filter(outside(POWERS)(nw.col("_kind")))


@named(
    "lists",
    "read",
    "as_of",
    "source_id",
    says="A list of which something was read needs as_of and source, a list that was not read has neither.",
)
def lists_say_what_was_read(t: Tables) -> Lazy:
    given = [nw.col(name).is_null().cast(nw.Int64) for name in ("as_of", "source_id")]
    missing = given[0] + given[1]
    unread = nw.col("read") == "none"
    return t["lists"].filter((unread & (missing < 2)) | (~unread & (missing > 0)))


@named(
    "listings",
    "entry_id",
    "list_id",
    says="The number of an entry must have the form of its list: digits for us-ofac-sdn, RUS1234 for "
    "uk-sanctions-list.",
)
def entries_have_the_form_of_their_list(t: Tables) -> Lazy:
    wrong = [
        (nw.col("list_id") == name) & ~nw.col("entry_id").str.contains(form)
        for name, form in _FORM_OF_ENTRY.items()
    ]
    return t["listings"].filter(nw.any_horizontal(*wrong, ignore_nulls=True))


@named(
    "listings",
    "delisted_on",
    "delisted_on_latest",
    "listed_on_earliest",
    says="A listing cannot end before it began.",
)
def nobody_is_delisted_before_being_listed(t: Tables) -> Lazy:
    return t["listings"].filter(nw.col("delisted_on_latest") < nw.col("listed_on_earliest"))


@named(
    "listings",
    "event_id",
    "designee_id",
    says="The event of a listing must have a row of designations for the same designee.",
)
def listings_name_the_event_that_made_them(t: Tables) -> Lazy:
    made = t["listings"].filter(~nw.col("event_id").is_null())
    return without_partner(made, t["designations"], ["event_id", "designee_id"])


@named(
    "listings",
    "listed_on",
    "listed_on_latest",
    "event_id",
    says="A listing cannot begin before the event that made it.",
)
def listings_do_not_precede_their_event(t: Tables) -> Lazy:
    rows = joined(t["listings"], t["events"], "event_id", "event_id", _began="start_earliest")
    return rows.filter(nw.col("listed_on_latest") < nw.col("_began"))


@named(
    "identifiers",
    "value",
    "scheme",
    "actor_id",
    says="A number that a list gives (ofac-uid, uk-sanctions-id) must be the entry of a listing of "
    "this actor on that list, where the record has the list.",
)
def numbers_on_lists_stand_in_listings(t: Tables) -> Lazy:
    found = []
    for scheme, name in _LIST_OF_SCHEME.items():
        there = t["lists"].filter(nw.col("list_id") == name).select(_list="list_id")
        numbered = t["identifiers"].filter(nw.col("scheme") == scheme).with_columns(_list=nw.lit(name))
        entries = t["listings"].filter(or_unknown(nw.col("list_id") == name))
        rows = numbered.join(there, on="_list", how="semi").drop("_list")
        found.append(without_partner(rows, entries, ["actor_id", "value"], ["designee_id", "entry_id"]))
    return nw.concat(found)
