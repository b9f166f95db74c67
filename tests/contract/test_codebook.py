"""The package and the codebook tell the whole contract."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from timeline import contract
from timeline.validation import rules
from timeline.validation.validate import all_rules

ROOT = Path(__file__).parents[2]
SCHEMAS = {path.stem: json.loads(path.read_bytes()) for path in (ROOT / "schemas").glob("*.json")}


def test_the_package_holds_each_schema_whole() -> None:
    package = json.loads((ROOT / "datapackage.json").read_bytes())
    resources = {each["name"]: each for each in package["resources"] if each["type"] == "table"}
    assert list(resources) == list(contract.TABLES)
    for name, resource in resources.items():
        told = {"name": name, "title": resource["title"], "description": resource["description"]}
        assert {**resource["schema"], **told} == SCHEMAS[name]


@pytest.fixture(scope="module")
def codebook() -> str:
    return (ROOT / "CODEBOOK.md").read_text(encoding="utf-8")


def test_the_codebook_is_the_one_that_a_build_makes(codebook: str) -> None:
    from timeline.curation.codebook import codebook as made
    from timeline.curation.package_yaml import read_about

    about, problems = read_about(ROOT / "data" / "raw")
    assert not problems
    assert made(about) == codebook


@pytest.mark.parametrize("name", contract.TABLES)
def test_the_codebook_tells_of_every_table_and_column(name: str, codebook: str) -> None:
    section = codebook.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
    described = contract.table(name)
    assert described.description in section
    for field in described.fields:
        (row,) = (line for line in section.splitlines() if line.startswith(f"| `{field.name}` |"))
        assert field.description.replace("|", "\\|") in row
        for value in field.enum:
            assert f"- `{value}`: {field.meanings[value]}\n" in codebook


def test_the_codebook_tells_of_every_rule(codebook: str) -> None:
    assert len(rules.RULES) > 30
    for rule in rules.RULES:
        assert f"- `{rule.name}` (`{rule.table}.{rule.column}`): {rule.text}\n" in codebook
    assert {rule.name for rule in all_rules()} > {rule.name for rule in rules.RULES}
