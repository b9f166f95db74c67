"""Who lists whom since when: real answers, and every row worked out again one by one."""

from __future__ import annotations

import pandas as pd
import pytest

import timeline
from timeline.errors import BadRequest
from timeline.knowledge import SUBSTANTIVE

WHOLE = timeline.open("1.0.0")
UNITED_STATES = ["usa", "usa-ofac", "usa-state", "usa-commerce"]


def one_by_one(tables):
    """Listings worked out from the tables' rows, without a join."""
    events = {row["event_id"]: row for row in tables["events"].to_dict("records")}
    names = dict(zip(tables["actors"]["actor_id"], tables["actors"]["name"], strict=True))
    links = tables["event_links"].to_dict("records")
    roles = tables["participants"].to_dict("records")
    first = {}
    for row in tables["designations"].to_dict("records"):
        pair = row["designee_id"], row["authority_id"]
        found = (events[row["event_id"]]["start_latest"], row["event_id"], row["designated_on"])
        first[pair] = min(first.get(pair, found), found)
    for (designee, authority), (_, event, day) in first.items():
        answered = {
            link["to_event_id"]
            for link in links
            if link["event_id"] == event and link["relation"] == "sanctions"
        }
        acting = {
            row["event_id"]
            for row in roles
            if row["actor_id"] == designee
            and row["role"] != "designee"
            and events[row["event_id"]]["kind"] in SUBSTANTIVE
        }
        claims = sorted(
            (events[claim]["known_from"], claim)
            for claim in answered | acting
            if pd.notna(events[claim]["known_from"])
        )
        claimed, claim = claims[0] if claims else (None, None)
        both = claims and pd.notna(day)
        yield (
            *(designee, names[designee], authority, names[authority], day, event),
            *(claimed, claim, (day - claimed).days if both else None),
        )


@pytest.mark.parametrize(
    "dataset",
    [
        WHOLE,
        WHOLE.as_known_on("2024-05-20"),
        WHOLE.where(kind=["designation", "transfer"]),
        WHOLE.where(kind="designation"),
    ],
    ids=["whole", "as of a day", "designations and transfers", "designations"],
)
def test_every_listing_worked_out_again(dataset):
    rows = dataset.listings()
    found = rows.astype("object").where(rows.notna(), None).values.tolist()
    worked_out = sorted(one_by_one(dataset), key=lambda row: (row[0], row[2]))
    expected = [[None if pd.isna(value) else value for value in row] for row in worked_out]
    assert len(expected) > 30
    assert found == expected


def test_who_lists_kim_yong_bok():
    rows = WHOLE.listings().set_index(["designee_id", "authority_id"]).loc["kim-yong-bok"]
    assert rows["designated_on"].dt.strftime("%Y-%m-%d").to_dict() == {
        "eu-council": "2024-12-16",
        "gbr-fcdo": "2025-02-24",
        "kor-mofa": "2024-12-17",
        "usa-ofac": "2024-12-16",
    }
    assert set(rows["claim_event_id"]) == {"dprk-troops-deploy-to-russia"}
    assert rows["days"].to_dict() == {"eu-council": 60, "gbr-fcdo": 130, "kor-mofa": 61, "usa-ofac": 60}


def test_a_listing_before_the_first_claim_and_one_without_a_day():
    rows = WHOLE.listings().set_index(["designee_id", "authority_id"])
    assert rows.index[rows["days"] < 0].tolist() == [("wagner-group", "usa-commerce")]
    undated = rows.loc[("flight-unit-224", "usa")]  # some day in May 2023
    assert pd.isna(undated["designated_on"]) and pd.isna(undated["days"])
    assert undated["claimed_on"] == pd.Timestamp("2024-01-04")


def test_the_matrix_shows_every_listing_once():
    matrix, rows = WHOLE.designation_matrix(), WHOLE.listings()
    assert matrix.index.names == ["designee_id", "designee"] and matrix.index.is_unique
    assert list(matrix.columns) == sorted(set(rows["authority_id"]))
    assert matrix.notna().sum().sum() == len(rows)
    for row in rows.dropna(subset="designated_on").itertuples():
        assert matrix.loc[(row.designee_id, row.designee), row.authority_id] == row.designated_on
    assert matrix.loc[("flight-unit-224", slice(None)), "usa"].tolist() == [pd.Timestamp("2023-05-31")]


def test_who_the_eu_lists_and_the_united_states_do_not():
    others = WHOLE.gaps(UNITED_STATES)
    theirs = others[others["authority_id"] == "eu-council"]
    assert dict(zip(theirs["designee_id"], theirs["designated_on"].dt.strftime("%Y-%m-%d"), strict=True)) == {
        "kang-sun-nam": "2024-02-23",
        "kozhemyako-oleg": "2024-05-31",
        "prk-missile-administration": "2024-02-23",
        "sin-kum-chol": "2025-02-24",
        "vessel-angara": "2024-06-24",
        "vessel-lady-r": "2024-06-24",
        "vessel-maia-1": "2024-06-24",
    }
    assert "vessel-maria" not in set(others["designee_id"])  # blocked by the State Department in 2023


@pytest.mark.parametrize("authority", sorted(set(WHOLE["designations"]["authority_id"])))
def test_gaps_and_listings_of_an_authority_leave_nobody_out(authority):
    rows, gaps = WHOLE.listings(), WHOLE.gaps(authority)
    mine = set(rows.loc[rows["authority_id"] == authority, "designee_id"])
    assert mine and not mine & set(gaps["designee_id"])
    assert mine | set(gaps["designee_id"]) == set(rows["designee_id"])
    assert authority not in set(gaps["authority_id"])


def test_an_authority_by_name_and_by_alias():
    expected = WHOLE.gaps("usa-ofac")
    pd.testing.assert_frame_equal(WHOLE.gaps("Office of Foreign Assets Control"), expected)
    aliases = WHOLE["aliases"]
    for alias in aliases.loc[aliases["actor_id"] == "usa-ofac", "alias"]:
        pd.testing.assert_frame_equal(WHOLE.gaps(alias), expected)


def test_an_authority_that_had_not_yet_listed_anyone():
    early = WHOLE.as_known_on("2023-12-31")
    pd.testing.assert_frame_equal(early.gaps("eu-council"), early.listings())
    assert len(early.listings()) > 20


@pytest.mark.parametrize(
    ("authority", "nearest"), [("usa-ofak", "usa-ofac"), ("prk", ""), ("EU Counsil", ""), ("", "")]
)
def test_what_is_no_authority(authority, nearest):
    hint = f"; did you mean {nearest}" if nearest else ""
    with pytest.raises(BadRequest, match=f"no authority is called '{authority}'{hint}"):
        WHOLE.gaps(authority)
