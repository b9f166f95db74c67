"""Names: ids, names and aliases are understood, and what is unknown is answered with the nearest."""

from __future__ import annotations

import pytest

import timeline
from timeline.dataset import Dataset
from timeline.errors import BadRequest
from timeline.selection.names import known


@pytest.fixture(scope="module")
def ds() -> Dataset:
    return timeline.open("1.0.0")


def ids(dataset: Dataset) -> set[str]:
    return set(dataset["events"]["event_id"])


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
