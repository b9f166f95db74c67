"""The same mistake, told alike of a frame, a mapping, a Dataset, a folder, a descriptor and a zip."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas
import polars
import pyarrow
import pytest
from folders import as_zip, without_parquet
from pyarrow import parquet

import timeline
from timeline import archive, contract
from timeline.dataset import Dataset
from timeline.errors import BadData, BadRequest, Problem
from timeline.files import csv
from timeline.files.opening import open_package
from timeline.validation.validate import problems_in

SAME_DATA: dict[str, Callable[[Any], Any]] = {
    "folder": lambda package: package.root,
    "folder as text": lambda package: str(package.root),
    "descriptor": lambda package: package["datapackage.json"],
    "zip": as_zip,
    "dataset": lambda package: timeline.open(package.root),
    "pandas": lambda package: dict(timeline.open(package.root)),
    "arrow": lambda package: {name: open_package(package.root).table(name) for name in contract.TABLES},
    "polars": lambda package: {
        name: polars.from_arrow(open_package(package.root).table(name)) for name in contract.TABLES
    },
}


def told(problem: Problem) -> tuple[str, str, str, str]:
    return problem.column, problem.value, problem.message, problem.rule


@pytest.mark.parametrize("form", SAME_DATA)
def test_valid_data_are_valid_in_every_form(form: str, package) -> None:
    timeline.validate(SAME_DATA[form](package))


MISTAKES = [
    ("events", b",2023-10-17,instant", b",2023-02-29,instant", "date", "2023-02-29", "edtf"),
    ("citations", b",brecorder-", b",precorder-", "source_id", "precorder-2023-10-17-kremlin", "foreign-key"),
    ("participants", b",rus-president,denier", b",rus-president,carrier", "role", "carrier",
     "roles-fit-the-kind-of-actor"),
    ("places", b",39.9075,", b",99.9075,", "latitude", "99.9075", "maximum"),
]  # fmt: skip


@pytest.mark.parametrize("form", SAME_DATA)
def test_mistakes_are_told_alike_in_every_form(form: str, package) -> None:
    without_parquet(package)
    expected = set()
    for name, old, new, column, value, rule in MISTAKES:
        line = package[name].read_bytes().partition(old)[0].count(b"\n")
        package.replace(name, old, new)
        in_frame = form in ("dataset", "pandas", "arrow", "polars")
        where = f"{name} row {line - 1}" if in_frame else f"data/processed/{name}.csv row {line + 1}"
        expected.add((where, column, value, rule))
    with pytest.raises(BadData) as caught:
        timeline.validate(SAME_DATA[form](package))
    found = {(each.where, each.column, each.value, each.rule): each for each in caught.value.problems}
    assert expected <= found.keys()
    assert len(found) == len(caught.value.problems)
    assert [told(each) for each in found.values()] == [told(each) for each in problems_in(package.root)]
    assert str(caught.value).splitlines()[1:] == [f"  {each}" for each in found.values()]


def test_a_word_outside_the_vocabulary_is_told_of_a_dataset(package) -> None:
    without_parquet(package)
    package.replace("participants", b",rus-president,denier", b",rus-president,denies")
    found = [each for each in problems_in(timeline.open(package.root)) if each.rule == "vocabulary"]
    assert [(each.column, each.value) for each in found] == [("role", "denies")]
    assert found[0].message.endswith("; did you mean denier?")


def with_word(package, name: str, column: str, old: str, new: str) -> int:
    """Write another word where the first ``old`` stands, in both files of a table; its row, from 0."""
    path = package.root / "data" / "processed" / f"{name}.parquet"
    data = parquet.read_table(path)
    words = data[column].cast(pyarrow.string()).to_pylist()
    row = words.index(old)
    words[row] = new
    place = data.column_names.index(column)
    data = data.set_column(place, column, pyarrow.array(words).dictionary_encode())
    parquet.write_table(data, path)
    package[name].write_bytes(csv.to_csv(data.set_column(place, column, pyarrow.array(words))))
    package.rehash()
    return row


TYPED: dict[str, Callable[[Dataset], object]] = {
    "pandas": lambda dataset: dataset["participants"],
    "arrow": lambda dataset: dataset.arrow("participants"),
    "filtered": lambda dataset: dataset.where(actor="rus-president")["participants"],
    "sql": lambda dataset: dataset.sql("select 1"),
}


@pytest.mark.parametrize("read", TYPED)
@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_a_word_outside_the_vocabulary_is_never_lost(form: str, read: str, package) -> None:
    row = with_word(package, "participants", "role", "denier", "denies")
    if form == "csv":
        without_parquet(package)
    with pytest.raises(BadData) as caught:
        TYPED[read](timeline.open(package.root))
    (problem,) = caught.value.problems
    assert problem.where == (
        f"{package.root}: data/processed/participants.{form} row {row if form == 'parquet' else row + 2}"
    )
    assert (problem.column, problem.value, problem.rule) == ("role", "denies", "vocabulary")
    assert problem.message.startswith("must be one of supplier, ")
    assert problem.message.endswith("; did you mean denier?")


def test_every_word_outside_a_vocabulary_is_told(package, monkeypatch) -> None:
    with_word(package, "events", "kind", "transfer", "delivery")
    with_word(package, "events", "kind", "denial", "dementi")
    with_word(package, "events", "extent", "instant", "moment")
    monkeypatch.setattr(archive, "installed", lambda: open_package(package.root))
    with pytest.raises(BadData) as caught:
        timeline.load("events")
    assert {each.value for each in caught.value.problems} == {"delivery", "dementi", "moment"}
    assert timeline.load("participants").equals(timeline.open(package.root)["participants"])
    validated = [each for each in problems_in(package.root) if each.rule == "vocabulary"]
    assert {each.value for each in validated} == {"delivery", "dementi", "moment"}
    assert all(each.where.startswith("data/processed/events.csv row ") for each in validated)


def test_a_word_that_only_another_version_has_is_told_as_such_and_compared(package, small_package) -> None:
    def describe(descriptor: dict[str, Any]) -> None:
        descriptor["version"] = "1.1.0"
        for resource in descriptor["resources"]:
            for field in resource.get("schema", {}).get("fields", ()):
                if (resource["name"], field["name"]) == ("participants", "role"):
                    field["constraints"]["enum"].append("mediator")

    with_word(package, "participants", "role", "denier", "mediator")
    package.describe(describe)
    newer = timeline.open(package.root)
    with pytest.raises(BadData) as caught:
        newer["participants"]
    (problem,) = caught.value.problems
    ours = timeline.open().version
    assert problem.message.startswith(f"version 1.1.0 has this word, timeline {ours} has not: it must be one")
    assert len(newer["events"]) == len(timeline.open(small_package)["events"])
    told = [(each.change, each.column, each.new) for each in timeline.diff(small_package, newer).rows]
    assert ("value added", "role", "mediator") in told
    assert ("added", None) in [(change, column) for change, column, _ in told]


def test_a_word_outside_the_vocabulary_that_changes_bring_is_told(package, small_package) -> None:
    with_word(package, "participants", "role", "denier", "denies")
    changes = timeline.diff(small_package, package.root)
    made = timeline.apply(timeline.open(small_package), changes)
    with pytest.raises(BadData, match=r"participants row \d+: role 'denies': must be one of supplier, "):
        made["participants"]


def test_a_frame_alone_is_held_against_the_rules_of_its_table(package) -> None:
    events = timeline.open(package.root)["events"]
    timeline.validate(events, "events")
    broken = events.assign(date=events["date"].where(events.index != 2, "2023-02-29"))
    (problem,) = problems_in(broken, "events")
    assert str(problem) == "events row 2: date '2023-02-29': is no EDTF date: 2023-02 has 28 days [edtf]"
    assert told(problem) == told(problems_in(polars.from_pandas(broken), "events")[0])


def test_columns_that_are_not_those_of_the_table() -> None:
    places = timeline.load("places")
    renamed = problems_in(places.rename(columns={"latitude": "lattitude"}), "places")
    assert [str(each) for each in renamed] == [
        "places: lattitude: is no column of places; did you mean latitude? [columns]",
        "places: latitude: is missing from places [columns]",
    ]
    (typed,) = problems_in(places.assign(latitude=places["latitude"].astype("str")), "places")
    assert (typed.column, typed.rule) == ("latitude", "type")
    (unreadable,) = problems_in(places.rename(columns={"latitude": 7}), "places")
    assert unreadable.rule == "columns"


@pytest.mark.parametrize(
    ("data", "table", "said"),
    [
        (7, None, r"validate\(\) takes a path, a Dataset, a mapping of tables"),
        (timeline.load("places"), None, "not DataFrame alone"),
        (timeline.load("places"), "place", "there is no table 'place'; did you mean places"),
        ({"place": timeline.load("places")}, None, "there is no table 'place'; did you mean places"),
        ([1, 2], "places", "places must be a frame, not list"),
    ],
)
def test_what_is_no_data_is_a_bad_request(data: object, table: str | None, said: str) -> None:
    with pytest.raises(BadRequest, match=said):
        timeline.validate(data, table)


def test_parquet_that_differs_from_csv_is_told(package) -> None:
    package.replace("places", b",Beijing,", b",Peking,")
    (problem,) = problems_in(package.root)
    assert str(problem) == (
        "data/processed/places.parquet: differs from data/processed/places.csv [parquet-equals-csv]"
    )


# Frames ----------------------------------------------------------------------------------------------------

EVENTS = timeline.load("events")
OTHER_SHAPES = {
    "column twice": (pandas.concat([EVENTS, EVENTS["kind"]], axis=1), "is no table that can be read"),
    "mixed types": (
        EVENTS.astype({"title": object}).assign(title=[1, *EVENTS["title"][1:]]),
        "is no table that can be read",
    ),
    "days as text": (
        EVENTS.assign(start_latest=EVENTS["start_latest"].dt.strftime("%Y-%m-%d")),
        "start_latest: has the type",
    ),
    "times of day": (
        EVENTS.assign(start_latest=EVENTS["start_latest"] + pandas.Timedelta("1h")),
        "start_latest: has the type",
    ),
}


@pytest.mark.parametrize("case", OTHER_SHAPES)
def test_a_frame_of_another_shape_is_told_once(case: str) -> None:
    frame, said = OTHER_SHAPES[case]
    (problem,) = problems_in(frame, "events")
    assert str(problem).startswith("events: ")
    assert said in str(problem)


@pytest.mark.parametrize(
    "frame",
    [
        EVENTS[EVENTS["kind"] == "transfer"],
        EVENTS.set_index("event_id", drop=False),
        EVENTS.astype(object),
        polars.from_pandas(EVENTS).lazy(),
    ],
    ids=["selection", "index", "objects", "lazy"],
)
def test_a_frame_is_valid_however_it_is_held(frame: object) -> None:
    timeline.validate(frame, "events")


def test_a_mistake_in_a_key_is_not_told_of_every_reference(package) -> None:
    actors = timeline.open(package.root)["actors"]
    actors["actor_id"] = actors["actor_id"].where(actors["actor_id"] != "prk", "Prk")
    (problem,) = problems_in({**timeline.open(package.root), "actors": actors})
    assert (problem.rule, problem.value) == ("pattern", "Prk")


def test_a_table_that_is_not_described_is_told(package) -> None:
    def without_events(descriptor):
        descriptor["resources"] = [each for each in descriptor["resources"] if "/events." not in each["path"]]

    package.describe(without_events)
    (problem,) = problems_in(package.root)
    assert (problem.value, problem.message) == ("events", "the package describes no such table")
