"""Who is under whose sanctions, since when, and how long after the first public claim; and who is not."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

import narwhals as nw

from timeline.contract.relations import ancestors
from timeline.knowledge import SUBSTANTIVE
from timeline.selection.names import known, with_bodies_of
from timeline.selection.tables import TablesInMemory

if TYPE_CHECKING:
    import pandas as pd

NOT_ON = "not on the list"
NOT_READ = "list not read"
DELISTED = "delisted"

_PAIR = ["designee_id", "authority_id"]
_ON_LIST = ["list_id", "entry_id", "programme"]
_COLUMNS = [
    *("designee_id", "designee", "authority_id", "authority", "designated_on", "event_id"),
    *("claimed_on", "claim_event_id", "days"),
    *(*_ON_LIST, "delisted_on"),
]


def listings(tables: TablesInMemory) -> pd.DataFrame:
    """Who is listed by whom since when, and how long after the first public claim.

    A listing is known by the designation event that made it, by the sanctions list on which it was read,
    or by both. Authorities are told apart by id: ``usa-ofac``, ``usa-state`` and ``usa``, or
    ``eu-council`` and ``eu``, are different ones. Kinds of measures and regimes are not told apart.

    Returns
    -------
    pandas.DataFrame
        One row per ``designee_id`` and ``authority_id``, sorted by them: their names (``designee``,
        ``authority``); the first listing's day, ``designated_on``, empty where that is not known exactly,
        and the event that made it, ``event_id``, empty where the record has none; ``claimed_on``, the
        first day on which the public record held an event that the designation sanctions, or a transfer,
        movement, use, test, deployment or loss in which the designee takes part (not as designee), and
        that event, ``claim_event_id``; ``days`` from claimed_on to designated_on, negative where the
        listing came first, empty where either day is; ``list_id``, ``entry_id`` and ``programme`` of the
        first listing that was read on a list, and ``delisted_on``, the day by which all of these had
        ended, empty where one goes on. What is not known is empty.

    Examples
    --------
    >>> import timeline
    >>> rows = timeline.open("1.0.0").listings().set_index(["designee_id", "authority_id"])
    >>> int(rows.loc[("vessel-angara", "eu-council"), "days"])
    255
    """
    return _named(_with_claims(_first_listings(tables), tables), tables)[_COLUMNS]


def gaps(tables: TablesInMemory, authority: str | Iterable[str]) -> pd.DataFrame:
    """Who is listed by others and not by this authority: the rows of `listings` of such designees.

    A gap is a question to check, not a finding. ``answer`` says what it rests on: where a list was not
    read, silence of the record says nothing.

    Parameters
    ----------
    authority : str or iterable of str
        Id, name or alias; several are taken as one, and each with the bodies that belong to it:
        ``"United States"`` asks for all lists of its departments and offices.

    Returns
    -------
    pandas.DataFrame
        The columns of `listings`; ``answer``: *not on the list* (on none that was read), *list not read*
        (none was) or *delisted*; ``as_of``, the day of the version that was read, the oldest of several,
        or of the delisting; ``lists_read`` and ``lists_not_read``, ids of lists of this authority, parted
        by spaces.

    Raises
    ------
    BadRequest
        No authority of the release is called so; the message names those that are like it.

    Examples
    --------
    >>> import timeline
    >>> others = timeline.open("1.0.0").gaps("eu-council")
    >>> others.loc[others["designee_id"] == "vessel-bella", "authority"].tolist()
    ['Ministry of Foreign Affairs of the Republic of Korea']
    """
    import pandas as pd

    authorities = with_bodies_of(tables, known(tables, "lister", authority))
    rows = listings(tables)
    mine = rows[rows["authority_id"].isin(authorities)]
    others = rows[~rows["authority_id"].isin(authorities)]
    on = mine.loc[mine["delisted_on"].isna(), "designee_id"]
    others = others[~others["designee_id"].isin(on)].reset_index(drop=True)
    off = mine.groupby("designee_id")["delisted_on"].max()
    said = silence(tables, authorities)
    delisted = pd.to_datetime(others["designee_id"].map(off.to_dict())).astype("datetime64[ms]")
    return others.assign(
        answer=delisted.notna().map({True: DELISTED, False: said.answer}).astype("str"),
        as_of=delisted.where(delisted.notna(), said.as_of).astype("datetime64[ms]"),
        lists_read=said.read,
        lists_not_read=said.unread,
    )


def designation_matrix(tables: TablesInMemory, *, by_state: bool = False, days: bool = False) -> pd.DataFrame:
    """Designee × authority: listed since when, not on the list as of a day, or list not read.

    Where the day of a listing is not known exactly, the last day on which it can have been made stands
    for it; `listings` tells which those are, and what counts as one authority.

    Parameters
    ----------
    by_state : bool
        One column per state or organisation, to which its bodies are counted, instead of per authority.
    days : bool
        Give the days alone, as dates to compute with; what else a cell would say is empty.

    Returns
    -------
    pandas.DataFrame
        Index ``designee_id`` and ``designee`` (name), one column per ``authority_id``. Cells are text:
        ``since 2024-06-24``; ``2022-05-08 to 2025-03-01`` for a listing that ended; ``not on 2026-08-02``
        where the lists of this authority were read and the designee was not on the versions of that day,
        the oldest of several; ``not listed`` where the day of these versions is after that of a snapshot;
        either with ``, others not read`` where that holds for some of its lists alone; ``not read`` where
        none was read. With ``days`` they are ``datetime64[ms]``.

    Examples
    --------
    >>> import timeline
    >>> matrix = timeline.open().designation_matrix()
    >>> matrix.loc[("vessel-angara", "Angara"), ["eu-council", "kor-mofa"]].tolist()
    ['since 2024-06-24', 'since 2024-04-02']
    """
    import pandas as pd

    rows = _named(_first_listings(tables), tables)
    bodies = {name: {name} for name in _authorities(tables)}
    if by_state:
        above = _tops(tables)
        rows = rows.assign(authority_id=rows["authority_id"].map(lambda name: above.get(name, name)))
        rows = _first(rows, ["day"])
        bodies = {
            top: {name for name in bodies if above.get(name, name) == top}
            for top in {above.get(name, name) for name in bodies}
        }
    index = ["designee_id", "designee"]
    since = rows.pivot(index=index, columns="authority_id", values="day").sort_index()
    if days:
        return since
    until = rows.pivot(index=index, columns="authority_id", values="delisted_on").sort_index()
    told = {}
    for name in sorted(bodies):
        silent = str(silence(tables, bodies[name]))
        if name not in since:
            told[name] = pd.Series(silent, since.index)
            continue
        first, last = (each[name].dt.strftime("%Y-%m-%d") for each in (since, until))
        listed = ("since " + first).where(until[name].isna(), first + " to " + last)
        told[name] = listed.where(since[name].notna(), silent)
    found = pd.DataFrame(told, index=since.index, dtype="str")
    return found.rename_axis(columns="authority_id")


class Silence:
    """What it means that somebody is on none of some lists.

    ``answer`` is *not on the list* or *list not read*; ``as_of`` the day of the oldest version that was read,
    or NaT; ``read`` and ``unread`` the ids of lists. As text it is what `designation_matrix` says.
    """

    def __init__(self, lists: pd.DataFrame) -> None:
        import pandas as pd

        unread = lists["read"] == "none"
        self.read = " ".join(sorted(lists.loc[~unread, "list_id"]))
        self.unread = " ".join(sorted(lists.loc[unread, "list_id"]))
        self.answer = NOT_READ if unread.all() else NOT_ON
        self.as_of = pd.NaT if unread.all() else lists.loc[~unread, "as_of_latest"].min()

    def __str__(self) -> str:
        if self.answer == NOT_READ:
            return "not read"
        more = ", others not read" if self.unread else ""
        return (f"not on {self.as_of:%Y-%m-%d}" if self.as_of == self.as_of else "not listed") + more


def silence(tables: TablesInMemory, authorities: Collection[str]) -> Silence:
    """What the lists of some authorities say by silence: their own, and those on which they put somebody."""
    lists, rows = tables["lists"], _from_lists(tables)
    theirs = rows.loc[rows["authority_id"].isin(authorities), "list_id"]
    return Silence(lists[lists["authority_id"].isin(authorities) | lists["list_id"].isin(theirs)])


def _authorities(tables: TablesInMemory) -> set[str]:
    return {*tables["designations"]["authority_id"], *tables["lists"]["authority_id"]}


def _tops(tables: TablesInMemory) -> dict[str, str]:
    """State or organisation to which each authority belongs in the end."""
    actors = nw.from_native(tables["actors"]).lazy()
    own = {row["actor_id"]: row["parent_id"] for row in tables["actors"].to_dict("records")}
    above = ancestors(actors, "actor_id", "parent_id").collect().iter_rows()
    return {name: top for name, top in above if not isinstance(own.get(top), str)}


# Listings --------------------------------------------------------------------------------------------------


def _first_listings(tables: TablesInMemory) -> pd.DataFrame:
    """Per designee and authority the earliest listing, with the last day on which it can have been, ``day``.

    Those of events and those of lists are told together: a listing that an event made is of the authority
    that designates there.
    """
    import pandas as pd

    by_events, by_lists = _from_events(tables), _from_lists(tables)
    rows = _first(pd.concat([by_events, by_lists], ignore_index=True), ["day", "_order", "event_id"])
    of_list = _first(by_lists, ["day", "list_id", "programme"])[[*_PAIR, *_ON_LIST]]
    ends = by_lists.groupby(_PAIR)["delisted_on"].agg(["max", "count", "size"])
    over = ends.loc[ends["count"] == ends["size"], "max"].rename("delisted_on").reset_index()
    told = rows.drop(columns=[*_ON_LIST, "delisted_on", "_order"])
    return told.merge(of_list, on=_PAIR, how="left").merge(over, on=_PAIR, how="left")


def _first(rows: pd.DataFrame, order: list[str]) -> pd.DataFrame:
    return rows.sort_values([*_PAIR, *order]).drop_duplicates(_PAIR)


def _from_events(tables: TablesInMemory) -> pd.DataFrame:
    days = tables["events"][["event_id", "start_latest"]].rename(columns={"start_latest": "day"})
    rows = tables["designations"].merge(days, on="event_id")
    return rows[[*_PAIR, "event_id", "designated_on", "day"]].assign(_order=0)


def _from_lists(tables: TablesInMemory) -> pd.DataFrame:
    """Rows of lists, each with the authority that put it there: that of the event, else that of the list."""
    import pandas as pd

    keepers = tables["lists"].set_index("list_id")["authority_id"]
    acts = tables["designations"][["event_id", *_PAIR]].sort_values(["event_id", *_PAIR])
    acts = acts.drop_duplicates(["event_id", "designee_id"]).rename(columns={"authority_id": "_act"})
    rows = tables["listings"].merge(acts, on=["event_id", "designee_id"], how="left")
    exact = rows["listed_on_earliest"] == rows["listed_on_latest"]
    return pd.DataFrame(
        {
            "designee_id": rows["designee_id"],
            "authority_id": rows["_act"].fillna(rows["list_id"].map(keepers)).astype("str"),
            "event_id": rows["event_id"],
            "designated_on": rows["listed_on_latest"].where(exact),
            "day": rows["listed_on_latest"],
            **{name: rows[name] for name in _ON_LIST},
            "delisted_on": rows["delisted_on_latest"],
            "_order": 1,
        }
    )


def _named(rows: pd.DataFrame, tables: TablesInMemory) -> pd.DataFrame:
    names = tables["actors"].set_index("actor_id")["name"]
    text = {name: rows[name].astype("str") for name in ("event_id", *_ON_LIST)}
    return rows.assign(
        designee=rows["designee_id"].map(names).astype("str"),
        authority=rows["authority_id"].map(names).astype("str"),
        **text,
    ).sort_values(_PAIR, ignore_index=True)


# Claims ----------------------------------------------------------------------------------------------------


def _with_claims(first: pd.DataFrame, tables: TablesInMemory) -> pd.DataFrame:
    rows = first.merge(_first_claims(first, tables), on=_PAIR, how="left")
    return rows.assign(days=(rows["designated_on"] - rows["claimed_on"]).dt.days.astype("float64"))


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
    public = events[["event_id", "known_from"]].dropna()
    public = public.rename(columns={"event_id": "claim_event_id", "known_from": "claimed_on"})
    dated = claims[[*_PAIR, "claim_event_id"]].merge(public, on="claim_event_id")
    return dated.sort_values([*_PAIR, "claimed_on", "claim_event_id"]).drop_duplicates(_PAIR)
