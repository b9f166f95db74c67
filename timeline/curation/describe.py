"""Describe the built tables: datapackage.json and the documents that go with it."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from timeline import contract
from timeline.curation.codebook import codebook
from timeline.curation.metadata import citation_cff, croissant
from timeline.files.package import DESCRIPTOR, Package
from timeline.selection.tables import TablesInMemory, TablesOf
from timeline.versions.changes import Changes, between
from timeline.versions.citation import Cited, whole_fingerprint
from timeline.versions.index import CHANGES
from timeline.versions.styles import datacite


def describe(
    about: Mapping[str, Any],
    built: Mapping[str, pa.Table],
    files: Mapping[str, bytes],
    previous: Package | None = None,
) -> dict[str, bytes]:
    """Content of what describes the package, by path.

    Parameters
    ----------
    about : mapping
        What ``data/raw/package.yaml`` says.
    built : mapping of str to pyarrow.Table
        The tables.
    files : mapping of str to bytes
        Their files, by path.
    previous : Package, optional
        The release before, against which changes are told.
    """
    events = built["events"]
    period = pc.min(events["start_earliest"]).as_py(), pc.max(events["start_latest"]).as_py()
    sizes = {path: measured(io.BytesIO(content)) for path, content in files.items()}
    described = descriptor(about, period, sizes)
    draft = in_memory({**files, DESCRIPTOR: _json(described)})
    short = str(Cited(draft.version, (), len(events), whole_fingerprint(draft)))
    changes = between(_dataset(replace(previous, is_older=True)), _dataset(draft)).rows if previous else ()
    described["note"] = about["note"]
    if previous:
        described["previous"] = previous.version
    documents = {
        "CODEBOOK.md": codebook(about).encode("utf-8"),
        "CITATION.cff": citation_cff(described, short),
        "croissant.json": croissant(described, short),
        "datacite.json": f"{datacite(described, short)}\n".encode(),
        CHANGES: Changes(previous.version if previous else "", draft.version, changes).to_csv(),
    }
    described["resources"] += [_document(path, content) for path, content in documents.items()]
    return {DESCRIPTOR: _json(described), **documents}


def in_memory(files: Mapping[str, bytes]) -> Package:
    """A package whose files are these."""
    return Package("the build", lambda name, _: files[name])


def _dataset(package: Package) -> TablesInMemory:
    return TablesInMemory(TablesOf(package), package.version)


def _document(path: str, content: bytes) -> dict[str, Any]:
    name, _, suffix = path.lower().rpartition(".")
    title, mediatype = _DOCUMENTS[path]
    return {
        "name": name,
        "type": "file",
        "path": path,
        "title": title,
        "format": suffix,
        "mediatype": mediatype,
        "encoding": "utf-8",
        **measured(io.BytesIO(content)),
    }


_DOCUMENTS = {
    "CODEBOOK.md": ("Codebook: what every table, column, word and rule means", "text/markdown"),
    "CITATION.cff": ("How to cite this release (Citation File Format)", "application/yaml"),
    "croissant.json": ("schema.org and Croissant metadata", "application/ld+json"),
    "datacite.json": ("DataCite metadata", "application/json"),
    CHANGES: ("Row changes since the release before", "text/csv"),
}


def _json(value: Any) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode("utf-8")


def descriptor(
    about: Mapping[str, Any], period: tuple[date, date], files: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """The Data Package descriptor, from what each file by its path is `measured` to be."""
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": about["name"],
        **({"id": about["doi"]} if about.get("doi") else {}),
        "version": about["version"],
        "created": f"{about['released']}T00:00:00Z",
        "title": about["title"],
        "description": about["description"],
        "keywords": about["keywords"],
        "contributors": about["contributors"],
        "licenses": [about["licence"]],
        "sources": about["sources"],
        "temporal": {"start": period[0].isoformat(), "end": period[1].isoformat()},
        "spatial": about["spatial"],
        "resources": list(_resources(files)),
    }


def _resources(files: Mapping[str, Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    by_name = {Path(path).name: path for path in files}
    for name, described in contract.tables().items():
        path = by_name[f"{name}.csv"]
        yield {
            "name": name,
            "type": "table",
            "path": path,
            "title": described.title,
            "description": described.description,
            "format": "csv",
            "mediatype": "text/csv",
            "encoding": "utf-8",
            **files[path],
            "schema": {
                key: described.descriptor[key] for key in described.descriptor if key not in _ON_RESOURCE
            },
        }
    for name, described in contract.tables().items():
        path = by_name[f"{name}.parquet"]
        yield {
            "name": f"{name}-parquet",
            "type": "file",
            "path": path,
            "title": f"{described.title} (Parquet)",
            "description": f"The same rows as {name}.csv, typed, as Apache Parquet.",
            "format": "parquet",
            "mediatype": "application/vnd.apache.parquet",
            **files[path],
        }


_ON_RESOURCE = ("name", "title", "description")


def measured(file: io.BufferedReader | io.BytesIO) -> dict[str, Any]:
    """Size and checksum of an open file, as its resource states them."""
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"bytes": file.seek(0, io.SEEK_END), "hash": f"sha256:{digest}"}
