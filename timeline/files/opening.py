"""Open a Data Package from a folder, a zip, a datapackage.json or an address; nothing in it is trusted."""

from __future__ import annotations

import contextlib
import hashlib
import io
import stat
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import BinaryIO, TypeVar

from timeline.errors import BrokenRelease
from timeline.files.atomic import published
from timeline.files.package import DESCRIPTOR, DESCRIPTOR_LIMIT, MEGABYTE, Package, inside, too_large
from timeline.home import home

_UNREADABLE = (OSError, zipfile.BadZipFile, zlib.error, ValueError, RuntimeError, EOFError)
_DOWNLOAD_LIMIT = 256 * MEGABYTE
_MOST_COMPRESSED = 100
Used = TypeVar("Used")


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
            _expect(sha256, package.read(DESCRIPTOR, DESCRIPTOR_LIMIT), f"{path}/{DESCRIPTOR}")
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

    from timeline.files.download import download

    is_descriptor = PurePosixPath(urlsplit(address).path).name == DESCRIPTOR
    content = download(address, DESCRIPTOR_LIMIT if is_descriptor else _DOWNLOAD_LIMIT)
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
                raise too_large(str(folder), name, size, limit)
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
    if unpacked > MEGABYTE + _MOST_COMPRESSED * size:
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
            raise too_large(where, name, archive.getinfo(name).file_size, limit)
        return found

    return Package(where, read, tuple(seen))
