"""What the published tables look like as files: CSV and Parquet."""

from __future__ import annotations

import io
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.parquet as pq

from timeline.files.csv import to_csv

PROCESSED = "data/processed"


def table_files(built: Mapping[str, pa.Table]) -> dict[str, bytes]:
    """Content of the CSV and the Parquet file of each table, by path."""
    files = {}
    for name, data in built.items():
        files[f"{PROCESSED}/{name}.csv"] = to_csv(data)
        files[f"{PROCESSED}/{name}.parquet"] = _to_parquet(data)
    return files


def _to_parquet(data: pa.Table) -> bytes:
    out = io.BytesIO()
    pq.write_table(data, out, compression="zstd")
    return out.getvalue()
