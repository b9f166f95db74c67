"""docs/EXPORTS.md says which columns each export holds: change each, and see whether the file changes."""

from __future__ import annotations

import re
from datetime import timedelta
from importlib import import_module
from pathlib import Path

import pyarrow as pa
import pytest

import timeline
from timeline import contract
from timeline.dataset import Dataset
from timeline.export.write import TARGETS

PAGE = Path(__file__).parents[2] / "docs" / "EXPORTS.md"
WHOLE_TABLES = ("sqlite", "excel")
"""They hold everything, which test_formats.py shows value by value."""

PART = timeline.open().during("2024-12", "2025-02").where(kind=["designation", "report", "statement", "use"])
TABLES = {name: PART.arrow(name) for name in PART.tables}


def promises():
    """What the page says: per target and table the columns that are lost."""
    lines = PAGE.read_text("utf-8").partition("## What survives where")[2].partition("\n## ")[0].splitlines()
    head, _, *body = [line.strip("| ").split(" | ") for line in lines if line.startswith("|")]
    lost = {}
    for table, *cells in body:
        name = table.strip("`")
        for target, cell in zip(head[1:], cells, strict=True):
            columns = set(re.findall(r"`(\w+)`", cell))
            assert cell in ("all", "—") or cell.startswith("without"), cell
            lost[target, name] = set(contract.table(name).columns) if cell == "—" else columns
    return lost


def changed(table, field):
    """The column with another valid value in every row; None where there is nothing to change."""
    values = TABLES[table][field.name].to_pylist()
    key = next((key for key in contract.table(table).foreign_keys if field.name in key.columns), None)
    if field.type == "date":
        others = [value and value + timedelta(days=1) for value in values]
    elif field.type in ("number", "integer"):
        others = [None if value is None else value + 1 for value in values]
    elif field.enum or key:
        referenced = key and key.referenced[key.columns.index(field.name)]
        known = field.enum or list(dict.fromkeys(TABLES[key.table][referenced].to_pylist()))
        after = dict(zip([*known, None], [*known[1:], known[0], known[0]], strict=True))
        others = [after[value] for value in values]
    elif field.unique or field.edtf:
        others = [*values[1:], *values[:1]]
    else:
        others = [value and f"{value}x" for value in values]
    if others == values:
        return None
    return pa.array(others, pa.string() if field.enum else TABLES[table][field.name].type)


def render(target, changes):
    tables = dict(TABLES)
    for (name, column), values in changes.items():
        tables[name] = tables[name].set_column(tables[name].column_names.index(column), column, values)
    return import_module(f"timeline.export.{target}").render(Dataset(tables, PART.version))


@pytest.mark.parametrize("target", [target for target in TARGETS if target not in WHOLE_TABLES])
def test_the_page_names_what_is_lost_and_nothing_else(target):
    told, before = promises(), render(target, {})
    lost, held = {}, {}
    for name, table in contract.tables().items():
        for field in table.fields:
            others = changed(name, field)
            if others is not None:
                (lost if field.name in told[target, name] else held)[name, field.name] = others
            else:
                known = field.name in told[target, name] or field.name in (
                    "geonames_id",
                    "subdivision",
                )  # hardly coded
                assert name == "retired" or known, f"this dataset is too small for {name}.{field.name}"
    assert lost and render(target, lost) == before
    assert [where for where, others in held.items() if render(target, {where: others}) == before] == []


def test_the_page_tells_of_every_target_and_table():
    told = promises()
    assert set(told) == {(target, table) for target in TARGETS for table in contract.TABLES}
    assert not any(told[target, table] for target in WHOLE_TABLES for table in contract.TABLES)
