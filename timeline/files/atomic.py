"""Where the published files lie, and how a set of them is replaced as one."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from timeline.errors import BadRequest, BrokenRelease

_STAGING = ".timeline-staging-"
_BESIDE = ".timeline-beside-"
_EARLIER = ".timeline-earlier-"
_DECIDED = ".timeline-decided"
_MANIFEST = ".manifest.json"
_POLL = 0.01
"""Seconds after which one who waits for a folder asks again."""


def commit(root: Path, files: Mapping[str, bytes], *, whole: str | None = None) -> None:
    """Replace ``files`` below ``root`` so that all of them or none change.

    Everything is written beside first. One rename then decides: before it nothing has changed, after it
    readers find the new files (`published`) and, should this process be killed, the next one that writes
    there finishes the move (`finish_commit`). Readers never write.

    Parameters
    ----------
    root : Path
        Folder whose files are replaced.
    files : mapping of str to bytes
        Content by path relative to ``root``.
    whole : str, optional
        Folder relative to ``root`` in which nothing but ``files`` is kept.

    Raises
    ------
    BadRequest
        Nothing can be written there, or the disk is full. Nothing was replaced.
    BrokenRelease
        It was decided, but a file cannot be moved; what could not be moved is still beside.
    """
    try:
        with locked(root):
            _finish(root)
            _decide(root, files, whole)
    except OSError as error:
        raise BadRequest(f"{root} cannot be written to: {error.strerror or error}") from None
    finish_commit(root)


def _decide(root: Path, files: Mapping[str, bytes], whole: str | None) -> None:
    for left_behind in root.glob(f"{_STAGING}*"):
        shutil.rmtree(left_behind)
    staging = root / f"{_STAGING}{os.getpid()}"
    staging.mkdir()  # with the rights of any folder, since others read there until all is moved
    try:
        manifest = json.dumps({"whole": whole, "files": sorted(files)}).encode()
        for name, content in {**files, _MANIFEST: manifest}.items():
            _write_durably(staging / name, content)
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            _demand_replaceable(root, name)
        staging.rename(root / _DECIDED)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise


def _demand_replaceable(root: Path, name: str) -> None:
    """Refuse, while nothing is decided, what could not be moved into place afterwards."""
    path = root / name
    if path.is_dir():
        raise BadRequest(f"{root} cannot be written to: {name} is a folder")
    if path.parent.stat().st_dev != root.stat().st_dev:
        raise BadRequest(f"{root} cannot be written to: {path.parent} is a disk of its own")
    if not os.access(path.parent, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def finish_commit(root: Path) -> None:
    """Move what a decided commit has not moved yet; do nothing when there is none.

    Raises
    ------
    BrokenRelease
        The files cannot be moved; they stay where they are.
    """
    if (root / _DECIDED).exists():
        try:
            with locked(root):
                _finish(root)
        except OSError as error:
            raise BrokenRelease(
                f"{root}: a build was cut off and cannot be finished: {error.strerror or error}"
            ) from None


def _finish(root: Path) -> None:
    decided = root / _DECIDED
    with contextlib.suppress(FileNotFoundError):
        manifest = json.loads((decided / _MANIFEST).read_bytes())
        for name in manifest["files"]:
            with contextlib.suppress(FileNotFoundError):  # moved already
                os.replace(decided / name, root / name)
        for path in (root / manifest["whole"]).iterdir() if manifest["whole"] else ():
            if path.is_file() and path.relative_to(root).as_posix() not in manifest["files"]:
                path.unlink()
    shutil.rmtree(decided, ignore_errors=True)


def published(root: Path, name: str) -> tuple[Path, Path]:
    """Where a published file may lie: the first that exists is current, before, during and after a commit."""
    return root / _DECIDED / name, root / name


def write_folder(path: Path, files: Iterable[tuple[str, bytes]], *, replace: bool = False) -> int:
    """Write files into a folder of their own: all of them, or nothing.

    Parameters
    ----------
    path : Path
        Folder, in one that exists.
    files : iterable of (str, bytes)
        Path relative to the folder, and content.
    replace : bool
        Put it in the place of a folder that is there already. A process that is killed while it does so
        leaves the earlier folder whole: there or, between two renames, beside, whence the next one that
        replaces it puts it back first.

    Returns
    -------
    int
        Number of files written.

    Raises
    ------
    BadRequest
        Something is there that is not to be replaced, or nothing can be written there. Nothing was changed.
    """
    if not replace and (path.exists() or path.is_symlink()):
        raise BadRequest(f"{path} exists: name a new folder")
    count, there = 0, path.absolute()
    try:
        with _beside(there.parent) as beside:
            if replace:
                with locked(there.parent):
                    _put_back(there)
            for name, content in files:
                count += 1
                (beside / "new" / name).parent.mkdir(parents=True, exist_ok=True)
                (beside / "new" / name).write_bytes(content)
            with locked(there.parent):
                if replace:
                    _put_back(there)
                    with contextlib.suppress(FileNotFoundError):
                        there.rename(_earlier(there))
                try:
                    (beside / "new").rename(there)
                finally:
                    _put_back(there)
    except OSError as error:
        raise BadRequest(f"{path} cannot be written: {error.strerror or error}") from None
    return count


def _put_back(path: Path) -> None:
    """Put an earlier folder back where none took its place; remove it where one did."""
    if path.exists():
        shutil.rmtree(_earlier(path), ignore_errors=True)
    else:
        with contextlib.suppress(FileNotFoundError):
            _earlier(path).rename(path)


def _earlier(path: Path) -> Path:
    return path.with_name(f"{_EARLIER}{path.name}")


def write_file(path: str | Path, content: bytes, *, force: bool = False) -> Path:
    """Write one file where a user wants it: whole, or not at all.

    Parameters
    ----------
    path : str or Path
        File, in a folder that exists.
    content : bytes
        What it is to hold.
    force : bool
        Replace a file that is there already.

    Raises
    ------
    BadRequest
        The file exists and is not to be replaced, the folder does not exist or may not be written to, or
        the disk is full. Nothing was changed.
    """
    path = Path(path)
    try:
        if not path.parent.is_dir():
            raise BadRequest(f"{path} cannot be written: there is no folder {path.parent}")
        if path.exists() and not path.is_file():
            raise BadRequest(f"{path} cannot be written: it is no file")
        if path.exists() and not force:
            raise BadRequest(f"{path} exists already; force=True or --force replaces it")
        with _beside(path.parent) as beside:
            _write_durably(beside / path.name, content)
            os.replace(beside / path.name, path)
    except OSError as error:
        raise BadRequest(f"{path} cannot be written: {error.strerror or error}") from None
    return path


def _write_durably(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


@contextlib.contextmanager
def _beside(folder: Path) -> Iterator[Path]:
    """A new folder in which to prepare files; those that killed processes left behind are removed first."""
    with contextlib.ExitStack() as held:
        with locked(folder):
            for left_behind in folder.glob(f"{_BESIDE}*"):
                with contextlib.suppress(OSError), locked(left_behind, wait=False) as is_dead:
                    if is_dead:
                        shutil.rmtree(left_behind)
            made = Path(tempfile.mkdtemp(prefix=_BESIDE, dir=folder))
            held.enter_context(locked(made))
        try:
            yield made
        finally:
            shutil.rmtree(made, ignore_errors=True)


@contextlib.contextmanager
def locked(folder: Path, *, wait: bool = True) -> Iterator[bool]:
    """Hold a folder against others who would hold it; the lock ends with the process, however it ends.

    The folder itself is locked: no file is made, so that nothing is left behind and whoever may read the
    folder may hold it. It says whether the folder is held: Windows and some disks know no such lock, and
    without ``wait`` another process may hold it.
    """
    from filelock import lock_descriptor

    held = False
    with contextlib.ExitStack() as opened:
        with contextlib.suppress(OSError):
            handle = os.open(folder, os.O_RDONLY)
            opened.callback(os.close, handle)
            held = lock_descriptor(handle, blocking=wait, poll_interval=_POLL)
        yield held
