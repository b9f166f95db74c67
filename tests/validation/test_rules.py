"""Every rule, broken once: one problem, which says where, in what column, what stands there and what may."""

from __future__ import annotations

import re
import unicodedata

import pytest
from broken import NAMED, OF_CELLS, OF_USE, Tables, broken, needed, with_cell, with_unused

from timeline.contract import text
from timeline.errors import Problem
from timeline.validation import rules
from timeline.validation.keys import ColumnRule
from timeline.validation.validate import problems_in

BROKEN_TEXT = ("=1+1", "+1", "@x", " before", "after ", "two  spaces", "a\nb", "a\x00b", "a\xa0b", "a\u200bb",
               "a\u202eb", "a\ufffdb", "a\U000e0041b", "e\u0301")  # fmt: skip


def named(rule: rules.Rule) -> str:
    return f"{rule.name}-{rule.table}-{rule.column}"


@pytest.mark.parametrize("rule", OF_CELLS, ids=named)
def test_a_broken_cell_is_told_once(rule: rules.Rule, published: Tables) -> None:
    tables, row, value = broken(rule, {name: published[name] for name in needed(rule)})
    (problem,) = problems_in(tables)
    assert (problem.rule, problem.where, problem.column) == (
        rule.name,
        f"{rule.table} row {row}",
        rule.column,
    )
    assert problem.message.startswith(rule.text)
    if isinstance(value, float):
        assert float(problem.value) == value
    else:
        assert problem.value == ("" if value is None else str(value)[:80])


@pytest.mark.parametrize("text", BROKEN_TEXT)
def test_text_that_is_not_what_it_seems_is_refused(text: str, published: Tables) -> None:
    broken_events = with_cell(published["events"], "title", 3, text)
    (problem,) = problems_in({"events": broken_events})
    assert (problem.rule, problem.column, problem.value) == ("tidy-text", "title", text)


@pytest.mark.parametrize(
    "text", ["Choe Son Hui (최선희)", "Né à Москва", "「長い」", "½ · — “x” ’", "a\u0434\u0306b"]
)
def test_text_of_any_script_is_taken(text: str, published: Tables) -> None:
    assert not problems_in({"actors": with_cell(published["actors"], "name", 3, text)})


def test_what_needs_no_normalising_does_not() -> None:
    """No character of COMPOSED is changed by NFC, alone or beside another of them."""
    pairs = [
        unicodedata.decomposition(letter).split()
        for letter in map(chr, range(0x110000))
        if not unicodedata.decomposition(letter).startswith("<")
    ]
    second = {chr(int(pair[1], 16)) for pair in pairs if len(pair) == 2}
    jamo = set(map(chr, (*range(0x1161, 0x1176), *range(0x11A8, 0x11C3))))
    composed = [letter for letter in map(chr, range(0x110000)) if re.match(f"[{text.COMPOSED}]", letter)]
    assert "é" in composed and "최" in composed
    assert all(unicodedata.normalize("NFC", letter) == letter for letter in composed)
    assert not any(unicodedata.combining(letter) for letter in composed)
    assert not (second | jamo) & set(composed)


@pytest.mark.parametrize("rule", OF_USE, ids=named)
def test_an_unused_row_is_told_once(rule: rules.Rule, published: Tables) -> None:
    tables, key = with_unused(rule, published)
    (problem,) = problems_in(tables)
    assert (problem.rule, problem.column, problem.value) == (rule.name, rule.column, key)
    assert problem.where == f"{rule.table} row {len(published[rule.table])}"
    assert problem.message == rule.text


# These are told of each of the rows that do not go together, since nobody can say which of them is wrong.
TOLD_OF_BOTH = {"links-do-not-run-in-circles", "no-two-actors-share-an-identifier"}


def test_every_rule_has_a_case() -> None:
    assert NAMED.keys() == {rule.name for rule in rules.RULES}
    assert {rule.name for rule in OF_CELLS} >= {
        "required", "vocabulary", "tidy-text", "pattern", "minimum", "maximum", "finite", "length", "edtf",
        "foreign-key", "unique", "bounds-follow-from-the-date",
    }  # fmt: skip
    assert OF_USE


@pytest.mark.parametrize("name", NAMED)
def test_a_broken_rule_names_file_line_key_and_value(name: str, raw) -> None:
    edit, file, text, key, value = NAMED[name]
    edit(raw)
    problems = raw.problems()
    assert {problem.rule for problem in problems} == {name}
    assert len(problems) == (2 if name in TOLD_OF_BOTH else 1)
    path = f"{file}.csv" if raw[file].suffix == ".csv" else f"events/{file}.yaml"
    where = f"{path}:{raw.line(file, text)}" if text else path
    problem = next(problem for problem in problems if problem.where == where)
    assert (problem.column, problem.message) == (key, text_of(name))
    assert problem.value.startswith(value) if value else problem.value == ""


def text_of(name: str) -> str:
    return next(rule.text for rule in rules.RULES if rule.name == name)


def test_a_problem_reads_as_a_sentence() -> None:
    problem = Problem("events/x.yaml:3", "kind", "trasnfer", "must be one of transfer, use", "vocabulary")
    assert str(problem) == "events/x.yaml:3: kind 'trasnfer': must be one of transfer, use [vocabulary]"


def test_a_cell_that_breaks_a_rule_is_unknown_to_later_ones() -> None:
    assert all(
        isinstance(rule, ColumnRule) for rule in OF_CELLS if rule.name != "bounds-follow-from-the-date"
    )
