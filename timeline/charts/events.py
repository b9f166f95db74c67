"""Charts of a dataset (Altair, extra ``plot``): colour-blind safe, and told apart without colour."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from timeline import contract
from timeline.charts.numbers import WIDTH, Drawing, designations, estimates, lags, some
from timeline.dates.edtf import parse_date
from timeline.errors import BadRequest, nearest
from timeline.selection.tables import TablesInMemory

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd


STATUSES = {
    "claimed": ("#e69f00", "triangle-up"),
    "disputed": ("#d55e00", "cross"),
    "corroborated": ("#009e73", "square"),
    "acknowledged": ("#0072b2", "diamond"),
    "on-record": ("#808080", "circle"),
}
_POINT, _ROW = 9, 11  # width of a point and height of a row of them, in pixels
_TAIL = 30  # days over which a bar ends where nobody tells when its event did


def plot(dataset: TablesInMemory, what: str = "events", *, measure: str | None = None) -> alt.LayerChart:
    """Draw it (extra ``plot``).

    Parameters
    ----------
    what : {"events", "estimates", "designations", "lags"}
        *events*: lanes by kind, points for days, bars for what lasted, pale where a date is not known
        exactly, colour and shape by status. *estimates*: the figures of one measure over time, by
        claimant. *designations*: how many each authority listed in each quarter. *lags*: days from
        events to those that answer them, by relation.
    measure : str, optional
        Which estimates; for that chart alone.

    Returns
    -------
    altair.LayerChart
        A notebook shows it; `timeline.charts.save.save` writes it as SVG, PNG or HTML.

    Raises
    ------
    BadRequest
        There is no such chart or measure, nothing is left to draw, or Altair is not installed.

    Examples
    --------
    >>> import timeline
    >>> chart = timeline.open("1.0.0").where(kind="transfer").plot()
    >>> chart.to_dict()["title"]["text"]
    'Events by kind and status'
    """
    if what not in _CHARTS:
        raise BadRequest(f"there is no chart of {what!r}{nearest(what, _CHARTS)} ({', '.join(_CHARTS)})")
    if (what == "estimates") == (measure is None):
        raise BadRequest(
            "a chart of estimates is of one measure, such as measure='containers-shipped'; no other has one"
        )
    try:
        import altair as alt
    except ModuleNotFoundError as error:
        raise BadRequest(f"charts need {error.name}: pip install 'dprk-russia-timeline[plot]'") from None
    title, subtitle, chart = _CHARTS[what](dataset, measure) if measure else _CHARTS[what](dataset)
    heading = alt.TitleParams(title, subtitle=subtitle, anchor="start", offset=14, subtitleColor="#555555")
    drawn: alt.LayerChart = (
        chart.properties(width=WIDTH, title=heading)
        .configure(font="Helvetica, Arial, sans-serif", background="white", padding=12)
        .configure_view(stroke=None)
        .configure_axis(
            domain=False, ticks=False, gridColor="#e4e4e4", labelColor="#333333", labelFontSize=11
        )
        .configure_axisX(titleFontWeight="normal", titleColor="#555555")
        .configure_axisY(titleFontWeight="normal", titleColor="#555555")
        .configure_legend(orient="bottom", title=None, symbolOpacity=1, labelLimit=300, labelFontSize=11)
    )
    return drawn


# Events ----------------------------------------------------------------------------------------------------


def _events(dataset: TablesInMemory) -> Drawing:
    """Lanes by kind: points for days, bars for what lasted, pale where a bound is not known."""
    import altair as alt
    import pandas as pd

    events = some(dataset["events"], "events")
    first = events["start_earliest"].min() - pd.Timedelta(days=10)
    last = events["end_latest"].fillna(events["start_latest"]).max() + pd.Timedelta(days=20)
    events = _with_bars(events, last)
    events["row"], lanes = _in_lanes(events, days_per_pixel=(last - first).days / WIDTH)
    domain = [day.isoformat() for day in (first, last)]
    y: Any = {"scale": alt.Scale(domain=[0, lanes["end"].max()], reverse=True, nice=False), "axis": None}
    x: Any = {
        "scale": alt.Scale(domain=domain),
        "title": None,
        "axis": alt.Axis(orient="top", format="%b %Y"),
    }
    base = alt.Chart(events).encode(
        y=alt.Y("row:Q", **y), color=_by_status("color", events), tooltip=["title", "when", "Kind", "Status"]
    )
    bars = base.encode(x=alt.X("from:T", **x), x2="to:T").mark_rule(strokeWidth=5, opacity=0.38)
    cores = base.encode(x=alt.X("core_from:T", **x), x2="core_to:T").mark_rule(strokeWidth=5)
    points = base.encode(x=alt.X("at:T", **x), shape=_by_status("shape", events))
    chart = alt.layer(
        alt.Chart(lanes).mark_rule(color="#cccccc").encode(y=alt.Y("end:Q", **y)),
        alt.Chart(lanes)
        .mark_text(align="right", fontSize=11, color="#222222")
        .encode(x=alt.value(-8), y=alt.Y("middle:Q", **y), text="Kind"),
        bars.transform_filter("datum.from < datum.to"),
        cores.transform_filter("datum.core_from < datum.core_to"),
        points.transform_filter("datum.exact").mark_point(filled=True, size=38, opacity=1),
        points.transform_filter("!datum.exact").mark_point(fill="white", size=34, opacity=1, strokeWidth=1.5),
    ).properties(height=int(lanes["end"].max() * _ROW))
    subtitle = (
        "Filled: the day it began is known. Hollow: it lies within the pale bar. Solid bars: it lasted."
    )
    return "Events by kind and status", subtitle, chart


def _with_bars(events: pd.DataFrame, last: pd.Timestamp) -> pd.DataFrame:
    """Add the pale bar of all days that an event can have touched, and the core of those that it did."""
    import pandas as pd

    events = _labelled(events)
    lasts = events["extent"] != "instant"
    tail = events["start_latest"] + pd.Timedelta(days=_TAIL)
    end = events["end_latest"].fillna(tail.where((events["extent"] == "unknown-end") & (tail < last), last))
    return events.assign(
        **{"from": events["start_earliest"], "to": end},
        core_from=events["start_latest"].where(lasts),
        core_to=events["end_earliest"].where(lasts),
        at=events["start_earliest"] + (events["start_latest"] - events["start_earliest"]) / 2,
        exact=events["start_earliest"] == events["start_latest"],
        when=events["date"].map(lambda date: parse_date(date).in_words()),
    )


def _in_lanes(events: pd.DataFrame, days_per_pixel: float) -> tuple[list[float], pd.DataFrame]:
    """Give each event the first row of its kind that is free, and each kind its rows."""
    import pandas as pd

    half = pd.Timedelta(days=_POINT / 2 * days_per_pixel)
    begins = events[["from", "at"]].assign(at=events["at"] - half).min(axis="columns")
    ends = events[["to", "at"]].assign(at=events["at"] + half).max(axis="columns")
    rows: list[float] = []
    lanes: list[dict[str, Any]] = []
    free: list[Any] = []
    for kind, begin, end in zip(events["Kind"], begins, ends, strict=True):
        if not lanes or lanes[-1]["Kind"] != kind:
            top, free = (lanes[-1]["end"] if lanes else 0), []
            lanes.append({"Kind": kind, "top": top})
        row = next((row for row, taken in enumerate(free) if taken <= begin), len(free))
        free[row : row + 1] = [end]
        rows.append(lanes[-1]["top"] + row + 0.75)
        lanes[-1]["end"] = lanes[-1]["top"] + len(free) + 0.5
    return rows, pd.DataFrame(lanes).assign(middle=lambda lanes: (lanes["top"] + lanes["end"]) / 2)


def _labelled(events: pd.DataFrame) -> pd.DataFrame:
    """Add kind and status as people read them, and put events of one kind together in its order."""
    described = contract.table("events")
    labels = {
        column.capitalize(): events[column].cat.rename_categories(dict(described.field(column).labels))
        for column in ("kind", "status")
    }
    return (
        events.assign(**labels).sort_values(["Kind", "start_earliest"]).astype({"Kind": str, "Status": str})
    )


def _by_status(channel: str, events: pd.DataFrame) -> Any:
    import altair as alt

    labels = contract.table("events").field("status").labels
    styles = {labels[status]: style for status, style in STATUSES.items() if status in set(events["status"])}
    values = [style[channel == "shape"] for style in styles.values()]
    scale = alt.Scale(domain=list(styles), range=values)
    return (alt.Shape if channel == "shape" else alt.Color)(
        "Status:N", scale=scale, legend=alt.Legend(columns=5)
    )


_CHARTS: dict[str, Callable[..., Drawing]] = {
    "events": _events,
    "estimates": estimates,
    "designations": designations,
    "lags": lags,
}
