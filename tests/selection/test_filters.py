"""Filters: what where keeps, and that references hold in every part."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import timeline
from timeline import contract
from timeline.archive import problems_in
from timeline.dataset import Dataset
from timeline.errors import BadRequest


@pytest.fixture(scope="module")
def ds() -> Dataset:
    return timeline.open()


def ids(dataset: Dataset) -> set[str]:
    return set(dataset["events"]["event_id"])


def events_of(rows: pd.DataFrame) -> set[str]:
    return set(rows["event_id"])


# where -----------------------------------------------------------------------------------------------------


def test_where_keeps_the_events_that_pandas_would_keep(ds) -> None:
    events, participants = ds["events"], ds["participants"]
    both = events[["place_id", "about_place_id"]]
    in_country = set(ds["places"].query("country == 'PRK'")["place_id"])
    designating = events_of(ds["designations"].query("authority_id == 'usa-ofac'"))
    expected = {
        ("kind", "denial"): events_of(events[events["kind"] == "denial"]),
        ("status", "disputed"): events_of(events[events["status"] == "disputed"]),
        ("actor", "kim-jong-un"): events_of(participants[participants["actor_id"] == "kim-jong-un"]),
        ("role", "host"): events_of(participants[participants["role"] == "host"]),
        ("place", "najin-port"): events_of(events[(both == "najin-port").any(axis="columns")]),
        ("country", "PRK"): events_of(events[both.isin(in_country).any(axis="columns")]),
        ("authority", "usa-ofac"): designating,
    }
    for (condition, value), kept in expected.items():
        assert kept, condition
        assert ids(ds.where(**{condition: value})) == kept


def test_several_values_are_alternatives_and_several_conditions_all_hold(ds) -> None:
    either = ds.where(kind=["denial", "transfer"])
    assert ids(either) == ids(ds.where(kind="denial")) | ids(ds.where(kind="transfer"))
    both = ds.where(kind="denial", place="moscow")
    assert ids(both) == ids(ds.where(kind="denial")) & ids(ds.where(place="moscow"))
    assert ids(both) == ids(ds.where(kind="denial").where(place="moscow"))
    assert ids(both)
    assert ids(ds.where(kind=iter(["denial"]))) == ids(ds.where(kind="denial"))


def test_a_role_beside_an_actor_is_that_of_the_actor(ds) -> None:
    rows = ds["participants"].query("actor_id == 'rus' and role == 'recipient'")
    found = ids(ds.where(actor="rus", role="recipient"))
    assert found == events_of(rows)
    assert found < ids(ds.where(actor="rus"))
    assert found < ids(ds.where(role="recipient"))


def test_where_needs_a_condition_that_there_is(ds) -> None:
    with pytest.raises(BadRequest, match="where\\(\\) needs a condition: kind, actor, role"):
        ds.where()
    with pytest.raises(TypeError, match="knd"):
        ds.where(knd="denial")


# References ------------------------------------------------------------------------------------------------

PARTS = {
    "denials": lambda ds: ds.where(kind="denial"),
    "a month": lambda ds: ds.during("2023-11"),
    "as known": lambda ds: ds.as_known_on("2024-01-08"),
    "listings": lambda ds: ds.where(kind="designation").where(authority="usa-ofac"),
    "nothing": lambda ds: ds.where(kind="denial").where(kind="transfer"),
}


@pytest.mark.parametrize("part", PARTS)
def test_references_hold_in_every_part(part: str, ds) -> None:
    kept = PARTS[part](ds)
    assert (len(kept["events"]) == 0) == (part == "nothing")
    for name, described in contract.tables().items():
        rows = kept[name]
        assert tuple(rows.columns) == described.columns
        for key in described.foreign_keys:
            given = rows[list(key.columns)].dropna().astype("str").agg(tuple, axis=1).tolist()
            known = kept[key.table][list(key.referenced)].astype("str").agg(tuple, axis=1).tolist()
            assert set(given) <= set(known), (name, key)
    assert len(kept["sources"]) < len(ds["sources"])
    assert events_of(kept["timeline"]) == ids(kept)


def test_registries_hold_nothing_that_is_not_referred_to(ds) -> None:
    kept = ds.where(kind="denial")
    used = set(kept["events"]["place_id"].dropna())
    assert set(kept["places"]["place_id"]) >= used
    assert set(kept["participants"]["actor_id"]) <= set(kept["actors"]["actor_id"])
    assert 0 < len(kept["actors"]) < len(ds["actors"])


@pytest.mark.parametrize("part", sorted(PARTS.keys() - {"as known"}))  # which is reconstructed, not published
def test_no_part_breaks_a_rule_or_holds_what_the_whole_does_not(part: str, ds) -> None:
    kept = PARTS[part](ds)
    assert problems_in(kept) == []
    for name in ("events", "citations", "sources", "actors", "identifiers"):
        rows, whole = kept._plain(name).to_pylist(), ds._plain(name).to_pylist()
        assert {tuple(row.values()) for row in rows} <= {tuple(row.values()) for row in whole}


def test_a_part_without_events_has_every_table_and_column(ds) -> None:
    empty = PARTS["nothing"](ds)
    timeline.validate(empty)
    of_lists = {"retired", "lists", "actors", "aliases", "identifiers", "listings", "sources", "countries"}
    for name in ds:
        assert len(empty[name]) == 0 or name in of_lists
        assert list(empty[name].dtypes) == list(ds[name].dtypes)


def any_conditions() -> st.SearchStrategy[dict]:
    whole = timeline.open()
    events, participants = contract.table("events"), contract.table("participants")
    actors = st.sampled_from(whole["actors"]["actor_id"].tolist())
    choices = {
        "kind": st.lists(st.sampled_from(events.field("kind").enum), min_size=1, max_size=4),
        "status": st.sampled_from(events.field("status").enum),
        "actor": st.lists(actors, min_size=1, max_size=3),
        "role": st.sampled_from(participants.field("role").enum),
        "country": st.sampled_from(sorted(set(whole["places"]["country"]))),
    }
    return st.fixed_dictionaries({}, optional=choices).filter(bool)


@settings(max_examples=8)
@given(any_conditions(), any_conditions())
def test_filters_narrow_commute_and_repeat(first: dict, second: dict) -> None:
    whole = timeline.open()
    one, other = whole.where(**first), whole.where(**second)
    both = one.where(**second)
    assert ids(both) == ids(one) & ids(other)
    assert both == other.where(**first)
    assert one.where(**first) == one
