"""Schemas of pandera say what the contract says."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pytest

import timeline
from timeline import contract
from timeline.errors import BadRequest


@pytest.fixture(scope="module")
def dataset() -> timeline.Dataset:
    return timeline.open()


def as_pandas(dataset: timeline.Dataset, name: str) -> pd.DataFrame:
    return dataset[name]


def as_polars(dataset: timeline.Dataset, name: str) -> object:
    import polars

    plain = dataset.arrow(name)
    for place, field in enumerate(plain.schema):
        if pa.types.is_dictionary(field.type):
            plain = plain.set_column(place, field.name, plain[field.name].cast(pa.string()))
    return polars.from_arrow(plain)


ENGINES = pytest.mark.parametrize(
    ("engine", "convert"), [("pandas", as_pandas), ("polars", as_polars)], ids=["pandas", "polars"]
)


@ENGINES
def test_pandera_takes_every_published_table(engine, convert, dataset) -> None:
    for name in contract.TABLES:
        rows = convert(dataset, name)
        assert len(timeline.schema(name, engine).validate(rows)) == len(rows)


BROKEN = {
    "an id with spaces": ("events", "event_id", lambda ids: ["Not An Id", *ids[1:]]),
    "an id twice": ("events", "event_id", lambda ids: [ids[1], *ids[1:]]),
    "no title": ("events", "title", lambda titles: [None, *titles[1:]]),
    "a title too long": ("events", "title", lambda titles: ["a" * 1000, *titles[1:]]),
    "a kind that there is not": ("events", "kind", lambda kinds: ["trasnfer", *kinds[1:]]),
    "a column more": ("events", "more", lambda titles: titles),
    "a latitude beyond the pole": ("places", "latitude", lambda degrees: [99.0, *degrees[1:]]),
}


@ENGINES
@pytest.mark.parametrize("case", BROKEN)
def test_pandera_refuses_what_breaks_the_contract(case: str, engine, convert, dataset) -> None:
    from pandera.errors import SchemaError, SchemaErrors

    name, column, broken = BROKEN[case]
    rows = convert(dataset, name)
    values = broken(rows[column if column in rows.columns else "title"].to_list())
    if engine == "pandas":
        rows = rows.assign(**{column: values})
    else:
        import polars

        rows = rows.with_columns(polars.Series(column, values))
    with pytest.raises((SchemaError, SchemaErrors), match=column):
        timeline.schema(name, engine).validate(rows)


def test_pandera_for_an_unknown_engine_is_answered_with_the_nearest() -> None:
    with pytest.raises(BadRequest, match="no pandera schema for 'polar'; did you mean polars"):
        timeline.schema("events", "polar")
