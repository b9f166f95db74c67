"""Prove by checksums that every byte of a release is what was published."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from timeline.errors import BrokenRelease, TimelineError
from timeline.files.opening import open_package
from timeline.files.package import DESCRIPTOR, LIMIT, Package, zipped
from timeline.home import home
from timeline.versions.index import _FACTS, FOLDER, INDEX, describe_zip, frozen, index, index_file, zip_of

# Verifying -------------------------------------------------------------------------------------------------


def verify(release: str | Path | None = None) -> dict[str, str]:
    """Prove that every byte of a package, or of all releases, is what was published.

    Parameters
    ----------
    release : str or Path, optional
        Version, zip or folder. A zip is also held against the index of releases beside it, or else the
        installed one; of a folder, its releases are verified too. Without it, what is installed.

    Returns
    -------
    dict of str to str
        Every file that was verified, with its sha256.

    Raises
    ------
    BrokenRelease
        Naming every file that differs, is missing or does not belong there.

    Examples
    --------
    >>> import timeline
    >>> "data/processed/events.csv" in timeline.verify()
    True
    """
    path = home() if release is None else Path(release)
    if isinstance(release, str) and release in index():
        path = zip_of(release)
    if path.name == DESCRIPTOR:
        path = path.parent
    verified: dict[str, str] = {}
    problems = list(_problems(path, verified))
    if problems:
        raise BrokenRelease("\n".join(problems))
    return verified


def _problems(path: Path, verified: dict[str, str]) -> Iterator[str]:
    try:
        package = open_package(path)
        yield from _problems_of_files(package, f"{path.name}/" if path.is_file() else "", verified)
        if path.is_file():
            yield from _problems_of_zip(path, package)
            verified[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
        else:
            yield from _problems_of_folder(path if path.is_dir() else path.parent, package, verified)
    except TimelineError as error:
        yield str(error)


def _problems_of_files(package: Package, prefix: str, verified: dict[str, str]) -> Iterator[str]:
    for name, resource in package.resources.items():
        try:
            content = package.content(name)
        except BrokenRelease as error:
            yield str(error)
            continue
        if not resource.get("hash"):
            yield f"{package.where}: {DESCRIPTOR} states no hash of {resource['path']}"
        verified[prefix + resource["path"]] = hashlib.sha256(content).hexdigest()


def _problems_of_folder(path: Path, package: Package, verified: dict[str, str]) -> Iterator[str]:
    shelf = path / FOLDER
    listed = index(shelf)
    for version in listed:
        yield from _problems(zip_of(version, shelf), verified)
    if listed and (shelf / INDEX).read_bytes() != index_file(listed):
        yield f"{shelf / INDEX} is not written as an index of releases is"
    if package.version in index():
        here, there = (each.read(DESCRIPTOR, LIMIT) for each in (package, frozen(package.version)))
        if (place := _first_difference(here, there)) is not None:
            yield f"{path / DESCRIPTOR}: byte {place} is not as in release {package.version}"


def _problems_of_zip(path: Path, package: Package) -> Iterator[str]:
    files = {name: package.read(name, LIMIT) for name in package.names}
    described = {DESCRIPTOR, *(resource["path"] for resource in package.resources.values())}
    for name in sorted(files.keys() - described):
        yield f"{path}: {name} stands in it, but {DESCRIPTOR} does not describe it"
    if (place := _first_difference(path.read_bytes(), zipped(files))) is not None:
        yield f"{path}: byte {place} is not as a release is written"
    beside = path.parent if (path.parent / INDEX).is_file() else None
    if listed := index(beside).get(package.version):
        found = describe_zip(path.read_bytes(), str(path))
        for fact in _FACTS:
            if (here := getattr(found, fact)) != (there := getattr(listed, fact)):
                yield f"{path}: {fact} is {here}, {INDEX} says {there}"
        if found.rows != listed.rows:
            yield f"{path}: its tables have other numbers of rows than {INDEX} says"


def _first_difference(one: bytes, other: bytes) -> int | None:
    if one == other:
        return None
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))
