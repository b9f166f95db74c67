"""TimelineJS: a slide for each event and no markup but its own; its own reader is in test_readers.py."""

from __future__ import annotations

import datetime
import io
import json

from exported import HOSTILE, event_ids


def test_timelinejs_has_a_slide_per_event(dataset, tmp_path):
    made = json.loads(dataset.to_timelinejs(tmp_path / "timeline.json").read_bytes())
    assert dataset.version in made["title"]["text"]["text"]
    slides = {slide["unique_id"]: slide for slide in made["events"]}
    assert set(slides) == event_ids(dataset)
    for row in dataset.arrow("events").to_pylist():
        slide = slides[row["event_id"]]
        assert datetime.date(**slide["start_date"]) == row["start_earliest"]
        last = row["end_latest"] or row["start_latest"]
        assert datetime.date(**slide.get("end_date", slide["start_date"])) == last
        assert row["date"] in slide["display_date"]


def test_timelinejs_holds_no_markup_but_its_own(hostile, tmp_path):
    from html.parser import HTMLParser

    tags, text = set(), io.StringIO()

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attrs):
            tags.add(tag)

        def handle_data(self, data):
            text.write(data)

    made = json.loads(hostile.to_timelinejs(tmp_path / "hostile.json").read_bytes())
    for slide in made["events"]:
        Reader().feed(slide["text"]["headline"])
        Reader().feed(slide["text"]["text"])
    assert tags == {"p", "ul", "li", "a"} and HOSTILE in text.getvalue()
