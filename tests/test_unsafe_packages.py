"""Packages that are not what they should be, by accident or intent: read whole, or refused in one line."""

from __future__ import annotations

import os
import re
import shutil
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import timeline
from timeline import BrokenRelease
from timeline.checks import problems_in

EVENTS = "data/processed/events.csv"


def zipped(root: Path, path: Path, also: Callable[[zipfile.ZipFile], object] = lambda _: None) -> Path:
    """The files of a folder in a zip, with whatever ``also`` puts there."""
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(file for file in root.rglob("*") if file.is_file()):
            archive.write(file, file.relative_to(root))
        also(archive)
    return path


# Opening ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kept", ["csv", "parquet"])
def test_either_file_of_a_table_is_enough(kept: str, package, small_package: Path) -> None:
    for path in (package.root / "data" / "processed").iterdir():
        if path.suffix != f".{kept}":
            path.unlink()
    package.describe(
        lambda all_: all_.update(
            resources=[each for each in all_["resources"] if each["path"].endswith(f".{kept}")]
        )
    )
    assert timeline.open(package.root) == timeline.open(small_package)
    assert bool(problems_in(package.root)) is (kept == "parquet")  # the CSV files are what is checked


def test_what_is_being_replaced_is_read_as_it_will_be(package, small_package: Path) -> None:
    whole = timeline.open(small_package)
    decided = package.root / ".timeline-decided"
    for name in ("data/processed/events.csv", "data/processed/actors.parquet", "datapackage.json"):
        (decided / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.move(package.root / name, decided / name)
        assert timeline.open(package.root) == whole
    timeline.validate(package.root)


# Refusing --------------------------------------------------------------------------------------------------


def text(name: str, content: str | bytes) -> Callable:
    return lambda package: package[name].write_bytes(
        content.encode() if isinstance(content, str) else content
    )


def path_of_events(path: object) -> Callable:
    return lambda package: package.describe(lambda all_: all_["resources"][0].update(path=path))


def described(change: Callable[[dict], object]) -> Callable:
    return lambda package: package.describe(change)


def link(name: str, to: str) -> Callable:
    def edit(package) -> None:
        package[name].unlink()
        (package.root / (EVENTS if name == "events" else name)).symlink_to(to)

    return edit


def fifo(package) -> None:
    package["events"].unlink()
    os.mkfifo(package.root / EVENTS)


def folder_instead(package) -> None:
    package["events"].unlink()
    (package.root / EVENTS).mkdir()


def linked_folder(package) -> None:
    outside = package.root.parent / "outside"
    shutil.move(package.root / "data" / "processed", outside)
    (package.root / "data" / "processed").symlink_to(outside)


def parquet(content: bytes) -> Callable:
    def edit(package) -> None:
        package["data/processed/events.parquet"].write_bytes(content)
        package.rehash()

    return edit


UNSAFE = {
    "path absolute": (path_of_events("/etc/passwd"), "leads outside"),
    "path of Windows": (path_of_events("C:\\events.csv"), "leads outside"),
    "path with backslash": (path_of_events("data\\events.csv"), "leads outside"),
    "path of an address": (path_of_events("https://x.org/events.csv"), "leads outside"),
    "path with NUL": (path_of_events("a\0b"), "leads outside"),
    "path empty": (path_of_events(""), "leads outside"),
    "path of several files": (path_of_events(["a.csv", "b.csv"]), "no name or no single path"),
    "link to the outside": (link("events", "/etc/passwd"), "leads outside"),
    "link to itself": (link("events", "events.csv"), "cannot be read"),
    "linked folder": (linked_folder, "leads outside"),
    "named pipe": (fifo, "is no plain file"),
    "folder for a file": (folder_instead, "is no plain file"),
    "descriptor empty": (text("datapackage.json", b""), "is not valid JSON"),
    "descriptor too deep": (text("datapackage.json", b"[" * 100_000), "is not valid JSON"),
    "descriptor not UTF-8": (text("datapackage.json", b'{"a": "\xff"}'), "is not valid JSON"),
    "descriptor without resources": (described(lambda all_: all_.pop("resources")), "lists no resources"),
    "resource unnamed": (described(lambda all_: all_["resources"].append({})), "no name or no single path"),
    "resource as text": (described(lambda all_: all_["resources"].append("x")), "no name or no single path"),
    "descriptor huge": (lambda package: os.truncate(package["datapackage.json"], 2**25), "33,554,432 bytes"),
    "table huge": (lambda package: os.truncate(package["events"], 2**30 + 1), "1,073,741,825 bytes"),
    "Parquet empty": (parquet(b""), "is no Parquet that can be read"),
    "Parquet broken": (parquet(b"PAR1 and nothing more"), "is no Parquet that can be read"),
}  # fmt: skip


@pytest.mark.parametrize("case", UNSAFE)
def test_an_unsafe_or_broken_folder_is_refused(case: str, package) -> None:
    edit, says = UNSAFE[case]
    edit(package)
    with pytest.raises(BrokenRelease, match=re.escape(says)) as caught:
        timeline.validate(package.root)
    assert str(caught.value).startswith(f"{package.root}: ")
    assert len(str(caught.value).splitlines()) == 1


def linked(archive: zipfile.ZipFile) -> None:
    entry = zipfile.ZipInfo("link")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    archive.writestr(entry, "/etc/passwd")


def bomb(archive: zipfile.ZipFile) -> None:
    archive.writestr("zeros", bytes(200 * 2**20), zipfile.ZIP_DEFLATED)


UNSAFE_ENTRIES = {
    "upwards": (lambda archive: archive.writestr("../x", ""), "the path '../x' leads outside"),
    "absolute": (lambda archive: archive.writestr("/x", ""), "the path '/x' leads outside"),
    "backslash": (lambda archive: archive.writestr("a\\b", ""), "leads outside"),
    "link": (linked, "link is a link"),
    "bomb": (bomb, "zeros unpacks from"),
}


@pytest.mark.parametrize("case", UNSAFE_ENTRIES)
def test_an_unsafe_zip_is_refused(case: str, package, tmp_path: Path) -> None:
    also, says = UNSAFE_ENTRIES[case]
    path = zipped(package.root, tmp_path / "package.zip", also)
    with pytest.raises(BrokenRelease, match=re.escape(says)):
        timeline.validate(path)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_zip_with_a_name_twice_is_refused(package, tmp_path: Path) -> None:
    path = zipped(
        package.root, tmp_path / "package.zip", lambda zip_: zip_.writestr("datapackage.json", "{}")
    )
    with pytest.raises(BrokenRelease, match=r"datapackage\.json stands in it twice"):
        timeline.open(path)


@pytest.mark.parametrize("keep", [0.0, 0.3, 0.9, 0.999])
def test_a_truncated_zip_is_refused(keep: float, package, tmp_path: Path) -> None:
    path = zipped(package.root, tmp_path / "package.zip")
    os.truncate(path, int(path.stat().st_size * keep))
    with pytest.raises(BrokenRelease, match="is no zip that can be read"):
        timeline.open(path)


def test_a_zip_with_a_damaged_file_is_refused(package, tmp_path: Path) -> None:
    path = zipped(package.root, tmp_path / "package.zip")
    path.write_bytes(path.read_bytes().replace(b"kim-putin-summit-vostochny", b"kim-putin-summit-vostochnx"))
    with pytest.raises(BrokenRelease, match=r"cannot be read|has sha256"):
        timeline.validate(path)
