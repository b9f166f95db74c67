"""What catalogues read: CITATION.cff, and Croissant, which is schema.org JSON-LD that describes tables."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from timeline.versions.styles import published

About = Mapping[str, Any]
"""Descriptor of the package."""

_DATA_TYPES = {"string": "sc:Text", "date": "sc:Date", "number": "sc:Float", "integer": "sc:Integer"}
_OF_CROISSANT = (
    *(
        "citeAs",
        "column",
        "conformsTo",
        "containedIn",
        "equivalentProperty",
        "extract",
        "field",
        "fileProperty",
    ),
    *(
        "fileObject",
        "fileSet",
        "format",
        "includes",
        "isArray",
        "arrayShape",
        "isLiveDataset",
        "jsonPath",
        "key",
    ),
    *(
        "md5",
        "parentField",
        "path",
        "recordSet",
        "references",
        "regex",
        "repeated",
        "replace",
        "samplingRate",
    ),
    *("separator", "source", "subField", "transform"),
)


def citation_cff(about: About, short: str) -> bytes:
    """CITATION.cff 1.2.0, which names the whole release by the short form of its citation."""
    told = {
        "cff-version": "1.2.0",
        "message": "If you use this dataset, please cite the release that you used.",
        "type": "dataset",
        "title": about["title"],
        "abstract": about["description"],
        "authors": [{"name": each["title"]} for each in about["contributors"]],
        "version": about["version"],
        "date-released": about["created"][:10],
        "license": about["licenses"][0]["name"],
        "keywords": about["keywords"],
        **({"doi": about["id"]} if about.get("id") else {}),
        "identifiers": [
            {
                "type": "other",
                "value": short,
                "description": "What timeline.resolve() takes for this release.",
            }
        ],
    }
    return yaml.safe_dump(told, sort_keys=False, allow_unicode=True, width=100).encode("utf-8")


def croissant(about: About, short: str) -> bytes:
    """Croissant 1.1."""
    tables = [resource for resource in about["resources"] if resource["type"] == "table"]
    organisations = [{"@type": "sc:Organization", "name": each["title"]} for each in about["contributors"]]
    told = {
        "@context": _context(),
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.1",
        "name": about["name"],
        "alternateName": about["title"],
        "description": about["description"],
        "version": about["version"],
        "datePublished": about["created"][:10],
        "license": [each["path"] for each in about["licenses"]],
        "creator": organisations,
        "publisher": organisations[:1],
        "keywords": about["keywords"],
        "inLanguage": "en",
        "isAccessibleForFree": True,
        "isLiveDataset": False,
        "temporalCoverage": "{start}/{end}".format(**about["temporal"]),
        "spatialCoverage": about["spatial"],
        "isBasedOn": [each["path"] for each in about["sources"]],
        **({"identifier": f"https://doi.org/{about['id']}"} if about.get("id") else {}),
        "citeAs": f"{published(about)} [Data set]. {short}",
        "distribution": [_file(resource) for resource in about["resources"]],
        "recordSet": [_record_set(table) for table in tables],
    }
    return (json.dumps(told, indent=1, ensure_ascii=False) + "\n").encode("utf-8")


def _context() -> dict[str, Any]:
    return {
        "@language": "en",
        "@vocab": "https://schema.org/",
        "sc": "https://schema.org/",
        "cr": "http://mlcommons.org/croissant/",
        "rai": "http://mlcommons.org/croissant/RAI/",
        "dct": "http://purl.org/dc/terms/",
        **{word: f"cr:{word}" for word in _OF_CROISSANT},
        "conformsTo": "dct:conformsTo",
        "data": {"@id": "cr:data", "@type": "@json"},
        "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
        "examples": {"@id": "cr:examples", "@type": "@json"},
        "name": {"@container": "@language"},
        "description": {"@container": "@language"},
    }


def _file(resource: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": resource["name"] if resource["type"] == "file" else f"{resource['name']}-csv",
        "name": resource["path"].rpartition("/")[2],
        "description": resource["description"],
        "contentUrl": resource["path"],
        "contentSize": f"{resource['bytes']} B",
        "encodingFormat": resource["mediatype"],
        "sha256": resource["hash"].removeprefix("sha256:"),
    }


def _record_set(table: Mapping[str, Any]) -> dict[str, Any]:
    name, schema = table["name"], table["schema"]
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": table["description"],
        "key": [{"@id": f"{name}/{column}"} for column in schema["primaryKey"]],
        "field": list(_fields(name, schema)),
    }


def _fields(name: str, schema: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Columns. Foreign keys stand in datapackage.json alone: with them mlcroissant 1.1 reads no records."""
    for field in schema["fields"]:
        yield {
            "@type": "cr:Field",
            "@id": f"{name}/{field['name']}",
            "name": field["name"],
            "description": field["description"],
            "dataType": _DATA_TYPES[field["type"]],
            "source": {"fileObject": {"@id": f"{name}-csv"}, "extract": {"column": field["name"]}},
        }
