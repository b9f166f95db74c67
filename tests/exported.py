"""Datasets to be exported, and their rows as every reader should see them."""

from __future__ import annotations

import datetime

import timeline

WHOLE = timeline.open("1.0.0")
DATASETS = {
    "the record": timeline.open(),
    "transfers": WHOLE.where(kind="transfer"),
    "a snapshot": WHOLE.as_known_on("2024-01-08"),
}


HOSTILE = """=HYPERLINK("http://x"), O'Brien; "김정은" & Ко <img src=x onerror=alert(1)>"""


def rows(dataset, table):
    """Rows as every reader should see them: days as ISO 8601, what is missing as None."""
    return [
        {name: str(value) if isinstance(value, datetime.date) else value for name, value in row.items()}
        for row in dataset.arrow(table).to_pylist()
    ]


def event_ids(dataset):
    return set(dataset["events"]["event_id"])
