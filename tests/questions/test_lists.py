"""Who is listed, who is not, and which lists nobody read: three answers, from events and lists together."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest
from folders import RawFolder

import timeline
from timeline.curation.build import build
from timeline.dataset import Dataset

LISTING = "us-designates-missile-transfer-network"


@pytest.fixture(scope="module")
def ds(small_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """The small record with a list that was not read and one designee whom the list of OFAC has not."""
    raw = RawFolder(shutil.copytree(small_root, tmp_path_factory.mktemp("lists") / "checkout"))
    raw.append("lists", "us-other,usa-state,Another list,,,none,\n")
    raw.append(
        "lists", "uk-list,rusi-authority,A list of another state,,2024-06-30,whole,upi-2024-01-12-224th\n"
    )
    raw.append("actors", "rusi-authority,Authority,government-body,GBR,,upi-2024-01-12-224th\n")
    raw.append(
        "listings",
        "peskov-dmitry,uk-list,RUS0753,Russia,2022-03-15,,,upi-2024-01-12-224th\n"
        "kim-jong-un,uk-list,DPR0001,DPRK,[..2024-06-30],2024-05-01,,upi-2024-01-12-224th\n",
    )
    build(raw.root)
    return timeline.open(raw.root)


def test_a_listing_of_an_event_and_of_a_list_is_one(ds: Dataset) -> None:
    rows = ds.listings().set_index("designee_id")
    mine = rows.loc["mikheychik-vladimir"]
    assert mine["authority_id"] == "usa-state"
    assert mine[["event_id", "list_id", "entry_id"]].tolist() == [LISTING, "us-ofac-sdn", "47173"]
    old = rows.loc["vessel-angara"]  # listed long before the record begins, by no event of it
    assert old["authority_id"] == "usa-ofac"
    assert pd.isna(old["event_id"]) and old["designated_on"] == pd.Timestamp("2022-05-08")


def test_a_cell_says_since_when_not_on_the_list_or_not_read(ds: Dataset) -> None:
    cells = ds.designation_matrix().droplevel("designee")
    assert cells.loc["vessel-angara", "usa-ofac"] == "since 2022-05-08"
    assert cells.loc["vessel-angara", "rusi-authority"] == "not on 2024-06-30"
    assert cells.loc["peskov-dmitry", "usa-ofac"] == "not on 2026-08-02"
    assert cells.loc["kim-jong-un", "rusi-authority"] == "2024-06-30 to 2024-05-01"
    by_state = ds.designation_matrix(by_state=True).droplevel("designee")
    assert by_state.loc["peskov-dmitry", "usa"] == "not on 2026-08-02, others not read"
    days = ds.designation_matrix(days=True).droplevel("designee")
    assert days.loc["vessel-angara", "usa-ofac"] == pd.Timestamp("2022-05-08")


def test_bodies_of_a_state_are_the_state(ds: Dataset) -> None:
    gaps = ds.gaps("United States")
    assert gaps["designee_id"].tolist() == ["peskov-dmitry"]
    assert gaps["answer"].tolist() == ["not on the list"]
    assert gaps["lists_read"].tolist() == ["us-ofac-sdn"] and gaps["lists_not_read"].tolist() == ["us-other"]
    theirs = ds.gaps("rusi-authority").set_index("designee_id")
    assert theirs.loc["kim-jong-un", "answer"] == "delisted"
    assert "peskov-dmitry" not in theirs.index


def test_a_snapshot_knows_no_number_and_no_listing_of_later(ds: Dataset) -> None:
    before, after = ds.as_known_on("2024-01-10"), ds.as_known_on("2024-01-12")
    numbers = [set(each["identifiers"]["value"]) for each in (before, after)]
    assert not {"47171", "47173", "47175"} & numbers[0]
    assert {"47171", "47173", "47175"} <= numbers[1]
    assert (before["listings"]["listed_on_latest"] <= "2024-01-10").all()
    assert before["lists"]["as_of"].isna().all()
    assert set(before["lists"]["list_id"]) == set(ds["lists"]["list_id"])


def test_an_end_that_had_not_come_is_not_known(ds: Dataset) -> None:
    rows = ds.as_known_on("2024-07-01").whole["listings"]
    assert rows["delisted_on"].notna().sum() == 1
    early = ds.as_known_on("2024-04-30")["listings"]
    assert early["delisted_on"].isna().all()


def test_identifiers_and_lists_agree_with_every_answer() -> None:
    """Each number that a list gives stands in a listing, and the matrix says so."""
    whole = timeline.open()
    if not len(whole["lists"]):
        pytest.skip("no list was read yet")
    ids, days = whole["identifiers"], whole.designation_matrix(by_state=True, days=True)
    days = days.droplevel("designee")
    for scheme, state in (("ofac-uid", "usa"), ("uk-sanctions-id", "gbr")):
        numbered = ids.loc[ids["scheme"] == scheme, "actor_id"]
        assert days.loc[numbered.unique(), state].notna().all()
    rows = whole["listings"]
    assert set(rows["designee_id"]) <= set(days.index)
    listed = whole.listings()
    for state, name in (("usa", "United States"), ("eu", "EU"), ("gbr", "United Kingdom")):
        on = set(days.index[days[state].notna()])
        assert not on & set(whole.gaps(name)["designee_id"])
        assert on | set(whole.gaps(name)["designee_id"]) == set(listed["designee_id"])
