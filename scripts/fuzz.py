"""Feed one reader with what a coverage-guided fuzzer thinks up: ``python scripts/fuzz.py TARGET [SECONDS]``.

It begins with the real data. A reader may refuse its input with an error of ours; anything else is a crash,
which ends the run, prints the input and leaves it in a file ``crash-…``.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["timeline", "zipfile"]):
    from timeline import contract
    from timeline.archive import problems_in
    from timeline.curation.package_yaml import read_about
    from timeline.curation.read import read
    from timeline.dates.edtf import date_columns, parse_date, window
    from timeline.errors import BrokenRelease, NotEDTF, TimelineError
    from timeline.files.opening import open_package
    from timeline.files.package import DESCRIPTOR, Package, zipped
    from timeline.versions.verify import verify

ROOT = Path(__file__).parent.parent
PROCESSED = ROOT / "data" / "processed"
SMALL = "places"
SCRATCH = Path(tempfile.mkdtemp())


# Readers ---------------------------------------------------------------------------------------------------


def read_dates(data: bytes) -> None:
    """A string and a column of strings say the same, and bounds are in order."""
    text = data.decode(errors="replace")
    (row,) = date_columns([text]).to_pylist()
    try:
        parsed = parse_date(text)
    except NotEDTF as refusal:
        assert str(refusal).endswith(row.pop("reason")) and not any(row.values())
        return
    assert parsed == parse_date(str(parsed))
    assert row.pop("reason") is None and row == {name: getattr(parsed, name) for name in row}
    assert window(text) == (parsed.start_earliest, parsed.end_latest)
    assert parsed.in_words().strip()
    start, end = (parsed.start_earliest, parsed.start_latest), (parsed.end_earliest, parsed.end_latest)
    for earlier, later in (start, end, (start[0], end[0]), (start[1], end[1]), (start[0], end[1])):
        assert not (earlier and later) or earlier <= later


def read_event(data: bytes) -> None:
    _read_raw("events/x.yaml", data)


def read_about_file(data: bytes) -> None:
    (SCRATCH / "package.yaml").write_bytes(data)
    _, problems = read_about(SCRATCH)
    assert all(str(problem).startswith("package.yaml") for problem in problems)


def read_registry(data: bytes) -> None:
    _read_raw("actors.csv", data)


def _read_raw(name: str, data: bytes) -> None:
    """Every row and every problem stands in a line of the file, and is text that can be written."""
    folder = SCRATCH / "raw"
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)
    raw = read(folder)
    places = [problem.where for problem in raw.problems if problem.message != "is missing"]
    for table, rows in raw.rows.items():
        for number, row in enumerate(rows):
            assert all(row.values())
            "".join([*row, *row.values()]).encode()
            places += [raw.locate(table, number, column) for column in row]
    for place in set(places) - {name, "events"}:
        file, _, line = place.partition(":")
        assert file == name and 0 < int(line) <= data.count(b"\n") + 1


def open_any_zip(data: bytes) -> None:
    path = SCRATCH / "x.zip"
    path.write_bytes(data)
    with suppress(BrokenRelease):
        verify(path)
    _use(open_package(path))


def open_folder(data: bytes) -> None:
    """A datapackage.json beside true tables."""
    (SCRATCH / DESCRIPTOR).write_bytes(data)
    _use(open_package(SCRATCH))


def read_csv(data: bytes) -> None:
    _use(_package("csv", data))


def read_parquet(data: bytes) -> None:
    _use(_package("parquet", data))


def _use(package: Package) -> None:
    """All that is done with a package that is not trusted."""
    described = [name for name in {*package.resources, SMALL} if name in contract.TABLES]
    for ask in (
        lambda: package.version,
        lambda: package.fields,
        *(partial(package.content, name) for name in package.resources),
        *(partial(_use_table, package, name) for name in described),
    ):
        with suppress(TimelineError):
            ask()


def _use_table(package: Package, name: str) -> None:
    data = package.table(name)
    contract.to_pandas(name, data)
    problems_in({name: data})


def _package(suffix: str, data: bytes) -> Package:
    """A package whose one table is this file."""
    descriptor = json.loads(_descriptor([suffix]))
    for resource in descriptor["resources"]:
        del resource["hash"]
    files = {DESCRIPTOR: json.dumps(descriptor).encode(), f"data/processed/{SMALL}.{suffix}": data}
    return Package("x", lambda name, _: files[name])


# Beginnings ------------------------------------------------------------------------------------------------


def dates() -> Iterable[bytes]:
    for name in ("events", "sources", "estimates"):
        yield from (PROCESSED / f"{name}.csv").read_bytes().split(b",")
    yield from (ROOT / "tests" / "conformance" / "edtf.csv").read_bytes().split(b",")


def raw(pattern: str) -> Callable[[], Iterable[bytes]]:
    return lambda: (path.read_bytes()[:10_000] for path in (ROOT / "data" / "raw").glob(pattern))


def tables(suffix: str) -> Callable[[], Iterable[bytes]]:
    return lambda: [(PROCESSED / f"{SMALL}.{suffix}").read_bytes()]


def descriptors() -> Iterable[bytes]:
    for suffixes in (["csv"], ["parquet"], ["csv", "parquet"]):
        yield _descriptor(suffixes)


def zips() -> Iterable[bytes]:
    for suffix in ("csv", "parquet"):
        path = f"data/processed/{SMALL}.{suffix}"
        yield zipped({DESCRIPTOR: _descriptor([suffix]), path: (ROOT / path).read_bytes()})


def _descriptor(suffixes: list[str]) -> bytes:
    """The true descriptor, of one table only."""
    descriptor = json.loads((ROOT / DESCRIPTOR).read_bytes())
    paths = [f"data/processed/{SMALL}.{suffix}" for suffix in suffixes]
    resources = [resource for resource in descriptor["resources"] if resource["path"] in paths]
    return json.dumps({"version": descriptor["version"], "resources": resources}).encode()


TARGETS: dict[str, tuple[Callable[[bytes], None], Callable[[], Iterable[bytes]]]] = {
    "dates": (read_dates, dates),
    "event": (read_event, raw("events/*.yaml")),
    "about": (read_about_file, raw("package.yaml")),
    "registry": (read_registry, raw("actors.csv")),
    "zip": (open_any_zip, zips),
    "descriptor": (open_folder, descriptors),
    "csv": (read_csv, tables("csv")),
    "parquet": (read_parquet, tables("parquet")),
}


def main(target: str, seconds: str = "60") -> None:
    reader, beginnings = TARGETS[target]
    corpus = SCRATCH / "corpus"
    corpus.mkdir()
    for number, content in enumerate(dict.fromkeys(beginnings())):
        (corpus / str(number)).write_bytes(content)
    if target == "descriptor":
        for suffix in ("csv", "parquet"):
            path = SCRATCH / "data" / "processed" / f"{SMALL}.{suffix}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes((PROCESSED / path.name).read_bytes())

    def accept(data: bytes) -> None:
        with suppress(TimelineError):
            reader(data)

    atheris.Setup([sys.argv[0], str(corpus), f"-max_total_time={seconds}", "-timeout=20"], accept)
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
