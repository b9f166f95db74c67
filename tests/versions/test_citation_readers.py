"""Citations in the readers of their formats; with a DOI, and without."""

from __future__ import annotations

import json
import subprocess
import sys

import timeline
from timeline.versions.styles import STYLES

RELEASE = timeline.open("1.0.0")
SUBSET = RELEASE.as_known_on("2024-01-08", hindsight=True).where(status="claimed").during("2023-11-21~/..")
SHORT = SUBSET.cite("short")


def test_bibtex_is_read_by_bibtexparser():
    import bibtexparser

    library = bibtexparser.parse_string(SUBSET.cite("bibtex"))
    assert not library.failed_blocks
    (entry,) = library.entries
    fields = {field.key: field.value for field in entry.fields}
    assert (entry.entry_type, fields["year"], fields["version"]) == ("dataset", "2026", "1.0.0")
    assert fields["note"].replace("\\", "") == SHORT
    assert r"as\_known\_on" in fields["note"]


def test_ris_is_read_by_rispy():
    import rispy

    (entry,) = rispy.loads(SUBSET.cite("ris"))
    assert entry["type_of_reference"] == "DATA"
    assert entry["title"] == RELEASE.package.descriptor["title"]
    assert entry["notes"] == [SHORT]


def test_csl_json_is_typeset_by_citeproc():
    script = """
import json, sys, warnings
warnings.simplefilter("ignore")
from citeproc import Citation, CitationItem, CitationStylesBibliography, CitationStylesStyle, formatter
from citeproc.source.json import CiteProcJSON
told = json.load(sys.stdin)
made = CitationStylesBibliography(
    CitationStylesStyle("harvard-cite-them-right", validate=False), CiteProcJSON(told), formatter.plain)
made.register(Citation([CitationItem(told[0]["id"])]))
print(made.bibliography()[0])
"""
    told = SUBSET.cite("csl-json")
    assert json.loads(told)[0]["note"] == SHORT
    made = subprocess.run(
        [sys.executable, "-c", script],
        input=told,
        capture_output=True,
        text=True,
        check=True,
        encoding="utf-8",
    )
    assert "curators" in made.stdout and "2026" in made.stdout


def test_a_doi_is_told_once_there_is_one():
    about = {**RELEASE.package.descriptor, "id": "10.1234/xyz"}
    told = {style: write(about, "S") for style, write in STYLES.items() if style != "short"}
    assert all("10.1234/xyz" in text for text in told.values())
