"""Dataset: a mapping of tables that nothing changes, and what it says of itself."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

import timeline
from timeline import contract
from timeline.dataset import Dataset
from timeline.errors import BadRequest


@pytest.fixture(scope="module")
def ds() -> Dataset:
    return timeline.open("1.0.0")


PARTS = {
    "denials": lambda ds: ds.where(kind="denial"),
    "a month": lambda ds: ds.during("2023-11"),
    "as known": lambda ds: ds.as_known_on("2024-01-08"),
    "listings": lambda ds: ds.where(kind="designation").where(authority="usa-ofac"),
    "nothing": lambda ds: ds.where(kind="denial").where(kind="transfer"),
}


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
    assert ds == timeline.open("1.0.0")
    assert ds.where(kind="denial") != ds
    assert ds != "a dataset"
    part = ds.where(kind="denial")
    assert part.whole is ds
    assert part == ds.where(kind="Denial")


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
