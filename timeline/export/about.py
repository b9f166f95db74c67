"""What every export says of itself, and JSON."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from timeline.errors import BadRequest
from timeline.files.opening import installed
from timeline.selection.tables import TablesInMemory
from timeline.versions.citation import cite


def about(dataset: TablesInMemory) -> dict[str, str]:
    """What every export says of itself: title, version, licence, steps and citation."""
    steps = "; ".join(repr(dataset).splitlines()[2:]) or "the whole release"
    citation = _citation(dataset)
    with (dataset.package or installed()).told() as descriptor:
        licence = descriptor["licenses"][0]
        title, version, released = descriptor["title"], dataset.version, descriptor["created"][:10]
        date.fromisoformat(released)
        return {
            "title": title,
            "version": version,
            "released": released,
            "licence": licence["name"],
            "licence_url": licence["path"],
            "steps": steps,
            "citation": citation or f"{title}, version {version} ({released}), unreleased rows: {steps}.",
        }


def _citation(dataset: TablesInMemory) -> str | None:
    """The citation that `timeline.resolve` takes back; None for rows that no release has."""
    try:
        return cite(dataset)
    except BadRequest:
        return None


def to_json(value: Any, indent: int | None = 1) -> str:
    """JSON with days as ISO 8601."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, default=str, indent=indent)
