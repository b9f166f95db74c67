"""Rules that no single column can state. Each returns the rows that break it, on any engine.

The docstring of a rule is its error text and its entry in the codebook.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import narwhals as nw

from timeline.engines import Lazy, Tables

ACTS = ("disclosure", "statement", "denial", "designation", "delisting", "un-action", "report")
"""Kinds of event that are public by their nature: known on the day they happen."""

SUBSTANTIVE = ("transfer", "movement", "use", "test", "deployment", "loss")
"""Kinds of event that are claimed, evidenced, denied or admitted."""

_ACYCLIC = ("part-of", "implements", "follows")
_AGENTS = ("state", "government-body", "international-organisation", "organisation", "company",
           "armed-group", "military-unit", "person", "facility")  # fmt: skip
_POWERS = ("state", "government-body", "international-organisation")
_KINDS_OF_ROLE = {
    "supplier": _AGENTS,
    "recipient": _AGENTS,
    "carrier": ("vessel", "aircraft", "company", "military-unit"),
    "user": _AGENTS,
    "victim": _AGENTS,
    "discloser": _AGENTS,
    "issuer": (*_POWERS, "person", "military-unit"),
    "designee": ("government-body", "organisation", "company", "armed-group", "military-unit", "person",
                 "vessel", "aircraft", "facility"),
    "signatory": (*_POWERS, "organisation", "person"),
    "host": (*_POWERS, "organisation", "person"),
    "visitor": ("state", "government-body", "international-organisation", "person"),
    "author": _AGENTS,
    "denier": _AGENTS,
    "voter": ("state", "government-body"),
}  # fmt: skip
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


@dataclass(frozen=True)
class Rule:
    """A rule of the dataset: which column of which table it is told of, what it says, which rows break it.

    ``also`` names further columns of the table that it reads: where one of them is unknown, it is silent.
    """

    name: str
    table: str
    column: str
    text: str
    breaking: Callable[[Tables], Lazy]
    also: tuple[str, ...] = ()


RULES: list[Rule] = []


def _rule(table: str, column: str, *also: str) -> Callable[[Callable[[Tables], Lazy]], None]:
    def register(breaking: Callable[[Tables], Lazy]) -> None:
        text = " ".join((breaking.__doc__ or "").split())
        RULES.append(Rule(breaking.__name__.replace("_", "-"), table, column, text, breaking, also))

    return register


def outside(column: str, values: Iterable[str]) -> nw.Expr:
    """True where a value is given and is none of these; engines differ on ``is_in`` for nulls."""
    return ~nw.col(column).is_null() & ~nw.col(column).is_in(list(values))


def without_partner(rows: Lazy, other: Lazy, on: list[str], their: list[str] | None = None) -> Lazy:
    """Rows that have no partner in ``other``; a row there that is partly unknown may be anyone's partner."""
    their = their or on
    alone = rows.join(other.select(their), left_on=on, right_on=their, how="anti")
    unknown = other.filter(nw.any_horizontal(nw.col(*their).is_null(), ignore_nulls=False))
    if not number_of(unknown.head(1)):  # as nearly always
        return alone
    if number_of(unknown.filter(nw.col(their[0]).is_null()).head(1)):
        return rows.head(0)
    return alone.join(unknown.select(their[0]), left_on=on[0], right_on=their[0], how="anti")


def number_of(rows: Lazy) -> int:
    """How many rows there are."""
    return int(rows.select(nw.len()).collect().item())


def _or_unknown(condition: nw.Expr) -> nw.Expr:
    """True also where what it depends on is unknown: such a row may be the one that is looked for."""
    return condition.fill_null(True)


def _with(rows: Lazy, other: Lazy, on: str, their: str, **columns: str) -> Lazy:
    """Rows with columns of the row that they refer to, under new names."""
    chosen = other.select(nw.col(their).alias(on), *(nw.col(old).alias(new) for new, old in columns.items()))
    return rows.join(chosen, on=on, how="inner")


# Events ----------------------------------------------------------------------------------------------------


@_rule("events", "event_id")
def every_event_is_cited(t: Tables) -> Lazy:
    """An event needs at least one citation that is not mere background."""
    evidence = t["citations"].filter(_or_unknown(nw.col("stance") != "background"))
    return without_partner(t["events"], evidence, ["event_id"])


@_rule("events", "event_id")
def every_event_has_participants(t: Tables) -> Lazy:
    """An event needs at least one participant."""
    return without_partner(t["events"], t["participants"], ["event_id"])


@_rule("events", "date", "extent", "start_earliest", "start_latest")
def every_event_begins(t: Tables) -> Lazy:
    """The date of an event must say when it began at the earliest and at the latest."""
    return t["events"].filter(
        ~nw.col("date").is_null(),
        ~nw.col("extent").is_null(),
        nw.col("start_earliest").is_null() | nw.col("start_latest").is_null(),
    )


@_rule("events", "title")
def titles_are_no_sentences(t: Tables) -> Lazy:
    """A title is one line without a full stop at its end."""
    return t["events"].filter(nw.col("title").str.ends_with(".") | nw.col("title").str.contains("\n"))


@_rule("events", "summary")
def summaries_end_as_sentences(t: Tables) -> Lazy:
    """A summary is one paragraph that ends with a full stop, a question mark or a closing quote."""
    return t["events"].filter(
        ~nw.col("summary").str.contains(r"[.?!\"”)]$") | nw.col("summary").str.contains("\n")
    )


@_rule("events", "kind", "event_id")
def designations_name_or_count_designees(t: Tables) -> Lazy:
    """A designation event needs rows of designations, or an estimate of how many were listed."""
    counting = nw.col("measure").str.contains(r"(-designated|-designees)$")
    counts = t["estimates"].filter(_or_unknown(counting))
    listings = t["events"].filter(nw.col("kind") == "designation")
    return without_partner(without_partner(listings, t["designations"], ["event_id"]), counts, ["event_id"])


# Participants and designations -----------------------------------------------------------------------------


@_rule("participants", "role")
def roles_fit_the_kind_of_actor(t: Tables) -> Lazy:
    """An actor of this kind cannot have this role: only vessels, aircraft, companies and units carry, states
    are not designees, only people and bodies visit, sign or vote.
    """
    rows = _with(t["participants"], t["actors"], "actor_id", "actor_id", _kind="kind")
    wrong = [(nw.col("role") == role) & outside("_kind", kinds) for role, kinds in _KINDS_OF_ROLE.items()]
    return rows.filter(nw.any_horizontal(*wrong, ignore_nulls=True))


@_rule("events", "kind")
def only_designation_events_designate(t: Tables) -> Lazy:
    """Rows of designations belong to events of the kind designation alone."""
    others = t["events"].filter(nw.col("kind") != "designation")
    said = ~nw.all_horizontal(nw.col("designee_id", "authority_id").is_null(), ignore_nulls=False)
    return others.join(t["designations"].filter(said).select("event_id"), on="event_id", how="semi")


@_rule("designations", "designee_id", "event_id")
def designees_take_part(t: Tables) -> Lazy:
    """A designee must be a participant of the event with the role designee."""
    designees = t["participants"].filter(_or_unknown(nw.col("role") == "designee"))
    return without_partner(
        t["designations"], designees, ["event_id", "designee_id"], ["event_id", "actor_id"]
    )


@_rule("designations", "authority_id", "event_id")
def authorities_take_part(t: Tables) -> Lazy:
    """The authority of a designation must be a participant of the event with the role issuer."""
    issuers = t["participants"].filter(_or_unknown(nw.col("role") == "issuer"))
    alone = without_partner(
        t["designations"], issuers, ["event_id", "authority_id"], ["event_id", "actor_id"]
    )
    return alone.unique(
        ["event_id", "authority_id"], keep="first", order_by=["designee_id", "regime", "measure"]
    )


@_rule("designations", "authority_id")
def authorities_are_public_powers(t: Tables) -> Lazy:
    """Only a state, a government body or an international organisation designates."""
    rows = _with(t["designations"], t["actors"], "authority_id", "actor_id", _kind="kind")
    return rows.filter(outside("_kind", _POWERS))


@_rule("instrument_issuers", "issuer_id")
def instruments_come_from_public_powers(t: Tables) -> Lazy:
    """Only a state, a government body or an international organisation issues a legal instrument."""
    rows = _with(t["instrument_issuers"], t["actors"], "issuer_id", "actor_id", _kind="kind")
    return rows.filter(outside("_kind", _POWERS))


@_rule("instruments", "instrument_id")
def every_instrument_has_an_issuer(t: Tables) -> Lazy:
    """A legal instrument needs an issuer."""
    return without_partner(t["instruments"], t["instrument_issuers"], ["instrument_id"])


# Estimates -------------------------------------------------------------------------------------------------


@_rule("estimates", "best", "low", "high")
def an_estimate_has_a_number(t: Tables) -> Lazy:
    """An estimate needs at least one of low, best and high."""
    return t["estimates"].filter(
        nw.all_horizontal(nw.col("low", "best", "high").is_null(), ignore_nulls=False)
    )


@_rule("estimates", "best")
def numbers_are_in_order(t: Tables) -> Lazy:
    """An estimate needs low ≤ best ≤ high."""
    low, best, high = nw.col("low"), nw.col("best"), nw.col("high")
    return t["estimates"].filter(nw.any_horizontal(low > best, best > high, low > high, ignore_nulls=True))


@_rule("estimates", "unit")
def units_belong_to_the_measure(t: Tables) -> Lazy:
    """The unit of an estimate is the one that its measure states."""
    rows = _with(t["estimates"], t["measures"], "measure", "measure", _unit="unit")
    return rows.filter(nw.col("unit") != nw.col("_unit"))


@_rule("estimates", "source_id", "event_id")
def sources_of_estimates_are_cited(t: Tables) -> Lazy:
    """The source of an estimate must be among the citations of its event."""
    return without_partner(t["estimates"], t["citations"], ["event_id", "source_id"])


# Citations and links ---------------------------------------------------------------------------------------


@_rule("citations", "source_id")
def no_source_is_older_than_its_event(t: Tables) -> Lazy:
    """A source published more than a day before an event began cannot tell of it, only be its background
    (the day is for time zones).
    """
    rows = _with(t["citations"], t["sources"], "source_id", "source_id", _published="published_latest")
    rows = _with(rows, t["events"], "event_id", "event_id", _began="start_earliest")
    return rows.filter(
        nw.col("stance").is_in(["asserts", "reports", "corroborates", "acknowledges"]),
        nw.col("_published") < nw.col("_began").dt.offset_by("-1d"),
    )


@_rule("event_links", "to_event_id")
def no_event_links_to_itself(t: Tables) -> Lazy:
    """An event cannot be linked to itself."""
    return t["event_links"].filter(nw.col("event_id") == nw.col("to_event_id"))


@_rule("event_links", "to_event_id")
def links_do_not_run_in_circles(t: Tables) -> Lazy:
    """Links of this relation must not lead back to where they began (part-of, implements, follows)."""
    links = t["event_links"].filter(
        nw.col("relation").is_in(_ACYCLIC), nw.col("event_id") != nw.col("to_event_id")
    )
    circling = _circling(t, links.select("relation", "event_id", "to_event_id"))
    return t["event_links"].join(circling, on=["relation", "event_id", "to_event_id"], how="semi")


def _circling(t: Tables, links: Lazy) -> Lazy:
    """Links that lie on a circle: what is left when those with a loose end are taken off again and again."""
    left = t.engine.settled(links)
    while True:
        rest = left.join(
            left, left_on=["relation", "to_event_id"], right_on=["relation", "event_id"], how="semi"
        )
        rest = rest.join(
            rest, left_on=["relation", "event_id"], right_on=["relation", "to_event_id"], how="semi"
        )
        before, left = left, t.engine.settled(rest)
        if number_of(left) == number_of(before):
            return left


@_rule("event_links", "relation")
def causes_come_first(t: Tables) -> Lazy:
    """An event cannot follow, answer, disclose, deny, condemn or implement what began after it ended."""
    rows = _with(t["event_links"], t["events"], "event_id", "event_id", _ended="end_latest")
    rows = _with(rows, t["events"], "to_event_id", "event_id", _began="start_earliest")
    return rows.filter(nw.col("relation") != "part-of", nw.col("_ended") < nw.col("_began"))


@_rule("event_links", "relation")
def relations_fit_the_kind_of_event(t: Tables) -> Lazy:
    """This kind of event cannot bear this relation: only designations sanction, only public acts disclose,
    condemn, deny, dispute or acknowledge.
    """
    rows = _with(t["event_links"], t["events"], "event_id", "event_id", _kind="kind")
    return rows.filter(
        ((nw.col("relation") == "sanctions") & (nw.col("_kind") != "designation"))
        | (
            nw.col("relation").is_in(["discloses", "condemns", "denies", "disputes", "acknowledges"])
            & outside("_kind", ACTS)
        )
    )


# Registries ------------------------------------------------------------------------------------------------


@_rule("places", "latitude", "longitude", "coordinates_source_id")
def coordinates_are_whole(t: Tables) -> Lazy:
    """A place has latitude, longitude and the source of both, or none of the three."""
    given = [
        nw.col(name).is_null().cast(nw.Int64) for name in ("latitude", "longitude", "coordinates_source_id")
    ]
    return t["places"].filter((given[0] + given[1] + given[2]).is_in([1, 2]))


@_rule("places", "latitude")
def places_lie_in_their_country(t: Tables) -> Lazy:
    """The coordinates of a place must lie within the bounding box of its country."""
    rows = _with(
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


@_rule("identifiers", "value")
def identifiers_have_the_form_of_their_scheme(t: Tables) -> Lazy:
    """An identifier must have the form of its scheme: Q865 for wikidata, seven digits for imo."""
    wrong = [
        (nw.col("scheme") == scheme) & ~nw.col("value").str.contains(form)
        for scheme, form in _FORM_OF_SCHEME.items()
    ]
    return t["identifiers"].filter(nw.any_horizontal(*wrong, ignore_nulls=True))


@_rule("identifiers", "value")
def imo_numbers_have_their_check_digit(t: Tables) -> Lazy:
    """The last digit of an IMO ship number must be the check digit of the six before it."""
    ships = t["identifiers"].filter(nw.col("scheme") == "imo", nw.col("value").str.contains(r"^[0-9]{7}$"))
    digits = [nw.col("value").str.slice(place, 1).cast(nw.Int64) for place in range(7)]
    total = sum(
        (digit * weight for digit, weight in zip(digits[1:6], range(6, 1, -1), strict=True)), digits[0] * 7
    )
    return ships.filter(total % 10 != digits[6])


@_rule("identifiers", "scheme")
def schemes_fit_the_kind_of_actor(t: Tables) -> Lazy:
    """This scheme does not number actors of this kind: IMO ship numbers are for vessels, IMO company numbers
    for companies, registrations and serial numbers of aircraft for aircraft.
    """
    rows = _with(t["identifiers"], t["actors"], "actor_id", "actor_id", _kind="kind")
    wrong = [
        (nw.col("scheme") == scheme) & outside("_kind", kinds) for scheme, kinds in _KINDS_OF_SCHEME.items()
    ]
    return rows.filter(nw.any_horizontal(*wrong, ignore_nulls=True))


@_rule("identifiers", "value")
def no_two_actors_share_an_identifier(t: Tables) -> Lazy:
    """An identifier names one actor alone."""
    bearers = t["identifiers"].group_by("scheme", "value").agg(nw.col("actor_id").n_unique().alias("_n"))
    shared = bearers.filter(nw.col("_n") > 1)
    return t["identifiers"].join(shared.select("scheme", "value"), on=["scheme", "value"], how="semi")


@_rule("aliases", "alias")
def aliases_differ_from_the_name(t: Tables) -> Lazy:
    """An alias repeats the actor's own name."""
    rows = _with(t["aliases"], t["actors"], "actor_id", "actor_id", _name="name")
    return rows.filter(nw.col("alias") == nw.col("_name"))


@_rule("sources", "publisher")
def reposts_name_their_original(t: Tables) -> Lazy:
    """A repost is written Original (via Host), so that it does not count as a second publisher."""
    return t["sources"].filter(nw.col("publisher").str.contains(r"\(([Cc]opy|[Ff]rom|[Rr]epost)\b"))


@_rule("sources", "source_id")
def sources_and_events_share_no_id(t: Tables) -> Lazy:
    """An id must not name a source and an event, nor be one of the words act and undated."""
    taken = t["events"].select(source_id="event_id")
    words = nw.col("source_id").is_in(["act", "undated"])
    return nw.concat([t["sources"].join(taken, on="source_id", how="semi"), t["sources"].filter(words)])


@_rule("actors", "actor_id")
def actors_and_events_share_no_id(t: Tables) -> Lazy:
    """An id must not name an actor and an event: both are nodes of one network."""
    return t["actors"].join(t["events"].select(actor_id="event_id"), on="actor_id", how="semi")


@_rule("retired", "id")
def retired_ids_are_not_used(t: Tables) -> Lazy:
    """An id that was retired must not name a row again."""
    used = [
        t["retired"].filter(nw.col("table") == table).join(
            t[table].select(nw.col(key).alias("id")), on="id", how="semi"
        )
        for table, key in (("events", "event_id"), ("actors", "actor_id"), ("sources", "source_id"),
                           ("places", "place_id"), ("instruments", "instrument_id"))
    ]  # fmt: skip
    return nw.concat(used)
