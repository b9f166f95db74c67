"""Problems of frames and of packages, brought to an engine first."""

from __future__ import annotations

import importlib.util
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import narwhals as nw

from timeline import engines
from timeline.contract import types
from timeline.engines import Tables, blaming
from timeline.errors import BadData, BadRequest, Problem
from timeline.files.package import DESCRIPTOR, LIMIT, Package
from timeline.files.packed import parquet_files, row_in_file
from timeline.validation.problems import find_problems

if TYPE_CHECKING:
    import pyarrow as pa

LARGE = 256 * 2**20
"""Bytes of a package from which on DuckDB, where it is installed, takes the place of memory."""


def problems_of_frames(named: Mapping[str, Any]) -> list[Problem]:
    """Find what is wrong with frames of any kind, by the names of their tables."""
    tables, problems = brought(named)
    unknown = [problem.cell for problem in problems if problem.cell]
    return problems + find_problems(tables, lambda name, row, _: f"{name} row {row}", unknown=unknown)


def brought(named: Mapping[str, Any]) -> tuple[Tables, list[Problem]]:
    """Frames of any kind in memory, as the contract has them, and what cannot be brought there."""
    given, problems = {}, []
    for name, frame in named.items():
        try:
            given[name], wrong = types.conform(name, _to_arrow(name, frame), name)
            problems += wrong
        except BadData as error:
            problems += error.problems
    return engines.in_memory(given), problems


def _to_arrow(name: str, frame: Any) -> pa.Table:
    import pyarrow as pa

    try:
        data = nw.maybe_reset_index(nw.from_native(frame).lazy().collect())
        if strange := [column for column in data.columns if not isinstance(column, str)]:
            raise BadData([Problem(name, str(strange[0]), "", "a column must be named by text", "columns")])
        return data.to_arrow()
    except TypeError:
        raise BadRequest(f"{name} must be a frame, not {type(frame).__name__}") from None
    except (nw.exceptions.NarwhalsError, pa.ArrowException) as error:
        message = f"is no table that can be read: {' '.join(str(error).split())}"
        raise BadData([Problem(name, "", "", message, "readable")]) from None


# Packages --------------------------------------------------------------------------------------------------


def fitting_engine(package: Package) -> str:
    """``memory`` or, for a package that says it is `LARGE`, ``duckdb`` where it is installed."""
    sizes = (resource.get("bytes") for resource in package.resources.values())
    large = sum(size for size in sizes if isinstance(size, int)) >= LARGE
    return "duckdb" if large and importlib.util.find_spec("duckdb") else "memory"


def problems_of_package(package: Package, engine: Any) -> list[Problem]:
    with (
        blaming(package.where),
        engines.opened(engine) as opened,
        tempfile.TemporaryDirectory(prefix="timeline-") as folder,
    ):
        files, problems = parquet_files(package, Path(folder), LIMIT if engine == "memory" else None)
        given = {name: engines.typed(name, opened.scan(path)) for name, path in files.items()}
        unknown = [problem.cell for problem in problems if problem.cell]
        tables = Tables(given, opened)
        problems += find_problems(
            tables, lambda name, row, _: row_in_file(package, name, row), unknown=unknown
        )
        package.read(DESCRIPTOR, LIMIT)  # refused if the package was built anew meanwhile
        return problems
