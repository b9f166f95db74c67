"""Rules that follow from the contract: columns, keys, references and derived dates, one rule for each."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any

import narwhals as nw

from timeline import contract
from timeline.contract import text
from timeline.contract.relations import registry_keys
from timeline.engines import ROW, Lazy, Tables
from timeline.errors import nearest
from timeline.validation import rules

if TYPE_CHECKING:
    import pyarrow as pa

_UNTIDY = rf"^[=+@-]|^ | $|  |[{text.INVISIBLE}]"
_UNTIDY_OR_DECOMPOSED = rf"{_UNTIDY}|[^{text.COMPOSED}]"
_ID = "^([a-z0-9]+(-[a-z0-9]+)*)$"
_SUGGEST_AMONG = 50_000


@dataclass(frozen=True)
class ColumnRule(rules.Rule):
    """A rule that follows from the contract and is about one cell, which is unknown once it breaks the rule.

    ``condition`` is true where it can be broken, so that an engine answers for many rules in one pass over
    the table; ``hint`` adds to the text what is allowed or nearest.
    """

    condition: nw.Expr | None = None
    hint: Callable[[Tables, str], str] = lambda _, __: ""


def in_waves() -> tuple[list[rules.Rule], ...]:
    """Rules by what they ask: what a value is, where it leads, whether its row is the only one, how rows fit
    together, and what is used.
    """
    described = contract.tables()
    return (
        [rule for name in described for rule in _value_rules(name)],
        [_foreign_key(name, key) for name, table in described.items() for key in table.foreign_keys],
        [rule for name in described for rule in _key_rules(name)],
        [rule for name in described for rule in _bounds_rules(name)] + rules.RULES,
        [_unused(name, referring) for name in described if (referring := registry_keys(name))],
    )


def _value_rules(name: str) -> Iterator[rules.Rule]:
    described = contract.table(name)
    for field in described.fields:
        yield from _field_rules(name, field)
    for column in described.dated:
        yield _edtf(name, column)


def _key_rules(name: str) -> Iterator[rules.Rule]:
    described = contract.table(name)
    if not (len(described.key) == 1 and described.field(described.key[0]).unique):
        yield _unique(name, described.key)
    for field in described.fields:
        if field.unique:
            yield _unique(name, (field.name,))


def _bounds_rules(name: str) -> Iterator[rules.Rule]:
    for column, bounds in contract.table(name).dated.items():
        if bounds:
            yield _bounds(name, column, bounds)


def _field_rules(name: str, field: contract.Field) -> Iterator[rules.Rule]:
    column = nw.col(field.name)

    def rule(
        kind: str, text: str, condition: nw.Expr, hint: Callable[[Tables, str], str] = lambda _, __: ""
    ) -> rules.Rule:
        return ColumnRule(
            kind, name, field.name, text, lambda t: t[name].filter(condition), condition=condition, hint=hint
        )

    if field.required:
        yield rule("required", "must not be empty", column.is_null())
    if field.enum:
        yield rule(
            "vocabulary",
            f"must be one of {', '.join(field.enum)}",
            rules.outside(field.name, field.enum),
            lambda _, value: nearest(value, field.enum),
        )
    elif field.type == "string" and field.pattern != _ID:  # no id is untidy
        yield _tidy_text(name, field.name)
    if field.pattern:
        yield rule(
            "pattern",
            f"must match {field.pattern}, such as {_example(name, field.name)}",
            ~column.str.contains(_to_the_end(field.pattern)),
            lambda _, value: _foreign_letter(value),
        )
    if field.type == "number":
        yield rule("finite", "must be a finite number", ~column.is_finite())
    if field.minimum is not None:
        yield rule("minimum", f"must be at least {field.minimum}", column < field.minimum)
    if field.maximum is not None:
        yield rule("maximum", f"must be at most {field.maximum}", column > field.maximum)
    if field.max_length is not None:
        text = f"must have at most {field.max_length} characters"
        yield rule("length", text, column.str.len_chars() > field.max_length)


def _to_the_end(pattern: str) -> str:
    """The pattern with an end that no line break can follow, in any engine."""
    return re.sub(r"\$$", r"\\z", pattern)


def _foreign_letter(value: str) -> str:
    """Name the first letter that is no ASCII: it may look like one."""
    foreign = next((letter for letter in value if not letter.isascii()), None)
    return f"; {foreign} is {text.character_name(foreign)}" if foreign else ""


def _example(name: str, column: str) -> Any:
    """Example of a column or, of a reference, of the column that it refers to."""
    for key in contract.table(name).foreign_keys:
        if column in key.columns:
            return _example(key.table, key.referenced[key.columns.index(column)])
    return contract.table(name).field(column).example


def _tidy_text(name: str, column: str) -> rules.Rule:
    suspect = nw.col(column).str.contains(_UNTIDY_OR_DECOMPOSED)

    def breaking(t: Tables) -> Lazy:
        suspects = t[name].filter(suspect).select(ROW, column)
        return t.engine.kept(suspects, lambda rows: _is_untidy(rows[column]))

    def hint(_: Tables, value: str) -> str:
        if invisible := re.search(f"[{text.INVISIBLE}]", value):
            return f"; it holds {text.character_name(invisible[0])}"
        return "" if unicodedata.is_normalized("NFC", value) else "; it is decomposed, write it in NFC"

    said = "must not begin with = + - @, nor hold invisible or decomposed characters or needless spaces"
    return ColumnRule("tidy-text", name, column, said, breaking, condition=suspect, hint=hint)


def _is_untidy(strings: pa.ChunkedArray) -> pa.ChunkedArray:
    import pyarrow as pa
    import pyarrow.compute as pc

    # Arrow's own utf8_normalize decomposes even for NFC before pyarrow 26 (apache/arrow#51225).
    decomposed = [not unicodedata.is_normalized("NFC", text) for text in strings.to_pylist()]
    return pc.or_(pc.match_substring_regex(strings, _UNTIDY), pa.array(decomposed, pa.bool_()))


def _unique(name: str, key: tuple[str, ...]) -> rules.Rule:
    def breaking(t: Tables) -> Lazy:
        groups = t[name].group_by(*key).agg(nw.len().alias("_rows"), nw.col(ROW).min().alias("_first"))
        repeated = groups.filter(nw.col("_rows") > 1)
        return t[name].join(repeated, on=list(key), how="inner").filter(nw.col(ROW) > nw.col("_first"))

    text = f"repeats an earlier row, but {' + '.join(key)} must be unique"
    also = tuple(dict.fromkeys((*contract.table(name).key, *key[:-1])))
    return ColumnRule("unique", name, key[-1], text, breaking, also)


def _foreign_key(name: str, key: contract.ForeignKey) -> rules.Rule:
    target, columns, referenced = key.table, list(key.columns), list(key.referenced)

    def breaking(t: Tables) -> Lazy:
        given = t[name].filter(~nw.any_horizontal(nw.col(*columns).is_null(), ignore_nulls=False))
        return rules.without_partner(given, t[target], columns, referenced)

    def hint(t: Tables, value: str) -> str:
        known = t[target].select(referenced[-1]).unique().head(_SUGGEST_AMONG).collect()
        return nearest(value, known[referenced[-1]].to_list())

    text = f"is no {referenced[-1]} of {target}"
    return ColumnRule("foreign-key", name, columns[-1], text, breaking, hint=hint)


def _unused(name: str, referring: list[tuple[str, contract.ForeignKey]]) -> rules.Rule:
    (key,) = contract.table(name).key

    def breaking(t: Tables) -> Lazy:
        own = [(name, each) for each in contract.table(name).foreign_keys if each.table == name]
        used = nw.concat(
            [t[table].select(nw.col(*each.columns).alias(key)) for table, each in (*referring, *own)]
        )
        rows = t[name].join(used, on=key, how="anti")
        return rows.filter(nw.col("kind") != "state") if name == "actors" else rows

    text = "is used by no row of any table: remove it" + (" (states may stay)" if name == "actors" else "")
    return rules.Rule("registries-hold-what-is-used", name, key, text, breaking)


def _edtf(name: str, column: str) -> rules.Rule:
    from timeline.dates.edtf import date_columns

    def hint(_: Tables, value: str) -> str:
        return f": {date_columns([value])['reason'][0]}"

    def breaking(t: Tables) -> Lazy:
        strings = t[name].select(column).filter(~nw.col(column).is_null()).unique()
        refused = t.engine.kept(strings, lambda rows: date_columns(rows[column])["reason"].is_valid())
        return t[name].join(refused, on=column, how="semi")

    return ColumnRule("edtf", name, column, "is no EDTF date", breaking, hint=hint)


def _bounds(name: str, column: str, bounds: Mapping[str, str]) -> rules.Rule:
    """Derived columns must say what the EDTF string beside them says."""
    from timeline.dates.edtf import date_columns

    def wrong(rows: pa.Table) -> pa.ChunkedArray:
        import pyarrow.compute as pc

        parsed = date_columns(rows[column])
        return reduce(pc.or_, (_differing(rows[derived], parsed[bound]) for derived, bound in bounds.items()))

    def breaking(t: Tables) -> Lazy:
        given = t[name].select(column, *bounds).unique()
        dates = t.engine.kept(given, wrong).select(column).unique()
        return t.engine.kept(t[name].select(ROW, column, *bounds).join(dates, on=column, how="semi"), wrong)

    text = f"{', '.join(bounds)} must follow from it"
    return rules.Rule("bounds-follow-from-the-date", name, column, text, breaking, tuple(bounds))


def _differing(one: pa.ChunkedArray, other: pa.ChunkedArray) -> pa.ChunkedArray:
    """True where two columns do not say the same; null is the same as null alone."""
    import pyarrow.compute as pc

    one_null, other_null = pc.is_null(one), pc.is_null(other)
    return pc.coalesce(pc.not_equal(one, other.cast(one.type)), pc.xor(one_null, other_null))
