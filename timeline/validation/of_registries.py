"""Rules about registries that no single column can state."""

from __future__ import annotations

import narwhals as nw

from timeline.engines import Lazy, Tables
from timeline.validation.rule import Rule, collected_in, joined, outside

_KINDS_OF_SCHEME = {
    "imo": ("vessel",),
    "imo-company": ("company",),
    "lei": ("company", "organisation", "government-body", "facility"),
    "aircraft-registration": ("aircraft",),
    "aircraft-serial": ("aircraft",),
}
_FORM_OF_SCHEME = {
    "wikidata": r"^Q[1-9][0-9]*$",
    "ofac-uid": r"^[1-9][0-9]*$",
    "uk-sanctions-id": r"^[A-Z]{3}[0-9]{4}$",
    "opensanctions": r"^[A-Za-z0-9-]+$",
    "imo": r"^[0-9]{7}$",
    "imo-company": r"^[0-9]{7}$",
    "aircraft-registration": r"^[A-Z]{1,2}-[A-Z0-9]+$",
    "aircraft-serial": r"^[0-9]+$",
    "lei": r"^[A-Z0-9]{18}[0-9]{2}$",
}

RULES: list[Rule] = []
named = collected_in(RULES)


@named(
    "places",
    "latitude",
    "longitude",
    "coordinates_source_id",
    says="A place has latitude, longitude and the source of both, or none of the three.",
)
def coordinates_are_whole(t: Tables) -> Lazy:
    given = [
        nw.col(name).is_null().cast(nw.Int64) for name in ("latitude", "longitude", "coordinates_source_id")
    ]
    return t["places"].filter((given[0] + given[1] + given[2]).is_in([1, 2]))


@named(
    "places", "latitude", says="The coordinates of a place must lie within the bounding box of its country."
)
def places_lie_in_their_country(t: Tables) -> Lazy:
    rows = joined(
        t["places"],
        t["countries"],
        "country",
        "country",
        _west="west",
        _south="south",
        _east="east",
        _north="north",
    )
    latitude, longitude = nw.col("latitude"), nw.col("longitude")
    west, east = nw.col("_west"), nw.col("_east")
    beyond = [
        latitude < nw.col("_south"),
        latitude > nw.col("_north"),
        (west <= east) & ((longitude < west) | (longitude > east)),
        (west > east) & (longitude < west) & (longitude > east),
    ]
    return rows.filter(nw.any_horizontal(*beyond, ignore_nulls=True))


@named(
    "identifiers",
    "value",
    says="An identifier must have the form of its scheme: Q865 for wikidata, seven digits for imo.",
)
def identifiers_have_the_form_of_their_scheme(t: Tables) -> Lazy:
    wrong = [
        (nw.col("scheme") == scheme) & ~nw.col("value").str.contains(form)
        for scheme, form in _FORM_OF_SCHEME.items()
    ]
    return t["identifiers"].filter(nw.any_horizontal(*wrong, ignore_nulls=True))


@named(
    "identifiers",
    "value",
    says="The last digit of an IMO ship number must be the check digit of the six before it.",
)
def imo_numbers_have_their_check_digit(t: Tables) -> Lazy:
    ships = t["identifiers"].filter(nw.col("scheme") == "imo", nw.col("value").str.contains(r"^[0-9]{7}$"))
    digits = [nw.col("value").str.slice(place, 1).cast(nw.Int64) for place in range(7)]
    total = sum(
        (digit * weight for digit, weight in zip(digits[1:6], range(6, 1, -1), strict=True)), digits[0] * 7
    )
    return ships.filter(total % 10 != digits[6])


@named(
    "identifiers",
    "scheme",
    says="This scheme does not number actors of this kind: IMO ship numbers are for vessels, IMO company "
    "numbers for companies, registrations and serial numbers of aircraft for aircraft.",
)
def schemes_fit_the_kind_of_actor(t: Tables) -> Lazy:
    rows = joined(t["identifiers"], t["actors"], "actor_id", "actor_id", _kind="kind")
    wrong = [
        (nw.col("scheme") == scheme) & outside(kinds)(nw.col("_kind"))
        for scheme, kinds in _KINDS_OF_SCHEME.items()
    ]
    return rows.filter(nw.any_horizontal(*wrong, ignore_nulls=True))


@named("identifiers", "value", says="An identifier names one actor alone.")
def no_two_actors_share_an_identifier(t: Tables) -> Lazy:
    bearers = t["identifiers"].group_by("scheme", "value").agg(nw.col("actor_id").n_unique().alias("_n"))
    shared = bearers.filter(nw.col("_n") > 1)
    return t["identifiers"].join(shared.select("scheme", "value"), on=["scheme", "value"], how="semi")


@named("aliases", "alias", says="An alias repeats the actor's own name.")
def aliases_differ_from_the_name(t: Tables) -> Lazy:
    rows = joined(t["aliases"], t["actors"], "actor_id", "actor_id", _name="name")
    return rows.filter(nw.col("alias") == nw.col("_name"))


@named(
    "sources",
    "publisher",
    says="A repost is written Original (via Host), so that it does not count as a second publisher.",
)
def reposts_name_their_original(t: Tables) -> Lazy:
    return t["sources"].filter(nw.col("publisher").str.contains(r"\(([Cc]opy|[Ff]rom|[Rr]epost)\b"))


@named(
    "sources",
    "source_id",
    says="An id must not name a source and an event, nor be one of the words act and undated.",
)
def sources_and_events_share_no_id(t: Tables) -> Lazy:
    taken = t["events"].select(source_id="event_id")
    words = nw.col("source_id").is_in(["act", "undated"])
    return nw.concat([t["sources"].join(taken, on="source_id", how="semi"), t["sources"].filter(words)])


@named("actors", "actor_id", says="An id must not name an actor and an event: both are nodes of one network.")
def actors_and_events_share_no_id(t: Tables) -> Lazy:
    return t["actors"].join(t["events"].select(actor_id="event_id"), on="actor_id", how="semi")


@named("retired", "id", says="An id that was retired must not name a row again.")
def retired_ids_are_not_used(t: Tables) -> Lazy:
    used = [
        t["retired"].filter(nw.col("table") == table).join(
            t[table].select(nw.col(key).alias("id")), on="id", how="semi"
        )
        for table, key in (("events", "event_id"), ("actors", "actor_id"), ("sources", "source_id"),
                           ("places", "place_id"), ("instruments", "instrument_id"))
    ]  # fmt: skip
    return nw.concat(used)
