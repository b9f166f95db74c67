"""Who is under whose sanctions, since when, and how long after the first public claim."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from timeline.knowledge import SUBSTANTIVE

if TYPE_CHECKING:
    import pandas as pd

Tables = Mapping[str, "pd.DataFrame"]

_PAIR = ["designee_id", "authority_id"]
_COLUMNS = [
    *("designee_id", "designee", "authority_id", "authority", "designated_on", "event_id"),
    *("claimed_on", "claim_event_id", "days"),
]


def listings(tables: Tables) -> pd.DataFrame:
    first = _first_listings(tables).drop(columns="start_latest")
    rows = first.merge(_first_claims(first, tables), on=_PAIR, how="left")
    names = tables["actors"].set_index("actor_id")["name"]
    rows = rows.assign(
        designee=rows["designee_id"].map(names).astype("str"),
        authority=rows["authority_id"].map(names).astype("str"),
        days=(rows["designated_on"] - rows["claimed_on"]).dt.days.astype("float64"),
    )
    return rows.sort_values(_PAIR, ignore_index=True)[_COLUMNS]


def matrix(tables: Tables) -> pd.DataFrame:
    first = _first_listings(tables)
    names = tables["actors"].set_index("actor_id")["name"]
    rows = first.assign(
        designee=first["designee_id"].map(names).astype("str"),
        day=first["designated_on"].fillna(first["start_latest"]),
    )
    return rows.pivot(index=["designee_id", "designee"], columns="authority_id", values="day").sort_index()


def gaps(tables: Tables, authorities: Collection[str]) -> pd.DataFrame:
    rows = listings(tables)
    theirs = rows.loc[rows["authority_id"].isin(authorities), "designee_id"]
    return rows[~rows["designee_id"].isin(theirs)].reset_index(drop=True)


def _first_listings(tables: Tables) -> pd.DataFrame:
    """Per designee and authority the earliest designation, with the last day on which it can have been."""
    days = tables["events"][["event_id", "start_latest"]]
    rows = tables["designations"].merge(days, on="event_id")
    order = [*_PAIR, "start_latest", "event_id"]
    return rows.sort_values(order).drop_duplicates(_PAIR)[
        [*_PAIR, "event_id", "designated_on", "start_latest"]
    ]


def _first_claims(listed: pd.DataFrame, tables: Tables) -> pd.DataFrame:
    """Per listing the event about the designee, or that the listing answers, which was public first."""
    import pandas as pd

    events, links, taking_part = tables["events"], tables["event_links"], tables["participants"]
    answered = links[links["relation"] == "sanctions"][["event_id", "to_event_id"]]
    answered = answered.rename(columns={"to_event_id": "claim_event_id"})
    substantive = events.loc[events["kind"].isin(SUBSTANTIVE), "event_id"]
    acting = taking_part[taking_part["event_id"].isin(substantive) & (taking_part["role"] != "designee")]
    acting = acting.rename(columns={"actor_id": "designee_id", "event_id": "claim_event_id"})
    claims = pd.concat(
        [
            listed[[*_PAIR, "event_id"]].merge(answered, on="event_id"),
            listed[_PAIR].merge(acting[["designee_id", "claim_event_id"]], on="designee_id"),
        ]
    )
    known = events[["event_id", "known_from"]].dropna()
    known = known.rename(columns={"event_id": "claim_event_id", "known_from": "claimed_on"})
    dated = claims[[*_PAIR, "claim_event_id"]].merge(known, on="claim_event_id")
    return dated.sort_values([*_PAIR, "claimed_on", "claim_event_id"]).drop_duplicates(_PAIR)
