"""Who is under whose sanctions, since when, and how long after the first public claim."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from timeline.knowledge import SUBSTANTIVE
from timeline.selection.names import known
from timeline.selection.tables import TablesInMemory

if TYPE_CHECKING:
    import pandas as pd

_PAIR = ["designee_id", "authority_id"]
_COLUMNS = [
    *("designee_id", "designee", "authority_id", "authority", "designated_on", "event_id"),
    *("claimed_on", "claim_event_id", "days"),
]


def listings(tables: TablesInMemory) -> pd.DataFrame:
    """Who is listed by whom since when, and how long after the first public claim.

    Authorities are told apart by id: ``usa-ofac``, ``usa-state`` and ``usa``, or ``eu-council`` and
    ``eu``, are different ones. Kinds of measures and regimes are not told apart, and delistings are not
    subtracted.

    Returns
    -------
    pandas.DataFrame
        One row per ``designee_id`` and ``authority_id``, sorted by them: their names (``designee``,
        ``authority``); the first designation, ``event_id``, and its day, ``designated_on``, empty where
        that is not known exactly; ``claimed_on``, the first day on which the public record held an event
        that the designation sanctions, or a transfer, use, test, deployment or loss in which the designee
        takes part (not as designee), and that event, ``claim_event_id``; ``days`` from claimed_on to
        designated_on, negative where the listing came first, empty where either day is. Where no such
        event is known, claimed_on and claim_event_id are empty too.

    Examples
    --------
    >>> import timeline
    >>> rows = timeline.open("1.0.0").listings().set_index(["designee_id", "authority_id"])
    >>> int(rows.loc[("vessel-angara", "eu-council"), "days"])
    255
    """
    first = _first_listings(tables).drop(columns="start_latest")
    rows = first.merge(_first_claims(first, tables), on=_PAIR, how="left")
    names = tables["actors"].set_index("actor_id")["name"]
    rows = rows.assign(
        designee=rows["designee_id"].map(names).astype("str"),
        authority=rows["authority_id"].map(names).astype("str"),
        days=(rows["designated_on"] - rows["claimed_on"]).dt.days.astype("float64"),
    )
    return rows.sort_values(_PAIR, ignore_index=True)[_COLUMNS]


def designation_matrix(tables: TablesInMemory) -> pd.DataFrame:
    """Designee × authority: the day of the first designation, empty where there is none.

    Where the day of a designation is not known exactly, the last day on which it can have been made
    stands for it; `listings` tells which those are, and what counts as one authority.

    Returns
    -------
    pandas.DataFrame
        Index ``designee_id`` and ``designee`` (name), one column per ``authority_id``, days as
        ``datetime64[ms]``.

    Examples
    --------
    >>> import timeline
    >>> matrix = timeline.open("1.0.0").designation_matrix()
    >>> matrix.loc["vessel-angara"].dropna(axis="columns").columns.tolist()
    ['eu-council', 'kor-mofa']
    """
    first = _first_listings(tables)
    names = tables["actors"].set_index("actor_id")["name"]
    rows = first.assign(
        designee=first["designee_id"].map(names).astype("str"),
        day=first["designated_on"].fillna(first["start_latest"]),
    )
    return rows.pivot(index=["designee_id", "designee"], columns="authority_id", values="day").sort_index()


def gaps(tables: TablesInMemory, authority: str | Iterable[str]) -> pd.DataFrame:
    """Who is listed by others and not by this authority: the rows of `listings` of such designees.

    A gap is a question to check, not a finding: the record knows designations over the exchange since
    2022 whose names its sources give, and not whom an authority listed earlier or in packages told
    without names.

    Parameters
    ----------
    authority : str or iterable of str
        Id, name or alias; several are taken as one. The United States list through several bodies:
        ``["usa", "usa-ofac", "usa-state"]`` asks for all three.

    Raises
    ------
    BadRequest
        No authority of the release is called so; the message names the nearest that is.

    Examples
    --------
    >>> import timeline
    >>> others = timeline.open("1.0.0").gaps("eu-council")
    >>> others.loc[others["designee_id"] == "vessel-bella", "authority"].tolist()
    ['Ministry of Foreign Affairs of the Republic of Korea']
    """
    rows = listings(tables)
    theirs = rows.loc[rows["authority_id"].isin(known(tables, "authority", authority)), "designee_id"]
    return rows[~rows["designee_id"].isin(theirs)].reset_index(drop=True)


def _first_listings(tables: TablesInMemory) -> pd.DataFrame:
    """Per designee and authority the earliest designation, with the last day on which it can have been."""
    days = tables["events"][["event_id", "start_latest"]]
    rows = tables["designations"].merge(days, on="event_id")
    order = [*_PAIR, "start_latest", "event_id"]
    return rows.sort_values(order).drop_duplicates(_PAIR)[
        [*_PAIR, "event_id", "designated_on", "start_latest"]
    ]


def _first_claims(listed: pd.DataFrame, tables: TablesInMemory) -> pd.DataFrame:
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
