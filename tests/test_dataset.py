"""Dataset: what where keeps, that references hold, that nothing changes it, and what it says of itself."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import timeline
from timeline import contract
from timeline.dataset import Dataset
from timeline.errors import BadRequest
from timeline.selection.names import known
from timeline.validation.validate import problems_in

KREMLIN = "kremlin-says-no-proof-of-dprk-arms"


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
    in_country = set(ds["places"].query("country == 'PRK'")["place_id"])
    designating = events_of(ds["designations"].query("authority_id == 'usa-ofac'"))
    expected = {
        ("kind", "denial"): events_of(events[events["kind"] == "denial"]),
        ("status", "disputed"): events_of(events[events["status"] == "disputed"]),
        ("actor", "kim-jong-un"): events_of(participants[participants["actor_id"] == "kim-jong-un"]),
        ("role", "host"): events_of(participants[participants["role"] == "host"]),
        ("place", "najin-port"): events_of(events[events["place_id"] == "najin-port"]),
        ("country", "PRK"): events_of(events[events["place_id"].isin(in_country)]),
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


@pytest.mark.parametrize(
    ("condition", "spoken", "meant"),
    [
        ("actor", "Kim Jong Un", "kim-jong-un"),
        ("actor", "KIM JONG UN", "kim-jong-un"),
        ("actor", "AKTC", "air-koryo-trading"),
        ("place", "moscow", "moscow"),
        ("country", "North Korea", "PRK"),
        ("country", "prk", "PRK"),
        ("kind", "Denial", "denial"),
        ("role", "HOST", "host"),
    ],
)
def test_names_and_aliases_are_understood_in_any_case(condition: str, spoken: str, meant: str, ds) -> None:
    found = ds.where(**{condition: spoken})
    assert found == ds.where(**{condition: meant})
    assert found.steps == (("where", ((condition, (meant,)),)),)


@pytest.mark.parametrize(
    ("condition", "given", "said"),
    [
        ("kind", "denail", "no kind is called 'denail'; did you mean denial?"),
        ("status", "corroberated", "did you mean corroborated?"),
        ("actor", "kim-jong-um", "did you mean kim-jong-un?"),
        ("role", "hosts", "did you mean host?"),
        ("place", "najin-prot", "did you mean najin-port?"),
        ("country", "North Koera", "did you mean north korea?"),
        ("authority", "usa-ofca", "did you mean usa-ofac?"),
        ("authority", "kim-jong-un", "no authority is called 'kim-jong-un'"),
        ("kind", "", "no kind is called ''"),
        ("kind", 7, "kind must be text, or several texts, not 7"),
        ("kind", ["denial", 7], "kind must be text, or several texts, not 7"),
        ("actor", float("nan"), "actor must be text"),
        ("place", b"moscow", "place must be text"),
        ("country", [None], "country must be text"),
        ("kind", [], "kind has no value"),
    ],
)
def test_what_is_unknown_is_answered_with_the_nearest(condition: str, given: object, said: str, ds) -> None:
    with pytest.raises(BadRequest) as caught:
        ds.where(**{condition: given})
    assert said in str(caught.value)


def test_an_alias_of_several_actors_is_no_answer(ds) -> None:
    with pytest.raises(BadRequest, match="'DIA' is an alias of kor-dia and usa-dia: give an id"):
        ds.where(actor="DIA")


def test_every_alias_finds_its_actor_or_is_told_to_be_shared(ds) -> None:
    aliases, actors = ds["aliases"], ds["actors"]
    bearers = aliases.groupby(aliases["alias"].str.casefold())["actor_id"].agg(set).to_dict()
    named = dict(zip(actors["name"].str.casefold(), actors["actor_id"], strict=True))
    shared = 0
    for alias, meant in bearers.items():
        if alias in named:
            assert known(ds, "actor", alias) == (named[alias],)
        elif len(meant) == 1:
            assert known(ds, "actor", alias) == tuple(meant)
        else:
            shared += 1
            with pytest.raises(BadRequest, match=r"is an alias of .+ and .+: give an id"):
                known(ds, "actor", alias)
    assert shared


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
    for name in ds:
        assert len(empty[name]) == 0
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


# Immutable -------------------------------------------------------------------------------------------------


def test_a_dataset_is_a_mapping_of_tables(ds) -> None:
    assert isinstance(ds, Mapping)
    assert tuple(ds) == ds.tables == contract.TABLES
    assert len(ds) == len(contract.TABLES)
    assert "events" in ds
    assert "event" not in ds
    assert {name: len(frame) for name, frame in ds.items()}["events"] == len(ds["events"])
    with pytest.raises(BadRequest, match="no table 'event'; did you mean events"):
        ds["event"]


def test_nothing_changes_a_dataset(ds) -> None:
    events = ds["events"]
    events.loc[:, "title"] = "changed"
    del events["kind"]
    assert len(ds["events"]) > 390
    assert "changed" not in set(ds["events"]["title"])
    for name in ("version", "steps", "events", "new"):
        with pytest.raises(AttributeError, match=f"does not change, so that {name} cannot be set"):
            setattr(ds, name, ())
    with pytest.raises(TypeError):
        ds["events"] = events
    with pytest.raises(TypeError):
        hash(ds)
    whole = len(ds["events"])
    ds.where(kind="denial")
    assert len(ds["events"]) == whole
    assert ds.steps == ()


def test_datasets_are_equal_if_their_tables_are(ds) -> None:
    assert ds == timeline.open()
    assert ds.where(kind="denial") != ds
    assert ds != "a dataset"
    part = ds.where(kind="denial")
    assert part.whole is ds
    assert part == ds.where(kind="Denial")


# What it says ----------------------------------------------------------------------------------------------


def test_repr_tells_what_it_holds(ds) -> None:
    first, counts = repr(ds).splitlines()
    events = ds["events"]
    begin, end = events["start_earliest"].min(), events["start_latest"].max()
    assert first == (
        f"timeline {ds.version}: {len(events)} events that began from {begin:%Y-%m-%d} to {end:%Y-%m-%d}"
    )
    assert f"{len(ds['participants']):,} participants, {len(ds['estimates'])} estimates" in counts
    steps = repr(ds.where(kind="denial").where(place=["moscow", "beijing"])).splitlines()[2:]
    assert steps == ["where(kind='denial')", "where(place=('beijing', 'moscow'))"]
    assert repr(PARTS["nothing"](ds)).startswith(f"timeline {ds.version}: 0 events\n")
    known = repr(ds.as_known_on("2024-01-08")).splitlines()
    assert known[-1] == "reconstruction of the public record as of 2024-01-08"


def test_html_is_escaped(ds) -> None:
    strange = Dataset({name: ds.arrow(name) for name in ds}, "<script>alert(1)</script>")
    html = strange._repr_html_()
    assert "<script>" not in html
    assert html.startswith("<b>timeline &lt;script&gt;alert(1)&lt;/script&gt;: ")
    told = html.replace("<b>", "").replace("</b>", "").split("<br>")
    assert len(told) == len(repr(strange).splitlines())


# Story -----------------------------------------------------------------------------------------------------


def test_a_story_tells_all_that_hangs_on_an_event(ds) -> None:
    story = ds.story("us-designates-missile-transfer-network")
    event = "us-designates-missile-transfer-network"
    assert story.event["event_id"] == event
    assert story.place["place_id"] == "washington-dc"
    for name in ("participants", "designations", "citations", "estimates", "status_changes"):
        rows = ds[name]
        assert len(getattr(story, name)) == (rows["event_id"] == event).sum()
    links = ds["event_links"]
    assert len(story.links) == ((links["event_id"] == event) | (links["to_event_id"] == event)).sum()
    assert {link["direction"] for link in story.links} == {"to", "from"}
    text = str(story)
    told = ("Participants", "Status", "Designations", "Links", "Instruments", "Sources")
    assert [line for line in text.splitlines() if line in told] == list(told)
    assert story.event["title"] in text
    for citation in story.citations:
        assert citation["url"] in text
    assert "nan" not in text.split()
    assert "None" not in text.split()


def test_a_story_tells_in_words_when_where_and_how_its_status_came_about(ds) -> None:
    told = str(ds.story("us-discloses-dprk-ballistic-missiles"))
    assert "On 4 January 2024 (2024-01-04), Washington, D.C." in told
    assert "Known from 2024-01-04 by act" in told
    assert "ballistic-missiles-supplied at least 24 missiles, as of 2024-01-04" in told
    assert "→ discloses: DPRK ballistic missiles and launchers are transferred to Russia" in told
    assert "← denies: Russia's UN envoy dismisses the US claim about DPRK missiles (2024-01-10," in told
    told = str(ds.story("dprk-ballistic-missiles-reach-russia"))
    assert told.partition("\nStatus\n")[2].partition("\n\n")[0].splitlines() == [
        "  2024-01-04  claimed, by event us-discloses-dprk-ballistic-missiles",
        "  2024-01-10  disputed, by event russia-rejects-missile-claims-at-security-council",
        "  2024-01-12  corroborated, by event ukraine-institute-identifies-kn-23-debris",
    ]
    assert "From about 21 November 2023, going on (2023-11-21~/..)" in told
    assert "  violates Resolution 1718 (2006)" in told


@pytest.mark.parametrize("part", ["denials", "as known", "a month"])
def test_every_event_of_a_part_has_a_story(part: str, ds) -> None:
    kept = PARTS[part](ds)
    for event in sorted(ids(kept))[:25]:
        text = str(kept.story(event))
        assert event in text
        assert "nan" not in text.split()


def test_a_story_is_escaped_and_an_unknown_one_answered(ds) -> None:
    html = ds.story(KREMLIN)._repr_html_()
    assert html.startswith("<pre>")
    assert "&#x27;No Proof&#x27;" in html
    assert "<" not in html.removeprefix("<pre>").removesuffix("</pre>")
    with pytest.raises(BadRequest, match=f"no event 'kremlin-says-no-prof'; did you mean {KREMLIN[:12]}"):
        ds.story("kremlin-says-no-prof")
    with pytest.raises(BadRequest, match="no event"):
        ds.where(kind="transfer").story(KREMLIN)
