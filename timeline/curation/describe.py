"""Describe the built tables: datapackage.json, CODEBOOK.md and CITATION.cff."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import yaml

from timeline import contract
from timeline.curation.codebook import codebook
from timeline.package import DESCRIPTOR


def describe(
    about: Mapping[str, Any], built: Mapping[str, pa.Table], files: Mapping[str, bytes]
) -> dict[str, bytes]:
    """Content of what describes the package, by path, from ``package.yaml``, the contract and the files."""
    events = built["events"]
    period = pc.min(events["start_earliest"]).as_py(), pc.max(events["start_latest"]).as_py()
    sizes = {path: measured(io.BytesIO(content)) for path, content in files.items()}
    return {
        DESCRIPTOR: _json(descriptor(about, period, sizes)),
        "CODEBOOK.md": codebook(about).encode("utf-8"),
        "CITATION.cff": _yaml(_citation(about)),
    }


def _json(value: Any) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode("utf-8")


def _yaml(value: Any) -> bytes:
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=100).encode("utf-8")


def descriptor(
    about: Mapping[str, Any], period: tuple[date, date], files: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """The Data Package descriptor, from what each file by its path is `measured` to be."""
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": about["name"],
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


def _citation(about: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "cff-version": "1.2.0",
        "message": "If you use this dataset, please cite the release that you used.",
        "type": "dataset",
        "title": about["title"],
        "abstract": about["description"],
        "authors": [{"name": each["title"]} for each in about["contributors"]],
        "version": about["version"],
        "date-released": about["released"],
        "license": about["licence"]["name"],
        "keywords": about["keywords"],
    }
