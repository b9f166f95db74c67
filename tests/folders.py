"""Folders of tests: a raw folder and a package, to be changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from timeline.curation.build import build
from timeline.errors import BadData, Problem
from timeline.files.package import zipped


@dataclass(frozen=True)
class RawFolder:
    """A checkout that holds nothing but ``data/raw``, to be broken and built."""

    root: Path

    def __getitem__(self, name: str) -> Path:
        """Path of a file by its name: an event's id, a registry's name or a whole file name."""
        raw = self.root / "data" / "raw"
        for path in (raw / "events" / f"{name}.yaml", raw / f"{name}.csv", raw / name):
            if path.exists() or path.is_symlink():
                return path
        raise KeyError(name)

    def replace(self, name: str, old: str, new: str) -> None:
        """Change the first ``old`` in a file, which must be there, to ``new``."""
        text = self[name].read_text(encoding="utf-8")
        assert old in text, f"{name} has no {old!r}"
        self[name].write_bytes(text.replace(old, new, 1).encode("utf-8", "surrogateescape"))

    def append(self, name: str, text: str) -> None:
        self[name].write_bytes(self[name].read_bytes() + text.encode())

    def line(self, name: str, text: str) -> int:
        """Number of the first line that holds ``text``."""
        lines = self[name].read_text(encoding="utf-8").splitlines()
        return next(number for number, line in enumerate(lines, 1) if text in line)

    def problems(self) -> list[Problem]:
        """What a build complains of; nothing must have been written."""
        with pytest.raises(BadData) as caught:
            build(self.root)
        assert [path.name for path in self.root.iterdir()] == ["data"]
        assert [path.name for path in (self.root / "data").iterdir()] == ["raw"]
        return caught.value.problems


@dataclass(frozen=True)
class PackageFolder:
    """A built package in a folder of its own, to be broken and opened."""

    root: Path

    def __getitem__(self, name: str) -> Path:
        """Path of a table's CSV, or of another file by its name."""
        csv_file = self.root / "data" / "processed" / f"{name}.csv"
        return csv_file if csv_file.exists() or csv_file.is_symlink() else self.root / name

    def describe(self, change: Callable[[dict], object]) -> None:
        """Change the descriptor."""
        descriptor = json.loads(self["datapackage.json"].read_bytes())
        change(descriptor)
        self["datapackage.json"].write_text(json.dumps(descriptor), encoding="utf-8")

    def replace(self, name: str, old: bytes, new: bytes, *, rehash: bool = True) -> None:
        """Change the first ``old`` in a file; ``rehash`` makes the descriptor say so."""
        content = self[name].read_bytes()
        assert old in content
        self[name].write_bytes(content.replace(old, new, 1))
        if rehash:
            self.rehash()

    def rehash(self) -> None:
        """Make the descriptor state the checksums of the files as they are."""

        def restate(descriptor: dict) -> None:
            for resource in descriptor["resources"]:
                content = (self.root / resource["path"]).read_bytes()
                resource["bytes"] = len(content)
                resource["hash"] = f"sha256:{hashlib.sha256(content).hexdigest()}"

        self.describe(restate)


def without_parquet(package) -> None:
    """Describe the CSV files alone, so that they are what is read."""

    def drop(descriptor: dict[str, Any]) -> None:
        descriptor["resources"] = [
            each for each in descriptor["resources"] if not each["name"].endswith("-parquet")
        ]

    package.describe(drop)


def as_zip(package) -> Path:
    path = package.root.with_suffix(".zip")
    files = (each for each in package.root.rglob("*") if each.is_file())
    path.write_bytes(zipped({each.relative_to(package.root).as_posix(): each.read_bytes() for each in files}))
    return path
