"""docs/DATA_CHANGES.md: what each release changed in the data, counted by kind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from timeline.files.opening import open_package
from timeline.files.package import Package
from timeline.versions.change_kinds import KINDS
from timeline.versions.changes import Changes
from timeline.versions.index import Release, changes_in, zip_of


def changelog(shelf: Path, releases: dict[str, Release], newest: Package) -> bytes:
    """The changelog as Markdown, newest first; all but the newest release are read from their zips."""
    packages = {
        version: newest if version == newest.version else open_package(zip_of(version, shelf))
        for version in reversed(releases)
    }
    lines = [
        "# Changes of the data",
        "",
        "Made by `timeline release` from the `changes.csv` of each release, which holds every row and cell.",
        "Changes of the package are told in `CHANGELOG.md`.",
    ]
    for version, package in packages.items():
        lines += _section(releases[version], package)
    lines += ["", "## Kinds of change", "", *(f"- **{kind}**: {meaning}" for kind, meaning in KINDS.items())]
    return ("\n".join(lines) + "\n").encode("utf-8")


def _section(release: Release, package: Package) -> Iterator[str]:
    yield from (
        "",
        f"## {release.version} ({release.released})",
        "",
        str(package.descriptor.get("note", "")),
        "",
    )
    previous = package.descriptor.get("previous")
    if previous is None:
        counts = [
            f"{release.rows[name]:,} {name.replace('_', ' ')}" for name in ("events", "sources", "actors")
        ]
        yield f"First release: {', '.join(counts)}."
        return
    changes = changes_in(package)
    yield f"Since {previous}: {changes.level}."
    if len(changes):
        yield ""
        yield from _table(changes)


def _table(changes: Changes) -> Iterator[str]:
    counts = changes.counts
    yield "| | " + " | ".join(counts.columns) + " |"
    yield "|---|" + "---:|" * len(counts.columns)
    for table, row in counts.iterrows():
        yield f"| {table} | " + " | ".join(f"{count:,}" if count else "" for count in row) + " |"
