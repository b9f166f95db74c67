"""The schema that `timeline.schema` returns, and what it raises."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from timeline import contract
from timeline.errors import BadData, BadRequest, Problem, listed
from timeline.validation.checks import RuleSchema, columns_and_checks
from timeline.validation.pinned import SchemaError, SchemaErrors
from timeline.validation.rules import all_rules
from timeline.validation.validate import brought, problems_of_frames


def table_schema(described: contract.Table, others: Mapping[str, Any]) -> TableSchema:
    """Make the schema of a table that looks into frames of other tables."""
    parts = _parts(described.name, others)
    made = TableSchema(**parts, strict=True, title=described.title, description=described.description)
    made.others = others
    return made


def _parts(name: str, others: Mapping[str, Any]) -> dict[str, Any]:
    return columns_and_checks(name, all_rules(), lambda frame: brought({**others, name: frame})[0])


class TableSchema(RuleSchema):
    """All rules about one table.

    Attributes
    ----------
    others : mapping of str to frame
        Other tables, which references and rules across tables look into.
    """

    others: Mapping[str, Any]

    def validate(
        self,
        check_obj: Any,
        head: int | None = None,
        tail: int | None = None,
        sample: int | None = None,
        random_state: int | None = None,
        lazy: bool = False,
        inplace: bool = False,
    ) -> Any:
        """Return the frame as it is, if it breaks no rule.

        Raises
        ------
        Refused
            With every problem, whether ``lazy`` or not.
        BadRequest
            Only some rows are asked for, or the schema was changed after it was made.
        """
        if (head, tail, sample, random_state) != (None, None, None, None):
            raise BadRequest("a table is validated whole: leave out head, tail, sample and random_state")
        self._demand_unchanged()
        problems = problems_of_frames({**self.others, self.name: check_obj})
        if mine := [each for each in problems if each.where.split(" ")[0] == self.name]:
            raise Refused(self, mine, check_obj)
        return check_obj

    def _demand_unchanged(self) -> None:
        whole = _parts(self.name, {})
        changed = self.columns != whole["columns"] or self.checks != whole["checks"]
        if changed or (self.strict, self.unique, self.parsers) != (True, None, []):
            raise BadRequest(
                f"this schema of {self.name} was changed: make it anew with timeline.schema({self.name!r})"
            )


class Refused(BadData, SchemaErrors, SchemaError):  # type: ignore[misc]
    """What a frame breaks: an error of timeline and one of pandera, whichever is caught.

    Attributes
    ----------
    problems : list of Problem
        Every one that was found.
    failure_cases : pyarrow.Table
        One row for each: ``column``, ``check``, ``failure_case`` and ``where``.
    """

    def __init__(self, schema: TableSchema, problems: list[Problem], data: Any) -> None:
        import pyarrow as pa

        Exception.__init__(self, listed(problems))
        self.problems = problems
        self.schema, self.data, self.schema_errors = schema, data, [self]
        self.message = {"DATA": listed(problems)}
        self.error_counts = dict(Counter(each.rule for each in problems))
        self.failure_cases = pa.table({
            "column": [each.column for each in problems],
            "check": [each.rule for each in problems],
            "failure_case": [each.value for each in problems],
            "where": [each.where for each in problems],
        })  # fmt: skip
        self.check = self.check_index = self.check_output = self.reason_code = self.column_name = None
        self.parser = self.parser_index = self.parser_output = None

    def __str__(self) -> str:
        return str(self.args[0])
