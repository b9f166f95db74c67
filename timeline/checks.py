"""Hold tables against the contract: every rule, every row, one list of problems."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any

import narwhals as nw

from timeline import contract, frames, rules
from timeline.errors import BadData, BadRequest, Problem, nearest
from timeline.references import registry_keys

if TYPE_CHECKING:
    import pyarrow as pa

    from timeline.package import Package

_ROW = "_row"
_UNTIDY = r"^[=+@-]|^\s|\s$|\s\s|[\x00-\x1f\x7f]"
_ID = "^([a-z0-9]+(-[a-z0-9]+)*)$"
_SUGGEST_AMONG = 50_000
_HINTS = 20
_SMALL = 50_000


@dataclass(frozen=True)
class _ColumnRule(rules.Rule):
    """A rule that follows from the contract; ``hint`` adds to the text what is allowed or nearest."""

    hint: Callable[[rules.Tables, str], str] = lambda _, __: ""


class _Absent(Exception):
    """A rule asks for a table that was not given."""


class _Given(dict[str, nw.LazyFrame[Any]]):
    def __missing__(self, name: str) -> nw.LazyFrame[Any]:
        raise _Absent(name)


def find_problems(
    given: Mapping[str, pa.Table], locate: frames.Locate, derived: bool | None = None
) -> list[Problem]:
    """Every breach of every rule by these tables.

    Parameters
    ----------
    given : mapping of str to pyarrow.Table
        Tables as `frames.from_text` or `frames.conform` make them. Rules that need another table are left
        out.
    locate : callable
        Says where a row was written.
    derived : bool, optional
        Only rules about columns that the build derives (True), or that curators code (False).

    Returns
    -------
    list of Problem
        In the order of rows within tables; empty when everything holds.
    """
    import numpy as np
    import pyarrow as pa

    lazy = _Given()
    for name, data in given.items():
        numbered = data.append_column(_ROW, pa.array(np.arange(len(data))))
        lazy[name] = nw.from_native(numbered).lazy()
    asked = [
        rule
        for rule in all_rules()
        if rule.table in given and derived in (None, contract.table(rule.table).field(rule.column).derived)
    ]
    # Small tables take the engine less time than Python needs to ask it, which threads only slow down.
    workers = os.cpu_count() if max(map(len, given.values()), default=0) > _SMALL else 1
    with ThreadPoolExecutor(workers) as pool:
        breaches = pool.map(lambda rule: list(_breaches(rule, lazy, locate)), asked)
    order = list(given)
    found = [
        (order.index(rule.table), row, problem)
        for rule, broken in zip(asked, breaches, strict=True)
        for row, problem in broken
    ]
    return [problem for *_, problem in sorted(found, key=lambda each: each[:2])]


def _breaches(rule: rules.Rule, lazy: _Given, locate: frames.Locate) -> Iterator[tuple[int, Problem]]:
    try:
        rows = rule.breaking(lazy).select(_ROW, rule.column).collect()
    except _Absent:
        return
    if rows.is_empty():  # which is what nearly every rule finds
        return
    hints: dict[str, str] = {}
    for row, value in rows.unique(_ROW).sort(_ROW).iter_rows():
        text = "" if value is None else str(value)
        if isinstance(rule, _ColumnRule) and text not in hints and len(hints) < _HINTS:
            hints[text] = rule.hint(lazy, text)
        where = locate(rule.table, row, rule.column)
        yield row, Problem(where, rule.column, text[:80], rule.text + hints.get(text, ""), rule.name)


def all_rules() -> list[rules.Rule]:
    """Every rule, those of the contract's columns and keys first."""
    return [rule for name in contract.TABLES for rule in _column_rules(name)] + rules.RULES


def _column_rules(name: str) -> Iterator[rules.Rule]:
    described = contract.table(name)
    for field in described.fields:
        yield from _field_rules(name, field)
    if len(described.key) > 1 or not described.field(described.key[0]).unique:
        yield _unique(name, described.key)
    for key in described.foreign_keys:
        yield _foreign_key(name, key)
    if referring := registry_keys(name):
        yield _unused(name, referring)
    for column, bounds in described.dated.items():
        yield _edtf(name, column)
        if bounds:
            yield _bounds(name, column, bounds)


def _field_rules(name: str, field: contract.Field) -> Iterator[rules.Rule]:
    column = nw.col(field.name)

    def rule(
        kind: str, text: str, breaking: nw.Expr, hint: Callable[[rules.Tables, str], str] = lambda _, __: ""
    ) -> rules.Rule:
        return _ColumnRule(
            kind, name, field.name, text, lambda t: t[name].select(_ROW, field.name).filter(breaking), hint
        )

    if field.required:
        yield rule("required", "must not be empty", column.is_null())
    if field.unique:
        yield _unique(name, (field.name,))
    if field.enum:
        yield rule(
            "vocabulary",
            f"must be one of {', '.join(field.enum)}",
            rules.outside(field.name, field.enum),
            lambda _, value: nearest(value, field.enum),
        )
    elif field.type == "string" and field.pattern != _ID:  # no id is untidy
        text = "must not begin with = + - @, nor hold control characters or needless spaces"
        yield rule("tidy-text", text, column.str.contains(_UNTIDY))
    if field.pattern:
        yield rule("pattern", f"must match {field.pattern}", ~column.str.contains(field.pattern))
    if field.minimum is not None:
        yield rule("minimum", f"must be at least {field.minimum}", column < field.minimum)
    if field.maximum is not None:
        yield rule("maximum", f"must be at most {field.maximum}", column > field.maximum)
    if field.type == "number":
        yield rule("finite", "must be a finite number", ~column.is_finite())
    if field.max_length is not None:
        text = f"must have at most {field.max_length} characters"
        yield rule("length", text, column.str.len_chars() > field.max_length)


def _unique(name: str, key: tuple[str, ...]) -> rules.Rule:
    def breaking(t: rules.Tables) -> nw.LazyFrame[Any]:
        repeated = t[name].group_by(*key).agg(nw.len().alias("_n")).filter(nw.col("_n") > 1)
        return t[name].join(repeated.select(*key), on=list(key), how="semi")

    text = f"stands in more than one row, but {' + '.join(key)} must be unique"
    return rules.Rule("unique", name, key[-1], text, breaking)


def _foreign_key(name: str, key: contract.ForeignKey) -> rules.Rule:
    target, columns, referenced = key.table, list(key.columns), list(key.referenced)

    def breaking(t: rules.Tables) -> nw.LazyFrame[Any]:
        given = t[name].filter(~nw.any_horizontal(nw.col(*columns).is_null(), ignore_nulls=False))
        return given.join(t[target].select(*referenced), left_on=columns, right_on=referenced, how="anti")

    def hint(t: rules.Tables, value: str) -> str:
        known = t[target].select(referenced[-1]).unique().head(_SUGGEST_AMONG).collect()
        return nearest(value, known[referenced[-1]].to_list())

    text = f"is no {referenced[-1]} of {target}"
    return _ColumnRule("foreign-key", name, columns[-1], text, breaking, hint)


def _unused(name: str, referring: list[tuple[str, contract.ForeignKey]]) -> rules.Rule:
    (key,) = contract.table(name).key

    def breaking(t: rules.Tables) -> nw.LazyFrame[Any]:
        used = nw.concat([t[table].select(nw.col(*each.columns).alias(key)) for table, each in referring])
        rows = t[name].join(used, on=key, how="anti")
        return rows.filter(nw.col("kind") != "state") if name == "actors" else rows

    text = "is used by no row of any table: remove it" + (" (states may stay)" if name == "actors" else "")
    return rules.Rule("registries-hold-what-is-used", name, key, text, breaking)


# Dates -----------------------------------------------------------------------------------------------------


def _edtf(name: str, column: str) -> rules.Rule:
    from timeline.edtf import date_columns

    def breaking(t: rules.Tables) -> nw.LazyFrame[Any]:
        strings = t[name].select(column).unique().collect()[column].to_arrow()
        refused = strings.filter(date_columns(strings)["reason"].is_valid()).to_pylist()
        return t[name].filter(nw.col(column).is_in(refused)) if refused else t[name].head(0)

    def hint(_: rules.Tables, value: str) -> str:
        from timeline.edtf import parse_date
        from timeline.errors import NotEDTF

        try:
            parse_date(value)
        except NotEDTF as reason:
            return f": {reason}"
        return ""

    return _ColumnRule("edtf", name, column, "is no EDTF date", breaking, hint)


def _bounds(name: str, column: str, bounds: Mapping[str, str]) -> rules.Rule:
    """Derived columns must say what the EDTF string beside them says."""
    from timeline.edtf import date_columns

    def breaking(t: rules.Tables) -> nw.LazyFrame[Any]:
        import pyarrow.compute as pc

        rows = t[name].select(_ROW, column, *bounds).collect().to_arrow()
        parsed = date_columns(rows[column])
        wrong = [_differing(rows[derived], parsed[bound]) for derived, bound in bounds.items()]
        broken: nw.LazyFrame[Any] = nw.from_native(rows.filter(reduce(pc.or_, wrong))).lazy()
        return broken

    text = f"{', '.join(bounds)} must follow from it"
    return rules.Rule("bounds-follow-from-the-date", name, column, text, breaking)


def _differing(one: pa.ChunkedArray, other: pa.ChunkedArray) -> pa.ChunkedArray:
    """True where two columns do not say the same; null is the same as null alone."""
    import pyarrow.compute as pc

    one_null, other_null = pc.is_null(one), pc.is_null(other)
    return pc.coalesce(pc.not_equal(one, other.cast(one.type)), pc.xor(one_null, other_null))


# Public ----------------------------------------------------------------------------------------------------


def validate(data: Any, table: str | None = None) -> None:
    """Hold data against every rule of the contract.

    Parameters
    ----------
    data : DataFrame, pyarrow.Table, Dataset, mapping of these, str or Path
        A frame of any kind that Narwhals knows (pandas, Polars, PyArrow, …) with the name of its table; a
        mapping from table names to such frames; a `Dataset`; or a folder, zip or ``datapackage.json``,
        whose CSV files are checked, and its Parquet files held against them.
    table : str, optional
        Table that a single frame is meant to be. Rules that need other tables are left out.

    Raises
    ------
    BadData
        With every problem that was found.
    BadRequest
        The kind of data, or the name of the table, is unknown.
    BrokenRelease
        A package is missing, unsafe or not what its descriptor says.

    Examples
    --------
    >>> import timeline
    >>> timeline.validate(timeline.load("citations"), "citations")
    """
    problems = problems_in(data, table)
    if problems:
        raise BadData(problems)


def problems_in(data: Any, table: str | None = None) -> list[Problem]:
    """What `validate` raises, as a list."""
    from timeline.dataset import Dataset
    from timeline.package import open_package

    if table is not None:
        return _problems_of_frames({contract.table(table).name: data})
    if isinstance(data, (str, Path)):
        return _problems_of_package(open_package(data))
    if isinstance(data, Dataset):
        return _problems_of_frames({name: data.arrow(name) for name in data.tables})
    if isinstance(data, Mapping):
        return _problems_of_frames({contract.table(name).name: frame for name, frame in data.items()})
    raise BadRequest(
        f"validate() takes a path, a Dataset, a mapping of tables, or a frame and the name of its table; "
        f"not {type(data).__name__} alone"
    )


def _problems_of_frames(named: Mapping[str, Any]) -> list[Problem]:
    given, problems = {}, []
    for name, frame in named.items():
        try:
            data = nw.from_native(frame).lazy().collect().to_arrow()
        except TypeError:
            raise BadRequest(f"{name} must be a frame, not {type(frame).__name__}") from None
        given[name], wrong = frames.conform(name, data, name)
        problems += wrong
    return problems or find_problems(given, lambda name, row, _: f"{name} row {row}")


def _problems_of_package(package: Package) -> list[Problem]:
    given, problems = {}, []
    for name in contract.TABLES:
        if name not in package.resources:
            problems.append(
                Problem(package.where, "", name, "the package describes no such table", "columns")
            )
            continue
        path = package.resources[name]["path"]
        try:
            given[name], wrong = frames.from_csv(name, package.content(name), path)
            problems += wrong
        except BadData as error:
            problems += error.problems
        else:
            problems += _differences_of_parquet(package, name, given[name])

    def locate(name: str, row: int, _: str) -> str:
        return f"{package.resources[name]['path']} row {row + 2}"

    return problems or find_problems(given, locate)


def _differences_of_parquet(package: Package, name: str, from_csv: pa.Table) -> list[Problem]:
    twin = f"{name}-parquet"
    if twin not in package.resources or package.table(name).equals(from_csv):
        return []
    path = package.resources[twin]["path"]
    return [Problem(path, "", "", f"differs from {package.resources[name]['path']}", "parquet-equals-csv")]
