"""How a status came about, and what no day is known of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from timeline.selection.names import known
from timeline.selection.tables import TablesInMemory

if TYPE_CHECKING:
    import pandas as pd


def status_history(tables: TablesInMemory, event_id: str) -> pd.DataFrame:
    """How the status of an event came about: each step with its day and what caused it.

    The codebook tells how status is computed. Of several statuses that begin on one day only the
    strongest makes a step: a claim that is denied on the day it is made begins as disputed.

    Parameters
    ----------
    event_id : str
        Id of an event of this dataset.

    Returns
    -------
    pandas.DataFrame
        In the order of days: ``from_date``, ``status``, ``because_kind`` (citation or event) and
        ``because_id`` as in the table ``status_changes``; of the cause its ``date`` (EDTF: the event's,
        or when the source was published), its ``title`` and, for a source, ``publisher`` and ``url``.

    Raises
    ------
    BadRequest
        There is no such event; the message names the nearest that is.

    Examples
    --------
    >>> import timeline
    >>> steps = timeline.open("1.0.0").status_history("dprk-troops-deploy-to-russia")
    >>> print(steps[["from_date", "status", "because_id"]].to_string(index=False))
     from_date       status                               because_id
    2024-10-17     disputed         kremlin-calls-troop-reports-fake
    2024-10-18 corroborated rok-intelligence-reports-troop-transport
    2025-04-26 acknowledged            nknews-2025-04-26-gerasimov
    """
    import pandas as pd

    (event,) = known(tables, "event", event_id)
    steps = tables["status_changes"]
    steps = steps[steps["event_id"] == event].sort_values("from_date").drop(columns="event_id")
    sources = tables.whole["sources"].rename(columns={"source_id": "because_id", "published": "date"})
    events = tables.whole["events"].rename(columns={"event_id": "because_id"})
    told = ["because_id", "date", "title", "publisher", "url"]
    causes = pd.concat([sources[told], events.reindex(columns=told)]).astype("str")
    return steps.merge(causes, on="because_id", how="left")


def undated(tables: TablesInMemory) -> pd.DataFrame:
    """What can never be in a snapshot, since no evidence says when it became known.

    Returns
    -------
    pandas.DataFrame
        ``table``, ``event_id``, ``source_id`` (of a citation or an estimate), ``reason``.
    """
    import pandas as pd

    events, estimates, citations = tables["events"], tables["estimates"], tables["citations"]
    sources = tables["sources"]
    no_date = set(sources.loc[sources["published_latest"].isna(), "source_id"])
    found = {
        "events": (
            events[events["known_from"].isna()],
            "no cited source and no disclosing event has a date",
        ),
        "citations": (citations[citations["source_id"].isin(no_date)], "the source has no date"),
        "estimates": (estimates[estimates["known_from"].isna()], "the source or the event has no date"),
    }
    rows = [
        each.reindex(columns=["event_id", "source_id"]).assign(table=table, reason=reason)
        for table, (each, reason) in found.items()
    ]
    return pd.concat(rows, ignore_index=True)[["table", "event_id", "source_id", "reason"]]
