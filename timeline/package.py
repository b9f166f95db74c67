"""Open a Data Package from a folder, a zip, a datapackage.json or an address; nothing in it is trusted."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import re
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

from timeline import contract
from timeline.errors import BadData, BrokenRelease, Problem
from timeline.files import home, published

if TYPE_CHECKING:
    import pyarrow as pa

DESCRIPTOR = "datapackage.json"
VERSION = re.compile(r"(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})", re.ASCII)
_UNREADABLE = (OSError, zipfile.BadZipFile, zlib.error, ValueError, RuntimeError, EOFError)
_MEGABYTE = 2**20
_DESCRIPTOR_LIMIT = 16 * _MEGABYTE
LIMIT = 1024 * _MEGABYTE
_DOWNLOAD_LIMIT = 256 * _MEGABYTE
_MOST_COMPRESSED = 100
_EARLIEST = (1980, 1, 1, 0, 0, 0)
Used = TypeVar("Used")


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
    is_older : bool
        Whether it is known to be of an earlier version than the contract, so that it may lack tables.
    """

    where: str
    read: Callable[[str, int], bytes]
    names: tuple[str, ...] = ()
    place: Callable[[str, Callable[[Path], Path]], Path] | None = None
    is_older: bool = False

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

    @property
    def released(self) -> date | None:
        """Day of the release, as the descriptor states it."""
        try:
            return date.fromisoformat(str(self.descriptor.get("created", ""))[:10])
        except ValueError:
            return None

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
                raise _too_large(self.where, resource["path"], size, limit)
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

        from timeline.frames import conform, from_parquet

        contract.table(name)
        if f"{name}-parquet" in self.resources:
            content = pa.BufferReader(self.content(f"{name}-parquet"))
            path = self.resources[f"{name}-parquet"]["path"]
            data = from_parquet(content, f"{self.where}: {path}", LIMIT)
        elif name in self.resources:
            data = self._from_csv(name)
        elif self.is_older or () < version_parts(self.version) < version_parts(installed().version):
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
        from timeline.frames import strange_words

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
        told = f"version {self.version} has this word, timeline {installed().version} has not: it "
        return replace(problem, message=told + problem.message)

    def _from_csv(self, name: str) -> pa.Table:
        from timeline.frames import from_text, text_of_csv

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


def version_parts(version: str) -> tuple[int, ...]:
    """Numbers of a version, which order as versions do; none where it is not MAJOR.MINOR.PATCH.

    >>> version_parts("0.9.0") < version_parts("0.10.0")
    True
    """
    return tuple(map(int, version.split("."))) if VERSION.fullmatch(version) else ()


def installed() -> Package:
    """The package that came with this installation."""
    return open_package(home())


def open_package(path: str | Path, sha256: str | None = None) -> Package:
    """Open a folder, a ``datapackage.json`` or a zip, on disk or at an http(s) address.

    Parameters
    ----------
    path : str or Path
        Where it is. At an address: a zip, or a ``datapackage.json`` whose resources lie beside it.
    sha256 : str, optional
        What the zip, or the ``datapackage.json``, must hash to.

    Raises
    ------
    BrokenRelease
        Nothing is there, its hash is another one, or it is unsafe: a path that leads outside, a link, a name
        that stands twice, a size beyond the limits, an archive that cannot be read.
    """
    if is_address(path):
        return _open_address(str(path), sha256)
    path = Path(path)
    if path.name == DESCRIPTOR:
        path = path.parent
    if path.is_dir():
        package = _open_folder(path)
        if sha256:
            _expect(sha256, package.read(DESCRIPTOR, _DESCRIPTOR_LIMIT), f"{path}/{DESCRIPTOR}")
        return package
    if path.is_file():
        if not sha256:
            return open_zip(lambda: path.open("rb"), str(path))
        content = path.read_bytes()
        _expect(sha256, content, str(path))
        return open_zip(lambda: io.BytesIO(content), str(path))
    raise BrokenRelease(f"{path}: there is no such folder, {DESCRIPTOR} or zip")


def is_address(path: str | Path) -> bool:
    """Say whether this is the address of something on the web, not a path on disk."""
    return isinstance(path, str) and "://" in path


def _open_address(address: str, sha256: str | None) -> Package:
    from urllib.parse import urljoin, urlsplit

    from timeline.download import download

    is_descriptor = PurePosixPath(urlsplit(address).path).name == DESCRIPTOR
    content = download(address, _DESCRIPTOR_LIMIT if is_descriptor else _DOWNLOAD_LIMIT)
    if sha256:
        _expect(sha256, content, address)
    if not is_descriptor:
        return open_zip(lambda: io.BytesIO(content), address)

    def read(name: str, limit: int) -> bytes:
        return content if name == DESCRIPTOR else download(urljoin(address, inside(name, address)), limit)

    return Package(address, read)


def _expect(sha256: str, content: bytes, where: str) -> None:
    actual = hashlib.sha256(content).hexdigest()
    if actual != sha256.removeprefix("sha256:").lower():
        raise BrokenRelease(f"{where}: has the sha256 {actual}, not {sha256}")


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


def _too_large(where: str, name: str, size: int, limit: int) -> BrokenRelease:
    return BrokenRelease(f"{where}: {name} has {size:,} bytes, more than the {limit:,} allowed")


def _open_folder(folder: Path) -> Package:
    """Read what lies in a folder, as long as the descriptor is the one that was there at first."""

    def used(name: str, use: Callable[[Path], Used]) -> Used:
        inside(name, str(folder))
        try:
            return found(name, use)
        finally:
            if _stamp(folder) != at_first:
                message = "was built anew or changed while it was read: open it again"
                raise BrokenRelease(f"{folder}: {message}") from None

    def found(name: str, use: Callable[[Path], Used]) -> Used:
        try:
            for path in published(folder.resolve(), name):
                with contextlib.suppress(FileNotFoundError):
                    return use(plain(path, name))
        except OSError as error:
            raise BrokenRelease(f"{folder}: {name} cannot be read: {error.strerror or error}") from None
        raise BrokenRelease(f"{folder}: {name} is missing")

    def plain(path: Path, name: str) -> Path:
        told = path.stat()
        if not path.resolve().is_relative_to(folder.resolve()):
            raise BrokenRelease(f"{folder}: the path {name!r} leads outside the package")
        if not stat.S_ISREG(told.st_mode):
            raise BrokenRelease(f"{folder}: {name} is no plain file")
        return path

    def read(name: str, limit: int) -> bytes:
        def content(path: Path) -> bytes:
            size = path.stat().st_size
            if size > limit:
                raise _too_large(str(folder), name, size, limit)
            return path.read_bytes()

        return used(name, content)

    at_first = _stamp(folder)
    return Package(str(folder), read, place=used)


def _stamp(folder: Path) -> tuple[int, int] | None:
    """What tells a descriptor from one that was put in its place, even one with the same content."""
    for path in published(folder, DESCRIPTOR):
        with contextlib.suppress(OSError):
            told = path.stat()
            return told.st_ino, told.st_mtime_ns
    return None


def open_zip(open_: Callable[[], BinaryIO], where: str) -> Package:
    """Open a zip, refusing names and sizes that are unsafe; ``open_`` gives its content each time anew."""
    try:
        with open_() as file, zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            size, unpacked = file.seek(0, io.SEEK_END), sum(entry.file_size for entry in entries)
    except _UNREADABLE as error:
        raise BrokenRelease(f"{where}: is no zip that can be read: {error}") from None
    if unpacked > _MEGABYTE + _MOST_COMPRESSED * size:
        raise BrokenRelease(
            f"{where}: unpacks from {size:,} bytes to {unpacked:,}, more than {_MOST_COMPRESSED} to 1"
        )
    seen: dict[str, None] = {}
    for entry in entries:
        inside(entry.filename, where)
        if entry.filename in seen:
            raise BrokenRelease(f"{where}: {entry.filename} stands in it twice")
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise BrokenRelease(f"{where}: {entry.filename} is a link")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise BrokenRelease(f"{where}: {entry.filename} is neither stored nor deflated")
        seen[entry.filename] = None

    def read(name: str, limit: int) -> bytes:
        if inside(name, where) not in seen:
            raise BrokenRelease(f"{where}: {name} is missing")
        try:
            with open_() as file, zipfile.ZipFile(file) as archive, archive.open(name) as content:
                found = content.read(limit + 1)
        except _UNREADABLE as error:
            raise BrokenRelease(f"{where}: {name} cannot be read: {error}") from None
        if len(found) > limit:
            raise _too_large(where, name, archive.getinfo(name).file_size, limit)
        return found

    return Package(where, read, tuple(seen))
