"""CODEBOOK.md: what every table, column, word and rule means, made from the contract."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from timeline import knowledge
from timeline.contract.codebook import Entry, sections
from timeline.validation import rules


def codebook(about: Mapping[str, Any]) -> str:
    """The codebook as Markdown."""
    return "\n".join(_lines(about)) + "\n"


def _lines(about: Mapping[str, Any]) -> Iterator[str]:
    yield f"# Codebook of {about['title']}, version {about['version']}"
    yield ""
    yield "Made from `schemas/` and the rules in `timeline/`; edit those."
    yield ""
    yield "## Tables"
    yield ""
    told = list(sections())
    for table, _ in told:
        yield f"- [`{table.table}`](#{table.table}): {table.meaning}"
    for table, columns in told:
        yield from _table(table, [column for column, _ in columns])
    yield from _vocabularies([each for _, columns in told for each in columns])
    yield from _computed()
    yield from _rules()


def _table(table: Entry, columns: list[Entry]) -> Iterator[str]:
    yield from ("", f"## {table.table}", "", table.meaning, "")
    yield f"Key: {_code(table.key)}."
    for key in table.references:
        yield f"{_code(key.columns)} refers to {_code(key.referenced)} of [`{key.table}`](#{key.table})."
    yield ""
    yield "| column | type | meaning | example |"
    yield "|---|---|---|---|"
    for each in columns:
        kind = ", ".join([each.type, *each.marks])
        meaning = each.meaning + (f" [Values](#{each.vocabulary})." if each.vocabulary else "")
        yield f"| `{each.column}` | {kind} | {_cell(meaning)} | {_cell(each.example)} |"


def _vocabularies(columns: list[tuple[Entry, list[Entry]]]) -> Iterator[str]:
    yield from ("", "## Vocabularies")
    first: dict[str, tuple[Entry, list[Entry]]] = {}
    for column, words in columns:
        if words:
            first.setdefault(column.vocabulary, (column, words))
    for name, (column, words) in first.items():
        order = " From weakest to strongest." if column.ordered else ""
        yield from ("", f"### {name}", "", f"`{column.table}.{column.column}`.{order}", "")
        yield from (f"- `{word.value}`: {word.meaning}" for word in words)


def _computed() -> Iterator[str]:
    yield from ("", "## How known_from and status are computed")
    for name, text in knowledge.COMPUTED.items():
        yield from ("", f"### {name}", "", text)


def _rules() -> Iterator[str]:
    yield from ("", "## Rules beyond single columns", "")
    yield "Besides types, required and unique columns, vocabularies, patterns, limits, keys and foreign keys:"
    yield ""
    for rule in rules.RULES:
        yield f"- `{rule.name}` (`{rule.table}.{rule.column}`): {rule.text}"


def _code(names: tuple[str, ...]) -> str:
    return " + ".join(f"`{name}`" for name in names)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
