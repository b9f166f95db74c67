"""Charts of numbers: estimates by claimant, designations by quarter, lags between linked events (Altair)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from timeline import contract
from timeline.dates import windows
from timeline.errors import BadRequest
from timeline.questions import estimates as ledger
from timeline.selection.tables import TablesInMemory

if TYPE_CHECKING:
    import pandas as pd


Drawing = tuple[str, str, Any]
"""Title, subtitle and layers of a chart."""

WIDTH = 680
_COLOURS = ["#332288", "#cc6677", "#117733", "#88ccee", "#aa4499", "#ddaa33", "#44aa99", "#882255", "#808080"]
_SHAPES = ["circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right"]


def estimates(dataset: TablesInMemory, measure: str) -> Drawing:
    """Each claimant's figures over time; dashes where the claim names no bound."""
    import altair as alt

    rows = some(ledger.estimates(dataset, measure), f"estimates of {measure}")
    described = dataset["measures"].set_index("measure").to_dict("index")[rows["measure"].iloc[0]]
    rows = rows.assign(
        Claimant=rows["by"],
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


def designations(dataset: TablesInMemory) -> Drawing:
    """How many persons, entities, ships and aircraft each authority listed in each quarter."""
    import altair as alt

    rows = some(dataset["designations"], "designations")
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


def lags(dataset: TablesInMemory) -> Drawing:
    """Days from an event to the events that answer it, between the least and the most that dates allow."""
    import altair as alt

    links = windows.lags(dataset["events"], dataset["event_links"])
    links = some(links[~links["relation"].isin(["part-of", "implements"])], "linked events")
    titles = dataset["events"].set_index("event_id")["title"]
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


def some(rows: pd.DataFrame, what: str) -> pd.DataFrame:
    """The rows, of which there must be some."""
    if rows.empty:
        raise BadRequest(f"there are no {what} to draw: the dataset holds none, or its filters keep none")
    return rows
