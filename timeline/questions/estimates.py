"""Competing estimates: who says how much, and how far apart the claimants stand. Nothing is averaged."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from math import inf
from typing import TYPE_CHECKING, Any

from timeline.errors import BadRequest
from timeline.selection.names import known
from timeline.selection.tables import TablesInMemory

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS = [
    *("measure", "aggregation", "by_id", "by", "low", "best", "high", "unit"),
    *("as_of", "as_of_earliest", "as_of_latest", "known_from", "stated", "event_id", "source_id"),
]
_ROW_IS = {
    "cumulative": ["measure", "date"],
    "level": ["measure", "date"],
    "event": ["measure", "event_id"],
    "period": ["measure", "as_of_earliest", "as_of_latest"],
}
_MEANING = {
    "cumulative": "a running total up to a day",
    "level": "a state on a day",
    "event": "a figure of one event",
    "period": "a total of one period",
}
_NAMED_BY = {
    "measure": "str",
    "date": "datetime64[ms]",
    "event_id": "str",
    "as_of_earliest": "datetime64[ms]",
    "as_of_latest": "datetime64[ms]",
}
_SUMMARY = {
    "lowest": "float64",
    "highest": "float64",
    "lowest_by": "str",
    "highest_by": "str",
    "claimants": "int64",
    "agree": "bool",
    "disagreeing": "str",
}


def estimates(tables: TablesInMemory, measure: str | Iterable[str] | None = None) -> pd.DataFrame:
    """The ledger of competing figures: one row is one number as one claimant gives it in one source.

    Parameters
    ----------
    measure : str or iterable of str, optional
        Ids or labels of measures; without it, all.

    Returns
    -------
    pandas.DataFrame
        ``measure``, ``aggregation`` (cumulative, event, period or level), ``by_id`` and ``by`` (the
        claimant's name), ``low``, ``best``, ``high`` in ``unit``, ``as_of`` (EDTF) with
        ``as_of_earliest`` and ``as_of_latest``, ``known_from``, ``stated``, ``event_id``, ``source_id``;
        sorted by measure, as_of_latest, known_from and by_id. What an empty value means is told in the
        codebook.

    Raises
    ------
    BadRequest
        There is no such measure; the message names the nearest that is.

    Examples
    --------
    >>> import timeline
    >>> ledger = timeline.open("1.0.0").estimates("containers-shipped")
    >>> ledger.loc[0, ["by", "stated", "as_of"]].tolist()
    ['United States National Security Council', 'more than 1,000', '2023-10-13']
    """
    return _ledger(tables, None if measure is None else known(tables, "measure", measure))


def envelope(tables: TablesInMemory, measure: str | Iterable[str]) -> pd.DataFrame:
    """How far the figures of a measure lie apart, and who disagrees. Nothing is averaged.

    What a row is depends on how the measure adds up:

    - *cumulative* (a running total) and *level* (a state): one row per day for which somebody gave a
      figure. The day of a figure is its ``as_of_latest``. Each claimant counts with its latest figure up
      to that day, however old: one that falls silent keeps its last word.
    - *event*: one row per event, over the latest figure of each claimant.
    - *period*: one row per period, over the figures for exactly that period.

    Where a claimant gives several figures for its latest day, in one source or in several, all of them
    count. Claimants are told apart by id: a state and its ministries are different claimants.

    Each figure allows a range of numbers: from low to high; best stands in for one that is not given;
    "at least" (only low) has no upper end, "up to" (only high) has no lower end. In later rows an older
    figure allows more, since it was said of an earlier day: a running total can have grown, so it has
    no upper end; a state can have changed, so it excludes nothing. Figures disagree if no number lies in
    the ranges of both: what is called disagreement is contradiction, not difference of date.

    Several measures stand below each other, each in rows of its own. They must add up alike and have
    one unit.

    Parameters
    ----------
    measure : str or iterable of str
        Ids or labels of measures.

    Returns
    -------
    pandas.DataFrame
        ``measure``; ``date``, or ``event_id``, or ``as_of_earliest`` and ``as_of_latest``; ``lowest`` and
        ``highest`` number that anyone gave as low, best or high, so that highest can be an "at least";
        ``lowest_by`` and ``highest_by``, names of claimants, joined by ``; ``; ``claimants``, how many;
        ``agree`` (bool): no two figures disagree; ``disagreeing``: names of the claimants whose figures
        disagree with another, empty where none do.

    Raises
    ------
    BadRequest
        There is no such measure, or the measures cannot be compared; the message says why.

    Examples
    --------
    >>> import timeline
    >>> rows = timeline.open("1.0.0").envelope("ballistic-missiles-supplied")
    >>> rows.loc[rows["date"] == "2024-01-23", ["lowest", "highest", "agree"]].values.tolist()
    [[24.0, 50.0, True]]
    """
    measures = known(tables, "measure", measure)
    described = tables.whole["measures"]
    aggregation = _common_aggregation(described[described["measure"].isin(measures)])
    return envelope_of(_ledger(tables, measures), aggregation)


def envelope_of(figures: pd.DataFrame, aggregation: str) -> pd.DataFrame:
    """Return the envelope of rows of `estimates` that all add up alike."""
    import pandas as pd

    rows = [{**group, **_summary(standing)} for group, standing in _groups(_with_range(figures), aggregation)]
    dtypes = {name: _NAMED_BY[name] for name in _ROW_IS[aggregation]} | _SUMMARY
    return pd.DataFrame(rows, columns=list(dtypes)).astype(dtypes)


def _ledger(tables: TablesInMemory, measures: Collection[str] | None) -> pd.DataFrame:
    rows = tables["estimates"].merge(tables["measures"][["measure", "aggregation"]], on="measure", how="left")
    rows["by"] = rows["by_id"].map(tables["actors"].set_index("actor_id")["name"]).astype("str")
    if measures is not None:
        rows = rows[rows["measure"].isin(measures)]
    order = ["measure", "as_of_latest", "known_from", "by_id", "as_of", "source_id", "event_id"]
    return rows.sort_values(order, ignore_index=True)[_COLUMNS]


def _common_aggregation(described: pd.DataFrame) -> str:
    """How the measures described add up: the same for all, as is their unit, or they are refused."""
    if len(described) == 0:
        raise BadRequest("envelope() needs a measure")
    if len(described[["aggregation", "unit"]].drop_duplicates()) > 1:
        told = "; ".join(
            f"{row.measure} is {_MEANING[str(row.aggregation)]}, in {row.unit}"
            for row in described.itertuples(index=False)
        )
        raise BadRequest(f"only measures that add up alike, in one unit, can be compared: {told}")
    return str(described["aggregation"].iloc[0])


def _with_range(figures: pd.DataFrame) -> pd.DataFrame:
    """Figures with what each allows: from ``lower`` to ``upper``, without end where only a bound is given."""
    numbers = figures[["low", "best", "high"]]
    return figures.assign(
        least=numbers.min(axis="columns"),
        greatest=numbers.max(axis="columns"),
        lower=figures["low"].fillna(figures["best"]).fillna(-inf),
        upper=figures["high"].fillna(figures["best"]).fillna(inf),
    )


def _groups(figures: pd.DataFrame, aggregation: str) -> Iterator[tuple[dict[str, Any], pd.DataFrame]]:
    """What names a row of the envelope, with the figures that stand in it."""
    row_is = _ROW_IS[aggregation]
    if "date" not in row_is:
        for values, rows in figures.groupby(row_is):
            yield dict(zip(row_is, values, strict=True)), _latest_of_each_claimant(rows)
        return
    for measure, rows in figures.groupby("measure"):
        for day, _ in rows.groupby("as_of_latest"):
            standing = _latest_of_each_claimant(rows[rows["as_of_latest"] <= day])
            yield {"measure": measure, "date": day}, _as_they_hold_on(day, standing, aggregation)


def _latest_of_each_claimant(figures: pd.DataFrame) -> pd.DataFrame:
    last = figures.groupby("by_id")["as_of_latest"].transform("max")
    return figures[figures["as_of_latest"] == last]


def _as_they_hold_on(day: Any, standing: pd.DataFrame, aggregation: str) -> pd.DataFrame:
    """Figures of earlier days say less: a running total may have grown since, a state may have changed."""
    earlier = standing["as_of_latest"] < day
    standing = standing.assign(upper=standing["upper"].mask(earlier, inf))
    if aggregation == "level":
        standing = standing.assign(lower=standing["lower"].mask(earlier, -inf))
    return standing


def _summary(standing: pd.DataFrame) -> dict[str, Any]:
    lowest, highest = standing["least"].min(), standing["greatest"].max()
    apart = (standing["lower"] > standing["upper"].min()) | (standing["upper"] < standing["lower"].max())
    return {
        "lowest": lowest,
        "highest": highest,
        "lowest_by": _names(standing[standing["least"] == lowest]),
        "highest_by": _names(standing[standing["greatest"] == highest]),
        "claimants": standing["by_id"].nunique(),
        "agree": not apart.any(),
        "disagreeing": _names(standing[apart]) if apart.any() else None,
    }


def _names(figures: pd.DataFrame) -> str:
    return "; ".join(sorted(set(figures["by"])))
