"""The public record of arms transfers between North Korea and Russia, as validated, citable tables.

>>> import timeline
>>> events = timeline.load("events")
>>> int((events["kind"] == "transfer").sum()) > 0
True
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False  # to import typing for it would take longer than all else here
if TYPE_CHECKING:
    from typing import Any

    from timeline.archive import load as load
    from timeline.archive import open as open
    from timeline.archive import releases as releases
    from timeline.archive import tables as tables
    from timeline.changes import diff as diff
    from timeline.checks import validate as validate
    from timeline.citation import cite as cite
    from timeline.citation import resolve as resolve
    from timeline.contract import schema as schema
    from timeline.edtf import parse_date as parse_date
    from timeline.errors import BadData as BadData
    from timeline.errors import BadRequest as BadRequest
    from timeline.errors import BrokenRelease as BrokenRelease
    from timeline.errors import NotEDTF as NotEDTF
    from timeline.errors import TimelineError as TimelineError
    from timeline.frozen import verify as verify
    from timeline.knowledge import as_known_on as as_known_on
    from timeline.patch import apply as apply
    from timeline.temporal import after as after
    from timeline.temporal import before as before
    from timeline.temporal import during as during
    from timeline.temporal import within as within

_HOMES = {
    "load": "timeline.archive",
    "open": "timeline.archive",
    "releases": "timeline.archive",
    "tables": "timeline.archive",
    "diff": "timeline.changes",
    "validate": "timeline.checks",
    "cite": "timeline.citation",
    "resolve": "timeline.citation",
    "schema": "timeline.contract",
    "parse_date": "timeline.edtf",
    "apply": "timeline.patch",
    "during": "timeline.temporal",
    "within": "timeline.temporal",
    "before": "timeline.temporal",
    "after": "timeline.temporal",
    "verify": "timeline.frozen",
    "as_known_on": "timeline.knowledge",
    "BadData": "timeline.errors",
    "BadRequest": "timeline.errors",
    "BrokenRelease": "timeline.errors",
    "NotEDTF": "timeline.errors",
    "TimelineError": "timeline.errors",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for: ``import timeline`` itself costs next to nothing."""
    if name == "__version__":
        from importlib.metadata import version

        return version("dprk-russia-timeline")
    if name not in _HOMES:
        raise AttributeError(f"module 'timeline' has no attribute {name!r}")
    found = getattr(import_module(_HOMES[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
