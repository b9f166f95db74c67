"""The same questions on Ibis, Dask and PySpark; `make test-engines` installs them."""

from __future__ import annotations

import pyarrow as pa
import pytest
from test_temporal import QUESTIONS

import timeline
from timeline import temporal

COLUMNS = ["event_id", "kind", *temporal.BOUNDS, "known_from"]


def plain(data: pa.Table) -> pa.Table:
    """Vocabularies as text, as these engines keep them."""
    return data.cast(
        pa.schema(
            [
                field.with_type(pa.string()) if pa.types.is_dictionary(field.type) else field
                for field in data.schema
            ]
        )
    )


@pytest.fixture(scope="module")
def ibis_frame():
    ibis = pytest.importorskip("ibis", reason="make test-engines installs Ibis")
    return ibis.memtable, lambda found: found.to_pyarrow()


@pytest.fixture(scope="module")
def dask_frame():
    dask = pytest.importorskip("dask.dataframe", reason="make test-engines installs Dask")

    def make(data):
        return dask.from_pandas(data.to_pandas(date_as_object=False), npartitions=3)

    return make, lambda found: pa.Table.from_pandas(found.compute(), preserve_index=False)


@pytest.fixture(scope="module")
def pyspark_frame(spark):
    return spark.createDataFrame, lambda found: found.toArrow()


# Narwhals announces that its Dask half will be a package of its own, which is not published yet.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Dask support is moving:FutureWarning"),
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning"),
]

ENGINES = ("ibis_frame", "dask_frame", "pyspark_frame")


@pytest.fixture(params=ENGINES)
def engine(request):
    return request.getfixturevalue(request.param)


def rows_of(data: pa.Table) -> list[tuple[str, ...]]:
    columns = [data[name].cast(pa.string()).to_pylist() for name in sorted(data.column_names)]
    return sorted(zip(*columns, strict=True))


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_has_one_answer(engine, question):
    make, fetch = engine
    events = plain(timeline.open().arrow("events").select(COLUMNS))
    asked = make(events)
    found = QUESTIONS[question](asked)
    assert type(found) is type(asked)
    expected = QUESTIONS[question](events)["event_id"].to_pylist()
    assert sorted(fetch(found)["event_id"].to_pylist()) == sorted(expected)


def test_lags_have_one_answer(engine):
    make, fetch = engine
    ds = timeline.open()
    events, links = plain(ds.arrow("events").select(COLUMNS)), plain(ds.arrow("event_links"))
    found = fetch(temporal.lags(make(events), make(links)))
    expected = temporal.lags(events, links)
    assert rows_of(found.cast(expected.schema)) == rows_of(expected)
