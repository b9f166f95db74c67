"""Frozen releases: the index that lists them, and each opened by its version."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from timeline import contract
from timeline.errors import BadRequest, BrokenRelease, nearest
from timeline.files.opening import installed, open_package, open_zip
from timeline.files.package import Package, version_parts
from timeline.home import home

if TYPE_CHECKING:
    from timeline.versions.changes import Changes

FOLDER = "releases"
INDEX = "index.csv"
CHANGES = "changes.csv"
_FACTS = ("version", "released", "change", "bytes", "sha256")


@dataclass(frozen=True)
class Release:
    """A frozen release as the index lists it; all of it follows from its zip.

    Attributes
    ----------
    version, released : str
        Version and day.
    change : str
        What its changes since the release before asked of the number: ``major``, ``minor``, ``patch``,
        ``none``; ``first`` for the first.
    bytes : int
        Size of its zip.
    sha256 : str
        Checksum of its zip.
    rows : mapping of str to int
        Number of rows by table.
    """

    version: str
    released: str
    change: str
    bytes: int
    sha256: str
    rows: Mapping[str, int]

    def __str__(self) -> str:
        return f"{self.version}, {self.released}: {self.rows['events']:,} events, sha256 {self.sha256}"


def describe_zip(content: bytes, where: str) -> Release:
    """What the index must say of a zip."""
    package = open_zip(lambda: io.BytesIO(content), where)
    return Release(
        version=package.version,
        released=str(package.descriptor.get("created", ""))[:10],
        change=changes_in(package).level if package.descriptor.get("previous") else "first",
        bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        rows={name: len(package.table(name)) for name in package.fields},
    )


def changes_in(package: Package) -> Changes:
    """Changes since the release before, as the package itself tells them."""
    from timeline.versions.changes import Changes

    previous = str(package.descriptor.get("previous") or "")
    return Changes.read_csv(package.content("changes"), previous, package.version)


def index(folder: Path | None = None) -> dict[str, Release]:
    """Frozen releases of a folder by version, oldest first; without one, those of this installation.

    Raises
    ------
    BrokenRelease
        The index cannot be read.
    """
    path = (folder or home() / FOLDER) / INDEX
    if not path.is_file():
        return {}
    try:
        rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8")), strict=True))
        releases = [
            Release(
                **{fact: row[fact] for fact in ("version", "released", "change", "sha256")},
                bytes=int(row["bytes"]),
                rows={name: int(cell) for name, cell in row.items() if name not in _FACTS and cell},
            )
            for row in rows
        ]
    except (OSError, ValueError, KeyError, TypeError, csv.Error) as error:
        raise BrokenRelease(f"{path} is no index of releases: {error}") from None
    return {each.version: each for each in sorted(releases, key=lambda each: version_parts(each.version))}


def index_file(releases: Mapping[str, Release]) -> bytes:
    """Content of the index."""
    out = io.StringIO(newline="")
    tables = [name for name in contract.TABLES if any(name in each.rows for each in releases.values())]
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*_FACTS, *tables])
    for each in releases.values():
        writer.writerow([*(getattr(each, fact) for fact in _FACTS), *map(each.rows.get, tables)])
    return out.getvalue().encode("utf-8")


def frozen(version: str) -> Package:
    """Open a release by its version: a frozen one, or else the installed build if it has this version.

    Raises
    ------
    BadRequest
        There is no such release here.
    BrokenRelease
        Its zip is not the one that was frozen.
    """
    releases = index()
    if version in releases:
        return open_package(zip_of(version), sha256=releases[version].sha256)
    build = installed()
    if version == build.version:
        return build
    known = [*releases, *([build.version] if build.version not in releases else [])]
    raise BadRequest(
        f"release {version} is not here{nearest(version, known)} (here are {', '.join(known)}); "
        f"open its zip by path or address, or install the package of that version"
    )


def release_before(version: str, folder: Path) -> Package | None:
    """The last release of a folder that is older than a version."""
    older = [each for each in index(folder) if version_parts(each) < version_parts(version)]
    if not older:
        return None
    return open_package(zip_of(older[-1], folder), sha256=index(folder)[older[-1]].sha256)


def zip_of(version: str, folder: Path | None = None) -> Path:
    """Where the zip of a release lies."""
    return (folder or home() / FOLDER) / f"{version}.zip"
