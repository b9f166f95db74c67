"""Rules that follow from the contract: columns, keys, references and derived dates, one rule for each."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import reduce
from typing import TYPE_CHECKING, Any

import narwhals as nw

from timeline import contract
from timeline.contract.text import COMPOSED, INVISIBLE, character_name
from timeline.engines import ROW, Lazy, Tables
from timeline.errors import nearest
from timeline.validation.rule import (
    CellRule,
    ColumnRule,
    Condition,
    Hint,
    Rule,
    no_hint,
    outside,
    without_partner,
)

if TYPE_CHECKING:
    import pyarrow as pa

_UNTIDY = rf"^[=+@-]|^ | $|  |[{INVISIBLE}]"
_UNTIDY_OR_DECOMPOSED = rf"{_UNTIDY}|[^{COMPOSED}]"
_ID = "^([a-z0-9]+(-[a-z0-9]+)*)$"
_SUGGEST_AMONG = 50_000


def value_rules(name: str) -> Iterator[Rule]:
    """What a value must be, by its column alone."""
    described = contract.table(name)
    for field in described.fields:
        yield from _field_rules(name, field)
    for column in described.dated:
        yield _edtf(name, column)


def reference_rules(name: str) -> Iterator[Rule]:
    """Where a value must lead."""
    for key in contract.table(name).foreign_keys:
        yield _foreign_key(name, key)


def key_rules(name: str) -> Iterator[Rule]:
    """What must be unique."""
    described = contract.table(name)
    if not (len(described.key) == 1 and described.field(described.key[0]).unique):
        yield _unique(name, described.key)
    for field in described.fields:
        if field.unique:
            yield _unique(name, (field.name,))


def bounds_rules(name: str) -> Iterator[Rule]:
    """What must follow from an EDTF string."""
    for column, bounds in contract.table(name).dated.items():
        if bounds:
            yield _bounds(name, column, bounds)


def _field_rules(name: str, field: contract.Field) -> Iterator[Rule]:
    def rule(kind: str, text: str, wrong: Condition, hint: Hint = no_hint) -> Rule:
        return ColumnRule.of(kind, name, field.name, text, wrong, hint)

    if field.required:
        yield rule("required", "must not be empty", lambda column: column.is_null())
    if field.enum:
        yield rule(
            "vocabulary",
            f"must be one of {', '.join(field.enum)}",
            outside(field.enum),
            lambda _, value: nearest(value, field.enum),
        )
    elif field.type == "string" and field.pattern != _ID:  # no id is untidy
        yield _tidy_text(name, field.name)
    if field.pattern:
        yield rule(
            "pattern",
            f"must match {field.pattern}, such as {_example(name, field.name)}",
            _unlike(field.pattern),
            lambda _, value: _foreign_letter(value),
        )
    if field.type == "number":
        yield rule("finite", "must be a finite number", lambda column: ~column.is_finite())
    if field.minimum is not None:
        yield rule("minimum", f"must be at least {field.minimum}", lambda column: column < field.minimum)
    if field.maximum is not None:
        yield rule("maximum", f"must be at most {field.maximum}", lambda column: column > field.maximum)
    if field.max_length is not None:
        text = f"must have at most {field.max_length} characters"
        yield rule("length", text, lambda column: column.str.len_chars() > field.max_length)


def _unlike(pattern: str) -> Condition:
    """True where text has not this form, whose end no line break can follow in any engine."""
    form = re.sub(r"\$$", r"\\z", pattern)
    return lambda column: ~column.str.contains(form)


def _foreign_letter(value: str) -> str:
    """Name the first letter that is no ASCII: it may look like one."""
    foreign = next((letter for letter in value if not letter.isascii()), None)
    return f"; {foreign} is {character_name(foreign)}" if foreign else ""


def _example(name: str, column: str) -> Any:
    """Example of a column or, of a reference, of the column that it refers to."""
    for key in contract.table(name).foreign_keys:
        if column in key.columns:
            return _example(key.table, key.referenced[key.columns.index(column)])
    return contract.table(name).field(column).example


def _tidy_text(name: str, column: str) -> Rule:
    def suspect(text: nw.Expr) -> nw.Expr:
        return text.str.contains(_UNTIDY_OR_DECOMPOSED)

    def breaking(t: Tables) -> Lazy:
        suspects = t[name].filter(suspect(nw.col(column))).select(ROW, column)
        return t.engine.kept(suspects, lambda rows: _is_untidy(rows[column]))

    def hint(_: Tables, value: str) -> str:
        if invisible := re.search(f"[{INVISIBLE}]", value):
            return f"; it holds {character_name(invisible[0])}"
        return "" if unicodedata.is_normalized("NFC", value) else "; it is decomposed, write it in NFC"

    text = "must not begin with = + - @, nor hold invisible or decomposed characters or needless spaces"
    return CellRule("tidy-text", name, column, text, breaking, suspect=suspect, hint=hint)


def _is_untidy(strings: pa.ChunkedArray) -> pa.ChunkedArray:
    import pyarrow as pa
    import pyarrow.compute as pc

    # Arrow's own utf8_normalize decomposes even for NFC before pyarrow 26 (apache/arrow#51225).
    decomposed = [not unicodedata.is_normalized("NFC", text) for text in strings.to_pylist()]
    return pc.or_(pc.match_substring_regex(strings, _UNTIDY), pa.array(decomposed, pa.bool_()))


def _unique(name: str, key: tuple[str, ...]) -> Rule:
    def breaking(t: Tables) -> Lazy:
        groups = t[name].group_by(*key).agg(nw.len().alias("_rows"), nw.col(ROW).min().alias("_first"))
        repeated = groups.filter(nw.col("_rows") > 1)
        return t[name].join(repeated, on=list(key), how="inner").filter(nw.col(ROW) > nw.col("_first"))

    text = f"repeats an earlier row, but {' + '.join(key)} must be unique"
    also = tuple(dict.fromkeys((*contract.table(name).key, *key[:-1])))
    return CellRule("unique", name, key[-1], text, breaking, also)


def _foreign_key(name: str, key: contract.ForeignKey) -> Rule:
    target, columns, referenced = key.table, list(key.columns), list(key.referenced)

    def breaking(t: Tables) -> Lazy:
        given = t[name].filter(~nw.any_horizontal(nw.col(*columns).is_null(), ignore_nulls=False))
        return without_partner(given, t[target], columns, referenced)

    def hint(t: Tables, value: str) -> str:
        known = t[target].select(referenced[-1]).unique().head(_SUGGEST_AMONG).collect()
        return nearest(value, known[referenced[-1]].to_list())

    text = f"is no {referenced[-1]} of {target}"
    return CellRule("foreign-key", name, columns[-1], text, breaking, hint=hint)


def unused(name: str, referring: list[tuple[str, contract.ForeignKey]]) -> Rule:
    """Rows of a registry must be referred to."""
    (key,) = contract.table(name).key

    def breaking(t: Tables) -> Lazy:
        used = nw.concat([t[table].select(nw.col(*each.columns).alias(key)) for table, each in referring])
        rows = t[name].join(used, on=key, how="anti")
        return rows.filter(nw.col("kind") != "state") if name == "actors" else rows

    text = "is used by no row of any table: remove it" + (" (states may stay)" if name == "actors" else "")
    return Rule("registries-hold-what-is-used", name, key, text, breaking)


def _edtf(name: str, column: str) -> Rule:
    from timeline.dates.edtf import date_columns

    def hint(_: Tables, value: str) -> str:
        return f": {date_columns([value])['reason'][0]}"

    def breaking(t: Tables) -> Lazy:
        strings = t[name].select(column).filter(~nw.col(column).is_null()).unique()
        refused = t.engine.kept(strings, lambda rows: date_columns(rows[column])["reason"].is_valid())
        return t[name].join(refused, on=column, how="semi")

    return CellRule("edtf", name, column, "is no EDTF date", breaking, hint=hint)


def _bounds(name: str, column: str, bounds: Mapping[str, str]) -> Rule:
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
    return Rule("bounds-follow-from-the-date", name, column, text, breaking, tuple(bounds))


def _differing(one: pa.ChunkedArray, other: pa.ChunkedArray) -> pa.ChunkedArray:
    """True where two columns do not say the same; null is the same as null alone."""
    import pyarrow.compute as pc

    one_null, other_null = pc.is_null(one), pc.is_null(other)
    return pc.coalesce(pc.not_equal(one, other.cast(one.type)), pc.xor(one_null, other_null))
