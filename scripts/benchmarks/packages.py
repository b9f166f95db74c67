"""Synthetic packages to measure on."""

from __future__ import annotations

import json
from pathlib import Path

from synthesize import synthesize

PACKAGES: list[Path] = []


def package_of(events: int, folder: Path) -> Path:
    """A synthetic package of so many events, in the folder for packages if one was given."""
    package = (PACKAGES or [folder])[0] / str(events)
    if not package.exists():
        synthesize(events, package)
    return package


def parquet_alone(package: Path, folder: Path) -> Path:
    """A package of the Parquet files of another."""
    folder.mkdir()
    resources = []
    for path in (package / "data" / "processed").glob("*.parquet"):
        (folder / path.name).write_bytes(path.read_bytes())
        resources.append({"name": f"{path.stem}-parquet", "path": path.name})
    (folder / "datapackage.json").write_text(json.dumps({"resources": resources}))
    return folder


def rows_in(folder: Path) -> int:
    from timeline.files.opening import open_package

    package = open_package(folder)
    return sum(package.table(name).num_rows for name in package.resources if not name.endswith("-parquet"))
