"""What catalogues read: CITATION.cff, Croissant and DataCite keep their schemas and describe everything."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import timeline
from timeline import contract
from timeline.curation.build import tables_from_raw
from timeline.curation.describe import describe
from timeline.curation.write import table_files
from timeline.files.opening import open_package
from timeline.files.package import DESCRIPTOR
from timeline.versions import index
from timeline.versions.styles import STYLES

ROOT = Path(__file__).parents[2]
DS = timeline.open("1.0.0")


@pytest.mark.parametrize("version", list(index.index()))
def test_every_published_citation_resolves(version):
    package, whole = index.frozen(version), timeline.open(version)
    for name in ("CITATION.cff", "croissant.json", "datacite.json"):
        assert timeline.resolve(package.read(name, 2**30).decode("utf-8")) == whole


def test_citation_cff_keeps_its_schema():
    schemas = pytest.importorskip("check_jsonschema.builtin_schemas", reason="needs check-jsonschema")
    schema = Path(schemas.__path__[0], "vendor", "citation-file-format.json").read_bytes()
    from jsonschema import Draft7Validator

    told = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert (told["type"], told["cff-version"]) == ("dataset", "1.2.0")
    assert not list(Draft7Validator(json.loads(schema)).iter_errors(told))
    del told["title"]
    assert list(Draft7Validator(json.loads(schema)).iter_errors(told))


@pytest.mark.parametrize("cited", ["published", "query"])
def test_datacite_keeps_its_schema(cited):
    schema45 = pytest.importorskip("datacite.schema45", reason="needs datacite")
    text = (
        (ROOT / "datacite.json").read_text()
        if cited == "published"
        else DS.where(kind="denial").cite("datacite")
    )
    told = json.loads(text)
    assert schema45.validate(told) and not schema45.validate({**told, "titles": []})


def test_croissant_describes_every_table_column_and_file():
    told = json.loads((ROOT / "croissant.json").read_bytes())
    assert told["@type"] == "sc:Dataset" and told["conformsTo"] == "http://mlcommons.org/croissant/1.1"
    files = {each["@id"]: each for each in told["distribution"]}
    described = json.loads((ROOT / DESCRIPTOR).read_bytes())["resources"]
    hashes = {each["path"]: each["hash"] for each in described if "croissant" not in each["path"]}
    stated = {each["contentUrl"]: f"sha256:{each['sha256']}" for each in files.values()}
    assert stated.items() <= hashes.items() and len(stated) == 2 * len(contract.TABLES)
    fields = {each["@id"]: [field["name"] for field in each["field"]] for each in told["recordSet"]}
    assert fields == {name: list(contract.table(name).columns) for name in contract.TABLES}
    ids = {field["@id"] for each in told["recordSet"] for field in each["field"]}
    for each in told["recordSet"]:
        assert {key["@id"] for key in each["key"]} <= ids
        for field in each["field"]:
            assert field["source"]["fileObject"]["@id"] in files
            assert "references" not in field or field["references"]["field"]["@id"] in ids


def test_no_doi_is_invented():
    assert "id" not in open_package(ROOT).descriptor
    for style in STYLES:
        assert "doi.org" not in DS.cite(style) and '"DOI"' not in DS.cite(style)


ABOUT = yaml.safe_load((ROOT / "data" / "raw" / "package.yaml").read_text(encoding="utf-8"))


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
