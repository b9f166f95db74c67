"""Charts of a dataset (Altair, extra ``plot``): colour-blind safe, and told apart without colour."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from timeline import contract
from timeline.edtf import parse_date
from timeline.errors import BadRequest, nearest
from timeline.temporal import lags

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd

    from timeline.dataset import Dataset

Drawing = tuple[str, str, Any]
"""Title, subtitle and layers of a chart."""

WIDTH = 680
STATUSES = {
    "claimed": ("#e69f00", "triangle-up"),
    "disputed": ("#d55e00", "cross"),
    "corroborated": ("#009e73", "square"),
    "acknowledged": ("#0072b2", "diamond"),
    "on-record": ("#808080", "circle"),
}
_COLOURS = ["#332288", "#cc6677", "#117733", "#88ccee", "#aa4499", "#ddaa33", "#44aa99", "#882255", "#808080"]
_SHAPES = ["circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right"]
_POINT, _ROW = 9, 11  # width of a point and height of a row of them, in pixels
_TAIL = 30  # days over which a bar ends where nobody tells when its event did
_FORMATS = ("svg", "png", "html")


def plot(dataset: Dataset, what: str = "events", *, measure: str | None = None) -> alt.LayerChart:
    """Draw a dataset; `Dataset.plot` tells what there is."""
    if what not in _CHARTS:
        raise BadRequest(f"there is no chart of {what!r}{nearest(what, _CHARTS)} ({', '.join(_CHARTS)})")
    if what == "estimates":
        measure = _one_measure(dataset, measure)
    elif measure is not None:
        raise BadRequest(f"a measure is for the chart of estimates, not of {what}")
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


def save(chart: alt.TopLevelMixin, path: Path) -> None:
    """Write a chart as SVG, as PNG at twice its size, or as one HTML file that needs no network.

    Raises
    ------
    BadRequest
        The name of the file ends in none of these, or its folder does not exist.
    """
    form = path.suffix.removeprefix(".").lower()
    if form not in _FORMATS:
        raise BadRequest(f"a chart is saved as .{', .'.join(_FORMATS)}; {path.name!r} is none of these")
    if not path.parent.is_dir():
        raise BadRequest(f"there is no folder {path.parent}")
    text, picture = io.StringIO(), io.BytesIO()
    if form == "png":
        chart.save(picture, format="png", scale_factor=2)
    elif form == "svg":
        chart.save(text, format="svg")
    else:
        chart.save(text, format="html", inline=True, embed_options={"renderer": "svg"})
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=".timeline-")
    with os.fdopen(handle, "wb") as file:
        file.write(picture.getvalue() or text.getvalue().encode("utf-8"))
    Path(beside).chmod(0o644)
    os.replace(beside, path)


# Events ----------------------------------------------------------------------------------------------------


def _events(dataset: Dataset) -> Drawing:
    """Lanes by kind: points for days, bars for what lasted, pale where a bound is not known."""
    import altair as alt
    import pandas as pd

    events = _some(dataset["events"], "events")
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

    lasts = events["extent"] != "instant"
    tail = events["start_latest"] + pd.Timedelta(days=_TAIL)
    end = events["end_latest"].fillna(tail.where((events["extent"] == "unknown-end") & (tail < last), last))
    return _labelled(events).assign(
        **{"from": events["start_earliest"], "to": end},
        core_from=events["start_latest"].where(lasts),
        core_to=events["end_earliest"].where(lasts),
        at=events["start_earliest"] + (events["start_latest"] - events["start_earliest"]) / 2,
        exact=events["start_earliest"] == events["start_latest"],
        when=[parse_date(date).in_words() for date in events["date"]],
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


# Estimates -------------------------------------------------------------------------------------------------


def _estimates(dataset: Dataset, measure: str) -> Drawing:
    """Each claimant's figures over time; a line fades where the claim names no bound."""
    import altair as alt

    rows = dataset["estimates"].query("measure == @measure")
    described = dataset["measures"].set_index("measure").to_dict("index")[measure]
    names = dataset["actors"].set_index("actor_id")["name"]
    rows = rows.assign(
        Claimant=rows["by_id"].map(names),
        at=rows["as_of_earliest"] + (rows["as_of_latest"] - rows["as_of_earliest"]) / 2,
        figure=rows["best"].fillna(rows["low"]).fillna(rows["high"]),
    )
    reach = 0.07 * rows["figure"].max()
    plain = rows["best"].notna()
    rows["bottom"] = rows["low"].fillna(rows["figure"].where(plain, rows["figure"] - reach).clip(lower=0))
    rows["top"] = rows["high"].fillna(rows["figure"].where(plain, rows["figure"] + reach))
    rows["claim"] = plain.map({True: "figure", False: "bound"})
    rows.loc[rows["low"].notna() & rows["high"].notna(), "claim"] = "range"
    claimants = rows.sort_values("as_of_earliest")["Claimant"].drop_duplicates().tolist()
    styles = {
        channel: encoding(
            "Claimant:N",
            scale=alt.Scale(domain=claimants, range=_cycled(values, claimants)),
            legend=alt.Legend(columns=2),
        )
        for channel, encoding, values in (("color", alt.Color, _COLOURS), ("shape", alt.Shape, _SHAPES))
    }
    tooltip = ["Claimant", "stated", "low", "best", "high", "unit", "as_of", "known_from", "source_id"]
    y = alt.Y("figure:Q", title=described["unit"], axis=alt.Axis(format=",d"), scale=alt.Scale(zero=True))
    base = alt.Chart(rows).encode(color=styles["color"], tooltip=tooltip)
    x = alt.X("at:T", title=None, axis=alt.Axis(format="%b %Y", grid=False), scale=alt.Scale(padding=15))
    up = base.encode(x=x, y=y)
    bounds = up.encode(y=alt.Y("bottom:Q", title=described["unit"]), y2="top:Q")
    chart = alt.layer(
        up.encode(x=alt.X("as_of_earliest:T").title(None), x2="as_of_latest:T").mark_rule(
            strokeWidth=3, opacity=0.3
        ),
        bounds.transform_filter("datum.claim == 'range'").mark_rule(strokeWidth=2),
        bounds.transform_filter("datum.claim == 'bound'").mark_rule(strokeWidth=1.5, strokeDash=[2, 2]),
        up.encode(shape=styles["shape"]).mark_point(filled=True, size=65, opacity=1),
    ).properties(height=320)
    subtitle = f"{_AGGREGATIONS[described['aggregation']]} Dashes: “at least” upwards, “up to” downwards."
    return described["label"], subtitle, chart


_AGGREGATIONS = {
    "cumulative": "Running totals, as each claimant puts them for a date.",
    "event": "What single events involved, as each claimant puts it.",
    "period": "What fell into stated periods, as each claimant puts it.",
    "level": "The level at a date, as each claimant puts it.",
}


def _cycled(values: list[str], claimants: list[str]) -> list[str]:
    return [values[place % len(values)] for place in range(len(claimants))]


def _one_measure(dataset: Dataset, measure: str | None) -> str:
    known = sorted(set(dataset["estimates"]["measure"]))
    if measure in known:
        return str(measure)
    if measure is None:
        raise BadRequest(
            f"a chart of estimates is of one measure ({', '.join(known) or 'there are none here'})"
        )
    raise BadRequest(f"there are no estimates of {measure!r}{nearest(measure, known)}")


# Designations and lags -------------------------------------------------------------------------------------


def _designations(dataset: Dataset) -> Drawing:
    """How many persons, entities, ships and aircraft each authority listed in each quarter."""
    import altair as alt

    rows = _some(dataset["designations"], "designations")
    names = dataset["actors"].set_index("actor_id")["name"]
    events = dataset["events"].set_index("event_id")
    day = rows["designated_on"].fillna(rows["event_id"].map(events["start_latest"]))
    rows = rows.assign(
        Authority=rows["authority_id"].map(names),
        designee=rows["designee_id"].map(names),
        day=day,
        Quarter=day.dt.to_period("Q").astype(str).str.replace("Q", " Q"),
    ).drop_duplicates(["designee", "Authority", "Quarter"])
    order = rows.groupby("Authority")["day"].min().sort_values().index.tolist()
    quarters = _quarters(rows["day"])
    cells = rows.groupby(["Authority", "Quarter"], as_index=False).agg(
        Listed=("designee", "size"), designees=("designee", lambda names: "; ".join(sorted(names)))
    )
    base = alt.Chart(cells).encode(
        x=alt.X(
            "Quarter:O",
            title=None,
            axis=alt.Axis(orient="top", labelAngle=-45),
            scale=alt.Scale(domain=quarters),
        ),
        y=alt.Y("Authority:N", title=None, sort=order, axis=alt.Axis(labelLimit=260)),
        tooltip=["Authority", "Quarter", "Listed", "designees"],
    )
    shade = alt.Color("Listed:Q", scale=alt.Scale(type="sqrt", range=["#dbe7f0", "#08306b"]), legend=None)
    ink = alt.condition(
        f"datum.Listed > {0.3 * cells['Listed'].max()}", alt.value("white"), alt.value("#222222")
    )
    chart = alt.layer(
        base.mark_rect(stroke="white", strokeWidth=2).encode(color=shade),
        base.mark_text(fontSize=11).encode(text="Listed:Q", color=ink),
    ).properties(height=alt.Step(28))
    return "Designations by authority and quarter", "Named persons, entities, ships and aircraft.", chart


def _quarters(days: pd.Series[pd.Timestamp]) -> list[str]:
    import pandas as pd

    quarters = pd.period_range(days.min().to_period("Q"), days.max().to_period("Q"), freq="Q")
    return [str(quarter).replace("Q", " Q") for quarter in quarters]


def _lags(dataset: Dataset) -> Drawing:
    """Days from an event to the events that answer it, between the least and the most that dates allow."""
    import altair as alt

    links = _some(lags(dataset["events"], dataset["event_links"]), "linked events")
    titles = dataset["events"].set_index("event_id")["title"]
    links = links[~links["relation"].isin(["part-of", "implements"])]
    links = links.assign(
        days=(links["days_least"] + links["days_most"]) / 2,
        Relation=links["relation"].astype(str).map(contract.table("event_links").field("relation").labels),
        event=links["event_id"].map(titles),
        to_event=links["to_event_id"].map(titles),
    )
    medians = links.groupby("Relation", as_index=False)["days"].agg(["median", "size"])
    medians["told"] = [f"{row.median:,.0f} (n = {row.size})" for row in medians.itertuples(index=False)]
    order = medians.sort_values("median")["Relation"].tolist()
    ticks = [-100, -10, 0, 1, 7, 30, 100, 365, 1000]
    x: Any = {
        "scale": alt.Scale(type="symlog", constant=3),
        "title": "days after the event that is linked to",
        "axis": alt.Axis(values=ticks, format=",d"),
    }
    y = alt.Y("Relation:N", sort=order, title=None)
    base = alt.Chart(links).encode(y=y, tooltip=["event", "Relation", "to_event", "days_least", "days_most"])
    middle = alt.Chart(medians).encode(y=y, x=alt.X("median:Q", **x))
    chart = alt.layer(
        base.mark_rule(strokeWidth=3, opacity=0.15, color="#0072b2").encode(
            x=alt.X("days_least:Q", **x), x2="days_most:Q"
        ),
        base.mark_tick(size=14, thickness=1.2, opacity=0.5, color="#0072b2").encode(x=alt.X("days:Q", **x)),
        middle.mark_tick(size=24, thickness=3, color="#222222"),
        middle.mark_text(align="left", fontSize=11).encode(x=alt.value(WIDTH + 10), text="told"),
    ).properties(height=alt.Step(34))
    return (
        "How long answers took",
        "Thick: the median, told at the right. Pale: what uncertain dates allow.",
        chart,
    )


def _some(rows: pd.DataFrame, what: str) -> pd.DataFrame:
    if rows.empty:
        raise BadRequest(f"there are no {what} to draw: the dataset holds none, or its filters keep none")
    return rows


_CHARTS: dict[str, Callable[..., Drawing]] = {
    "events": _events,
    "estimates": _estimates,
    "designations": _designations,
    "lags": _lags,
}
