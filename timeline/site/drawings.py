"""Where things lie in the drawings that templates make: across in percent of the width, down in pixels."""

from __future__ import annotations

from datetime import date
from typing import Any

from timeline.selection.rows import Row

_LEVELS, _STEP, _MARGIN = 4, 22, 4.0


def neighbourhood(event: Row, links: list[Row]) -> dict[str, Any]:
    """An event among those linked to it, along time: what points to it lies above, what it points to below.

    Returns
    -------
    dict
        ``height``; ``event`` and each of ``nodes`` with ``x`` and ``y``, nodes with their link; ``first`` and
        ``last`` day.
    """
    ordered = sorted(links, key=_in_time, reverse=True)
    others = {link["event_id"]: link for link in ordered}
    days = {key: _middle(each) for key, each in {**others, event["event_id"]: event}.items()}
    first, last = min(days.values()), max(days.values())

    def x(key: str) -> float:
        share = (days[key] - first) / (last - first) if last > first else 0.5
        return round(_MARGIN + share * (100 - 2 * _MARGIN), 2)

    levels = {
        direction: min(_LEVELS, sum(link["direction"] == direction for link in others.values()))
        for direction in ("from", "to")
    }
    middle = 16 + levels["from"] * _STEP
    counts = {"from": 0, "to": 0}
    nodes = []
    for key, link in sorted(others.items(), key=lambda item: days[item[0]]):
        direction = link["direction"]
        level = counts[direction] % _LEVELS + 1
        counts[direction] += 1
        nodes.append({**link, "x": x(key), "y": middle + (-level if direction == "from" else level) * _STEP})
    return {
        "height": middle + levels["to"] * _STEP + 36,
        "event": {"x": x(event["event_id"]), "y": middle},
        "nodes": nodes,
        "first": date.fromordinal(int(first)),
        "last": date.fromordinal(int(last)),
    }


def figures(rows: list[Row]) -> list[Row]:
    """Estimates of one measure on one scale from nothing to the greatest number, in order of their dates.

    Each row gains ``at``, ``low_at`` and ``high_at`` in percent of the scale; the last two are None where the
    claim names no such bound.
    """
    greatest = max(row[bound] for row in rows for bound in ("low", "best", "high") if row[bound] is not None)

    def share(number: float | None) -> float | None:
        return None if number is None else round(2 + 94 * number / (greatest or 1), 2)

    placed = [
        {
            **row,
            "at": share(next(row[bound] for bound in ("best", "low", "high") if row[bound] is not None)),
            "low_at": share(row["low"]),
            "high_at": share(row["high"]),
        }
        for row in rows
    ]
    return sorted(placed, key=lambda row: (row["as_of_latest"] or date.max, row["by_id"]))


def _middle(event: Row) -> float:
    middle: float = (event["start_earliest"].toordinal() + event["start_latest"].toordinal()) / 2
    return middle


def _in_time(link: Row) -> tuple[date, str, bool, str]:
    """Order of links; of several between two events the first is drawn."""
    return link["start_earliest"], link["event_id"], link["direction"] == "from", link["relation"]
