"""Rules about registries that no single column can state."""

from __future__ import annotations

import narwhals as nw

from timeline.contract.relations import LONGEST_CHAIN, ancestors
from timeline.engines import ROW, Lazy, Tables
from timeline.validation.rule import Rule, collected_in, joined, outside

_KINDS_OF_SCHEME = {
    "imo": ("vessel",),
    "imo-company": ("company",),
    "lei": ("company", "organisation", "government-body", "facility"),
    "aircraft-registration": ("aircraft",),
    "aircraft-serial": ("aircraft",),
    "ogrn": ("company", "organisation", "government-body", "facility"),
    "company-number": ("company", "organisation", "facility"),
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
    "ogrn": r"^[0-9]{13}$",
    "company-number": r"^[A-Z0-9][A-Z0-9./-]*$",
}
_OTHER_SCRIPT = "[^ -\u024f\u0300-\u036f\u1e00-\u1eff\u2010-\u2027\u2030-\u205e\u2070-\u218f]"

RULES: list[Rule] = []
named = collected_in(RULES)


@named(
    "actors",
    "parent_id",
    says="What an actor belongs to must lead in three steps at most to one that belongs to nobody, "
    "never back.",
)
def actors_do_not_belong_to_themselves(t: Tables) -> Lazy:
    return _endless(t["actors"], "actor_id", "parent_id")


@named(
    "sources",
    "relays",
    says="What a source relays must lead in three steps at most to one that relays nothing, never back.",
)
def sources_do_not_relay_themselves(t: Tables) -> Lazy:
    return _endless(t["sources"], "source_id", "relays")


def _endless(rows: Lazy, key: str, parent: str) -> Lazy:
    """Rows from which a chain of references leads further than chains may."""
    steps = rows.filter(~nw.col(parent).is_null()).select(key, _above=parent)
    last = ancestors(rows, key, parent, only=LONGEST_CHAIN)
    beyond = last.join(steps.select(_above=key), on="_above", how="semi")
    return rows.join(beyond.select(key).unique(), on=key, how="semi")


@named("places", "country", "kind", says="A place needs a country unless it is a part of the sea.")
def places_on_land_have_a_country(t: Tables) -> Lazy:
    return t["places"].filter(nw.col("country").is_null(), nw.col("kind") != "sea")


@named(
    "aliases",
    "script",
    "alias",
    "language",
    says="A name that is not in Latin script needs language and script, such as ko and Kore, ru and "
    "Cyrl; one in Latin script bears no other.",
)
def names_in_other_scripts_say_which(t: Tables) -> Lazy:
    other = nw.col("alias").str.contains(_OTHER_SCRIPT)
    latin = nw.col("script").is_null() | (nw.col("script") == "Latn")
    return t["aliases"].filter((other & (latin | nw.col("language").is_null())) | (~other & ~latin))


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
    says="The last digit of an IMO number, of a ship or a company, must be the check digit of the six "
    "before it; the first of a ship is not 0.",
)
def imo_numbers_have_their_check_digit(t: Tables) -> Lazy:
    numbers = t["identifiers"].filter(nw.col("value").str.contains(r"^[0-9]{7}$"))
    digits = [nw.col("value").str.slice(place, 1).cast(nw.Int64) for place in range(7)]

    def total(weights: tuple[int, ...]) -> nw.Expr:
        first, *others = (digit * weight for digit, weight in zip(digits, weights, strict=False))
        return sum(others, first)

    ship = (digits[0] > 0) & (total((7, 6, 5, 4, 3, 2)) % 10 == digits[6])
    company = (11 - total((8, 6, 4, 2, 9, 7)) % 11) % 10 == digits[6]
    wrong = ((nw.col("scheme") == "imo") & ~ship) | ((nw.col("scheme") == "imo-company") & ~company)
    return numbers.filter(wrong)


@named(
    "identifiers",
    "scheme",
    says="This scheme does not number actors of this kind: IMO ship numbers are for vessels, IMO "
    "company "
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
    says="The publisher is who wrote the text; where it was read is told in host, not behind via or copy.",
)
def publishers_are_who_wrote_the_text(t: Tables) -> Lazy:
    return t["sources"].filter(nw.col("publisher").str.contains(r"\(([Vv]ia|[Cc]opy|[Ff]rom|[Rr]epost)\b"))


@named(
    "sources",
    "host",
    "publisher",
    says="The host is named only where it is another house than the publisher.",
)
def hosts_are_other_houses(t: Tables) -> Lazy:
    return t["sources"].filter(nw.col("host") == nw.col("publisher"))


@named(
    "sources",
    "publisher",
    says="A house has one spelling, as publisher and as host: no second one that differs in capitals, "
    "spaces, marks or The alone. Of two spellings the one that more sources have stays.",
)
def one_publisher_has_one_spelling(t: Tables) -> Lazy:
    return t["sources"].join(_rare_spellings(t).select(publisher="_name"), on="publisher", how="semi")


@named(
    "sources",
    "host",
    says="A house has one spelling, as host and as publisher: no second one that differs in capitals, "
    "spaces, marks or The alone. Of two spellings the one that more sources have stays.",
)
def one_host_has_one_spelling(t: Tables) -> Lazy:
    return t["sources"].join(_rare_spellings(t).select(host="_name"), on="host", how="semi")


def _rare_spellings(t: Tables) -> Lazy:
    """Names of houses beside which there is a more frequent spelling."""
    named = nw.concat([t["sources"].select(_name=column) for column in ("publisher", "host")])
    spellings = named.filter(~nw.col("_name").is_null()).group_by("_name").agg(nw.len().alias("_uses"))
    spellings = spellings.with_columns(
        _house=_bare(nw.col("_name"), r"^the |[ .,'’/&-]"), _rank=-nw.col("_uses").cast(nw.Int64)
    )
    first = spellings.unique("_house", keep="first", order_by=["_rank", "_name"])
    return spellings.join(first.select("_name"), on="_name", how="anti")


@named(
    "sources",
    "url",
    "source_id",
    says="An address stands once: no second one that differs in http or https, www, capitals, a slash "
    "at the end or what follows # alone.",
)
def one_address_has_one_spelling(t: Tables) -> Lazy:
    rows = t["sources"].with_columns(_address=_bare(nw.col("url"), r"^https?://(www\.)?|#.*$|/+$"))
    twice = rows.group_by("_address").agg(nw.len().alias("_n"), nw.col(ROW).min().alias("_first"))
    return rows.join(twice.filter(nw.col("_n") > 1), on="_address").filter(nw.col(ROW) > nw.col("_first"))


@named(
    "sources",
    "url",
    says="An address has no utm_ in it, which only tells a house where its readers come from.",
)
def addresses_do_not_say_who_led_there(t: Tables) -> Lazy:
    return t["sources"].filter(nw.col("url").str.contains(r"[?&]utm_"))


def _bare(text: nw.Expr, needless: str) -> nw.Expr:
    return text.str.to_lowercase().str.replace_all(needless, "")


@named(
    "sources",
    "source_id",
    says="An id must not name a source and an event, nor be one of the words act and undated.",
)
def sources_and_events_share_no_id(t: Tables) -> Lazy:
    taken = t["events"].select(source_id="event_id")
    words = nw.col("source_id").is_in(["act", "undated"])
    ids = t["sources"].select(ROW, "source_id")
    return nw.concat([ids.join(taken, on="source_id", how="semi"), ids.filter(words)])


@named("actors", "actor_id", says="An id must not name an actor and an event: both are nodes of one network.")
def actors_and_events_share_no_id(t: Tables) -> Lazy:
    return (
        t["actors"]
        .select(ROW, "actor_id")
        .join(t["events"].select(actor_id="event_id"), on="actor_id", how="semi")
    )


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
