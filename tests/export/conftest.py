"""Datasets to be exported."""

from __future__ import annotations

import pyarrow as pa
import pytest
from exported import DATASETS, HOSTILE, WHOLE

from timeline.dataset import Dataset


@pytest.fixture(params=DATASETS)
def dataset(request):
    return DATASETS[request.param]


@pytest.fixture(scope="module")
def hostile():
    """A dataset whose titles, summaries and names try to be something else than text."""
    part = WHOLE.where(kind="transfer")
    tables = {name: part.arrow(name) for name in part.tables}
    for table, column in (("events", "title"), ("events", "summary"), ("actors", "name")):
        data = tables[table]
        texts = pa.array([f"{HOSTILE} {row}" for row in range(len(data))])
        tables[table] = data.set_column(data.column_names.index(column), column, texts)
    return Dataset(tables, part.version)
