"""Where the published files lie, and how a set of them is replaced as one."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from timeline.errors import BadRequest, BrokenRelease

NAME = "dprk-russia-timeline"
_STAGING = ".timeline-staging-"
_BESIDE = ".timeline-beside-"
_DECIDED = ".timeline-decided"
_MANIFEST = ".manifest.json"


def home() -> Path:
    """Folder that holds ``schemas/``, ``data/processed/`` and ``datapackage.json`` of this installation.

    An installed wheel carries them inside the package; an editable install finds them in its checkout.

    Raises
    ------
    BrokenRelease
        Neither place has them.
    """
    embedded = Path(__file__).parent / "_data"
    if (embedded / "schemas").is_dir():
        return embedded
    checkout = Path(__file__).parent.parent
    if (checkout / "schemas").is_dir() and (checkout / "data").is_dir():
        finish_commit(checkout)
        return checkout
    raise BrokenRelease(f"no data found in {embedded} or {checkout}: install {NAME} again")


def commit(root: Path, files: Mapping[str, bytes], *, whole: str | None = None) -> None:
    """Replace ``files`` below ``root`` so that all of them or none change.

    Everything is written beside first. One rename then decides: before it nothing has changed, after it
    readers find the new files (`published`) and, should this process be killed, whoever comes next finishes
    the move (`finish_commit`).

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
        with _locked(root):
            _finish(root)
            _decide(root, files, whole)
    except OSError as error:
        raise BadRequest(f"{root} cannot be written to: {error.strerror or error}") from None
    finish_commit(root)


def _decide(root: Path, files: Mapping[str, bytes], whole: str | None) -> None:
    for left_behind in root.glob(f"{_STAGING}*"):
        shutil.rmtree(left_behind)
    staging = Path(tempfile.mkdtemp(prefix=_STAGING, dir=root))
    try:
        manifest = json.dumps({"whole": whole, "files": sorted(files)}).encode()
        for name, content in {**files, _MANIFEST: manifest}.items():
            _write_durably(staging / name, content)
            (root / name).parent.mkdir(parents=True, exist_ok=True)
        staging.rename(root / _DECIDED)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise


def finish_commit(root: Path) -> None:
    """Move what a decided commit has not moved yet; do nothing when there is none.

    Raises
    ------
    BrokenRelease
        The files cannot be moved; they stay where they are.
    """
    if (root / _DECIDED).exists():
        try:
            with _locked(root):
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


def write_folder(path: Path, files: Mapping[str, bytes]) -> None:
    """Write files into a new folder: all of them, or nothing.

    Raises
    ------
    BadRequest
        Something is there already, or nothing can be written there.
    """
    if path.exists() or path.is_symlink():
        raise BadRequest(f"{path} exists: name a new folder")
    try:
        beside = Path(tempfile.mkdtemp(prefix=_STAGING, dir=path.absolute().parent))
    except OSError as error:
        raise BadRequest(f"{path} cannot be written: {error.strerror}") from None
    try:
        for name, content in files.items():
            _write_durably(beside / name, content)
        beside.chmod(0o755)
        beside.rename(path)
    except OSError as error:
        raise BadRequest(f"{path} cannot be written: {error.strerror}") from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)


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
        beside = Path(tempfile.mkdtemp(prefix=_BESIDE, dir=path.parent))
        try:
            _write_durably(beside / path.name, content)
            os.replace(beside / path.name, path)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    except OSError as error:
        raise BadRequest(f"{path} cannot be written: {error.strerror}") from None
    return path


def _write_durably(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the folder against a second commit; the lock ends with the process, however it ends."""
    try:
        import fcntl
    except ImportError:  # Windows has no such lock
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
