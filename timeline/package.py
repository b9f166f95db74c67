"""Open a Data Package from a folder, a zip or a datapackage.json; nothing in it is trusted."""

from __future__ import annotations

import contextlib
import hashlib
import json
import stat
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from timeline import contract
from timeline.errors import BadData, BrokenRelease
from timeline.files import home, published

if TYPE_CHECKING:
    import pyarrow as pa

DESCRIPTOR = "datapackage.json"
_MEGABYTE = 2**20
_DESCRIPTOR_LIMIT = 16 * _MEGABYTE
_FILE_LIMIT = 1024 * _MEGABYTE


@dataclass(frozen=True)
class Package:
    """A Data Package whose files are read, bounded in size, only from inside it.

    Attributes
    ----------
    where : str
        What was opened, as errors name it.
    read : callable
        Content of a file inside, from its relative path and the greatest size allowed.
    """

    where: str
    read: Callable[[str, int], bytes]

    @cached_property
    def descriptor(self) -> dict[str, Any]:
        try:
            descriptor = json.loads(self.read(DESCRIPTOR, _DESCRIPTOR_LIMIT))
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
            if not isinstance(name, str) or not isinstance(path, str):
                raise BrokenRelease(f"{self.where}: a resource has no name or no single path")
            inside(path, self.where)
            if name in named:
                raise BrokenRelease(f"{self.where}: {DESCRIPTOR} describes {name!r} twice")
            named[name] = resource
        return named

    @property
    def version(self) -> str:
        return str(self.descriptor.get("version", ""))

    def content(self, name: str) -> bytes:
        """Bytes of a resource, refused if they are not the ones described."""
        resource = self.resources[name]
        content = self.read(resource["path"], _FILE_LIMIT)
        if problem := self.difference(resource, content):
            raise BrokenRelease(problem)
        return content

    def difference(self, resource: Mapping[str, Any], content: bytes) -> str | None:
        """Say how a file differs from its description; None when it does not."""
        described = str(resource.get("hash", ""))
        actual = f"sha256:{hashlib.sha256(content).hexdigest()}"
        if described and described != actual:
            return f"{self.where}: {resource['path']} has {actual}, {DESCRIPTOR} says {described}"
        return None

    def table(self, name: str) -> pa.Table:
        """One table, vocabularies as text, from its Parquet file or, without one, its CSV.

        A column that an older release did not have yet is null.
        """
        import pyarrow as pa
        from pyarrow import parquet

        from timeline.frames import conform

        contract.table(name)
        if f"{name}-parquet" in self.resources:
            content = pa.BufferReader(self.content(f"{name}-parquet"))
            try:
                data = parquet.ParquetFile(content).read()
            except (pa.ArrowException, OSError) as error:
                path = self.resources[f"{name}-parquet"]["path"]
                raise BrokenRelease(f"{self.where}: {path} is no Parquet that can be read: {error}") from None
        elif name in self.resources:
            data = self._from_csv(name)
        else:
            raise BrokenRelease(f"{self.where}: {DESCRIPTOR} describes no table {name!r}")
        typed, problems = conform(name, data, f"{self.where} {name}")
        if wrong := [problem for problem in problems if problem.rule == "type"]:
            raise BadData(wrong)
        return typed

    def _from_csv(self, name: str) -> pa.Table:
        from timeline.frames import from_csv

        data, problems = from_csv(name, self.content(name), self.resources[name]["path"])
        if problems:
            raise BadData(problems)
        return data


def installed() -> Package:
    """The package that came with this installation."""
    return open_package(home())


def open_package(path: str | Path) -> Package:
    """Open a folder, a ``datapackage.json`` or a zip.

    Raises
    ------
    BrokenRelease
        Nothing is there, or it is unsafe: a path that leads outside, a link, a name that stands twice, a
        size beyond the limits, an archive that cannot be read.
    """
    path = Path(path)
    if path.name == DESCRIPTOR:
        path = path.parent
    if path.is_dir():
        return Package(str(path), _reader_of_folder(path))
    if path.is_file():
        return Package(str(path), _reader_of_zip(path))
    raise BrokenRelease(f"{path}: there is no such folder, {DESCRIPTOR} or zip")


def inside(name: str, where: str) -> str:
    """Refuse the name of a file that is absolute, leads upwards or is written for another system."""
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ".." in parts or "\\" in name or ":" in name or "\0" in name:
        raise BrokenRelease(f"{where}: the path {name!r} leads outside the package")
    return name


def _too_large(where: str, name: str, size: int, limit: int) -> BrokenRelease:
    return BrokenRelease(f"{where}: {name} has {size:,} bytes, more than the {limit:,} allowed")


def _reader_of_folder(folder: Path) -> Callable[[str, int], bytes]:
    def read(name: str, limit: int) -> bytes:
        inside(name, str(folder))
        try:
            for path in published(folder.resolve(), name):
                with contextlib.suppress(FileNotFoundError):
                    return content(path, name, limit)
        except OSError as error:
            raise BrokenRelease(f"{folder}: {name} cannot be read: {error.strerror or error}") from None
        raise BrokenRelease(f"{folder}: {name} is missing")

    def content(path: Path, name: str, limit: int) -> bytes:
        told = path.stat()
        if not path.resolve().is_relative_to(folder.resolve()):
            raise BrokenRelease(f"{folder}: the path {name!r} leads outside the package")
        if not stat.S_ISREG(told.st_mode):
            raise BrokenRelease(f"{folder}: {name} is no plain file")
        if told.st_size > limit:
            raise _too_large(str(folder), name, told.st_size, limit)
        return path.read_bytes()

    return read


def _reader_of_zip(path: Path) -> Callable[[str, int], bytes]:
    where = str(path)
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (OSError, zipfile.BadZipFile, ValueError) as error:
        raise BrokenRelease(f"{where}: is no zip that can be read: {error}") from None
    seen: set[str] = set()
    for entry in entries:
        inside(entry.filename, where)
        if entry.filename in seen:
            raise BrokenRelease(f"{where}: {entry.filename} stands in it twice")
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise BrokenRelease(f"{where}: {entry.filename} is a link")
        seen.add(entry.filename)

    def read(name: str, limit: int) -> bytes:
        if inside(name, where) not in seen:
            raise BrokenRelease(f"{where}: {name} is missing")
        try:
            with zipfile.ZipFile(path) as archive, archive.open(name) as file:
                content = file.read(limit + 1)
        except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:
            raise BrokenRelease(f"{where}: {name} cannot be read: {error}") from None
        if len(content) > limit:
            raise _too_large(where, name, archive.getinfo(name).file_size, limit)
        return content

    return read
