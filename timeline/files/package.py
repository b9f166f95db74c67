"""A Data Package: its descriptor, its files and its tables; nothing in it is trusted."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import re
import stat
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, BinaryIO

from timeline import contract
from timeline.errors import BadData, BrokenRelease, Problem
from timeline.files.atomic import published
from timeline.files.parquet import from_parquet
from timeline.home import home

if TYPE_CHECKING:
    import pyarrow as pa

DESCRIPTOR = "datapackage.json"
VERSION = re.compile(r"(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})", re.ASCII)
MEGABYTE = 2**20
DESCRIPTOR_LIMIT = 16 * MEGABYTE
LIMIT = 1024 * MEGABYTE
_EARLIEST = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Package:
    """A Data Package whose files are read, bounded in size, only from inside it.

    Attributes
    ----------
    where : str
        What was opened, as errors name it.
    read : callable
        Content of a file inside, from its relative path and the greatest size allowed.
    names : tuple of str
        Files inside, if it is a zip.
    place : callable, optional
        What a function makes of the path of a file inside, from its relative path, if it is a folder.
    """

    where: str
    read: Callable[[str, int], bytes]
    names: tuple[str, ...] = ()
    place: Callable[[str, Callable[[Path], Path]], Path] | None = None

    @cached_property
    def descriptor(self) -> dict[str, Any]:
        try:
            descriptor = json.loads(self.read(DESCRIPTOR, DESCRIPTOR_LIMIT))
        except (ValueError, RecursionError) as error:
            raise BrokenRelease(f"{self.where}: {DESCRIPTOR} is not valid JSON: {error}") from None
        if not isinstance(descriptor, dict) or not isinstance(descriptor.get("resources"), list):
            raise BrokenRelease(f"{self.where}: {DESCRIPTOR} lists no resources")
        return descriptor

    @cached_property
    def resources(self) -> dict[str, dict[str, Any]]:
        """Described files by resource name; a path that leads outside is refused."""
        named = {}
        for resource in self.descriptor["resources"]:
            name, path = (
                (resource.get("name"), resource.get("path")) if isinstance(resource, dict) else (None, None)
            )
            if not (isinstance(name, str) and name.isprintable() and isinstance(path, str)):
                raise BrokenRelease(f"{self.where}: a resource has no name or no single path")
            inside(path, self.where)
            if not isinstance(resource.get("hash", ""), str):
                raise BrokenRelease(f"{self.where}: the hash of {path} is no text")
            if name in named:
                raise BrokenRelease(f"{self.where}: {DESCRIPTOR} describes {name!r} twice")
            named[name] = resource
        return named

    @contextlib.contextmanager
    def told(self) -> Iterator[dict[str, Any]]:
        """The descriptor, to tell who made what and when; refused if it states that otherwise than ours."""
        try:
            yield self.descriptor
        except (KeyError, IndexError, TypeError, AttributeError, ValueError):
            raise BrokenRelease(
                f"{self.where}: {DESCRIPTOR} must state name, title, description, version, created, "
                f"keywords, temporal, contributors, licenses and sources as a release does"
            ) from None

    @property
    def version(self) -> str:
        return str(self.descriptor.get("version", ""))

    @cached_property
    def fields(self) -> dict[str, dict[str, dict[str, Any]]]:
        """Columns of each table as the package itself describes them; an older one may have fewer."""
        try:
            described = {
                name: {field["name"]: field for field in resource["schema"]["fields"]}
                for name, resource in self.resources.items()
                if resource.get("type") == "table"
            }
            for fields in described.values():
                any(map(vocabulary, fields.values()))
        except (KeyError, TypeError, AttributeError):
            raise BrokenRelease(f"{self.where}: the schema of a table is no Table Schema") from None
        return described

    def content(self, name: str) -> bytes:
        """Bytes of a resource, refused if they are not the ones described."""
        if name not in self.resources:
            raise BrokenRelease(f"{self.where}: {DESCRIPTOR} describes no {name!r}")
        resource = self.resources[name]
        content = self.read(resource["path"], LIMIT)
        if problem := self.difference(resource, io.BytesIO(content)):
            raise BrokenRelease(problem)
        return content

    def file(self, name: str, folder: Path, limit: int | None = None) -> Path:
        """A resource as a file: that of a folder itself, without a limit of any size; else a copy."""
        if self.place is None:
            path = folder / name
            path.write_bytes(self.content(name))
            return path
        resource = self.resources[name]

        def checked(path: Path) -> Path:
            if limit and (size := path.stat().st_size) > limit:
                raise too_large(self.where, resource["path"], size, limit)
            with path.open("rb") as file:
                if problem := self.difference(resource, file):
                    raise BrokenRelease(problem)
            return path

        return self.place(resource["path"], checked)

    def difference(self, resource: Mapping[str, Any], file: BinaryIO) -> str | None:
        """Say how a file differs from its description; None when it does not."""
        described = str(resource.get("hash", ""))
        if not described:
            return None
        actual = f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"  # type: ignore[arg-type]
        if described != actual:
            return f"{self.where}: {resource['path']} has {actual}, {DESCRIPTOR} says {described}"
        return None

    def table(self, name: str) -> pa.Table:
        """One table, vocabularies as text, from its Parquet file or, without one, its CSV.

        A column that an older release did not have yet is null, a table empty.
        """
        import pyarrow as pa

        from timeline.contract.types import conform

        contract.table(name)
        if f"{name}-parquet" in self.resources:
            content = pa.BufferReader(self.content(f"{name}-parquet"))
            path = self.resources[f"{name}-parquet"]["path"]
            data = from_parquet(content, f"{self.where}: {path}", LIMIT)
        elif name in self.resources:
            data = self._from_csv(name)
        elif () < version_parts(self.version) < version_parts(version_here()):
            data = pa.table({})
        else:
            raise BrokenRelease(f"{self.where}: {DESCRIPTOR} describes no table {name!r}")
        typed, problems = conform(name, data, f"{self.where} {name}")
        if wrong := [problem for problem in problems if problem.rule == "type"]:
            raise BadData(wrong)
        return typed

    def worded(self, name: str) -> pa.Table:
        """The same table, refused if it has a word that the contract has not: as a category it would be lost.

        Another version of the dataset may have such words by right.
        """
        from timeline.contract.types import strange_words

        data = self.table(name)
        twin = f"{name}-parquet"
        resource, first = (twin, 0) if twin in self.resources else (name, 2)
        where = f"{self.where}: {self.resources.get(resource, {}).get('path')}"
        if strange := strange_words(name, data, lambda _, row, __: f"{where} row {row + first}"):
            raise BadData([self._told_by_version(name, problem) for problem in strange])
        return data

    def _told_by_version(self, name: str, problem: Problem) -> Problem:
        if problem.value not in vocabulary(self.fields.get(name, {}).get(problem.column, {})):
            return problem
        told = f"version {self.version} has this word, timeline {version_here()} has not: it "
        return replace(problem, message=told + problem.message)

    def _from_csv(self, name: str) -> pa.Table:
        from timeline.contract.types import from_text
        from timeline.files.csv import text_of_csv

        path = self.resources[name]["path"]
        columns = tuple(self.fields.get(name) or contract.table(name).columns)
        text = text_of_csv(columns, self.content(name), path)
        data, problems = from_text(name, text, lambda _, row, __: f"{path} row {row + 2}")
        if problems:
            raise BadData(problems)
        return data


def vocabulary(field: Mapping[str, Any]) -> tuple[str, ...]:
    """Words that a field of a Table Schema lists; none if it is no vocabulary.

    >>> vocabulary({"name": "stance", "constraints": {"enum": ["supports", "disputes"]}})
    ('supports', 'disputes')
    """
    return tuple(field.get("constraints", {}).get("enum", ()))


def version_here() -> str:
    """Version of the dataset that came with this installation."""
    for path in published(home(), DESCRIPTOR):
        with contextlib.suppress(FileNotFoundError):
            return str(json.loads(path.read_bytes())["version"])
    return ""


def version_parts(version: str) -> tuple[int, ...]:
    """Numbers of a version, which order as versions do; none where it is not MAJOR.MINOR.PATCH.

    >>> version_parts("0.9.0") < version_parts("0.10.0")
    True
    """
    return tuple(map(int, version.split("."))) if VERSION.fullmatch(version) else ()


def zipped(files: Mapping[str, bytes]) -> bytes:
    """One zip that is the same bytes wherever it is made: sorted names, fixed times, nothing compressed."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _EARLIEST)
            entry.create_system, entry.external_attr = 3, (stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, files[name])
    return out.getvalue()


def inside(name: str, where: str) -> str:
    """Refuse the name of a file that is absolute, leads upwards, is for another system or cannot be seen."""
    parts = PurePosixPath(name).parts
    if not name.isprintable():
        raise BrokenRelease(f"{where}: the path {name!r} holds a character that cannot be seen")
    if not parts or name.startswith("/") or ".." in parts or "\\" in name or ":" in name:
        raise BrokenRelease(f"{where}: the path {name!r} leads outside the package")
    return name


def too_large(where: str, name: str, size: int, limit: int) -> BrokenRelease:
    return BrokenRelease(f"{where}: {name} has {size:,} bytes, more than the {limit:,} allowed")
