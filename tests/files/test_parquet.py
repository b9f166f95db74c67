"""Parquet holds what CSV holds, whoever reads it."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path

import pytest

from timeline import contract
from timeline.curation.write import PROCESSED
from timeline.files.csv import plain_number

ROOT = Path(__file__).parents[2]


def with_pyarrow(path: Path) -> Iterator[tuple[object, ...]]:
    from pyarrow import parquet

    data = parquet.ParquetFile(path).read(use_threads=False)
    return zip(*(column.to_pylist() for column in data.columns), strict=True)


def with_duckdb(path: Path) -> list[tuple[object, ...]]:
    import duckdb

    with duckdb.connect() as connection:
        return connection.execute("select * from read_parquet(?)", [str(path)]).fetchall()


def with_polars(path: Path) -> list[tuple[object, ...]]:
    import polars

    return polars.read_parquet(path).rows()


@pytest.mark.parametrize("read", [with_pyarrow, with_duckdb, with_polars])
def test_parquet_holds_what_csv_holds(read: Callable[[Path], Iterable[tuple[object, ...]]]) -> None:
    def as_csv(value: object) -> str:
        if isinstance(value, date):
            return value.isoformat()
        return "" if value is None else plain_number(value) if isinstance(value, float) else str(value)

    compared = 0
    for name in contract.TABLES:
        with (ROOT / PROCESSED / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            _, *rows = csv.reader(file)
        assert [
            [as_csv(value) for value in row] for row in read(ROOT / PROCESSED / f"{name}.parquet")
        ] == rows
        compared += len(rows)
    assert compared > 7000
