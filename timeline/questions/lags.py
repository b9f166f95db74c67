"""How long answers took: days between linked events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from timeline import contract
from timeline.dates import windows
from timeline.errors import BadRequest, nearest
from timeline.selection.tables import TablesInMemory

if TYPE_CHECKING:
    import pandas as pd


def lags(tables: TablesInMemory, relation: str) -> pd.DataFrame:
    """Days between linked events, least and most; see `timeline.dates.windows.lags`.

    Parameters
    ----------
    relation : str
        Relation of the links, for example ``discloses`` or ``sanctions``.

    Returns
    -------
    pandas.DataFrame
        One row per link: ``event_id``, ``kind``, ``to_event_id``, ``to_kind``, ``days_least``,
        ``days_most``.

    Examples
    --------
    >>> import timeline
    >>> timeline.open("1.0.0").lags("discloses").columns.tolist()
    ['event_id', 'kind', 'to_event_id', 'to_kind', 'days_least', 'days_most']
    """
    relations = contract.table("event_links").field("relation").enum
    if relation not in relations:
        raise BadRequest(f"there is no relation {relation!r}{nearest(relation, relations)}")
    links = tables["event_links"]
    rows = windows.lags(tables["events"], links[links["relation"] == relation])
    return rows.drop(columns="relation").sort_values(["event_id", "to_event_id"], ignore_index=True)


def lags_by_kind(tables: TablesInMemory, relation: str) -> pd.DataFrame:
    """Summary of `lags` by the kinds of the linked events.

    Returns
    -------
    pandas.DataFrame
        Per ``to_kind`` and ``kind``: ``links``, the least and the greatest number of days that any of
        them can have taken, and the medians of the least and the greatest number per link.

    Examples
    --------
    >>> import timeline
    >>> timeline.open("1.0.0").lags_by_kind("sanctions").columns.tolist()
    ['links', 'least', 'median_least', 'median_most', 'most']
    """
    groups = lags(tables, relation).groupby(["to_kind", "kind"], observed=True)
    return groups.agg(
        links=("event_id", "size"),
        least=("days_least", "min"),
        median_least=("days_least", "median"),
        median_most=("days_most", "median"),
        most=("days_most", "max"),
    )
