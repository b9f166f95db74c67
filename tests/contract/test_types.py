"""Types: files and frames have those of the contract."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import timeline
from timeline import contract

ROOT = Path(__file__).parents[2]
FIELDS = [(name, field) for name, described in contract.tables().items() for field in described.fields]


@pytest.mark.parametrize("name", contract.TABLES)
def test_each_parquet_file_has_the_types_of_the_contract(name: str) -> None:
    from pyarrow import parquet

    read = parquet.read_schema(ROOT / "data" / "processed" / f"{name}.parquet")
    assert read.remove_metadata().equals(contract.arrow_schema(name))


@pytest.mark.parametrize("name", contract.TABLES)
def test_load_gives_the_dtypes_that_it_promises(name: str) -> None:
    frame, described = timeline.load(name), contract.table(name)
    assert tuple(frame.columns) == described.columns
    for field in described.fields:
        dtype = frame[field.name].dtype
        if field.enum:
            assert dtype == pd.CategoricalDtype(list(field.enum), ordered=field.ordered)
        else:
            expected = {"string": "str", "date": "datetime64[ms]", "integer": "int64", "number": "float64"}
            assert dtype == expected[field.type]
        if field.required:
            assert frame[field.name].notna().all()


def test_order_means_something_where_the_contract_says_so() -> None:
    ordered = {f"{name}.{field.name}" for name, field in FIELDS if field.ordered}
    assert "events.status" in ordered
    events = timeline.load("events", "1.0.0")
    strong = events[events["status"] >= "corroborated"]
    assert 0 < len(strong) < len(events)
    assert set(strong["status"]) == {"corroborated", "acknowledged", "on-record"}
