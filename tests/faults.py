"""Means to kill what writes at any moment, to fill its disk and to take its rights."""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

Files = dict[str, bytes]


def tree(root: Path) -> Files:
    """Every file of a checkout but the raw ones."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and "raw" not in path.parts
    }


# Kills itself at the n-th change of the file system: a file opened for writing, a folder made, a rename, a
# removal. Nothing is made durable, which matters to a power cut but not to a kill.
KILLED = """
import os, pickle, shutil, signal, sys
from pathlib import Path

{act}

CHANGES = {{"os.rename", "os.remove", "os.mkdir", "os.rmdir"}}
before, work, step, given = sys.argv[1], sys.argv[2], int(sys.argv[3]), pickle.load(sys.stdin.buffer)
os.fsync = lambda handle: None

def run(root, last):
    count = 0
    def hook(event, given):
        nonlocal count
        writing = event == "open" and isinstance(given[2], int) and given[2] & (os.O_WRONLY | os.O_RDWR)
        if event in CHANGES or writing:
            count += 1
            if count == last:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(hook)
    act(root, given)

for last in range(1, 10_000, step):
    root = Path(work, str(last))
    shutil.copytree(before, root)
    child = os.fork()
    if not child:
        run(root, last)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status):
        print("whole" if status == 0 else "failed")
        break
    assert os.WTERMSIG(status) == signal.SIGKILL
"""


def killed_everywhere(
    act: str, before: Path, work: Path, given: object = None, *, step: int = 1
) -> list[Path]:
    """Copies of a folder, in order, in each of which ``act(root, given)`` was killed one ``step`` later.

    In the last it came to its end.
    """
    work.mkdir()
    run = subprocess.run(
        [sys.executable, "-B", "-c", KILLED.format(act=act), before, work, str(step)],
        input=pickle.dumps(given),
        capture_output=True,
    )
    assert (run.stdout, run.stderr, run.returncode) == (b"whole\n", b"", 0)
    return sorted(work.iterdir(), key=lambda path: int(path.name))


@contextmanager
def little_room(folder: Path, size: str) -> Iterator[Path]:
    """A new folder on a small disk of its own; skip where none can be made."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("no disk may be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def read_only(disk: Path) -> None:
    """Let nobody write to a disk of `little_room` any more."""
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)


@contextmanager
def as_somebody_else() -> Iterator[None]:
    """Run without the rights of root, to whom every folder is open."""
    if os.geteuid():
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
