"""Columns of dates: in any form, as their strings, each parsed once."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pyarrow as pa
import pytest
from drawn_dates import candidates, scraps
from hypothesis import given
from hypothesis import strategies as st

from timeline.dates import edtf, parser
from timeline.dates.edtf import date_columns, parse_date
from timeline.errors import BadRequest, NotEDTF

BOUNDS = ("start_earliest", "start_latest", "end_earliest", "end_latest")


def expected_rows(column: list[str | None]) -> list[dict[str, object]]:
    names = ("level", "extent", "qualifier", *BOUNDS)
    rows = []
    for text in column:
        row: dict[str, object] = dict.fromkeys([*names, "reason"])
        try:
            row |= {name: getattr(parse_date(text), name) for name in names} if text is not None else {}
        except NotEDTF as refusal:
            row["reason"] = str(refusal).split(" is no EDTF date: ", 1)[1]
        rows.append(row)
    return rows


@given(st.lists(st.one_of(st.none(), candidates, scraps), max_size=20))
def test_a_column_agrees_with_its_strings(column: list[str | None]) -> None:
    assert expected_rows(column) == date_columns(column).to_pylist()


COLUMN = ["2023-11", None, "2023-11-21~/..", "2023-02-29", "2023-11", "", "[..1984]", None]
FORMS = {
    "list": COLUMN,
    "tuple": tuple(COLUMN),
    "object": pd.Series(COLUMN, dtype=object),
    "str": pd.Series(COLUMN, dtype="str", index=range(7, 15)),
    "string": pd.Series(COLUMN, dtype="string"),
    "arrow-backed": pd.Series(COLUMN, dtype=pd.ArrowDtype(pa.string())),
    "category": pd.Series(COLUMN, dtype="category"),
    "array": pa.array(COLUMN),
    "slice": pa.array(["x", *COLUMN, "y"])[1:-1],
    "large": pa.array(COLUMN, pa.large_string()),
    "view": pa.array(COLUMN, pa.string_view()),
    "dictionary": pa.array(COLUMN).dictionary_encode(),
    "chunks": pa.chunked_array([COLUMN[:3], [], COLUMN[3:]]),
    "dictionary chunks": pa.chunked_array(
        [pa.array(part).dictionary_encode() for part in (COLUMN[:3], COLUMN[3:])]
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_column_may_come_in_any_form(form: str) -> None:
    assert expected_rows(COLUMN) == date_columns(FORMS[form]).to_pylist()


def test_columns_have_the_types_of_the_contract() -> None:
    word = pa.dictionary(pa.int8(), pa.string())
    expected = pa.schema(
        [("level", pa.int8()), ("extent", word), ("qualifier", word)]
        + [(name, pa.date32()) for name in BOUNDS]
        + [("reason", pa.string())]
    )
    for column in (COLUMN, [], [None, None], ["2023"], ["no"]):
        table = date_columns(column)
        assert expected == table.schema
        assert len(column) == table.num_rows


def test_each_string_is_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    parse = parser.parse

    def noted(text: str) -> parser.Parsed:
        seen.append(text)
        return parse(text)

    monkeypatch.setattr(edtf, "parse", noted)
    edtf._row.cache_clear()
    date_columns(pa.chunked_array([["2023", "2024", None] * 1000, ["2024", "2025"] * 1000]))
    assert sorted(seen) == ["2023", "2024", "2025"]


@pytest.mark.parametrize(
    "column",
    [
        [2023, 2024],
        ["2023", 2024],
        [date(2023, 1, 1)],
        pd.Series([2023.5, None]),
        pa.array([2023]),
        ["\ud800"],
        2023,
    ],
    ids=["numbers", "mixed", "dates", "series", "array", "surrogate", "no column"],
)
def test_a_column_of_something_else_is_a_bad_request(column: object) -> None:
    with pytest.raises(BadRequest, match="a column of dates holds text"):
        date_columns(column)
