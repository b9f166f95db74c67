"""The record as it was known: laws over many days, and real answers read from the facts."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import timeline
from timeline import contract
from timeline.errors import BadRequest

WHOLE = timeline.open("1.0.0")
days = st.dates(date(2022, 7, 1), date(2026, 6, 1))
few = settings(max_examples=15, deadline=None)

MISSILES = "dprk-ballistic-missiles-reach-russia"
TROOPS = "dprk-troops-deploy-to-russia"


def keys(dataset, table):
    return set(dataset[table][list(contract.table(table).key)].astype(str).itertuples(index=False, name=None))


def loose_ends(dataset):
    """References that lead nowhere, looked up one by one."""
    found = []
    for name, described in contract.tables().items():
        for key in described.foreign_keys:
            given_keys = dataset[name][list(key.columns)].dropna().astype(str)
            there = set(
                dataset[key.table][list(key.referenced)].astype(str).itertuples(index=False, name=None)
            )
            found += [each for each in given_keys.itertuples(index=False, name=None) if each not in there]
    return found


@few
@given(days, days)
def test_the_record_only_grows(one, other):
    earlier, later = (WHOLE.as_known_on(day) for day in sorted((one, other)))
    for table in WHOLE.tables:
        assert keys(earlier, table) <= keys(later, table), table


@few
@given(days)
def test_nothing_in_a_snapshot_is_younger_than_its_day(day):
    record = WHOLE.as_known_on(day)
    limit = pd.Timestamp(day)
    assert (record["sources"]["published_latest"] <= limit).all()
    assert (record["events"]["known_from"] <= limit).all()
    assert (record["estimates"]["known_from"] <= limit).all()
    assert (record["status_changes"]["from_date"] <= limit).all()
    assert record["events"]["summary"].isna().all()
    assert record["timeline"]["summary"].isna().all()
    assert set(record["citations"]["source_id"]) <= set(record["sources"]["source_id"])
    attesting = {"actors": ["source_id"], "places": ["source_id", "coordinates_source_id"]}
    for table, columns in attesting.items():
        named = record[table][columns].stack().dropna()
        assert set(named) <= set(record["sources"]["source_id"])


@few
@given(days)
def test_the_status_is_that_of_the_day(day):
    record = WHOLE.as_known_on(day)
    changes = WHOLE["status_changes"]
    past = changes[changes["from_date"] <= pd.Timestamp(day)].sort_values("from_date")
    expected = past.groupby("event_id")["status"].last().astype(str)
    found = record["events"].set_index("event_id")["status"].astype(str)
    assert found.to_dict() == expected.reindex(found.index).to_dict()
    assert record["timeline"].set_index("event_id")["status"].astype(str).to_dict() == found.to_dict()


@few
@given(days, days)
def test_a_snapshot_of_a_snapshot_is_the_earlier_of_the_two(one, other):
    both = WHOLE.as_known_on(one).as_known_on(other)
    earlier = WHOLE.as_known_on(min(one, other))
    for table in WHOLE.tables:
        pd.testing.assert_frame_equal(both[table], earlier[table])


@few
@given(days, st.sampled_from(["possible", "certain"]))
def test_filters_that_do_not_ask_for_the_status_commute(day, match):
    def narrow(dataset):
        return dataset.where(kind=["transfer", "use", "denial"]).during("2023-09/2024-06", match=match)

    first, last = narrow(WHOLE).as_known_on(day), narrow(WHOLE.as_known_on(day))
    for table in WHOLE.tables:
        pd.testing.assert_frame_equal(first[table], last[table])


@few
@given(days)
def test_references_hold_in_every_snapshot(day):
    assert not loose_ends(WHOLE.as_known_on(day))
    assert not loose_ends(WHOLE.as_known_on(day).where(status="claimed"))


def test_the_last_snapshot_holds_every_event_with_dated_evidence():
    last = WHOLE.as_known_on(date(2030, 1, 1), hindsight=True)
    dated = WHOLE["events"].dropna(subset="known_from")
    assert last["events"].drop(columns="status").equals(dated.drop(columns="status").reset_index(drop=True))


def test_a_status_that_rests_on_undated_evidence_is_the_only_one_that_a_snapshot_lacks():
    last = WHOLE.as_known_on(date(2030, 1, 1))["events"].set_index("event_id")["status"].astype(str)
    now = WHOLE["events"].set_index("event_id")["status"].astype(str)
    citations = WHOLE["citations"].merge(WHOLE["sources"], on="source_id")
    undated = set(citations.loc[citations["published_latest"].isna(), "event_id"])
    assert set(now.index[now != last.reindex(now.index)]) <= undated


def test_undated_says_what_can_never_be_in_a_snapshot():
    undated = WHOLE.undated
    last = WHOLE.as_known_on(date(2030, 1, 1))
    assert set(undated["table"]) <= {"events", "citations", "estimates"}
    for table in ("citations", "estimates", "events"):
        missing = len(WHOLE[table]) - len(last[table])
        assert missing == (undated["table"] == table).sum()
    assert undated["reason"].notna().all()


def test_the_dataset_says_that_it_is_a_reconstruction():
    record = WHOLE.as_known_on("2024-01-08").where(kind="transfer")
    assert "reconstruction of the public record as of 2024-01-08" in repr(record)
    assert "reconstruction" not in repr(WHOLE)


def test_hindsight_keeps_the_summaries():
    assert WHOLE.as_known_on("2024-01-08", hindsight=True)["events"]["summary"].notna().all()


def known(day):
    return WHOLE.as_known_on(day)["events"].set_index("event_id")["status"].astype(str)


def test_what_was_known_of_the_missile_transfer_in_january_2024():
    assert MISSILES not in known("2024-01-03")
    assert "us-discloses-dprk-ballistic-missiles" not in known("2024-01-03")

    eighth = known("2024-01-08")
    assert eighth[MISSILES] == "claimed"
    assert eighth["us-discloses-dprk-ballistic-missiles"] == "on-record"
    assert "joint-statement-condemns-dprk-missile-transfers" not in eighth
    assert "us-designates-missile-transfer-network" not in eighth

    twelfth = known("2024-01-12")
    assert twelfth[MISSILES] == "corroborated"
    assert "joint-statement-condemns-dprk-missile-transfers" in twelfth
    assert "us-designates-missile-transfer-network" in twelfth
    assert known("2024-01-10")[MISSILES] == "disputed"


def test_designations_are_known_from_their_day():
    def listed(day):
        return set(WHOLE.as_known_on(day)["designations"]["designee_id"])

    assert "aircraft-rf-86898" in listed("2024-01-11") - listed("2024-01-10")


def test_the_status_path_of_the_troop_deployment():
    changes = WHOLE["status_changes"]
    path = changes[changes["event_id"] == TROOPS]
    event = WHOLE["events"].set_index("event_id").loc[TROOPS]
    assert event["known_by"] == "zelensky-says-ten-thousand-troops-prepared"
    assert [(f"{row.from_date:%Y-%m-%d}", row.status, row.because_id) for row in path.itertuples()] == [
        # the Kremlin had called such reports fake a week before the first claim that is on record here
        ("2024-10-17", "disputed", "kremlin-calls-troop-reports-fake"),
        ("2024-10-18", "corroborated", "rok-intelligence-reports-troop-transport"),
        ("2025-04-26", "acknowledged", "nknews-2025-04-26-gerasimov"),
    ]


@pytest.mark.parametrize("day", ["2024-01", "yesterday", "2024-01-08/2024-01-09", None, 8])
def test_a_day_that_is_no_day(day):
    with pytest.raises(BadRequest):
        WHOLE.as_known_on(day)


def test_lags_from_a_transfer_to_its_disclosure():
    rows = WHOLE.lags("discloses").set_index(["event_id", "to_event_id"])
    row = rows.loc[("us-discloses-dprk-ballistic-missiles", MISSILES)]
    first, last = date(2023, 11, 20), date(2023, 11, 22)
    told = date(2024, 1, 4)
    assert (row["days_least"], row["days_most"]) == ((told - last).days, (told - first).days)
    by_kind = WHOLE.lags_by_kind("sanctions")
    assert by_kind["links"].sum() == (WHOLE["event_links"]["relation"] == "sanctions").sum()
    with pytest.raises(BadRequest, match="did you mean discloses"):
        WHOLE.lags("disclose")


def test_a_day_later_nothing_is_lost():
    day = date(2024, 1, 4)
    assert keys(WHOLE.as_known_on(day), "events") <= keys(WHOLE.as_known_on(day + timedelta(1)), "events")
