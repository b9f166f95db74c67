"""Citations and metadata in the readers of their formats; with a DOI, and without."""

from __future__ import annotations

import csv
import json
import subprocess
import sys

import pytest
import yaml

import timeline
from timeline import contract
from timeline.curation.build import tables_from_raw
from timeline.curation.describe import describe
from timeline.curation.write import table_files
from timeline.home import home
from timeline.versions.styles import STYLES

ROOT = home()
ABOUT = yaml.safe_load((ROOT / "data" / "raw" / "package.yaml").read_text(encoding="utf-8"))
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


def test_croissant_passes_mlcroissant_and_gives_a_record_of_each_table():
    script = """
import json, sys
import mlcroissant
dataset = mlcroissant.Dataset(sys.argv[1])
assert not dataset.metadata.ctx.issues.errors, dataset.metadata.ctx.issues.report()
first = {}
for records in dataset.metadata.record_sets:
    first[records.id] = next(iter(dataset.records(records.id)), None)
print(json.dumps(first, default=lambda value: value.decode() if isinstance(value, bytes) else str(value)))
"""
    made = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script, str(ROOT / "croissant.json")],
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert made.returncode == 0, made.stderr
    first = json.loads(made.stdout.splitlines()[-1])
    assert set(first) == set(contract.TABLES)
    for name, record in first.items():
        with open(ROOT / "data" / "processed" / f"{name}.csv", encoding="utf-8", newline="") as file:
            published = next(csv.DictReader(file), None)
        if published is None:
            assert record is None
            continue
        key = contract.table(name).key[0]
        assert record[f"{name}/{key}"] == published[key]
        assert len(record) == len(published)


@pytest.fixture(scope="module")
def built():
    tables = tables_from_raw(ROOT / "data" / "raw")
    return tables, table_files(tables)


@pytest.mark.parametrize("doi", ["", "10.1234/xyz"])
def test_a_doi_is_told_everywhere_once_there_is_one_and_nowhere_before(built, doi):
    made = describe({**ABOUT, "doi": doi}, *built)
    for path in ("datapackage.json", "CITATION.cff", "croissant.json", "datacite.json"):
        assert (b"10.1234/xyz" in made[path]) == bool(doi), path
        assert (b'"doi"' in made[path] or b"doi.org" in made[path]) <= bool(doi), path
