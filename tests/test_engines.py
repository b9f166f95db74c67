"""The same questions on Ibis, Dask and PySpark; `make test-engines` installs them."""

from __future__ import annotations

import pyarrow as pa
import pytest
from frames import QUESTIONS
from recipes import unpack_release

import timeline
import timeline.contract
from timeline.dates import windows
from timeline.errors import BadRequest

COLUMNS = ["event_id", "kind", *windows.BOUNDS, "known_from"]


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


@pytest.fixture(scope="module")
def pyspark_times_frame(spark):
    """Days as Spark's times, which have the zone of the session."""

    def make(data):
        rows = spark.createDataFrame(data)
        days = [field.name for field in data.schema if pa.types.is_date(field.type)]
        return rows.withColumns({name: rows[name].cast("timestamp") for name in days})

    return make, lambda found: found.toArrow()


@pytest.fixture(scope="module")
def spark_release(spark, tmp_path_factory):
    """The release in a folder of its own, opened on Spark."""
    folder = unpack_release(tmp_path_factory.mktemp("release"))
    return timeline.open(folder, engine=spark), timeline.open(folder)


# Narwhals announces that its Dask half will be a package of its own, which is not published yet.
# PySpark announces that pandas 3 is not tested with it; only its Arrow half is used here.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Dask support is moving:FutureWarning"),
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning"),
]

ENGINES = ("ibis_frame", "dask_frame", "pyspark_frame", "pyspark_times_frame")


@pytest.fixture(params=ENGINES)
def engine(request):
    return request.getfixturevalue(request.param)


def rows_of(data: pa.Table) -> list[tuple[str, ...]]:
    columns = [data[name].cast(pa.string()).to_pylist() for name in sorted(data.column_names)]
    return sorted(zip(*columns, strict=True))


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_has_one_answer(engine, question):
    make, fetch = engine
    events = plain(timeline.open("1.0.0").arrow("events").select(COLUMNS))
    asked = make(events)
    found = QUESTIONS[question](asked)
    assert type(found) is type(asked)
    expected = QUESTIONS[question](events)["event_id"].to_pylist()
    assert sorted(fetch(found)["event_id"].to_pylist()) == sorted(expected)


def test_lags_have_one_answer(engine):
    make, fetch = engine
    ds = timeline.open("1.0.0")
    events, links = plain(ds.arrow("events").select(COLUMNS)), plain(ds.arrow("event_links"))
    found = fetch(windows.lags(make(events), make(links)))
    expected = windows.lags(events, links)
    assert rows_of(found.cast(expected.schema)) == rows_of(expected)


# Lazy datasets --------------------------------------------------------------------------------------------


def test_a_part_on_spark_is_the_same_as_in_memory_once_it_is_collected(spark_release):
    lazy, in_memory = (ds.where(kind="denial", country="Russia").during("2023") for ds in spark_release)
    assert type(lazy["events"]).__module__.startswith("pyspark.")
    collected = lazy.collect()
    assert len(collected["events"]) > 0
    assert collected == in_memory
    assert collected.cite() == in_memory.cite()


def test_what_was_known_on_a_day_is_the_same_on_spark(spark_release):
    lazy, in_memory = (ds.as_known_on("2024-01-08").where(status="disputed") for ds in spark_release)
    for name in ("events", "citations", "actors"):
        found = lazy[name].toArrow()
        assert tuple(found.column_names) == timeline.contract.table(name).columns
        assert rows_of(found) == rows_of(in_memory._plain(name))


def test_names_on_spark_mean_what_they_mean_in_memory(spark_release):
    lazy, in_memory = spark_release
    assert lazy.where(actor="AKTC").steps == in_memory.where(actor="AKTC").steps
    for actor in ("DIA", "kim-jong-um"):
        told = []
        for each in spark_release:
            with pytest.raises(BadRequest) as caught:
                each.where(actor=actor)
            told.append(str(caught.value))
        assert told[0] == told[1]


def test_releases_differ_on_spark_as_in_memory(spark, spark_release):
    lazy, in_memory = spark_release
    changes = timeline.diff(timeline.open("0.9.0", engine=spark), lazy)
    assert changes == timeline.diff("0.9.0", in_memory)
    assert len(changes) > 0
