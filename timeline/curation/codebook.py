"""CODEBOOK.md: what every table, column, word and rule means, made from the contract."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from timeline import contract, knowledge
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
    for name, described in contract.tables().items():
        yield f"- [`{name}`](#{name}): {described.description}"
    for described in contract.tables().values():
        yield from _table(described)
    yield from _vocabularies()
    yield from _computed()
    yield from _rules()


def _table(described: contract.Table) -> Iterator[str]:
    yield from ("", f"## {described.name}", "", described.description, "")
    yield f"Key: {_code(described.key)}."
    for key in described.foreign_keys:
        yield f"{_code(key.columns)} refers to {_code(key.referenced)} of [`{key.table}`](#{key.table})."
    yield ""
    yield "| column | type | meaning | example |"
    yield "|---|---|---|---|"
    for field in described.fields:
        marks = [*(["required"] if field.required else []), *(["derived"] if field.derived else [])]
        kind = ", ".join(["EDTF" if field.edtf else field.type, *marks])
        meaning = field.description + (f" [Values](#{_anchor(field)})." if field.enum else "")
        yield f"| `{field.name}` | {kind} | {_cell(meaning)} | {_cell(str(field.example or ''))} |"


def _vocabularies() -> Iterator[str]:
    yield from ("", "## Vocabularies")
    told = set()
    for described in contract.tables().values():
        for field in described.fields:
            if field.enum and _anchor(field) not in told:
                told.add(_anchor(field))
                order = " From weakest to strongest." if field.ordered else ""
                yield from ("", f"### {_anchor(field)}", "", f"`{described.name}.{field.name}`.{order}", "")
                yield from (f"- `{value}`: {field.meanings[value]}" for value in field.enum)


def _anchor(field: contract.Field) -> str:
    return f"values-of-{field.name}-{'-'.join(field.enum[:1])}"


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
