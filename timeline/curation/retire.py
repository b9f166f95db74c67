"""No published id is lost: those that are gone stand in data/raw/retired.csv with their successor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pyarrow as pa

from timeline import contract
from timeline.errors import Problem, nearest
from timeline.files.package import Package

_REGISTER = "data/raw/retired.csv"


def retirement_problems(built: Mapping[str, pa.Table], previous: Package | None) -> list[Problem]:
    """Ids of the release before that are gone without a word, and successors that do not exist."""
    retired = built["retired"].to_pylist()
    return [
        *_lost_without_a_word(built, retired, previous),
        *(
            problem
            for row in retired
            if row["successor"]
            for problem in _unknown_successor(row, _ids(built[row["table"]], row["table"]))
        ),
    ]


def _lost_without_a_word(
    built: Mapping[str, pa.Table], retired: list[dict[str, str]], previous: Package | None
) -> Iterator[Problem]:
    if previous is None:
        return
    gone_before = previous.table("retired").to_pylist()
    for table in contract.table("retired").field("table").enum:
        here = _ids(built[table], table)
        told = {row["id"] for row in retired if row["table"] == table}
        known = _ids(previous.table(table), table) | {
            row["id"] for row in gone_before if row["table"] == table
        }
        for lost in sorted(known - here - told):
            message = (
                f"was published in {previous.version} and is no row of {table} any more: list it with its "
                f"successor, if one stands for it, and the reason"
            )
            yield Problem(_REGISTER, "id", lost, message, "no-id-is-lost")


def _unknown_successor(row: Mapping[str, str], known: set[str]) -> Iterator[Problem]:
    successor = row["successor"]
    if successor not in known:
        message = f"is no id of {row['table']}{nearest(successor, known)}"
        yield Problem(_REGISTER, "successor", successor, message, "successors-exist")


def _ids(data: pa.Table, table: str) -> set[str]:
    (key,) = contract.table(table).key
    return set(data[key].to_pylist())
