"""Conditions of 1.1.0: materiel, countries of actors, bodies, places acts are about, ids that lead on."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from folders import RawFolder

import timeline
from timeline.curation.build import build
from timeline.dataset import Dataset
from timeline.errors import BadRequest
from timeline.selection.query import read, replay, written

KREMLIN = "kremlin-says-no-proof-of-dprk-arms"
REPORT = "rusi-reports-najin-dunay-shuttle"


@pytest.fixture(scope="module")
def ds(small_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    raw = RawFolder(shutil.copytree(small_root, tmp_path_factory.mktemp("conditions") / "checkout"))
    raw.replace(KREMLIN, "kind: denial", 'kind: denial\nmade_public: "2023-10-20"')
    raw.replace(REPORT, "place: najin-port", "about_place: najin-port")
    raw.append(
        "retired", "old-kim,actors,older-kim,One man,1.1.0\nolder-kim,actors,kim-jong-un,One man,1.1.0\n"
    )
    raw.append("retired", "old-report,events,rusi-reports-najin-dunay-shuttle,One report,1.1.0\n")
    raw.replace("retired", "older-kim,One man", "kim-jong-un,One man")
    raw.replace("package.yaml", '"1.0.0"', '"1.1.1"')
    build(raw.root)
    return timeline.open(raw.root)


def ids(dataset: Dataset) -> set[str]:
    return set(dataset["events"]["event_id"])


def test_materiel(ds: Dataset) -> None:
    about = ds["event_materiel"]
    wanted = set(about.loc[about["materiel"] == "ballistic-missiles", "event_id"])
    assert ids(ds.where(materiel="ballistic-missiles")) == wanted != set()
    with pytest.raises(BadRequest, match="did you mean ballistic-missiles"):
        ds.where(materiel="balistic-missiles")


def test_the_country_of_an_actor_and_what_belongs_to_it(ds: Dataset) -> None:
    american = ds.where(actor_country="United States")
    assert ids(american) == ids(ds.where(actor_country="USA"))
    bodies = ds.where(actor="usa", with_bodies=True)
    assert ids(ds.where(actor="usa-state")) <= ids(bodies) <= ids(american)
    assert ids(ds.where(authority="usa", with_bodies=True)) == ids(ds.where(authority="usa-state"))
    with pytest.raises(BadRequest, match="with_bodies needs an actor or an authority"):
        ds.where(kind="denial", with_bodies=True)


def test_a_query_tells_them(ds: Dataset) -> None:
    part = ds.where(actor="usa", with_bodies=True, materiel="ballistic-missiles", actor_country="USA")
    assert replay(ds, read(written(part.steps))) == part
    assert timeline.resolve(timeline.cite(part), ds.package.where) == part


def test_a_place_is_where_it_happened_or_what_an_act_is_about(ds: Dataset) -> None:
    assert REPORT in ids(ds.where(place="Najin (Rajin) port"))
    assert REPORT in ids(ds.where(country="PRK"))
    features = json.loads(ds.to_geojson(Path(ds.package.where) / "x.geojson").read_text())["features"]
    (report,) = (each for each in features if each["id"] == REPORT)
    assert report["properties"]["drawn_at"] == "about_place"
    assert report["geometry"]["coordinates"] == [130.28308, 42.25559]
    assert "About Najin (Rajin) port" in str(ds.story(REPORT))


def test_an_act_is_known_when_it_is_made_public(ds: Dataset) -> None:
    event = ds["events"].set_index("event_id").loc[KREMLIN]
    assert str(event["known_from"])[:10] == "2023-10-20"
    assert KREMLIN not in ids(ds.as_known_on("2023-10-19"))


def test_a_retired_id_leads_on(ds: Dataset) -> None:
    assert ds.where(actor="old-kim") == ds.where(actor="kim-jong-un")
    assert ds.story("old-report").event["event_id"] == REPORT
    assert len(ds.status_history("old-report"))
