"""Write a dataset in the formats of other people's tools, one module per target.

Each ``to_…`` takes the ``path`` of a file and writes it whole or not at all; ``force=True`` replaces a file
that is there already. It returns the path. Every file carries the citation of the dataset; docs/EXPORTS.md
says what a format cannot hold. Each raises `BadRequest` if the dataset has no events, the package that the
format needs is not installed, or the file exists or cannot be written.

Examples
--------
>>> import tempfile, timeline
>>> with tempfile.TemporaryDirectory() as folder:
...     timeline.open("1.0.0").where(kind="denial").to_geojson(f"{folder}/denials.geojson").name
'denials.geojson'
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from timeline.errors import BadRequest, nearest
from timeline.export.about import about
from timeline.files.atomic import write_file
from timeline.selection.tables import TablesInMemory

TARGETS = ("sqlite", "excel", "followthemoney", "geojson", "graphml", "icalendar", "timelinejs")
"""What can be written, each by the function ``render`` of the module of that name."""


def to_sqlite(tables: TablesInMemory, path: str | Path, *, force: bool = False) -> Path:
    """Write one SQLite database: tables, keys, full-text search, the view ``timeline``, metadata."""
    return export(tables, "sqlite", path, force=force)


def to_excel(tables: TablesInMemory, path: str | Path, *, force: bool = False) -> Path:
    """Write one workbook: a sheet per table, the codebook, the citation (extra ``excel``)."""
    return export(tables, "excel", path, force=force)


def to_followthemoney(tables: TablesInMemory, path: str | Path, *, force: bool = False) -> Path:
    """Write entities as JSON lines for Aleph, OpenSanctions and kin (extra ``followthemoney``)."""
    return export(tables, "followthemoney", path, force=force)


def to_geojson(tables: TablesInMemory, path: str | Path, *, force: bool = False) -> Path:
    """Write events that have coordinates as points; the others stand beside, with the reason."""
    return export(tables, "geojson", path, force=force)


def to_graphml(tables: TablesInMemory, path: str | Path, *, force: bool = False) -> Path:
    """Write the network of actors and events as GraphML (extra ``network``)."""
    return export(tables, "graphml", path, force=force)


def to_icalendar(tables: TablesInMemory, path: str | Path, *, force: bool = False) -> Path:
    """Write events as an RFC 5545 calendar (extra ``icalendar``)."""
    return export(tables, "icalendar", path, force=force)


def to_timelinejs(tables: TablesInMemory, path: str | Path, *, force: bool = False) -> Path:
    """Write events as JSON for Knight Lab's TimelineJS."""
    return export(tables, "timelinejs", path, force=force)


def export(dataset: TablesInMemory, target: str, path: str | Path, *, force: bool = False) -> Path:
    """Write a dataset as one of `TARGETS`: the whole file or, if anything fails, none.

    Raises
    ------
    BadRequest
        The target is unknown or its package is not installed, the dataset has no events, or the file cannot
        be written or exists and ``force`` is not given.
    """
    if target not in TARGETS:
        known = ", ".join(TARGETS)
        raise BadRequest(f"there is no export {target!r}{nearest(target, TARGETS)} (exports: {known})")
    if not len(dataset["events"]):
        steps = about(dataset)["steps"]
        raise BadRequest(f"there is nothing to export: no event is left by {steps}")
    try:
        content = import_module(f"timeline.export.{target}").render(dataset)
    except BadRequest:
        raise
    except ValueError as error:
        hint = "timeline validate says where"
        raise BadRequest(f"the export {target} cannot hold a text of the dataset ({error}): {hint}") from None
    except ModuleNotFoundError as error:
        hint = f"pip install 'dprk-russia-timeline[{target}]'"
        raise BadRequest(f"the export {target} needs {error.name}: {hint}") from None
    return write_file(path, content, force=force)
