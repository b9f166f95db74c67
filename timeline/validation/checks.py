"""Rules as Checks of pandera schemas, and pandera asked which of them a table breaks.

Nothing is stated here: a Check calls the function of its rule. Backends are registered for the classes of
this module alone, so that what others do with pandera stays as it is.
"""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import chain
from typing import Any

import narwhals as nw

from timeline import contract
from timeline.contract.types import plain_schema
from timeline.engines import ROW, Absent, Lazy, Tables
from timeline.validation.pinned import (
    CHECK_OUTPUT_KEY,
    Check,
    Column,
    ColumnBackend,
    CoreCheckResult,
    DataFrameSchema,
    DataFrameSchemaBackend,
    FailureCaseMetadata,
    NarwhalsCheckBackend,
    SchemaError,
    SchemaErrors,
    ValidationDepth,
    config_context,
)
from timeline.validation.pinned import pandera_narwhals as pn
from timeline.validation.rule import CellRule, ColumnRule, Condition, Rule
from timeline.validation.rules import all_rules

WithOthers = Callable[[Any], Tables]
"""Puts a frame of one table beside the others, which a rule may ask."""

# Schemas ---------------------------------------------------------------------------------------------------


class RuleCheck(Check):
    """A rule as a Check: of a column if it is a `ColumnRule`, else of the frame."""

    def __init__(self, rule: Rule, holds: Any) -> None:
        super().__init__(holds, native=False, name=rule.name, error=rule.text)
        self.rule = rule


class RuleColumn(Column):
    """A column of a table of the contract; that it is required is ``nullable=False``."""

    @classmethod
    def register_default_backends(cls, check_obj_cls: type) -> None:
        cls.register_backend(check_obj_cls, _OfColumns)


class RuleSchema(DataFrameSchema):
    """Some of the rules about one table, for any frame of Arrow, DuckDB or Spark that numbers its rows."""

    @classmethod
    def register_default_backends(cls, check_obj_cls: type) -> None:
        cls.register_backend(check_obj_cls, _OfFrames)


for _wrapped in (pn.LazyFrame, pn.DataFrame):
    RuleCheck.register_backend(_wrapped, NarwhalsCheckBackend)


def columns_and_checks(table: str, rules: Iterable[Rule], with_others: WithOthers) -> dict[str, Any]:
    """What makes a `RuleSchema` of these rules about a table."""
    mine = tuple(rule for rule in rules if rule.table == table)
    return {
        "columns": _columns(table, tuple(rule for rule in mine if isinstance(rule, ColumnRule))),
        "checks": [_check_of_frame(rule, with_others) for rule in mine if not isinstance(rule, ColumnRule)],
        "name": table,
    }


@cache
def _columns(table: str, rules: tuple[ColumnRule, ...]) -> dict[str, RuleColumn]:
    mine: dict[str, list[ColumnRule]] = defaultdict(list)
    for rule in rules:
        mine[rule.column].append(rule)
    types = plain_schema(table)
    return {
        field.name: RuleColumn(
            types.field(field.name).type,
            [_check_of_column(rule) for rule in mine[field.name] if rule.name != "required"],
            nullable=all(rule.name != "required" for rule in mine[field.name]),
            name=field.name,
            title=field.title,
            description=field.description,
        )
        for field in contract.table(table).fields
        if field.name in mine
    }


def _check_of_column(rule: ColumnRule) -> RuleCheck:
    return RuleCheck(rule, lambda column: ~rule.suspect(column))  # type: ignore[misc]


def _check_of_frame(rule: Rule, with_others: WithOthers) -> RuleCheck:
    def holds(frame: Any) -> Any:
        """True, or the rows that break the rule, each with False beside it."""
        try:
            rows = rule.breaking(with_others(frame.to_native()))
        except Absent:
            return True
        wrong = rows.select(ROW, rule.column).with_columns(nw.lit(False).alias(CHECK_OUTPUT_KEY))
        return pn.from_native(wrong.to_native(), eager_or_interchange_only=False).lazy()

    return RuleCheck(rule, holds)


@cache
def _required() -> dict[tuple[str, str], Rule]:
    return {(rule.table, rule.column): rule for rule in all_rules() if rule.name == "required"}


# Backends --------------------------------------------------------------------------------------------------


class _Told:
    """Errors are told by `timeline.validation.problems`; pandera would collect all their rows in memory."""

    def failure_cases_metadata(self, schema_name: str, schema_errors: list[SchemaError]) -> Any:
        return FailureCaseMetadata(None, {"broken": [str(error) for error in schema_errors]}, {})


class _OfColumns(_Told, ColumnBackend):
    """That of pandera, which lets errors of an engine pass."""

    def run_checks(self, check_obj: Any, schema: Any) -> list[CoreCheckResult]:
        return [
            self.run_check(check_obj, schema, check, place, schema.name)
            for place, check in enumerate(schema.checks)
        ]


class _OfFrames(_Told, DataFrameSchemaBackend):
    """That of pandera, which first asks in one pass what can be broken, and then nothing else."""

    def collect_schema_components(self, check_obj: Any, schema: Any, column_info: Any) -> list[Any]:
        self._doubtful = set(_met(check_obj, list(_conditions(schema))))
        few = copy.copy(schema)
        few.columns = {name: each for name, each in schema.columns.items() if name in self._doubtful}
        components: list[Any] = super().collect_schema_components(check_obj, few, column_info)
        return components

    def run_checks(self, check_obj: Any, schema: Any) -> list[CoreCheckResult]:
        return [
            self.run_check(check_obj, schema, check, place)
            for place, check in enumerate(schema.checks)
            if place in self._doubtful or _suspect(check) is None
        ]


def _conditions(schema: Any) -> Iterator[tuple[str | int, str, Condition]]:
    """What can be broken: a column by its name or a check by its place; the column; when it can."""
    for name, column in schema.columns.items():
        if not column.nullable:
            yield name, name, _is_null
        yield from ((name, name, check.rule.suspect) for check in column.checks)
    for place, check in enumerate(schema.checks):
        if suspect := _suspect(check):
            yield place, check.rule.column, suspect


def _is_null(column: nw.Expr) -> nw.Expr:
    return column.is_null()


def _suspect(check: RuleCheck) -> Condition | None:
    return check.rule.suspect if isinstance(check.rule, CellRule) else None


def _met(frame: Any, conditions: list[tuple[str | int, str, Condition]]) -> Iterator[str | int]:
    """What is met by some row, of conditions that are asked in one pass."""
    if not conditions:
        return
    asked = (suspect(pn.col(column)).any().alias(f"{n}") for n, (_, column, suspect) in enumerate(conditions))
    (answers,) = frame.select(*asked).collect().iter_rows()
    yield from (what for (what, *_), answer in zip(conditions, answers, strict=True) if answer)


# Asking ----------------------------------------------------------------------------------------------------


def broken(asked: Iterable[Rule], tables: Tables) -> list[tuple[Rule, Lazy]]:
    """Rules that these tables break as pandera finds, in their order, each with the rows that break it."""
    by_table: dict[str, list[Rule]] = defaultdict(list)
    order = {rule: place for place, rule in enumerate(asked)}
    for rule in order:
        by_table[rule.table].append(rule)
    with ThreadPoolExecutor(tables.engine.workers) as pool:
        found = pool.map(lambda name: _broken_of(name, by_table[name], tables), by_table)
        return sorted(chain.from_iterable(found), key=lambda each: order[each[0]])


def _broken_of(name: str, asked: list[Rule], tables: Tables) -> list[tuple[Rule, Lazy]]:
    def with_others(frame: Any) -> Tables:
        return Tables({**tables, name: nw.from_native(frame).lazy()}, tables.engine)

    schema = RuleSchema(**columns_and_checks(name, asked, with_others))
    # What the environment says of pandera must not make everything valid.
    with config_context(validation_enabled=True, validation_depth=ValidationDepth.SCHEMA_AND_DATA):
        try:
            schema.validate(tables[name].to_native(), lazy=True)
        except SchemaErrors as found:
            return [_rule_and_rows(name, error, tables) for error in found.schema_errors]
    return []


def _rule_and_rows(name: str, error: SchemaError, tables: Tables) -> tuple[Rule, Lazy]:
    if isinstance(error.check, RuleCheck) and not isinstance(error.check.rule, ColumnRule):
        return error.check.rule, nw.from_native(error.failure_cases).lazy()
    rule = error.check.rule if isinstance(error.check, RuleCheck) else _required()[name, error.schema.name]
    return rule, rule.breaking(tables).select(ROW, rule.column)
