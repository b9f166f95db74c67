"""Excel: a sheet for each table, days as days and text as text."""

from __future__ import annotations

import datetime

import pyarrow as pa
import pytest
from exported import HOSTILE, WHOLE

from timeline.contract.codebook import flat
from timeline.dataset import Dataset


@pytest.fixture(scope="module")
def workbook(tmp_path_factory):
    from openpyxl import load_workbook

    return load_workbook(WHOLE.to_excel(tmp_path_factory.mktemp("excel") / "timeline.xlsx"))


def cells(sheet):
    head, *body = sheet.iter_rows()
    names = [cell.value for cell in head]
    return [dict(zip(names, (cell.value for cell in row), strict=True)) for row in body]


def test_excel_has_a_sheet_per_table_with_every_value(workbook):
    assert workbook.sheetnames == ["about", "codebook", *WHOLE.tables]
    for name in WHOLE.tables:
        expected = WHOLE.arrow(name).to_pylist()
        found = cells(workbook[name])
        for row in found:
            row.update(
                {key: value.date() for key, value in row.items() if isinstance(value, datetime.datetime)}
            )
        assert found == expected, name


def test_excel_sheets_have_a_frozen_header_that_filters(workbook):
    for sheet in workbook:
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref == sheet.dimensions


def test_excel_tells_codebook_and_citation(workbook):
    found = cells(workbook["codebook"])
    assert [{key: value or "" for key, value in row.items()} for row in found] == flat()
    told = {row["what"]: row["value"] for row in cells(workbook["about"])}
    assert WHOLE.version in told["citation"] and told["licence"] == "CC-BY-4.0"


def test_excel_holds_days_as_days_and_text_as_text(hostile, tmp_path):
    from openpyxl import load_workbook

    sheet = load_workbook(hostile.to_excel(tmp_path / "hostile.xlsx"))["events"]
    by_name = {cell.value: cell.column_letter for cell in sheet[1]}
    assert sheet[f"{by_name['title']}2"].value == f"{HOSTILE} 0"
    assert sheet[f"{by_name['date']}2"].data_type == "s"
    assert sheet[f"{by_name['start_earliest']}2"].is_date
    assert {cell.data_type for row in sheet for cell in row} <= {"s", "n", "d"}  # no formula
    assert not any(cell.hyperlink for row in sheet for cell in row)


def test_excel_keeps_days_that_excel_does_not_know_as_text(tmp_path):
    from openpyxl import load_workbook

    tables = {name: WHOLE.arrow(name) for name in WHOLE.tables}
    days = pa.array([datetime.date(1883, 7, 4)] * len(tables["instruments"]))
    place = tables["instruments"].column_names.index("date_latest")
    tables["instruments"] = tables["instruments"].set_column(place, "date_latest", days)
    path = Dataset(tables, WHOLE.version).to_excel(tmp_path / "old.xlsx")
    assert cells(load_workbook(path)["instruments"])[0]["date_latest"] == "1883-07-04"
