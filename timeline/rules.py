"""Rules that no single column can state. Each returns the rows that break it, on any engine.

The docstring of a rule is its error text and its entry in the codebook.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

import narwhals as nw

from timeline.engines import ROW, Lazy, Tables
from timeline.references import LONGEST_CHAIN, ancestors

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
    "operator": _AGENTS,
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
}
_FORM_OF_ENTRY = {
    "us-ofac-sdn": r"^[1-9][0-9]*$",
    "uk-sanctions-list": r"^[A-Z]{3}[0-9]{4}$",
    "au-dfat": r"^[1-9][0-9]*[a-z]*$",
    "un-1718": r"^KP[ie]\.[0-9]{3}$",
}
_LIST_OF_SCHEME = {"ofac-uid": "us-ofac-sdn", "uk-sanctions-id": "uk-sanctions-list"}
_ROLES_OF_MOVEMENTS = ("carrier", "operator", "host", "subject", "discloser", "author")
_FIRST_DAY = date(1945, 8, 15)
_OTHER_SCRIPT = "[^ -\u024f\u0300-\u036f\u1e00-\u1eff\u2010-\u2027\u2030-\u205e\u2070-\u218f]"


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


@_rule("events", "date", "start_earliest", "start_latest")
def every_event_has_a_year(t: Tables) -> Lazy:
    """The date of an event must say in which year it began, or in which twelve months."""
    latest = nw.col("start_earliest").dt.offset_by("366d")
    years = t["events"].filter(nw.col("start_earliest") >= _FIRST_DAY)
    return years.filter(latest < nw.col("start_latest"))


@_rule("events", "date", "start_earliest")
def no_event_is_older_than_the_matter(t: Tables) -> Lazy:
    """No event of the record can have begun before 15 August 1945: it is about two states of today."""
    return t["events"].filter(nw.col("start_earliest") < _FIRST_DAY)


@_rule("events", "date", "start_earliest")
def no_event_begins_after_the_release(t: Tables) -> Lazy:
    """An event cannot begin after the day on which the record is released."""
    return _after_release(t, "events", "start_earliest")


@_rule("sources", "published", "published_earliest")
def no_source_appears_after_the_release(t: Tables) -> Lazy:
    """A source cannot be published after the day on which the record is released."""
    return _after_release(t, "sources", "published_earliest")


@_rule("estimates", "as_of", "as_of_earliest")
def no_estimate_is_of_a_day_after_the_release(t: Tables) -> Lazy:
    """An estimate cannot be as of a day after that on which the record is released."""
    return _after_release(t, "estimates", "as_of_earliest")


@_rule("listings", "listed_on", "listed_on_earliest")
def nobody_is_listed_after_the_release(t: Tables) -> Lazy:
    """A listing cannot begin after the day on which the record is released."""
    return _after_release(t, "listings", "listed_on_earliest")


def _after_release(t: Tables, name: str, column: str) -> Lazy:
    return t[name].head(0) if t.released is None else t[name].filter(nw.col(column) > t.released)


@_rule("events", "made_public", "kind")
def acts_alone_are_made_public(t: Tables) -> Lazy:
    """Only an act bears made_public: disclosure, statement, denial, designation, delisting, United Nations
    action or report. Anything else is known by its sources.
    """
    return t["events"].filter(~nw.col("made_public").is_null(), outside("kind", ACTS))


@_rule("events", "made_public", "made_public_latest", "start_earliest")
def nothing_is_made_public_before_it_is_done(t: Tables) -> Lazy:
    """An act cannot be made public before the day on which it was done."""
    return t["events"].filter(nw.col("made_public_latest") < nw.col("start_earliest"))


@_rule("events", "about_place_id", "kind")
def acts_alone_are_about_a_place(t: Tables) -> Lazy:
    """Only an act bears about_place; of anything else place says where it happened."""
    return t["events"].filter(~nw.col("about_place_id").is_null(), outside("kind", ACTS))


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


@_rule("participants", "role", "event_id")
def movements_have_no_known_load(t: Tables) -> Lazy:
    """What a movement carries is not known, so that nobody supplies or gets it: it has a carrier, an
    operator, a host, a subject or who tells of it.
    """
    movements = t["events"].filter(nw.col("kind") == "movement").select("event_id")
    return t["participants"].join(movements, on="event_id", how="semi").filter(
        outside("role", _ROLES_OF_MOVEMENTS)
    )  # fmt: skip


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


# Lists and listings ----------------------------------------------------------------------------------------


@_rule("lists", "authority_id")
def lists_are_kept_by_public_powers(t: Tables) -> Lazy:
    """Only a state, a government body or an international organisation keeps a sanctions list."""
    rows = _with(t["lists"], t["actors"], "authority_id", "actor_id", _kind="kind")
    return rows.filter(outside("_kind", _POWERS))


@_rule("lists", "read", "as_of", "source_id")
def lists_say_what_was_read(t: Tables) -> Lazy:
    """A list of which something was read needs as_of and source, a list that was not read has neither."""
    given = [nw.col(name).is_null().cast(nw.Int64) for name in ("as_of", "source_id")]
    missing = given[0] + given[1]
    unread = nw.col("read") == "none"
    return t["lists"].filter((unread & (missing < 2)) | (~unread & (missing > 0)))


@_rule("listings", "entry_id", "list_id")
def entries_have_the_form_of_their_list(t: Tables) -> Lazy:
    """The number of an entry must have the form of its list: digits for us-ofac-sdn, RUS1234 for
    uk-sanctions-list.
    """
    wrong = [
        (nw.col("list_id") == name) & ~nw.col("entry_id").str.contains(form)
        for name, form in _FORM_OF_ENTRY.items()
    ]
    return t["listings"].filter(nw.any_horizontal(*wrong, ignore_nulls=True))


@_rule("listings", "delisted_on", "delisted_on_latest", "listed_on_earliest")
def nobody_is_delisted_before_being_listed(t: Tables) -> Lazy:
    """A listing cannot end before it began."""
    return t["listings"].filter(nw.col("delisted_on_latest") < nw.col("listed_on_earliest"))


@_rule("listings", "event_id", "designee_id")
def listings_name_the_event_that_made_them(t: Tables) -> Lazy:
    """The event of a listing must have a row of designations for the same designee."""
    made = t["listings"].filter(~nw.col("event_id").is_null())
    return without_partner(made, t["designations"], ["event_id", "designee_id"])


@_rule("listings", "listed_on", "listed_on_latest", "event_id")
def listings_do_not_precede_their_event(t: Tables) -> Lazy:
    """A listing cannot begin before the event that made it."""
    rows = _with(t["listings"], t["events"], "event_id", "event_id", _began="start_earliest")
    return rows.filter(nw.col("listed_on_latest") < nw.col("_began"))


@_rule("identifiers", "value", "scheme", "actor_id")
def numbers_on_lists_stand_in_listings(t: Tables) -> Lazy:
    """A number that a list gives (ofac-uid, uk-sanctions-id) must be the entry of a listing of this actor on
    that list, where the record has the list.
    """
    found = []
    for scheme, name in _LIST_OF_SCHEME.items():
        there = t["lists"].filter(nw.col("list_id") == name).select(_list="list_id")
        numbered = t["identifiers"].filter(nw.col("scheme") == scheme).with_columns(_list=nw.lit(name))
        entries = t["listings"].filter(_or_unknown(nw.col("list_id") == name))
        rows = numbered.join(there, on="_list", how="semi").drop("_list")
        found.append(without_partner(rows, entries, ["actor_id", "value"], ["designee_id", "entry_id"]))
    return nw.concat(found)


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


@_rule("event_links", "relation", "event_id", "to_event_id")
def what_was_public_is_not_disclosed(t: Tables) -> Lazy:
    """An act discloses only what was not public before: what adds to what is public updates it."""
    from timeline.knowledge import known_from  # which itself needs the kinds of events above

    links = t["event_links"].filter(nw.col("relation") == "discloses")
    linked = nw.concat([links.select("event_id"), links.select(event_id="to_event_id")]).unique()
    told = links.select(event_id="to_event_id").unique()
    known = known_from(
        {
            "events": t["events"].join(linked, on="event_id", how="semi"),
            "citations": t["citations"].join(told, on="event_id", how="semi"),
            "sources": t["sources"],
            "event_links": links,
        }
    ).select("event_id", "known_from")
    rows = _with(links, known, "event_id", "event_id", _disclosed="known_from")
    rows = _with(rows, known, "to_event_id", "event_id", _public="known_from")
    return rows.filter(nw.col("_public") < nw.col("_disclosed"))


# Registries ------------------------------------------------------------------------------------------------


@_rule("actors", "parent_id")
def actors_do_not_belong_to_themselves(t: Tables) -> Lazy:
    """What an actor belongs to must lead in three steps at most to one that belongs to nobody, never back."""
    return _endless(t["actors"], "actor_id", "parent_id")


@_rule("sources", "relays")
def sources_do_not_relay_themselves(t: Tables) -> Lazy:
    """What a source relays must lead in three steps at most to one that relays nothing, never back."""
    return _endless(t["sources"], "source_id", "relays")


def _endless(rows: Lazy, key: str, parent: str) -> Lazy:
    """Rows from which a chain of references leads further than chains may."""
    steps = rows.filter(~nw.col(parent).is_null()).select(key, _above=parent)
    last = ancestors(rows, key, parent, only=LONGEST_CHAIN)
    beyond = last.join(steps.select(_above=key), on="_above", how="semi")
    return rows.join(beyond.select(key).unique(), on=key, how="semi")


@_rule("places", "country", "kind")
def places_on_land_have_a_country(t: Tables) -> Lazy:
    """A place needs a country unless it is a part of the sea."""
    return t["places"].filter(nw.col("country").is_null(), nw.col("kind") != "sea")


@_rule("aliases", "script", "alias", "language")
def names_in_other_scripts_say_which(t: Tables) -> Lazy:
    """A name that is not in Latin script needs language and script, such as ko and Kore, ru and Cyrl; one in
    Latin script bears no other.
    """
    other = nw.col("alias").str.contains(_OTHER_SCRIPT)
    latin = nw.col("script").is_null() | (nw.col("script") == "Latn")
    return t["aliases"].filter((other & (latin | nw.col("language").is_null())) | (~other & ~latin))


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
    """The last digit of an IMO number, of a ship or a company, must be the check digit of the six before it;
    the first of a ship is not 0.
    """
    numbers = t["identifiers"].filter(nw.col("value").str.contains(r"^[0-9]{7}$"))
    digits = [nw.col("value").str.slice(place, 1).cast(nw.Int64) for place in range(7)]

    def total(weights: tuple[int, ...]) -> nw.Expr:
        first, *others = (digit * weight for digit, weight in zip(digits, weights, strict=False))
        return sum(others, first)

    ship = (digits[0] > 0) & (total((7, 6, 5, 4, 3, 2)) % 10 == digits[6])
    company = (11 - total((8, 6, 4, 2, 9, 7)) % 11) % 10 == digits[6]
    wrong = ((nw.col("scheme") == "imo") & ~ship) | ((nw.col("scheme") == "imo-company") & ~company)
    return numbers.filter(wrong)


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
def publishers_are_who_wrote_the_text(t: Tables) -> Lazy:
    """The publisher is who wrote the text; where it was read is told in host, not behind via or copy."""
    return t["sources"].filter(nw.col("publisher").str.contains(r"\(([Vv]ia|[Cc]opy|[Ff]rom|[Rr]epost)\b"))


@_rule("sources", "host", "publisher")
def hosts_are_other_houses(t: Tables) -> Lazy:
    """The host is named only where it is another house than the publisher."""
    return t["sources"].filter(nw.col("host") == nw.col("publisher"))


@_rule("sources", "publisher", "host")
def one_house_has_one_spelling(t: Tables) -> Lazy:
    """A house has one spelling, as publisher and as host: no second one that differs in capitals, spaces,
    marks or The alone. Of two spellings the one that more sources have stays.
    """
    rows = t["sources"]
    named = nw.concat([rows.select(_name=column) for column in ("publisher", "host")])
    spellings = named.filter(~nw.col("_name").is_null()).group_by("_name").agg(nw.len().alias("_uses"))
    spellings = spellings.with_columns(_house=_bare(nw.col("_name"), r"^the |[ .,'’/&-]"))
    first = spellings.with_columns(_rank=-nw.col("_uses")).unique(
        "_house", keep="first", order_by=["_rank", "_name"]
    )
    others = spellings.join(first.select("_name"), on="_name", how="anti")
    of_publisher = rows.join(others.select(publisher="_name"), on="publisher", how="semi")
    of_host = rows.join(others.select(host="_name"), on="host", how="semi")
    return nw.concat([of_publisher, of_host]).unique(ROW)


@_rule("sources", "url")
def one_address_has_one_spelling(t: Tables) -> Lazy:
    """An address stands once: no second one that differs in http or https, www, capitals, a slash at the end
    or what follows # alone.
    """
    rows = t["sources"].with_columns(_address=_bare(nw.col("url"), r"^https?://(www\.)?|#.*$|/+$"))
    twice = rows.group_by("_address").agg(nw.len().alias("_n"), nw.col(ROW).min().alias("_first"))
    return rows.join(twice.filter(nw.col("_n") > 1), on="_address").filter(nw.col(ROW) > nw.col("_first"))


@_rule("sources", "url")
def addresses_do_not_say_who_led_there(t: Tables) -> Lazy:
    """An address has no utm_ in it, which only tells a house where its readers come from."""
    return t["sources"].filter(nw.col("url").str.contains(r"[?&]utm_"))


def _bare(text: nw.Expr, needless: str) -> nw.Expr:
    return text.str.to_lowercase().str.replace_all(needless, "")


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
