"""Charts: nothing is left out, uncertain dates look uncertain, no colour carries meaning alone."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pandas as pd
import pytest

import timeline
from timeline.charts.events import STATUSES
from timeline.charts.save import save

WHOLE = timeline.open("1.0.0")
SVG = "{http://www.w3.org/2000/svg}"
CHARTS = {
    "events": {},
    "estimates": {"measure": "containers-shipped"},
    "designations": {},
    "lags": {},
}


def rows(chart, holding):
    """The data of a chart that have a column."""
    (found,) = (
        data for data in chart.to_dict()["datasets"].values() if data and holding in data[0]
    )  # fmt: skip
    return pd.DataFrame(found)


def points(svg):
    """Points of a chart: in how many shapes, and how many of each."""
    marks = [mark for mark in ET.fromstring(svg).iter(f"{SVG}g") if "mark-symbol" in mark.get("class", "")]
    return [
        path
        for mark in marks
        for path in mark.iter(f"{SVG}path")
        if path.get("aria-roledescription") == "point"
    ]


@pytest.fixture(scope="module")
def svg(tmp_path_factory):
    path = tmp_path_factory.mktemp("plot") / "events.svg"
    save(WHOLE.plot(), path)
    return path.read_text()


def test_every_event_is_one_point_and_hollow_where_its_day_is_not_known(svg):
    drawn = points(svg)
    events = WHOLE["events"]
    exact = int((events["start_earliest"] == events["start_latest"]).sum())
    assert len(drawn) == len(events)
    assert sum(path.get("fill") == "white" for path in drawn) == len(events) - exact > 0


def test_bars_are_the_bounds_of_the_dates():
    drawn = rows(WHOLE.plot(), "core_from").set_index("event_id")
    transfer = drawn.loc["dprk-engineers-clear-mines-in-kursk"]
    event = WHOLE.story("dprk-engineers-clear-mines-in-kursk").event
    assert pd.Timestamp(transfer["from"]).date() == event["start_earliest"]
    assert pd.Timestamp(transfer["core_from"]).date() == event["start_latest"]
    assert pd.Timestamp(transfer["core_to"]).date() == event["end_earliest"]
    assert pd.Timestamp(transfer["to"]).date() == event["end_latest"]
    ongoing = drawn.loc["dprk-ballistic-missiles-reach-russia"]
    assert not ongoing["core_to"] and ongoing["to"] == drawn["to"].max()
    dates = WHOLE["events"].set_index("event_id")["date"]
    assert all(drawn.loc[key, "when"] == timeline.parse_date(dates[key]).in_words() for key in dates.index)


def test_no_two_points_of_a_lane_touch():
    drawn = rows(WHOLE.plot(), "core_from")
    days = (pd.to_datetime(drawn["to"]).max() - pd.to_datetime(drawn["from"]).min()).days + 10
    at = pd.to_datetime(drawn["at"], format="ISO8601")
    for _, lane in drawn.assign(at=at).groupby("row"):
        gaps = lane["at"].sort_values().diff().dt.total_seconds().dropna() / 86400
        assert (gaps * 680 / days >= 8.9).all()


def test_status_is_told_by_colour_shape_and_shade(svg):
    assert set(STATUSES) == set(WHOLE["events"]["status"].cat.categories)
    assert len({shape for _, shape in STATUSES.values()}) == len(STATUSES)
    assert len({colour for colour, _ in STATUSES.values()}) == len(STATUSES)
    outlines = {path.get("d") for path in points(svg) if path.get("fill") != "white"}
    assert len(outlines) == len(STATUSES)


def test_estimates_are_those_of_the_ledger():
    ledger = WHOLE.estimates("containers-shipped")
    drawn = rows(WHOLE.plot("estimates", measure="containers-shipped"), "figure")
    assert sorted(drawn["figure"]) == sorted(ledger["best"].fillna(ledger["low"]).fillna(ledger["high"]))
    at_least = drawn[drawn["claim"] == "bound"]
    assert len(at_least) == ledger["best"].isna().sum() > 0
    assert (at_least["top"] > at_least["figure"]).all()


def test_designations_count_each_designee_once_per_authority_and_quarter():
    drawn = rows(WHOLE.plot("designations"), "Listed")
    pairs = WHOLE["designations"].drop_duplicates(["event_id", "designee_id", "authority_id"])
    assert 0 < drawn["Listed"].sum() <= len(pairs)
    assert set(drawn["Authority"]) == set(WHOLE.listings()["authority"])


def test_lags_are_those_of_the_dataset():
    drawn = rows(WHOLE.plot("lags"), "days_least")
    denials = drawn[drawn["Relation"] == "Denies"]
    assert sorted(denials["days_least"]) == sorted(WHOLE.lags("denies")["days_least"])


@pytest.mark.parametrize(("what", "options"), CHARTS.items(), ids=CHARTS)
def test_every_chart_is_written_in_every_form(tmp_path, what, options):
    chart = WHOLE.plot(what, **options)
    for form in ("svg", "png", "html"):
        save(chart, tmp_path / f"chart.{form}")
    assert (tmp_path / "chart.png").read_bytes().startswith(b"\x89PNG")
    assert len(list(ET.parse(tmp_path / "chart.svg").iter(f"{SVG}path"))) > 10
    page = (tmp_path / "chart.html").read_text()
    assert not re.search(r"<(script|link)[^>]+(src|href)=", page)
    assert len(list(tmp_path.iterdir())) == 3


def test_a_filtered_record_is_drawn_as_it_is():
    subset = WHOLE.as_known_on("2024-01-08").where(kind="transfer")
    drawn = rows(subset.plot(), "core_from")
    assert set(drawn["event_id"]) == set(subset["events"]["event_id"])


@pytest.mark.parametrize(
    ("what", "options", "message"),
    [
        ("event", {}, "did you mean events"),
        ("estimates", {}, "is of one measure"),
        ("events", {"measure": "containers-shipped"}, "is of one measure"),
        ("estimates", {"measure": "container-shipped"}, "did you mean containers-shipped"),
    ],
)
def test_bad_requests_say_what_would_be_right(what, options, message):
    with pytest.raises(timeline.BadRequest, match=message):
        WHOLE.plot(what, **options)


@pytest.mark.parametrize(("what", "options"), CHARTS.items(), ids=CHARTS)
def test_nothing_to_draw_is_told(what, options):
    empty = WHOLE.where(kind="enforcement").where(kind="test")
    with pytest.raises(timeline.BadRequest, match="to draw"):
        empty.plot(what, **options)


def test_without_altair_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "altair", None)
    with pytest.raises(timeline.BadRequest, match=r"dprk-russia-timeline\[plot\]"):
        WHOLE.plot()
