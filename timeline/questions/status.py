"""One event with all that hangs on it, as frames and as text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def status_history(
    tables: Mapping[str, pd.DataFrame], whole: Mapping[str, pd.DataFrame], event_id: str
) -> pd.DataFrame:
    """Steps of one event's status with their causes, which a filtered dataset may lack: ``whole`` has all."""
    import pandas as pd

    steps = tables["status_changes"]
    steps = steps[steps["event_id"] == event_id].sort_values("from_date").drop(columns="event_id")
    sources = whole["sources"].rename(columns={"source_id": "because_id", "published": "date"})
    events = whole["events"].rename(columns={"event_id": "because_id"})
    told = ["because_id", "date", "title", "publisher", "url"]
    causes = pd.concat([sources[told], events.reindex(columns=told)]).astype("str")
    return steps.merge(causes, on="because_id", how="left")
