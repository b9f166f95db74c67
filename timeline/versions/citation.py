"""Cite a release or a filtered part of it so that anyone finds exactly those rows again.

Whatever its style, a citation carries its short form: release, query, number of events and fingerprint.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeVar

from timeline import contract
from timeline.errors import BadRequest, BrokenRelease, nearest
from timeline.files import csv
from timeline.files.package import VERSION, Package
from timeline.home import NAME
from timeline.selection import query
from timeline.selection.tables import Step, TablesInMemory
from timeline.versions import index
from timeline.versions.changes import between, sentence
from timeline.versions.styles import STYLES

_SHORT = re.compile(
    rf"{NAME}:(?P<version>{VERSION.pattern})(?P<query>(?:{query.STEP})*)/"
    r"(?P<events>\d+)-events/sha256:(?P<fingerprint>[0-9a-f]{64})",
    re.ASCII,
)

Part = TypeVar("Part", bound=TablesInMemory)


class Cited(NamedTuple):
    """What a citation names: the release, the query, and what it gave."""

    version: str
    steps: tuple[Step, ...]
    events: int
    fingerprint: str

    def __str__(self) -> str:
        asked = query.written(self.steps)
        return f"{NAME}:{self.version}{asked}/{self.events}-events/sha256:{self.fingerprint}"


def cite(dataset: TablesInMemory, style: str = "text") -> str:
    """Citation of exactly these rows: the release, the query if it is filtered, a checksum of the rows.

    Parameters
    ----------
    style : {"text", "bibtex", "ris", "csl-json", "datacite", "short"}
        ``text`` is APA; ``short`` is what `timeline.resolve` reads out of all the others.

    Raises
    ------
    BadRequest
        There is no such style; or the rows are not those of the release whose number they bear, so that
        nobody could find them again.

    Examples
    --------
    >>> import timeline
    >>> transfers = timeline.open("1.0.0").where(kind="transfer")
    >>> transfers.cite("short").split("/")[:2]
    ['dprk-russia-timeline:1.0.0', 'where(kind=transfer)']
    """
    if style not in STYLES:
        raise BadRequest(f"there is no style {style!r}{nearest(style, STYLES)} (styles: {', '.join(STYLES)})")
    if dataset.package is None:
        raise BadRequest("only what was opened from a release can be cited, with the filters of a dataset")
    _demand_release(dataset.package)
    short = str(cited(dataset))
    with dataset.package.told() as descriptor:
        return STYLES[style](descriptor, short)


def cited(dataset: TablesInMemory) -> Cited:
    """What a citation of this dataset names."""
    steps = query.canonical(dataset.steps)
    if steps != dataset.steps and fingerprint(query.replay(dataset, steps)) != fingerprint(dataset):
        steps = dataset.steps
    return _named(dataset, steps)


def _named(dataset: TablesInMemory, steps: tuple[Step, ...]) -> Cited:
    return Cited(dataset.version, steps, len(dataset._plain("events")), fingerprint(dataset))


def fingerprint(dataset: TablesInMemory) -> str:
    """Checksum of all rows: the sha256 of what ``sha256sum *.csv`` prints for the tables as canonical CSV.

    Of a release that is not filtered these are its CSV files. Tables and columns are those of the release,
    whatever later ones have.

    >>> import timeline
    >>> len(fingerprint(timeline.open("1.0.0")))
    64
    """
    return _over({name: hashlib.sha256(content).hexdigest() for name, content in csv_files(dataset).items()})


def csv_files(dataset: TablesInMemory) -> dict[str, bytes]:
    """Canonical CSV of each table, by file name."""
    described = {name: each.columns for name, each in contract.tables().items()}
    if dataset.package is not None:
        described = {name: tuple(fields) for name, fields in dataset.package.fields.items()}
    for name, columns in described.items():
        if name not in contract.TABLES or (unknown := set(columns) - set(contract.table(name).columns)):
            what = name if name not in contract.TABLES else f"{name}.{min(unknown)}"
            raise BadRequest(
                f"release {dataset.version} has {what}, which this installation does not know: "
                f"pip install {NAME}=={dataset.version}"
            )
    return {
        f"{name}.csv": csv.to_csv(dataset._plain(name).select(columns)) for name, columns in described.items()
    }


def whole_fingerprint(package: Package) -> str:
    """Fingerprint of a whole release, from the checksums that it states of its CSV files."""
    hashes = {f"{name}.csv": package.resources[name].get("hash", "") for name in package.fields}
    return _over({name: stated.removeprefix("sha256:") for name, stated in hashes.items()})


def _over(hashes: dict[str, str]) -> str:
    lines = "".join(f"{hashes[name]}  {name}\n" for name in sorted(hashes))
    return hashlib.sha256(lines.encode()).hexdigest()


def _demand_release(package: Package) -> None:
    if package.version not in index.index():
        return
    if whole_fingerprint(package) != whole_fingerprint(index.frozen(package.version)):
        raise BadRequest(
            f"{package.where} bears the number {package.version} but is not that release: cite "
            f"timeline.open({package.version!r}), or give the data a number of their own and release them"
        )


# Resolving -------------------------------------------------------------------------------------------------


def proved(wanted: Cited, whole: Part, here: Callable[[], Iterable[TablesInMemory]]) -> Part:
    """Rows that a citation names, if they are the ones that were cited.

    Parameters
    ----------
    wanted : Cited
        What the citation names.
    whole : TablesInMemory
        The release that it names.
    here : callable
        Opens everything else that may have those rows.

    Raises
    ------
    BrokenRelease
        The rows are not those cited. If something that is here has those, the message names every row and
        column that differs.
    """
    rows = query.replay(whole, wanted.steps)
    found = _named(rows, wanted.steps)
    if found == wanted:
        return rows
    told = f"the rows are not those cited\n  cited: {wanted}\n  found: {found}"
    if found.fingerprint == wanted.fingerprint:
        raise BrokenRelease(f"{told}\nthe sha256 is right, so that the number of events was garbled")
    for other in here():
        with contextlib.suppress(BadRequest):
            theirs = query.replay(other, wanted.steps)
            if fingerprint(theirs) == wanted.fingerprint:
                where = other.package.where if other.package else "another dataset"
                differences = _differences(theirs, rows)
                raise BrokenRelease(f"{told}\n{where} has those cited; against it differ\n{differences}")
    raise BrokenRelease(f"{told}\nand nothing that is here has those cited")


def _differences(old: TablesInMemory, new: TablesInMemory) -> str:
    lines = [f"  {sentence(change)}" for change in between(old, new).rows]
    more = [f"  … and {len(lines) - _SHOWN:,} more"] if len(lines) > _SHOWN else []
    return "\n".join(lines[:_SHOWN] + more)


_SHOWN = 20


def read(citation: str) -> Cited:
    """What a citation names, in whatever text it stands."""
    text = re.sub(r"[\s\\]", "", citation)
    found = {match[0]: match for match in _SHORT.finditer(text)}
    if len(found) != 1:
        many = "more than one citation" if found else "no citation"
        raise BadRequest(
            f"there is {many} in the text; one holds {NAME}:VERSION, a query, a number of events and a sha256"
        )
    (match,) = found.values()
    return Cited(match["version"], query.read(match["query"]), int(match["events"]), match["fingerprint"])
