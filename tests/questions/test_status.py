"""The history of a status: its steps, their causes and their days."""

from __future__ import annotations

import pandas as pd
import pytest

import timeline
from timeline.errors import BadRequest

WHOLE = timeline.open("1.0.0")
TROOPS = "dprk-troops-deploy-to-russia"


def test_the_status_history_of_the_troop_deployment():
    rows = WHOLE.status_history(TROOPS)
    told = rows.assign(from_date=rows["from_date"].dt.strftime("%Y-%m-%d")).astype("object")
    assert told.where(told.notna(), None).values.tolist() == [
        # fake, the Kremlin had said on 10 October; there was nothing on record to deny before the 17th
        ["2024-10-17", "disputed", "event", "kremlin-calls-troop-reports-fake", "2024-10-10",
         "Kremlin calls reports of DPRK troops fake", None, None],
        ["2024-10-18", "corroborated", "event", "rok-intelligence-reports-troop-transport", "2024-10-18",
         "South Korean intelligence reports DPRK special forces in Russian Far East", None, None],
        ["2025-04-26", "acknowledged", "citation", "nknews-2025-04-26-gerasimov", "2025-04-26",
         "In a first, Russia confirms North Korea's involvement in Ukraine war", "NK News",
         "https://www.nknews.org/2025/04/in-a-first-russia-confirms-north-koreas-involvement-in-ukraine-war/"],
    ]  # fmt: skip


def test_the_status_history_of_a_day_ends_there_and_keeps_its_causes():
    before = WHOLE.as_known_on("2025-04-25").status_history(TROOPS)
    assert before["status"].tolist() == ["disputed", "corroborated"]
    alone = WHOLE.where(kind="deployment").status_history(TROOPS)
    assert alone["title"].notna().all()
    pd.testing.assert_frame_equal(alone, WHOLE.status_history(TROOPS))


def test_every_step_has_a_cause_that_is_no_younger():
    events = WHOLE["events"].set_index("event_id")["known_from"]
    sources = WHOLE["sources"].set_index("source_id")["published_latest"]
    steps = WHOLE["status_changes"]
    known = steps["because_id"].map(pd.concat([events, sources]))
    assert len(steps) > 400
    assert (known <= steps["from_date"]).all()


def test_an_event_that_is_not_there():
    with pytest.raises(BadRequest, match=f"did you mean {TROOPS}"):
        WHOLE.status_history("dprk-troops-deploy-to-rusia")
    with pytest.raises(BadRequest, match="no event is called"):
        WHOLE.as_known_on("2024-10-16").status_history(TROOPS)
