"""Write a dataset in the formats of other people's tools; one module per target."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from timeline.errors import BadRequest, nearest

if TYPE_CHECKING:
    import pandas as pd

    from timeline.dataset import Dataset

TARGETS = ("sqlite", "excel", "followthemoney", "geojson", "graphml", "icalendar", "timelinejs")
"""What can be written, each by the function ``render`` of the module of that name."""


class Exports(Mapping[str, "pd.DataFrame"]):
    """What a dataset can be written as; `Dataset` inherits these verbs.

    Each ``to_…`` takes the ``path`` of a file and writes it whole or not at all; ``force=True`` replaces a
    file that is there already. It returns the path. Every file carries the citation of the dataset; what a
    format cannot hold is told in docs/EXPORTS.md. Each raises `BadRequest` if the dataset has no events, the
    package that the format needs is not installed, or the file exists or cannot be written.

    Examples
    --------
    >>> import tempfile, timeline
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     timeline.open().where(kind="denial").to_geojson(f"{folder}/denials.geojson").name
    'denials.geojson'
    """

    def sql(self, query: str) -> pd.DataFrame:
        """Ask the tables a question in SQL (DuckDB; extra ``sql``).

        The query sees the tables of this dataset and nothing else: no file, no network, no extension.

        Parameters
        ----------
        query : str
            DuckDB SQL; days are ``DATE``, numbers ``DOUBLE``, everything else is ``VARCHAR``.

        Returns
        -------
        pandas.DataFrame
            Days are ``datetime64[ms]``, text ``str``, numbers ``float64`` or ``int64``.

        Raises
        ------
        BadRequest
            The query fails; the message says why and, where a name is unknown, names the nearest.

        Examples
        --------
        >>> import timeline
        >>> ds = timeline.open().where(kind="denial")
        >>> int(ds.sql("select count(*) as n from events")["n"][0]) == len(ds["events"])
        True
        """
        from timeline.export import duckdb

        return duckdb.answer(cast("Dataset", self), query)

    def to_sqlite(self, path: str | Path, *, force: bool = False) -> Path:
        """Write one SQLite database: tables, keys, full-text search, the view ``timeline``, metadata."""
        return self._write("sqlite", path, force)

    def to_excel(self, path: str | Path, *, force: bool = False) -> Path:
        """Write one workbook: a sheet per table, the codebook, the citation (extra ``excel``)."""
        return self._write("excel", path, force)

    def to_followthemoney(self, path: str | Path, *, force: bool = False) -> Path:
        """Write entities as JSON lines for Aleph, OpenSanctions and kin (extra ``followthemoney``)."""
        return self._write("followthemoney", path, force)

    def to_geojson(self, path: str | Path, *, force: bool = False) -> Path:
        """Write events that have coordinates as points; the others stand beside, with the reason."""
        return self._write("geojson", path, force)

    def to_graphml(self, path: str | Path, *, force: bool = False) -> Path:
        """Write the network of actors and events as GraphML (extra ``network``)."""
        return self._write("graphml", path, force)

    def to_icalendar(self, path: str | Path, *, force: bool = False) -> Path:
        """Write events as an RFC 5545 calendar (extra ``icalendar``)."""
        return self._write("icalendar", path, force)

    def to_timelinejs(self, path: str | Path, *, force: bool = False) -> Path:
        """Write events as JSON for Knight Lab's TimelineJS."""
        return self._write("timelinejs", path, force)

    def _write(self, target: str, path: str | Path, force: bool) -> Path:
        return export(cast("Dataset", self), target, path, force=force)


def export(dataset: Dataset, target: str, path: str | Path, *, force: bool = False) -> Path:
    """Write a dataset as one of `TARGETS`: the whole file or, if anything fails, none.

    Raises
    ------
    BadRequest
        The target is unknown or its package is not installed, the dataset has no events, or the file cannot
        be written or exists and ``force`` is not given.
    """
    from timeline.files.atomic import write_file

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


def about(dataset: Dataset) -> dict[str, str]:
    """What every export says of itself: title, version, licence, steps and citation."""
    from timeline.files.opening import installed

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


def _citation(dataset: Dataset) -> str | None:
    """The citation that `timeline.resolve` takes back; None for rows that no release has."""
    try:
        return dataset.cite()
    except BadRequest:
        return None


def codebook() -> list[dict[str, str]]:
    """What every table, column and word means: one row each, with empty strings where nothing is to say."""
    from timeline import contract

    rows = []
    for table in contract.tables().values():
        rows.append(_entry(table.name, meaning=table.description))
        for field in table.fields:
            kind = "EDTF" if field.edtf else field.type
            example = "" if field.example is None else str(field.example)
            rows.append(_entry(table.name, field.name, type=kind, meaning=field.description, example=example))
            rows += [
                _entry(table.name, field.name, value, meaning=field.meanings[value]) for value in field.enum
            ]
    return rows


def _entry(
    table: str, column: str = "", value: str = "", *, type: str = "", meaning: str, example: str = ""
) -> dict[str, str]:
    return {
        "table": table,
        "column": column,
        "value": value,
        "type": type,
        "meaning": meaning,
        "example": example,
    }


def to_json(value: Any, indent: int | None = 1) -> str:
    """JSON with days as ISO 8601."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, default=str, indent=indent)
