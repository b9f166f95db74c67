"""Stories: all that belongs to an event, in words."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

import timeline
from timeline.dataset import Dataset
from timeline.errors import BadRequest
from timeline.questions.story import stories
from timeline.selection.rows import Rows

KREMLIN = "kremlin-says-no-proof-of-dprk-arms"


@pytest.fixture(scope="module")
def ds() -> Dataset:
    return timeline.open("1.0.0")


def ids(dataset: Dataset) -> set[str]:
    return set(dataset["events"]["event_id"])


PARTS = {
    "denials": lambda ds: ds.where(kind="denial"),
    "a month": lambda ds: ds.during("2023-11"),
    "as known": lambda ds: ds.as_known_on("2024-01-08"),
    "listings": lambda ds: ds.where(kind="designation").where(authority="usa-ofac"),
    "nothing": lambda ds: ds.where(kind="denial").where(kind="transfer"),
}


def test_a_story_tells_all_that_hangs_on_an_event(ds) -> None:
    story = ds.story("us-designates-missile-transfer-network")
    event = "us-designates-missile-transfer-network"
    assert story.event["event_id"] == event
    assert story.place["place_id"] == "washington-dc"
    for name in ("participants", "designations", "citations", "estimates", "status_changes"):
        rows = ds[name]
        assert len(getattr(story, name)) == (rows["event_id"] == event).sum()
    links = ds["event_links"]
    assert len(story.links) == ((links["event_id"] == event) | (links["to_event_id"] == event)).sum()
    assert {link["direction"] for link in story.links} == {"to", "from"}
    text = str(story)
    told = ("Participants", "Status", "Designations", "Links", "Instruments", "Sources")
    assert [line for line in text.splitlines() if line in told] == list(told)
    assert story.event["title"] in text
    for citation in story.citations:
        assert citation["url"] in text
    assert "nan" not in text.split()
    assert "None" not in text.split()


def test_a_story_tells_in_words_when_where_and_how_its_status_came_about(ds) -> None:
    told = str(ds.story("us-discloses-dprk-ballistic-missiles"))
    assert "On 4 January 2024 (2024-01-04), Washington, D.C." in told
    assert "Known from 2024-01-04 by act" in told
    assert "ballistic-missiles-supplied at least 24 missiles, as of 2024-01-04" in told
    assert "→ discloses: DPRK ballistic missiles and launchers are transferred to Russia" in told
    assert "← denies: Russia's UN envoy dismisses the US claim about DPRK missiles (2024-01-10," in told
    told = str(ds.story("dprk-ballistic-missiles-reach-russia"))
    assert told.partition("\nStatus\n")[2].partition("\n\n")[0].splitlines() == [
        "  2024-01-04  claimed, by event us-discloses-dprk-ballistic-missiles",
        "  2024-01-10  disputed, by event russia-rejects-missile-claims-at-security-council",
        "  2024-01-12  corroborated, by event ukraine-institute-identifies-kn-23-debris",
    ]
    assert "From about 21 November 2023, going on (2023-11-21~/..)" in told
    assert "  violates Resolution 1718 (2006)" in told


@pytest.mark.parametrize("part", ["denials", "as known", "a month"])
def test_every_event_of_a_part_has_a_story(part: str, ds) -> None:
    kept = PARTS[part](ds)
    for event in sorted(ids(kept))[:25]:
        text = str(kept.story(event))
        assert event in text
        assert "nan" not in text.split()


def test_a_story_is_escaped_and_an_unknown_one_answered(ds) -> None:
    html = ds.story(KREMLIN)._repr_html_()
    assert html.startswith("<pre>")
    assert "&#x27;No Proof&#x27;" in html
    assert "<" not in html.removeprefix("<pre>").removesuffix("</pre>")
    with pytest.raises(BadRequest, match=f"no event 'kremlin-says-no-prof'; did you mean {KREMLIN[:12]}"):
        ds.story("kremlin-says-no-prof")
    with pytest.raises(BadRequest, match="no event"):
        ds.where(kind="transfer").story(KREMLIN)
    for strange in (5, None, (KREMLIN,)):
        with pytest.raises(BadRequest, match="the id of an event must be text, not "):
            ds.story(strange)


def test_a_story_holds_plain_rows_and_is_the_same_alone_and_among_all(ds) -> None:
    part = ds.during("2024-01")
    told = list(stories(Rows(part)))
    assert [story.event["event_id"] for story in told] == part["events"]["event_id"].tolist()
    for story in told:
        assert story == part.story(story.event["event_id"])
        rows = [story.event, *story.estimates, *story.links, *story.citations, *story.designations]
        values = {type(value) for row in rows for value in row.values()}
        assert values <= {str, int, float, date, list, type(None)}
    estimates = pd.DataFrame(next(story.estimates for story in told if story.estimates))
    assert {"measure", "by", "low", "best", "high", "known_from"} <= set(estimates.columns)
