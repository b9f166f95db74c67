"""Packages that cannot be read: one message, which names file and row."""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from folders import as_zip, without_parquet
from pyarrow import parquet

import timeline
from timeline import contract
from timeline.archive import problems_in
from timeline.errors import BadData, BrokenRelease

BROKEN_FILES = {
    "one byte": (lambda p: p.replace("places", b"Beijing", b"Beijinh", rehash=False), "has sha256:"),
    "file missing": (lambda p: p["places"].unlink(), "data/processed/places.csv is missing"),
    "descriptor missing": (lambda p: p["datapackage.json"].unlink(), "datapackage.json is missing"),
    "descriptor cut off": (
        lambda p: p["datapackage.json"].write_bytes(p["datapackage.json"].read_bytes()[:500]),
        "datapackage.json is not valid JSON",
    ),
    "descriptor is a list": (lambda p: p["datapackage.json"].write_text("[]"), "lists no resources"),
    "path upwards": (
        lambda p: p.describe(lambda d: d["resources"][0].update(path="../events.csv")),
        "the path '../events.csv' leads outside the package",
    ),
    "table twice": (
        lambda p: p.describe(lambda d: d["resources"].append(d["resources"][0])), "describes 'events' twice",
    ),
}  # fmt: skip


FORMS = {"folder": lambda package: package.root, "zip": as_zip}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("case", BROKEN_FILES)
def test_a_broken_package_is_refused(case: str, form: str, package) -> None:
    breaking, said = BROKEN_FILES[case]
    breaking(package)
    with pytest.raises(BrokenRelease) as caught:
        timeline.validate(FORMS[form](package))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("constraints", [None, 7, {"enum": 7}])
def test_a_schema_that_is_no_table_schema_is_refused(constraints: object, package) -> None:
    package.describe(lambda d: d["resources"][0]["schema"]["fields"][0].update(constraints=constraints))
    with pytest.raises(BrokenRelease, match=r"package: the schema of a table is no Table Schema$"):
        timeline.diff(package.root, package.root)


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
    assert not problems_in(package.root)


def test_what_is_being_replaced_is_read_as_it_will_be(package, small_package: Path) -> None:
    whole = timeline.open(small_package)
    decided = package.root / ".timeline-decided"
    for name in ("data/processed/events.csv", "data/processed/actors.parquet", "datapackage.json"):
        (decided / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.move(package.root / name, decided / name)
        assert timeline.open(package.root) == whole
    timeline.validate(package.root)


def instead(make: Callable[[Path], object]) -> Callable[[Any], None]:
    """Put something else where the file of the events was."""

    def breaking(package) -> None:
        path = package["events"]
        path.unlink()
        make(path)

    return breaking


def linked_folder(package) -> None:
    outside = package.root.parent / "outside"
    shutil.move(package.root / "data" / "processed", outside)
    (package.root / "data" / "processed").symlink_to(outside)


def as_parquet(content: bytes) -> Callable[[Any], None]:
    def breaking(package) -> None:
        (package.root / "data/processed/events.parquet").write_bytes(content)
        package.rehash()

    return breaking


def written_as(column: str, value: str, other: dict[bytes, bytes]) -> bytes:
    """Parquet with one cell, in which other bytes stand for some of what was written."""
    out = io.BytesIO()
    parquet.write_table(pyarrow.table({column: [value]}), out, compression="none", store_schema=False)
    content = out.getvalue()
    for old, new in other.items():
        assert old in content
        content = content.replace(old, new)
    return content


NO_PLAIN_FILES = {
    "a link to itself": (instead(lambda path: path.symlink_to(path.name)), "cannot be read: Too many levels"),
    "a linked folder": (linked_folder, "leads outside the package"),
    "a pipe": (instead(os.mkfifo), "events.csv is no plain file"),
    "a folder": (instead(Path.mkdir), "events.csv is no plain file"),
    "two gigabytes": (
        lambda package: os.truncate(package["events"], 2**31),
        "has 2,147,483,648 bytes, more than",
    ),
    "empty Parquet": (as_parquet(b""), "events.parquet is no Parquet that can be read"),
    "text in Parquet that is not UTF-8": (
        as_parquet(written_as("event_id", "beijing", {b"beijing": b"b\xe9ijing"})),
        "events.parquet is no Parquet that can be read",
    ),
    "column of Parquet that is not UTF-8": (
        as_parquet(written_as("event_id", "beijing", {b"event_id": b"event\xffid"})),
        "events.parquet is no Parquet that can be read",
    ),
    "broken Parquet": (as_parquet(b"PAR1 and nothing more"), "events.parquet is no Parquet that can be read"),
}


@pytest.mark.parametrize("case", NO_PLAIN_FILES)
def test_what_is_no_plain_file_of_a_table_is_refused(case: str, package) -> None:
    breaking, said = NO_PLAIN_FILES[case]
    breaking(package)
    with pytest.raises(BrokenRelease) as caught:
        timeline.validate(package.root)
    assert str(caught.value).startswith(f"{package.root}: ")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


COLUMNS = contract.table("places").columns
BEFORE = ", ".join(COLUMNS[: COLUMNS.index("latitude")])
CSV_ERRORS = {
    "ragged": (
        b",39.9075,", b",",
        f"places.csv row 3: has {len(COLUMNS) - 1} cells, the header has {len(COLUMNS)} [readable]",
    ),
    "wrong header": (b",latitude,", b",lat,", f"places.csv row 1: columns are {BEFORE}, lat,"),
    "header that moves the cursor": (b",latitude,", b",\x1b[2J,", f"{BEFORE}, \\x1b[2J, longitude"),
    "not UTF-8": (b"Beijing", b"B\xe9ijing", "places.csv line 3: byte 0xe9 is not UTF-8"),
    "NaN": (b",39.9075,", b",NaN,", "row 3: latitude 'NaN': must be a plain decimal number"),
}  # fmt: skip


@pytest.mark.parametrize("case", CSV_ERRORS)
def test_csv_that_cannot_be_read_is_told_with_its_row(case: str, package) -> None:
    old, new, said = CSV_ERRORS[case]
    without_parquet(package)
    package.replace("places", old, new)
    (problem,) = problems_in(package.root, engine="memory")
    assert said in str(problem)
    assert problems_in(package.root, engine="duckdb") == [problem]


def test_a_column_of_another_type_in_parquet_is_told(package) -> None:
    path = package.root / "data/processed/places.parquet"
    data = parquet.read_table(path)
    as_text = data["latitude"].cast(pyarrow.string())
    place = data.column_names.index("latitude")
    parquet.write_table(data.set_column(place, "latitude", as_text), path)
    package.rehash()
    with pytest.raises(BadData, match="latitude: has the type string, must be number"):
        timeline.open(package.root)["places"]
