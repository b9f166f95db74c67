"""The tables as an Excel workbook: a sheet each, with the citation and the codebook before them."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from timeline.contract.codebook import COLUMNS, flat
from timeline.export.about import about
from timeline.selection.tables import TablesInMemory

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook


_FIRST_DAY = date(1900, 3, 1)
"""Excel has no day before 1900, and one too many in February of that year."""

_WIDEST = 60


def render(dataset: TablesInMemory) -> bytes:
    from xlsxwriter.workbook import Workbook

    content, told = io.BytesIO(), about(dataset)
    workbook = Workbook(content, {"in_memory": True})
    workbook.set_properties(
        {
            "title": told["title"],
            "comments": told["citation"],
            "created": datetime.fromisoformat(told["released"]),
        }
    )
    head = workbook.add_format({"bold": True, "bottom": 1})
    day = workbook.add_format({"num_format": "yyyy-mm-dd"})
    _sheet(workbook, "about", ["what", "value"], told.items(), head, day)
    _sheet(workbook, "codebook", COLUMNS, (list(row.values()) for row in flat()), head, day)
    for name in dataset.tables:
        data = dataset.arrow(name)
        rows = zip(*(column.to_pylist() for column in data.columns), strict=True)
        _sheet(workbook, name, data.column_names, rows, head, day)
    workbook.close()
    return content.getvalue()


def _sheet(
    workbook: Workbook,
    name: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    head: Format,
    day: Format,
) -> None:
    """Fill a sheet; its header stays in view and filters."""
    sheet = workbook.add_worksheet(name)
    widths = [len(column) + 2 for column in columns]
    for place, column in enumerate(columns):
        sheet.write_string(0, place, column, head)
    last = 0
    for last, row in enumerate(rows, start=1):
        for place, value in enumerate(row):
            if value is None:
                continue
            if isinstance(value, date) and value >= _FIRST_DAY:
                sheet.write_datetime(last, place, value, day)
            elif isinstance(value, (int, float)):
                sheet.write_number(last, place, value)
            else:
                sheet.write_string(last, place, str(value))
            widths[place] = max(widths[place], min(len(str(value)) + 2, _WIDEST))
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, last, len(columns) - 1)
    for place, width in enumerate(widths):
        sheet.set_column(place, place, width)
