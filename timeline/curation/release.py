"""Freeze the built package as a release that never changes, under a number that its changes allow."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from timeline.curation.build import facts, package_from_raw
from timeline.curation.changelog import changelog
from timeline.curation.describe import in_memory
from timeline.curation.package_yaml import read_about
from timeline.errors import BadRequest
from timeline.files.atomic import commit, finish_commit, locked
from timeline.files.package import DESCRIPTOR, VERSION, version_parts, zipped
from timeline.versions.changes import Changes, sentence
from timeline.versions.index import FOLDER, INDEX, Release, changes_in, describe_zip, index, index_file

_SHOWN = 10


def release(root: Path, version: str, until: date | None = None) -> Release:
    """Write ``releases/<version>.zip``, add it to the index and tell its changes in ``docs/DATA_CHANGES.md``.

    Parameters
    ----------
    root : Path
        Checkout.
    version : str
        The number in ``data/raw/package.yaml``; with ``until`` any.
    until : date, optional
        Freeze the record of the events that can have begun by this day instead of the built package.

    Raises
    ------
    BadRequest
        The number is taken, is not above the last one, or is lower than the changes ask for; or the built
        package is not what the facts give.
    BadData
        The facts break the contract.
    """
    with locked(facts(root)):
        finish_commit(root)
        return _release(root, version, until)


def _release(root: Path, version: str, until: date | None) -> Release:
    shelf = root / FOLDER
    releases = index(shelf)
    _demand_new(version, list(releases))
    _, files = package_from_raw(root, version, until)
    coming = read_about(facts(root))[0]["version"]
    if not until and version != coming:
        raise BadRequest(f"data/raw/package.yaml says version {coming}, not {version}: change it and build")
    if not until and _on_disk(root) != files[DESCRIPTOR]:
        raise BadRequest("the built package is not what data/raw gives: run timeline build first")
    if releases:
        _demand_enough(version, changes_in(in_memory(files)))
    content = zipped(files)
    frozen = describe_zip(content, f"{FOLDER}/{version}.zip")
    releases[version] = frozen
    commit(
        root,
        {
            f"{FOLDER}/{version}.zip": content,
            f"{FOLDER}/{INDEX}": index_file(releases),
            "docs/DATA_CHANGES.md": changelog(shelf, releases, in_memory(files)),
        },
    )
    return frozen


def _demand_new(version: str, taken: list[str]) -> None:
    if not VERSION.fullmatch(version):
        raise BadRequest(f"{version!r} is no version; one is MAJOR.MINOR.PATCH, such as 1.2.0")
    if version in taken:
        raise BadRequest(f"release {version} exists, and a release never changes: take a higher number")
    if taken and version_parts(version) < version_parts(taken[-1]):
        raise BadRequest(f"{version} is below the last release, {taken[-1]}: take a higher number")


def _demand_enough(version: str, changes: Changes) -> None:
    """Refuse a number lower than Semantic Versioning asks for after these changes."""
    major, minor, patch = version_parts(changes.old)
    least = {"major": (major + 1, 0, 0), "minor": (major, minor + 1, 0)}.get(
        changes.level, (major, minor, patch + 1)
    )
    if version_parts(version) >= least:
        return
    asking = changes.asking_for(changes.level)
    more = f"\n  … and {len(asking) - _SHOWN:,} more" if len(asking) > _SHOWN else ""
    raise BadRequest(
        f"{version} is too low: after {changes.old} these ask for {'.'.join(map(str, least))} or more "
        f"({changes.level} changes)\n"
        + "\n".join(f"  {sentence(change)}" for change in asking[:_SHOWN])
        + more
    )


def _on_disk(root: Path) -> bytes:
    path = root / DESCRIPTOR
    return path.read_bytes() if path.is_file() else b""
