"""The contract says one thing of every table and column, and says it to strangers."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

import pyarrow as pa
import pytest

import timeline
from timeline import contract, knowledge
from timeline.archive import problems_in
from timeline.contract.relations import in_dependency_order
from timeline.contract.types import from_text
from timeline.errors import BadRequest, Problem
from timeline.validation import of_events, of_evidence, of_registries

ROOT = Path(__file__).parents[2]
SCHEMAS = {path.stem: json.loads(path.read_bytes()) for path in (ROOT / "schemas").glob("*.json")}
FIELDS = [(name, field) for name, described in contract.tables().items() for field in described.fields]
OF_FIELDS = pytest.mark.parametrize(
    ("name", "field"), FIELDS, ids=[f"{name}.{field.name}" for name, field in FIELDS]
)


# Schemas ---------------------------------------------------------------------------------------------------


def test_there_is_a_schema_for_each_table_and_no_other() -> None:
    assert set(SCHEMAS) == set(contract.TABLES) == set(timeline.tables())
    assert all(descriptor["name"] == name for name, descriptor in SCHEMAS.items())


@pytest.mark.parametrize("name", contract.TABLES)
def test_a_schema_is_a_valid_table_schema(name: str) -> None:
    from frictionless import Schema

    schema = Schema.from_descriptor(SCHEMAS[name])
    assert schema.field_names == list(contract.table(name).columns)
    assert schema.primary_key == list(contract.table(name).key)


@pytest.mark.parametrize("name", contract.TABLES)
def test_keys_name_columns_that_there_are(name: str) -> None:
    described = contract.table(name)
    assert len(set(described.columns)) == len(described.columns)
    assert described.key
    assert set(described.key) <= set(described.columns)
    for key in described.foreign_keys:
        other = contract.table(key.table)
        assert set(key.columns) <= set(described.columns)
        assert set(key.referenced) <= set(other.columns)
        assert [described.field(each).type for each in key.columns] == [
            other.field(each).type for each in key.referenced
        ]


@OF_FIELDS
def test_a_field_tells_a_stranger_what_it_holds(name: str, field: contract.Field) -> None:
    assert field.title
    assert field.description.endswith((".", ")"))
    assert field.type in {"string", "date", "integer", "number"}
    if field.enum:
        (descriptor,) = (each for each in SCHEMAS[name]["fields"] if each["name"] == field.name)
        assert tuple(each["value"] for each in descriptor["categories"]) == field.enum
        assert all(field.labels[value] and field.meanings[value] for value in field.enum)
        assert len(set(field.enum)) == len(field.enum)
    if field.pattern:
        assert re.search(field.pattern, str(field.example))
    elif field.enum:
        assert field.example in field.enum
    else:
        assert field.example is not None


VALUES = {"vocabulary", "tidy-text", "pattern", "minimum", "maximum", "finite", "length", "edtf"}


@cache
def examples(name: str) -> tuple[pa.Table, list[Problem]]:
    """A table with a row for each column, which holds its example alone; and what is wrong with it."""
    fields = contract.table(name).fields
    columns = {
        field.name: pa.array(
            [str(field.example) if field is other else None for other in fields], pa.string()
        )
        for field in fields
    }
    data, problems = from_text(name, columns, lambda *_: "example")
    return data, problems + problems_in(data, name)


@OF_FIELDS
def test_an_example_is_valid_and_what_empty_means_is_told(name: str, field: contract.Field) -> None:
    data, problems = examples(name)
    assert data[field.name].null_count == len(data) - 1
    assert not [each for each in problems if each.column == field.name and each.rule in VALUES]
    assert field.required or "empty" in field.description.lower()


def test_a_vocabulary_means_the_same_wherever_it_is_used() -> None:
    meanings: dict[tuple, dict] = {}
    for described in contract.tables().values():
        for field in described.fields:
            if field.enum:
                told = meanings.setdefault((field.name, field.enum), dict(field.meanings))
                assert told == field.meanings, field.name


def test_words_that_rules_speak_of_are_words_of_the_vocabulary() -> None:
    kinds, roles = (
        contract.table("events").field("kind").enum,
        contract.table("participants").field("role").enum,
    )
    assert set(knowledge.ACTS) | set(knowledge.SUBSTANTIVE) <= set(kinds)
    assert not set(knowledge.ACTS) & set(knowledge.SUBSTANTIVE)
    assert of_events._KINDS_OF_ROLE.keys() <= set(roles)
    actors = contract.table("actors").field("kind").enum
    assert {kind for allowed in of_events._KINDS_OF_ROLE.values() for kind in allowed} <= set(actors)
    schemes = contract.table("identifiers").field("scheme").enum
    assert set(schemes) == of_registries._FORM_OF_SCHEME.keys() >= of_registries._KINDS_OF_SCHEME.keys()
    assert set(of_evidence._ACYCLIC) <= set(contract.table("event_links").field("relation").enum)


def test_an_unknown_table_or_column_is_answered_with_the_nearest() -> None:
    with pytest.raises(BadRequest, match="no table 'event'; did you mean events"):
        contract.table("event")
    with pytest.raises(BadRequest, match="events has no column 'knd'; did you mean kind"):
        contract.table("events").field("knd")


def test_tables_come_after_what_they_refer_to() -> None:
    order = in_dependency_order()
    assert sorted(order) == sorted(contract.TABLES)
    for name in order:
        for key in contract.table(name).foreign_keys:
            assert order.index(key.table) <= order.index(name)
