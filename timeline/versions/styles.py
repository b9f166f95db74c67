"""How a citation is written: APA text, BibTeX, RIS, CSL-JSON, DataCite."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

About = Mapping[str, Any]
"""Descriptor of a release."""


def text(about: About, short: str) -> str:
    """APA, 7th edition."""
    link = f" https://doi.org/{about['id']}" if about.get("id") else ""
    return f"{published(about)} [Data set].{link} {short}"


def published(about: About) -> str:
    """Authors, year, title and version of a release."""
    authors = ", & ".join(_authors(about))
    return f"{authors}. ({_year(about)}). {about['title']} (Version {about['version']})"


def bibtex(about: About, short: str) -> str:
    fields = {
        "author": " and ".join(f"{{{_tex(name)}}}" for name in _authors(about)),
        "title": f"{{{_tex(about['title'])}}}",
        "year": _year(about),
        "version": about["version"],
        "publisher": f"{{{_tex(_publisher(about))}}}",
        "note": _tex(short),
        "doi": about.get("id"),
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@dataset{{{_identifier(about)},", *lines, "}"])


def ris(about: About, short: str) -> str:
    lines = [
        ("TY", "DATA"),
        ("ID", _identifier(about)),
        *(("AU", name) for name in _authors(about)),
        ("TI", about["title"]),
        ("PY", _year(about)),
        ("DA", _day(about).replace("-", "/")),
        ("ET", about["version"]),
        ("PB", _publisher(about)),
        *([("DO", about["id"])] if about.get("id") else []),
        ("N1", short),
        ("ER", ""),
    ]
    return "\n".join(f"{tag}  - {value}" for tag, value in lines)


def csl_json(about: About, short: str) -> str:
    return _json([
        {
            "id": _identifier(about),
            "type": "dataset",
            "title": about["title"],
            "author": [{"literal": name} for name in _authors(about)],
            "issued": {"date-parts": [[int(part) for part in _day(about).split("-")]]},
            "version": about["version"],
            "publisher": _publisher(about),
            "note": short,
            **({"DOI": about["id"]} if about.get("id") else {}),
        }
    ])  # fmt: skip


def datacite(about: About, short: str) -> str:
    """DataCite Metadata Schema 4.5, as JSON."""
    return _json({
        **({"doi": about["id"]} if about.get("id") else {}),
        "creators": [{"name": name, "nameType": "Organizational"} for name in _authors(about)],
        "titles": [{"title": about["title"]}],
        "publisher": {"name": _publisher(about)},
        "publicationYear": _year(about),
        "types": {"resourceTypeGeneral": "Dataset", "resourceType": "Event data"},
        "subjects": [{"subject": word} for word in about["keywords"]],
        "dates": [
            {"date": _day(about), "dateType": "Issued"},
            {"date": "{start}/{end}".format(**about["temporal"]), "dateType": "Other",
             "dateInformation": "Period of the events"},
        ],
        "language": "en",
        "alternateIdentifiers": [{"alternateIdentifier": short, "alternateIdentifierType": "Cited rows"}],
        "relatedIdentifiers": [
            {"relatedIdentifier": source["path"], "relatedIdentifierType": "URL",
             "relationType": "IsDerivedFrom"}
            for source in about["sources"]
        ],
        "formats": ["text/csv", "application/vnd.apache.parquet"],
        "version": about["version"],
        "rightsList": [
            {"rights": each["title"], "rightsUri": each["path"], "rightsIdentifier": each["name"],
             "rightsIdentifierScheme": "SPDX"}
            for each in about["licenses"]
        ],
        "descriptions": [{"description": about["description"], "descriptionType": "Abstract"}],
        "schemaVersion": "http://datacite.org/schema/kernel-4",
    })  # fmt: skip


def _short(about: About, short: str) -> str:
    return short


def _authors(about: About) -> list[str]:
    return [each["title"] for each in about["contributors"]]


def _publisher(about: About) -> str:
    """Who publishes: the contributor with that role, or else the first."""
    publishers = [each["title"] for each in about["contributors"] if "Publisher" in each.get("roles", ())]
    return str([*publishers, *_authors(about)][0])


def _day(about: About) -> str:
    return str(about["created"])[:10]


def _year(about: About) -> str:
    return _day(about)[:4]


def _identifier(about: About) -> str:
    return f"{about['name']}-{about['version']}"


def _tex(words: str) -> str:
    """Escape what TeX reads as its own."""
    return re.sub(r"([%&_#$])", r"\\\1", words)


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


STYLES: dict[str, Callable[[About, str], str]] = {
    "text": text,
    "bibtex": bibtex,
    "ris": ris,
    "csl-json": csl_json,
    "datacite": datacite,
    "short": _short,
}
