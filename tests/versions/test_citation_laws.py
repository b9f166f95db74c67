"""Laws of citations: the canonical order, the filters that a query may hold, older releases."""

from __future__ import annotations

import hashlib
import inspect
import json
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import timeline
from timeline.dataset import Dataset
from timeline.errors import BadRequest
from timeline.files import csv
from timeline.files.opening import open_package
from timeline.files.package import zipped
from timeline.selection import query
from timeline.versions.citation import csv_files
from timeline.versions.index import zip_of

RELEASE = timeline.open("1.0.0")


def csv_of(dataset: Dataset) -> dict[str, bytes]:
    return {name: csv.to_csv(dataset._plain(name)) for name in dataset.tables}


STEPS = [
    ("where", {"kind": ["use", "transfer", "deployment"]}),
    ("where", {"actor": "prk"}),
    ("where", {"role": "supplier"}),
    ("where", {"actor": "rus", "role": "recipient"}),
    ("where", {"country": ["UKR", "RUS"]}),
    ("where", {"status": ["corroborated", "claimed", "acknowledged"]}),
    ("where", {"status": ["corroborated", "disputed"]}),
    ("where", {"authority": "usa-ofac"}),
    ("during", {"start": "2023/2025"}),
    ("within", {"start": "2022-07/2025-06", "match": "possible"}),
    ("before", {"when": "2025-06"}),
    ("after", {"when": "2022-10", "match": "certain"}),
    ("as_known_on", {"day": "2024-12-01"}),
    ("as_known_on", {"day": "2024-06-01", "hindsight": True}),
]


def asked(steps) -> Dataset:
    dataset = RELEASE
    for verb, given_ in steps:
        dataset = getattr(dataset, verb)(**given_)
    return dataset


@settings(max_examples=20)
@given(st.lists(st.sampled_from(STEPS), min_size=2, max_size=4, unique_by=repr).flatmap(
    lambda steps: st.tuples(st.just(steps), st.permutations(steps))))  # fmt: skip
def test_the_canonical_order_gives_the_same_rows_and_one_text_for_those_that_commute(orders):
    one, other = map(asked, orders)
    for dataset in (one, other):
        steps = query.canonical(dataset.steps)
        assert csv_of(query.replay(RELEASE, steps)) == csv_of(dataset)
        assert query.canonical(steps) == steps == query.read(query.written(steps))
    reads_status = [verb == "as_known_on" or "status" in given_ for verb, given_ in orders[0]]
    if sum(reads_status) < 2 or not any(verb == "as_known_on" for verb, _ in orders[0]):
        assert one.cite() == other.cite()


def test_status_is_that_of_the_day_so_that_its_place_counts():
    changes = RELEASE["status_changes"]
    event, day = changes[changes["event_id"].duplicated()].iloc[0][["event_id", "from_date"]]
    eve = (day - timedelta(days=1)).date()
    status = RELEASE.as_known_on(day.date()).story(event).event["status"]
    assert RELEASE.as_known_on(eve).story(event).event["status"] != status
    first = RELEASE.as_known_on(day.date()).where(status=status).as_known_on(eve)
    last = RELEASE.as_known_on(eve).where(status=status)
    assert event in set(first["events"]["event_id"]) - set(last["events"]["event_id"])
    assert first.cite() != last.cite()
    assert csv_of(timeline.resolve(first.cite())) == csv_of(first)


def test_a_query_may_consist_of_every_filter_and_nothing_else():
    """A filter gives a Dataset and is remembered; a new one must be added where queries are read."""
    methods = dict(inspect.getmembers(Dataset, inspect.isfunction))
    giving = {name for name, each in methods.items() if each.__annotations__.get("return") == "Part"}
    assert {name for name in giving if not name.startswith("_")} == set(query.FILTERS)
    for verb in ("cite", "story", "to_sqlite", "_part", "__init__"):
        with pytest.raises(BadRequest, match="is no filter"):
            query.replay(RELEASE, [(verb, (("when", "2023"),))])


def older(path):
    """The early release as a contract with a column and a table less would have made it."""
    package = open_package(zip_of("0.9.0"))
    files = {name: package.read(name, 2**30) for name in package.names}
    described = json.loads(files["datapackage.json"])
    gone = ("instrument_issuers", "instrument_issuers-parquet", "places-parquet")
    described["resources"] = [each for each in described["resources"] if each["name"] not in gone]
    (places,) = [each for each in described["resources"] if each["name"] == "places"]
    places["schema"]["fields"] = [each for each in places["schema"]["fields"] if each["name"] != "longitude"]
    columns = [each["name"] for each in places["schema"]["fields"]]
    content = csv.to_csv(package.table("places").select(columns))
    places["hash"] = f"sha256:{hashlib.sha256(content).hexdigest()}"
    described["version"] = "0.5.0"
    files |= {places["path"]: content, "datapackage.json": json.dumps(described).encode()}
    path.write_bytes(zipped(files))


def test_a_release_from_before_a_column_and_a_table_came_opens_and_can_be_cited(tmp_path):
    older(tmp_path / "older.zip")
    dataset = timeline.open(tmp_path / "older.zip")
    assert dataset["places"]["longitude"].isna().all() and len(dataset["places"]) > 0
    assert len(dataset["instrument_issuers"]) == 0
    some = dataset.where(kind="transfer")
    assert csv_of(timeline.resolve(some.cite(), tmp_path / "older.zip")) == csv_of(some)
    assert b"longitude" not in csv_files(some)["places.csv"]
    assert "instrument_issuers.csv" not in csv_files(some)
    assert {"column added", "table added"} <= set(timeline.diff(dataset, "0.9.0").to_pandas()["change"])
