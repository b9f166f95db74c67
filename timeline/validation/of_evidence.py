"""Rules about estimates, citations and links that no single column can state."""

from __future__ import annotations

import narwhals as nw

from timeline.engines import Lazy, Tables
from timeline.knowledge import ACTS
from timeline.validation.rule import Rule, collected_in, joined, number_of, outside, without_partner

_ACYCLIC = ("part-of", "implements", "follows")

RULES: list[Rule] = []
named = collected_in(RULES)

# Estimates -------------------------------------------------------------------------------------------------


@named("estimates", "best", "low", "high", says="An estimate needs at least one of low, best and high.")
def an_estimate_has_a_number(t: Tables) -> Lazy:
    return t["estimates"].filter(
        nw.all_horizontal(nw.col("low", "best", "high").is_null(), ignore_nulls=False)
    )


@named("estimates", "best", says="An estimate needs low ≤ best ≤ high.")
def numbers_are_in_order(t: Tables) -> Lazy:
    low, best, high = nw.col("low"), nw.col("best"), nw.col("high")
    return t["estimates"].filter(nw.any_horizontal(low > best, best > high, low > high, ignore_nulls=True))


@named("estimates", "unit", says="The unit of an estimate is the one that its measure states.")
def units_belong_to_the_measure(t: Tables) -> Lazy:
    rows = joined(t["estimates"], t["measures"], "measure", "measure", _unit="unit")
    return rows.filter(nw.col("unit") != nw.col("_unit"))


@named(
    "estimates",
    "source_id",
    "event_id",
    says="The source of an estimate must be among the citations of its event.",
)
def sources_of_estimates_are_cited(t: Tables) -> Lazy:
    return without_partner(t["estimates"], t["citations"], ["event_id", "source_id"])


# Citations and links ---------------------------------------------------------------------------------------


@named(
    "citations",
    "source_id",
    says="A source published more than a day before an event began cannot tell of it, only be its background "
    "(the day is for time zones).",
)
def no_source_is_older_than_its_event(t: Tables) -> Lazy:
    rows = joined(t["citations"], t["sources"], "source_id", "source_id", _published="published_latest")
    rows = joined(rows, t["events"], "event_id", "event_id", _began="start_earliest")
    return rows.filter(
        nw.col("stance").is_in(["asserts", "reports", "corroborates", "acknowledges"]),
        nw.col("_published") < nw.col("_began").dt.offset_by("-1d"),
    )


@named("event_links", "to_event_id", says="An event cannot be linked to itself.")
def no_event_links_to_itself(t: Tables) -> Lazy:
    return t["event_links"].filter(nw.col("event_id") == nw.col("to_event_id"))


@named(
    "event_links",
    "to_event_id",
    says="Links of this relation must not lead back to where they began (part-of, implements, follows).",
)
def links_do_not_run_in_circles(t: Tables) -> Lazy:
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


@named(
    "event_links",
    "relation",
    says="An event cannot follow, answer, disclose, deny, condemn or implement what began after it ended.",
)
def causes_come_first(t: Tables) -> Lazy:
    rows = joined(t["event_links"], t["events"], "event_id", "event_id", _ended="end_latest")
    rows = joined(rows, t["events"], "to_event_id", "event_id", _began="start_earliest")
    return rows.filter(nw.col("relation") != "part-of", nw.col("_ended") < nw.col("_began"))


@named(
    "event_links",
    "relation",
    says="This kind of event cannot bear this relation: only designations sanction, only public acts "
    "disclose, condemn, deny, dispute or acknowledge.",
)
def relations_fit_the_kind_of_event(t: Tables) -> Lazy:
    rows = joined(t["event_links"], t["events"], "event_id", "event_id", _kind="kind")
    return rows.filter(
        ((nw.col("relation") == "sanctions") & (nw.col("_kind") != "designation"))
        | (
            nw.col("relation").is_in(["discloses", "condemns", "denies", "disputes", "acknowledges"])
            & outside(ACTS)(nw.col("_kind"))
        )
    )
