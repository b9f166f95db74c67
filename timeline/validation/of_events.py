"""Rules about events, who takes part in them and whom they designate, that no single column can state."""

from __future__ import annotations

import narwhals as nw

from timeline.engines import Lazy, Tables
from timeline.validation.rule import (
    Rule,
    collected_in,
    joined,
    or_unknown,
    outside,
    without_partner,
)

_AGENTS = ("state", "government-body", "international-organisation", "organisation", "company",
           "armed-group", "military-unit", "person", "facility")  # fmt: skip
POWERS = ("state", "government-body", "international-organisation")
_KINDS_OF_ROLE = {
    "supplier": _AGENTS,
    "recipient": _AGENTS,
    "carrier": ("vessel", "aircraft", "company", "military-unit"),
    "user": _AGENTS,
    "victim": _AGENTS,
    "discloser": _AGENTS,
    "issuer": (*POWERS, "person", "military-unit"),
    "designee": ("government-body", "organisation", "company", "armed-group", "military-unit", "person",
                 "vessel", "aircraft", "facility"),
    "signatory": (*POWERS, "organisation", "person"),
    "host": (*POWERS, "organisation", "person"),
    "visitor": ("state", "government-body", "international-organisation", "person"),
    "author": _AGENTS,
    "denier": _AGENTS,
    "voter": ("state", "government-body"),
}  # fmt: skip

RULES: list[Rule] = []
named = collected_in(RULES)

# Events ----------------------------------------------------------------------------------------------------


@named("events", "event_id", says="An event needs at least one citation that is not mere background.")
def every_event_is_cited(t: Tables) -> Lazy:
    evidence = t["citations"].filter(or_unknown(nw.col("stance") != "background"))
    return without_partner(t["events"], evidence, ["event_id"])


@named("events", "event_id", says="An event needs at least one participant.")
def every_event_has_participants(t: Tables) -> Lazy:
    return without_partner(t["events"], t["participants"], ["event_id"])


@named(
    "events",
    "date",
    "extent",
    "start_earliest",
    "start_latest",
    says="The date of an event must say when it began at the earliest and at the latest.",
)
def every_event_begins(t: Tables) -> Lazy:
    return t["events"].filter(
        ~nw.col("date").is_null(),
        ~nw.col("extent").is_null(),
        nw.col("start_earliest").is_null() | nw.col("start_latest").is_null(),
    )


@named("events", "title", says="A title is one line without a full stop at its end.")
def titles_are_no_sentences(t: Tables) -> Lazy:
    return t["events"].filter(nw.col("title").str.ends_with(".") | nw.col("title").str.contains("\n"))


@named(
    "events",
    "summary",
    says="A summary is one paragraph that ends with a full stop, a question mark or a closing quote.",
)
def summaries_end_as_sentences(t: Tables) -> Lazy:
    return t["events"].filter(
        ~nw.col("summary").str.contains(r"[.?!\"”)]$") | nw.col("summary").str.contains("\n")
    )


@named(
    "events",
    "kind",
    "event_id",
    says="A designation event needs rows of designations, or an estimate of how many were listed.",
)
def designations_name_or_count_designees(t: Tables) -> Lazy:
    counting = nw.col("measure").str.contains(r"(-designated|-designees)$")
    counts = t["estimates"].filter(or_unknown(counting))
    listings = t["events"].filter(nw.col("kind") == "designation")
    return without_partner(without_partner(listings, t["designations"], ["event_id"]), counts, ["event_id"])


# Participants and designations -----------------------------------------------------------------------------


@named(
    "participants",
    "role",
    says="An actor of this kind cannot have this role: only vessels, aircraft, companies and units carry, "
    "states are not designees, only people and bodies visit, sign or vote.",
)
def roles_fit_the_kind_of_actor(t: Tables) -> Lazy:
    rows = joined(t["participants"], t["actors"], "actor_id", "actor_id", _kind="kind")
    wrong = [
        (nw.col("role") == role) & outside(kinds)(nw.col("_kind")) for role, kinds in _KINDS_OF_ROLE.items()
    ]
    return rows.filter(nw.any_horizontal(*wrong, ignore_nulls=True))


@named("events", "kind", says="Rows of designations belong to events of the kind designation alone.")
def only_designation_events_designate(t: Tables) -> Lazy:
    others = t["events"].filter(nw.col("kind") != "designation")
    said = ~nw.all_horizontal(nw.col("designee_id", "authority_id").is_null(), ignore_nulls=False)
    return others.join(t["designations"].filter(said).select("event_id"), on="event_id", how="semi")


@named(
    "designations",
    "designee_id",
    "event_id",
    says="A designee must be a participant of the event with the role designee.",
)
def designees_take_part(t: Tables) -> Lazy:
    designees = t["participants"].filter(or_unknown(nw.col("role") == "designee"))
    return without_partner(
        t["designations"], designees, ["event_id", "designee_id"], ["event_id", "actor_id"]
    )


@named(
    "designations",
    "authority_id",
    "event_id",
    says="The authority of a designation must be a participant of the event with the role issuer.",
)
def authorities_take_part(t: Tables) -> Lazy:
    issuers = t["participants"].filter(or_unknown(nw.col("role") == "issuer"))
    alone = without_partner(
        t["designations"], issuers, ["event_id", "authority_id"], ["event_id", "actor_id"]
    )
    return alone.unique(
        ["event_id", "authority_id"], keep="first", order_by=["designee_id", "regime", "measure"]
    )


@named(
    "designations",
    "authority_id",
    says="Only a state, a government body or an international organisation designates.",
)
def authorities_are_public_powers(t: Tables) -> Lazy:
    rows = joined(t["designations"], t["actors"], "authority_id", "actor_id", _kind="kind")
    return rows.filter(outside(POWERS)(nw.col("_kind")))


@named(
    "instrument_issuers",
    "issuer_id",
    says="Only a state, a government body or an international organisation issues a legal instrument.",
)
def instruments_come_from_public_powers(t: Tables) -> Lazy:
    rows = joined(t["instrument_issuers"], t["actors"], "issuer_id", "actor_id", _kind="kind")
    return rows.filter(outside(POWERS)(nw.col("_kind")))


@named("instruments", "instrument_id", says="A legal instrument needs an issuer.")
def every_instrument_has_an_issuer(t: Tables) -> Lazy:
    return without_partner(t["instruments"], t["instrument_issuers"], ["instrument_id"])
