"""The contract as pandera schemas: every rule is a Check; one schema judges frames of every kind alike."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from functools import cache
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pandera.pandas
import pandera.pyarrow
import polars
import pyarrow as pa
import pytest
from pandera.errors import SchemaError, SchemaErrors

import timeline
from timeline import contract
from timeline.archive import problems_in
from timeline.errors import BadData, BadRequest
from timeline.validation import pinned
from timeline.validation.rule import ColumnRule, Rule
from timeline.validation.rules import all_rules

ROOT = Path(__file__).parents[2]
Schema = Any


@cache
def frame_of(table: str) -> pa.Table:
    """A published table with plain text, in which any value can be put."""
    return timeline.open()._plain(table)


@cache
def schema_of(table: str) -> Schema:
    return timeline.schema(table)


def with_cells(table: str, cells: dict[tuple[int, str], object]) -> pa.Table:
    data = frame_of(table)
    for (row, column), value in cells.items():
        values = data[column].to_pylist()
        values[row] = value
        place = data.column_names.index(column)
        data = data.set_column(place, column, pa.array(values, data[column].type))
    return data


def told(schema: Schema, frame: object) -> str:
    with pytest.raises(BadData) as caught:
        schema.validate(frame)
    return str(caught.value)


# Every rule ------------------------------------------------------------------------------------------------


def checks_of(rule: Rule) -> list[Any]:
    """Checks of the schema of a table that are this rule."""
    schema = schema_of(rule.table)
    checks = schema.columns[rule.column].checks if isinstance(rule, ColumnRule) else schema.checks
    return [check for check in checks if check.rule == rule]


@pytest.mark.parametrize("table", contract.TABLES)
def test_every_rule_is_a_check_of_the_schema_of_its_table(table: str) -> None:
    schema = timeline.schema(table)
    for rule in all_rules():
        if rule.table == table and rule.name == "required":
            assert not schema.columns[rule.column].nullable
        elif rule.table == table:
            (check,) = checks_of(rule)
            assert (check.name, check.error) == (rule.name, rule.text)
    optional = {field.name for field in contract.table(table).fields if not field.required}
    assert {name for name, column in schema.columns.items() if column.nullable} == optional


def test_every_rule_of_the_codebook_is_a_check_in_its_words() -> None:
    listed = re.findall(r"(?m)^- `([a-z-]+)` \(`(\w+)\.(\w+)`\): (.+)$", (ROOT / "CODEBOOK.md").read_text())
    assert len(listed) > 30
    for name, table, column, text in listed:
        assert [each for each in schema_of(table).checks
                if (each.name, each.rule.column, each.error) == (name, column, text)]  # fmt: skip


def test_a_schema_describes_its_table() -> None:
    schema = timeline.schema("places")
    assert isinstance(schema, pandera.pyarrow.DataFrameSchema)
    assert (schema.name, schema.strict) == ("places", True)
    assert tuple(schema.columns) == contract.table("places").columns
    assert schema.columns["latitude"].description == contract.table("places").field("latitude").description
    assert str(schema.dtypes["latitude"]) == "Float64"


def test_a_check_does_its_work_in_a_schema_of_others() -> None:
    events = timeline.schema("events")
    titles = pandera.pyarrow.DataFrameSchema({"title": events.columns["title"]})
    assert titles.validate(frame_of("events")) is not None
    with pytest.raises(SchemaErrors):
        titles.validate(with_cells("events", {(3, "title"): "a" * 1000}), lazy=True)
    (tidy,) = (each for each in events.checks if (each.name, each.rule.column) == ("tidy-text", "title"))
    tidied = pandera.pyarrow.DataFrameSchema(checks=[tidy])
    assert tidied.validate(frame_of("events")) is not None
    with pytest.raises(SchemaErrors):
        tidied.validate(with_cells("events", {(3, "title"): "=cmd()"}), lazy=True)


# One schema for every kind of frame ------------------------------------------------------------------------

KINDS: dict[str, Callable[[pa.Table], Any]] = {
    "Arrow": lambda data: data,
    "pandas": lambda data: data.to_pandas(),
    "Polars": polars.from_arrow,
    "lazy Polars": lambda data: polars.from_arrow(data).lazy(),
    "DuckDB": lambda data: duckdb.connect().from_arrow(data),
}
OF_KINDS = pytest.mark.parametrize("kind", KINDS)
WRONG = {
    (3, "event_id"): "prk\n",
    (5, "title"): "=cmd()",
    (7, "date"): "2023-02-29",
    (9, "kind"): "trasnfer",
    (11, "title"): None,
    (13, "start_latest"): date(1990, 1, 1),
    (15, "event_id"): frame_of("events")["event_id"][0].as_py(),
}


@OF_KINDS
@pytest.mark.parametrize("table", contract.TABLES)
def test_one_schema_takes_what_is_published(table: str, kind: str) -> None:
    frame = KINDS[kind](frame_of(table))
    assert schema_of(table).validate(frame) is frame


@OF_KINDS
def test_one_schema_names_the_same_rows(kind: str) -> None:
    broken = with_cells("events", WRONG)
    problems = problems_in(broken, "events")
    assert {int(each.where.removeprefix("events row ")) for each in problems} == {row for row, _ in WRONG}
    assert told(timeline.schema("events"), KINDS[kind](broken)) == str(BadData(problems))


@pytest.mark.filterwarnings(
    "ignore:PySpark does not yet fully support pandas:FutureWarning",
    "ignore::pytest.PytestUnraisableExceptionWarning",  # PySpark leaves its sockets open
)
def test_spark_frames_are_judged_alike(spark) -> None:
    broken = with_cells("places", {(3, "latitude"): 99.0, (4, "name"): "=cmd()"})
    assert told(timeline.schema("places"), spark.createDataFrame(broken)) == told(
        timeline.schema("places"), broken
    )


FOUR = {
    "an id with a line break": ("actors", "actor_id", "prk\n"),
    "a name that is a formula": ("actors", "name", "=cmd()"),
    "an estimate without end": ("estimates", "best", float("inf")),
    "a day that there is not": ("events", "date", "2023-02-29"),
}


@OF_KINDS
@pytest.mark.parametrize("case", FOUR)
def test_both_refuse_a_cell_in_one_text(case: str, kind: str) -> None:
    table, column, value = FOUR[case]
    frame = KINDS[kind](with_cells(table, {(3, column): value}))
    with pytest.raises(BadData) as caught:
        timeline.validate(frame, table)
    assert told(timeline.schema(table), frame) == str(caught.value)
    assert len(caught.value.problems) == 1


def test_other_tables_bring_references_and_rules_across_tables() -> None:
    dataset = timeline.open()
    participants = with_cells("participants", {(3, "actor_id"): "nobody-at-all"})
    alone, among = timeline.schema("participants"), timeline.schema("participants", dataset)
    assert alone.validate(participants) is participants
    everything = {name: dataset[name] for name in dataset} | {"participants": participants}
    (problem,) = [each for each in problems_in(everything) if each.where.startswith("participants ")]
    assert told(among, participants) == str(BadData([problem]))
    assert problem.rule == "foreign-key"


# Our own files, however they are read ----------------------------------------------------------------------

READERS: dict[str, Callable[[Path], Any]] = {
    "pandas": pd.read_parquet,
    "pandas with Arrow": lambda path: pd.read_parquet(path, dtype_backend="pyarrow"),
    "pandas with nullable types": lambda path: pd.read_parquet(path, dtype_backend="numpy_nullable"),
    "Polars": polars.read_parquet,
    "lazy Polars": polars.scan_parquet,
    "DuckDB": lambda path: duckdb.connect().read_parquet(str(path)),
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("table", contract.TABLES)
def test_our_own_parquet_is_taken(table: str, reader: str) -> None:
    schema_of(table).validate(READERS[reader](ROOT / "data" / "processed" / f"{table}.parquet"))


def test_no_column_of_a_snapshot_is_refused_for_its_type() -> None:
    """What a snapshot leaves out is missing from it; that it is not what was published stays to be said."""
    snapshot = timeline.open().as_known_on("2024-01-05")
    problems = [problem for table in snapshot for problem in problems_in(snapshot[table], table)]
    assert {problem.rule for problem in problems} <= {
        "required",
        "minimum",
        "coordinates-are-whole",
        "lists-say-what-was-read",
    }


# An empty text is a missing value --------------------------------------------------------------------------


@OF_KINDS
def test_an_empty_text_is_refused_where_one_is_required(kind: str) -> None:
    frame = KINDS[kind](with_cells("events", {(3, "title"): "", (4, "kind"): ""}))
    assert told(timeline.schema("events"), frame).splitlines() == [
        "2 problems",
        "  events row 3: title: must not be empty [required]",
        "  events row 4: kind: must not be empty [required]",
    ]


def blank_categories() -> pd.DataFrame:
    """Events of pandas in whose vocabulary the empty text is a word."""
    events = timeline.load("events")
    kinds = events["kind"].cat.add_categories([""])
    kinds.iloc[3] = ""
    return events.assign(kind=kinds)


def test_an_empty_category_is_missing() -> None:
    (problem,) = problems_in(blank_categories(), "events")
    assert str(problem) == "events row 3: kind: must not be empty [required]"


@OF_KINDS
def test_an_empty_text_is_missing_where_it_may_be(kind: str) -> None:
    rows = range(len(frame_of("sources")))
    missing = {(row, column): "" for row in rows for column in ("published",)}
    bounds = {(row, column): None for row in rows for column in contract.table("sources").dated["published"]}
    frame = KINDS[kind](with_cells("sources", missing | bounds))
    assert timeline.schema("sources").validate(frame) is frame


def with_parquet_alone(root: Path, change: Callable[[str, pa.Table], pa.Table]) -> Path:
    """A package of Parquet files alone, each table changed."""
    from pyarrow import parquet

    root.mkdir()
    for name in contract.TABLES:
        parquet.write_table(change(name, frame_of(name)), root / f"{name}.parquet")
    resources = [{"name": f"{name}-parquet", "path": f"{name}.parquet"} for name in contract.TABLES]
    (root / "datapackage.json").write_text(json.dumps({"version": "1.0.0", "resources": resources}))
    return root


def emptied(name: str, data: pa.Table) -> pa.Table:
    """Every missing text of a table written as an empty one."""
    for place, field in enumerate(data.schema):
        if pa.types.is_string(field.type):
            data = data.set_column(place, field.name, data[field.name].fill_null(""))
    return data


@pytest.fixture(scope="module")
def blanks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return with_parquet_alone(tmp_path_factory.mktemp("blanks") / "package", emptied)


@pytest.mark.parametrize("engine", ["memory", "duckdb"])
def test_an_empty_text_in_parquet_is_missing(engine: str, blanks: Path, tmp_path: Path) -> None:
    assert not problems_in(blanks, engine=engine)

    def without_a_title(name: str, data: pa.Table) -> pa.Table:
        return with_cells("events", {(3, "title"): ""}) if name == "events" else data

    (problem,) = problems_in(with_parquet_alone(tmp_path / "package", without_a_title), engine=engine)
    assert str(problem) == "events.parquet row 3: title: must not be empty [required]"


def test_an_empty_text_is_read_as_missing_by_every_reader(blanks: Path) -> None:
    installed, opened = timeline.open(), timeline.open(blanks)
    assert opened == installed
    assert not [change for change in timeline.diff(opened, installed).rows if change.key]
    assert timeline.open(blanks, engine="duckdb").collect() == installed
    lazy = timeline.open(blanks, engine="duckdb")
    assert not lazy["events"].filter("place_id = ''").fetchall()


# Types -----------------------------------------------------------------------------------------------------

OTHER_TYPES = {
    "a whole number as a day": ("known_from", pa.int32(), "has the type int32, must be date"),
    "days beyond the years": ("known_from", 10_000_000, "holds days outside the years 0001 to 9999"),
    "days before the years": ("known_from", -1_000_000, "holds days outside the years 0001 to 9999"),
}


@pytest.mark.parametrize("case", OTHER_TYPES)
@pytest.mark.parametrize("engine", ["frame", "memory", "duckdb"])
def test_values_with_another_meaning_are_refused(case: str, engine: str, tmp_path: Path) -> None:
    column, given, said = OTHER_TYPES[case]

    def changed(name: str, data: pa.Table) -> pa.Table:
        if name != "events":
            return data
        days = data[column].cast(pa.int32())
        if isinstance(given, int):
            days = pa.chunked_array([pa.array([given] * len(data), pa.int32())]).cast(pa.date32())
        return data.set_column(data.column_names.index(column), column, days)

    if engine == "frame":
        problems = problems_in(changed("events", frame_of("events")), "events")
    else:
        problems = problems_in(with_parquet_alone(tmp_path / "package", changed), engine=engine)
    assert [(each.column, each.message, each.rule) for each in problems] == [(column, said, "type")]


def test_a_truth_value_or_a_moment_is_no_number() -> None:
    places = frame_of("places")
    place = places.column_names.index("latitude")
    for arrow_type in (pa.bool_(), pa.timestamp("ms"), pa.duration("s")):
        values = pa.array([1] * len(places), pa.int64()).cast(
            pa.int64() if arrow_type != pa.bool_() else arrow_type
        )
        strange = places.set_column(place, "latitude", values.cast(arrow_type))
        (problem,) = problems_in(strange, "places")
        assert problem.message == f"has the type {arrow_type}, must be number"


@pytest.mark.parametrize("engine", ["memory", "duckdb"])
@pytest.mark.parametrize("extra", ["_row", "file_row_number", "Title"])
def test_a_column_of_parquet_that_engines_would_mix_up_is_told(
    extra: str, engine: str, tmp_path: Path
) -> None:
    def widened(name: str, data: pa.Table) -> pa.Table:
        return data.add_column(0, extra, pa.array(["x"] * len(data))) if name == "events" else data

    package = with_parquet_alone(tmp_path / "package", widened)
    (problem,) = problems_in(package, engine=engine)
    assert (problem.column, problem.rule) == (extra, "columns")
    assert timeline.open(package, engine="duckdb").collect() == timeline.open()


# Bad input -------------------------------------------------------------------------------------------------


def test_an_unknown_table_is_answered_with_the_nearest() -> None:
    with pytest.raises(BadRequest, match="no table 'event'; did you mean events"):
        timeline.schema("event")
    with pytest.raises(BadRequest, match="no table 'actor'; did you mean actors"):
        timeline.schema("events", {"actor": frame_of("actors")})
    with pytest.raises(BadRequest, match="must be a mapping from names to frames, not str"):
        timeline.schema("events", "polars")


@pytest.mark.parametrize("frame", [[1], "events", None, 3, {"title": ["x"]}, pd.Series([1])])
def test_what_is_no_frame_is_refused(frame: object) -> None:
    with pytest.raises(BadRequest, match="events must be a frame, not "):
        timeline.schema("events").validate(frame)


@pytest.mark.parametrize("frame", [pd.DataFrame(), pa.table({}), polars.DataFrame()])
def test_an_empty_frame_lacks_every_column(frame: object) -> None:
    lines = told(timeline.schema("citations"), frame).splitlines()
    assert lines[1:] == [
        f"  citations: {column}: is missing from citations [columns]"
        for column in ("event_id", "source_id", "stance")
    ]


def test_a_frame_of_no_rows_is_valid() -> None:
    timeline.schema("events").validate(timeline.load("events").head(0))


@pytest.mark.parametrize("kind", ["Arrow", "pandas"])
def test_a_column_twice_is_told(kind: str) -> None:
    citations = frame_of("citations")
    twice = citations.append_column("stance", citations["stance"])
    assert "stance" in told(timeline.schema("citations"), KINDS[kind](twice))


def test_a_table_is_validated_whole_and_as_it_was_made() -> None:
    schema, events = timeline.schema("events"), frame_of("events")
    with pytest.raises(BadRequest, match="a table is validated whole: leave out head"):
        schema.validate(events, head=3)
    for changed in (
        schema.remove_columns(["summary"]),
        schema.update_columns({"title": {"nullable": True}}),
        schema.add_columns({"more": pandera.pyarrow.Column(str)}),
    ):
        with pytest.raises(BadRequest, match="this schema of events was changed: make it anew"):
            changed.validate(events)


@pytest.mark.parametrize("lazy", [True, False])
@pytest.mark.parametrize("caught", [SchemaError, SchemaErrors, BadData])
def test_a_refusal_is_caught_as_errors_of_pandera_are(caught: type[Exception], lazy: bool) -> None:
    broken = with_cells("events", {(3, "title"): "=cmd()"})
    with pytest.raises(caught) as refusal:
        timeline.schema("events").validate(broken, lazy=lazy)
    assert refusal.value.failure_cases.to_pylist() == [
        {"column": "title", "check": "tidy-text", "failure_case": "=cmd()", "where": "events row 3"}
    ]
    assert refusal.value.error_counts == {"tidy-text": 1}


def test_a_schema_guards_a_function() -> None:
    @pandera.pandas.check_input(timeline.schema("events"))
    def number(events: pd.DataFrame) -> int:
        return len(events)

    assert number(timeline.load("events")) > 300
    with pytest.raises(SchemaError, match="must not be empty"):
        number(timeline.load("events").assign(title=""))


# pandera itself --------------------------------------------------------------------------------------------

REFUSES = """
import pyarrow, timeline
from timeline.errors import BadData
events = timeline.open()._plain("events")
titles = pyarrow.array([None] * len(events), pyarrow.string())
broken = events.set_column(events.column_names.index("title"), "title", titles)
for validate in (timeline.schema("events").validate, lambda frame: timeline.validate(frame, "events")):
    try:
        validate(broken)
    except BadData as error:
        print(len(error.problems) == len(events))
"""


def output(code: str, *options: str, **environment: str) -> str:
    run = subprocess.run(
        [sys.executable, *options, "-c", code],
        env={"PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
    )
    return run.stdout + run.stderr


@pytest.mark.parametrize(
    "environment",
    [
        {"PANDERA_VALIDATION_ENABLED": "False"},
        {"PANDERA_VALIDATION_DEPTH": "SCHEMA_ONLY"},
        {"PANDERA_VALIDATION_DEPTH": "DATA_ONLY"},
        {"PANDERA_USE_NARWHALS_BACKEND": "True"},
    ],
)
def test_the_environment_changes_nothing(environment: dict[str, str]) -> None:
    assert output(REFUSES, **environment) == "True\nTrue\n"


def test_an_environment_that_pandera_cannot_read_is_told() -> None:
    code = (
        "import timeline\ntry: timeline.schema('events')\nexcept timeline.BadRequest as error: print(error)"
    )
    said = output(code, PANDERA_VALIDATION_DEPTH="all")
    assert said == "pandera cannot be loaded: 'all' is not a valid ValidationDepth\n"


@pytest.mark.parametrize("version", ["0.34.9", "0.37.0", "1.0.0rc1"])
def test_another_pandera_is_refused(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pinned, "version", lambda _: version)
    with pytest.raises(BadRequest, match=rf"validation needs pandera .*; installed is {version}"):
        pinned.demand_pandera()


def test_a_missing_pandera_is_told_how_to_get(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: str) -> str:
        raise PackageNotFoundError

    monkeypatch.setattr(pinned, "version", missing)
    with pytest.raises(BadRequest, match="pip install 'pandera"):
        pinned.demand_pandera()


def test_what_pandera_does_not_promise_is_still_there() -> None:
    """Fails when a new pandera moves what `timeline.validation.checks` builds on."""
    for name in ("collect_schema_components", "run_checks", "run_check", "failure_cases_metadata"):
        assert callable(getattr(pinned.DataFrameSchemaBackend, name))
    for name in ("run_checks", "run_check", "failure_cases_metadata"):
        assert callable(getattr(pinned.ColumnBackend, name))
    assert pinned.CHECK_OUTPUT_KEY == "check_output"
    assert {"failure_cases", "message", "error_counts"} == {*pinned.FailureCaseMetadata._fields}


def test_what_others_do_with_pandera_stays_as_it_is() -> None:
    code = """
import pandas, polars, pandera.pandas, pandera.polars
from pandera.api.base.schema import BaseSchema
from pandera.api.base.checks import BaseCheck
def mine():
    pandera.pandas.DataFrameSchema({"a": pandera.pandas.Column(int)}).validate(pandas.DataFrame({"a": [1]}))
    pandera.polars.DataFrameSchema({"a": pandera.polars.Column(int)}).validate(polars.DataFrame({"a": [1]}))
mine()
before = {**BaseSchema.BACKEND_REGISTRY, **BaseCheck.BACKEND_REGISTRY}
import timeline
timeline.schema("events").validate(timeline.load("events"))
mine()
after = {**BaseSchema.BACKEND_REGISTRY, **BaseCheck.BACKEND_REGISTRY}
print(all(after[key] is backend for key, backend in before.items()))
"""
    assert output(code) == "True\n"


def test_pandera_is_loaded_when_something_is_validated_and_not_before() -> None:
    code = """
import sys, timeline, timeline.curation.codebook
timeline.load("events")
timeline.open().where(kind="transfer")["events"]
print("pandera" in sys.modules)
timeline.validate(timeline.load("citations"), "citations")
print("pandera" in sys.modules)
"""
    assert output(code) == "False\nTrue\n"


@pytest.mark.parametrize("options", [(), ("-O",), ("-OO",)])
def test_the_codebook_is_the_same_without_docstrings(options: tuple[str, ...]) -> None:
    code = """
from pathlib import Path
from timeline.curation.codebook import codebook
from timeline.curation.package_yaml import read_about
about, _ = read_about(Path("data/raw"))
print(codebook(about).encode() == Path("CODEBOOK.md").read_bytes())
"""
    run = subprocess.run(
        [sys.executable, *options, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert run.stdout == "True\n"
