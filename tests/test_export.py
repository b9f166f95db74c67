"""Exports as their users meet them: every file is opened by a reader that others wrote."""

from __future__ import annotations

import datetime
import io
import json
import os
import pkgutil
import sqlite3
import subprocess
import sys
from contextlib import closing

import pyarrow as pa
import pytest

import timeline
import timeline.export
from timeline import contract
from timeline.contract.codebook import flat
from timeline.dataset import Dataset
from timeline.errors import BadRequest
from timeline.export.write import TARGETS
from timeline.selection.spreadsheet import wide_view

WHOLE = timeline.open()
DATASETS = {
    "the release": WHOLE,
    "transfers": WHOLE.where(kind="transfer"),
    "a snapshot": WHOLE.as_known_on("2024-01-08"),
}
HOSTILE = """=HYPERLINK("http://x"), O'Brien; "김정은" & Ко <img src=x onerror=alert(1)>"""
VERBS = {target: f"to_{target}" for target in TARGETS}


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


def rows(dataset, table):
    """Rows as every reader should see them: days as ISO 8601, what is missing as None."""
    return [
        {name: str(value) if isinstance(value, datetime.date) else value for name, value in row.items()}
        for row in dataset.arrow(table).to_pylist()
    ]


def event_ids(dataset):
    return set(dataset["events"]["event_id"])


def test_every_module_that_renders_is_a_target_and_has_a_verb():
    found = {
        module.name
        for module in pkgutil.iter_modules(timeline.export.__path__)
        if hasattr(__import__(f"timeline.export.{module.name}", fromlist=["render"]), "render")
    }
    assert found == set(TARGETS)
    assert all(hasattr(WHOLE, verb) for verb in VERBS.values())


WRITTEN = """
import sys
import timeline

part = timeline.open().where(kind="denial")
for verb in sys.argv[2:]:
    getattr(part, verb)(f"{sys.argv[1]}/{verb}")
"""


@pytest.fixture(scope="module")
def written_twice(tmp_path_factory):
    """Every export of one dataset, by two processes in which sets have another order."""
    folders = [tmp_path_factory.mktemp("written") for _ in range(2)]
    for seed, folder in enumerate(folders):
        command = [sys.executable, "-c", WRITTEN, str(folder), *VERBS.values()]
        subprocess.run(command, env={**os.environ, "PYTHONHASHSEED": str(seed)}, check=True)
    return folders


@pytest.mark.parametrize("target", TARGETS)
def test_the_same_dataset_gives_the_same_bytes(target, written_twice):
    first, second = ((folder / VERBS[target]).read_bytes() for folder in written_twice)
    assert first == second and len(first) > 1000


# SQLite ----------------------------------------------------------------------------------------------------


@pytest.fixture
def database(dataset, tmp_path):
    with closing(sqlite3.connect(dataset.to_sqlite(tmp_path / "timeline.db"))) as database:
        database.row_factory = sqlite3.Row
        yield database


def asked(database, query, *given):
    return [dict(row) for row in database.execute(query, *given)]


def test_sqlite_holds_every_row_of_every_table(dataset, database):
    for table in dataset.tables:
        if table != "timeline":
            assert asked(database, f"select * from {table} order by rowid") == rows(dataset, table), table
    assert asked(database, "pragma integrity_check") == [{"integrity_check": "ok"}]
    assert asked(database, "pragma foreign_key_check") == []


def test_sqlite_computes_the_wide_view_that_python_computes(dataset, database):
    expected = wide_view({name: dataset.arrow(name) for name in dataset.tables}).to_pylist()
    for row in expected:
        row.update({name: str(value) for name, value in row.items() if isinstance(value, datetime.date)})
    assert len(expected) and asked(database, "select * from timeline") == expected


def test_sqlite_has_types_keys_and_indexes(database):
    for name, table in contract.tables().items():
        if name == "timeline":
            continue
        columns = asked(database, f"pragma table_info({name})")
        assert {each["name"]: each["type"].lower() for each in columns} == {
            field.name: {"number": "real", "integer": "integer"}.get(field.type, "text")
            for field in table.fields
        }
        key = sorted((each for each in columns if each["pk"]), key=lambda each: each["pk"])
        assert tuple(each["name"] for each in key) == table.key
        foreign = asked(database, f"pragma foreign_key_list({name})")
        assert len({each["id"] for each in foreign}) == len(table.foreign_keys)
    plan = asked(database, "explain query plan select * from events where known_from <= '2024-01-08'")
    assert "events_known_from" in plan[0]["detail"]
    plan = asked(database, "explain query plan select * from citations where source_id = 'x'")
    assert "citations_source_id" in plan[0]["detail"]


BROKEN = {
    "a reference that leads nowhere": "update participants set actor_id = 'nobody' where rowid = 1",
    "a dropped row that others need": "delete from events where rowid = 1",
    "a word outside the vocabulary": "update events set kind = 'rumour' where rowid = 1",
    "no day of the calendar": "update events set known_from = '2023-02-29' where rowid = 1",
    "an empty cell": "update events set title = null where rowid = 1",
    "a key twice": "insert into actors select * from actors where rowid = 1",
    "a latitude beyond the pole": "update places set latitude = 91 where rowid = 1",
    "a text as number": "update places set latitude = 'north' where rowid = 1",
}


@pytest.mark.parametrize("statement", BROKEN.values(), ids=BROKEN)
def test_sqlite_enforces_the_contract(statement, tmp_path):
    with closing(sqlite3.connect(WHOLE.to_sqlite(tmp_path / "timeline.db"))) as database:
        database.execute("pragma foreign_keys = on")
        with pytest.raises(sqlite3.IntegrityError):
            database.execute(statement)


@pytest.mark.parametrize("day", ["2022-12-31", "2024-01-08", "2025-06-30"])
def test_sqlite_tells_what_was_known_on_a_day(day, tmp_path):
    with closing(sqlite3.connect(WHOLE.to_sqlite(tmp_path / "timeline.db"))) as database:
        (query,) = database.execute("select value from metadata where key = 'as_known'").fetchone()
        found = [(row[0], row[5]) for row in database.execute(query, {"day": day})]
    snapshot = WHOLE.as_known_on(day)["events"]
    assert found and found == list(zip(snapshot["event_id"], snapshot["status"].astype("str"), strict=True))


def test_sqlite_finds_words(tmp_path):
    with closing(sqlite3.connect(WHOLE.to_sqlite(tmp_path / "timeline.db"))) as database:
        found = database.execute(
            "select event_id from events where rowid in "
            "(select rowid from events_fts where events_fts match 'drones primorye')"
        ).fetchall()
    assert ("kim-receives-drones-in-primorye",) in found


def test_sqlite_carries_citation_and_codebook(dataset, database):
    told = {row["key"]: row["value"] for row in asked(database, "select * from metadata")}
    assert told["version"] == dataset.version and dataset.version in told["citation"]
    assert timeline.resolve(told["citation"]) == dataset
    described = asked(database, 'select distinct "table", "column" from codebook where "column" != \'\'')
    assert {(row["table"], row["column"]) for row in described} == {
        (name, column) for name, table in contract.tables().items() for column in table.columns
    }


# SQL -------------------------------------------------------------------------------------------------------


def test_sql_answers_like_pandas():
    known = WHOLE.sql("select kind, count(*) as n, min(known_from) as first from events group by kind")
    expected = WHOLE["events"].groupby("kind", observed=True)["known_from"].agg(["size", "min"])
    found = known.set_index("kind").loc[list(expected.index)]
    assert found["n"].tolist() == expected["size"].tolist()
    assert found["first"].tolist() == expected["min"].tolist()


def test_sql_sees_the_filtered_tables_only():
    assert set(WHOLE.where(kind="visit").sql("select distinct kind from events")["kind"]) == {"visit"}


def test_sql_gives_real_types():
    frame = WHOLE.sql(
        "select event_id, start_earliest, count(*) over () as n, sum(1) over () as total, 0.5 as half, "
        "170141183460469231731687303715884105727 as huge from events where place_id is null limit 3"
    )
    assert frame.dtypes.astype("str").to_dict() == {
        "event_id": "str",
        "start_earliest": "datetime64[ms]",
        "n": "int64",
        "total": "int64",
        "half": "float64",
        "huge": "float64",
    }
    none = WHOLE.sql("select * from estimates where best < 0")
    assert len(none) == 0 and none["as_of_latest"].dtype == "datetime64[ms]"


FORBIDDEN = {
    "read a file": "select * from read_text('{file}')",
    "read a file by its name": "select * from '{file}'",
    "sniff a file": "select * from sniff_csv('{file}')",
    "list files": "select * from glob('{folder}/*')",
    "write a table": "copy events to '{folder}/out.csv'",
    "write all": "export database '{folder}/out'",
    "attach a file": "attach '{folder}/out.db'",
    "install an extension": "install httpfs",
    "load an extension": "load '{folder}/x.duckdb_extension'",
    "unlock": "set lock_configuration = false",
    "open up": "set enable_external_access = true",
    "log into a file": "call enable_logging(storage_path = '{folder}/out')",
    "profile into a file": "pragma profiling_output = '{folder}/out'",
    "read a variable of the program": "select * from a_frame_of_the_caller",
    "read the environment": "select getenv('HOME')",
}


@pytest.mark.parametrize("query", FORBIDDEN.values(), ids=FORBIDDEN)
def test_sql_reaches_nothing_but_the_tables(query, tmp_path):
    a_frame_of_the_caller = WHOLE["events"]
    secret = tmp_path / "secret.csv"
    secret.write_text("a\nsecret\n")
    with pytest.raises(BadRequest) as refused:
        WHOLE.sql(query.format(file=secret, folder=tmp_path))
    assert "secret\n" not in str(refused.value)
    assert list(tmp_path.iterdir()) == [secret] and len(a_frame_of_the_caller)


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("select * from evnts", "there is no table 'evnts'; did you mean events?"),
        ("select knd from events", 'Candidate bindings: "kind"'),
        ("selec 1", "syntax error"),
        ("", "should begin with select"),
    ],
)
def test_sql_says_what_is_wrong(query, told):
    with pytest.raises(BadRequest, match=told.replace("?", r"\?")):
        WHOLE.sql(query)


# Excel -----------------------------------------------------------------------------------------------------


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


# GeoJSON ---------------------------------------------------------------------------------------------------


def test_geojson_is_valid_and_drops_no_event(dataset, tmp_path):
    from geojson_validator import validate_geometries, validate_structure

    collection = json.loads(dataset.to_geojson(tmp_path / "timeline.geojson").read_bytes())
    assert validate_structure(collection) == {}
    geometries = validate_geometries(collection)
    assert not geometries["invalid"] and not geometries["problematic"]
    placed = {feature["id"] for feature in collection["features"]}
    unplaced = {each["id"]: each["reason"] for each in collection["events_without_coordinates"]}
    assert placed | set(unplaced) == event_ids(dataset) and not placed & set(unplaced)
    assert placed and unplaced and all(unplaced.values())
    assert dataset.version in collection["citation"]


def test_geojson_points_lie_where_the_places_do(tmp_path):
    from shapely.geometry import shape

    collection = json.loads(WHOLE.to_geojson(tmp_path / "timeline.geojson").read_bytes())
    places = WHOLE["places"].set_index("place_id")
    for feature in collection["features"]:
        point, place = shape(feature["geometry"]), places.loc[feature["properties"]["place_id"]]
        assert (point.x, point.y) == (place["longitude"], place["latitude"])


def test_geojson_properties_hold_the_event_and_what_hangs_on_it(tmp_path):
    collection = json.loads(WHOLE.to_geojson(tmp_path / "timeline.geojson").read_bytes())
    told = [each["properties"] for each in collection["features"] + collection["events_without_coordinates"]]
    told.sort(key=lambda each: (each["start_earliest"], each["event_id"]))
    columns = contract.table("events").columns
    assert [{name: each[name] for name in columns} for each in told] == rows(WHOLE, "events")
    for table, name in (
        ("participants", "participants"),
        ("estimates", "estimates"),
        ("event_links", "links"),
        ("event_instruments", "instruments"),
        ("citations", "sources"),
        ("status_changes", "status_changes"),
    ):
        keys = contract.table(table).columns
        found = [{"event_id": each["event_id"], **row} for each in told for row in each[name]]
        assert sorted(tuple(str(row[key]) for key in keys) for row in found) == sorted(
            tuple(str(row[key]) for key in keys) for row in rows(WHOLE, table)
        )


# iCalendar -------------------------------------------------------------------------------------------------


def calendar_of(dataset, path):
    from icalendar import Calendar

    return Calendar.from_ical(dataset.to_icalendar(path).read_bytes())


def test_icalendar_has_each_event_on_all_days_it_can_have_taken(dataset, tmp_path):
    calendar = calendar_of(dataset, tmp_path / "timeline.ics")
    assert calendar["version"] == "2.0" and dataset.version in calendar["description"]
    found = {event["uid"].partition("@")[0]: event for event in calendar.events}
    assert not any(event.errors for event in calendar.events)
    assert set(found) == event_ids(dataset) and len(calendar.events) == len(found)
    for row in dataset.arrow("events").to_pylist():
        event = found[row["event_id"]]
        assert event["summary"] == row["title"] and event["x-timeline-date"] == row["date"]
        assert event["dtstart"].dt == row["start_earliest"]
        assert event["dtend"].dt == (row["end_latest"] or row["start_latest"]) + datetime.timedelta(1)
        for name in ("start_earliest", "start_latest", "end_earliest", "end_latest", "known_from"):
            stated = event.get(f"x-timeline-{name.replace('_', '-')}")
            assert (stated and str(stated)) == (row[name] and str(row[name]))
        assert row["summary"] is None or row["summary"] in event["description"]
        assert [str(each) for each in event.categories] == [row["kind"], row["status"]]


def test_icalendar_relates_events_and_names_sources(tmp_path):
    calendar = calendar_of(WHOLE, tmp_path / "timeline.ics")
    found, described = set(), {}
    for event in calendar.events:
        event_id = event["uid"].partition("@")[0]
        described[event_id] = event["description"]
        related = event.get("related-to", [])
        for each in related if isinstance(related, list) else [related]:
            relation = each.params["reltype"].removeprefix("X-").lower()
            found.add((event_id, relation, each.partition("@")[0]))
    assert found == {tuple(row.values()) for row in WHOLE.arrow("event_links").to_pylist()}
    urls = WHOLE["sources"].set_index("source_id")["url"]
    for event_id, source_id in WHOLE["citations"][["event_id", "source_id"]].itertuples(index=False):
        assert urls[source_id] in described[event_id]


def test_icalendar_lines_are_folded_and_text_stays_text(hostile, tmp_path):
    content = hostile.to_icalendar(tmp_path / "hostile.ics").read_bytes()
    assert all(len(line) <= 75 for line in content.split(b"\r\n")) and b"\n" not in content.replace(
        b"\r\n", b""
    )
    calendar = calendar_of(hostile, tmp_path / "again.ics")
    assert calendar.events[0]["summary"] == f"{HOSTILE} 0"


# GraphML ---------------------------------------------------------------------------------------------------


def test_graphml_is_the_network(dataset, tmp_path):
    import networkx as nx

    graph = nx.read_graphml(dataset.to_graphml(tmp_path / "timeline.graphml"), force_multigraph=True)
    original = dataset.graph()
    assert dict(graph.nodes(data="node")) == dict(original.nodes(data="node"))
    told = ("edge", "relation", "event_id", "date")

    def edges(graph):
        return sorted((a, b, *(given.get(name) for name in told)) for a, b, given in graph.edges(data=True))

    assert edges(graph) == edges(original) and edges(graph)
    assert dataset.version in graph.graph["citation"]


def test_graphml_nodes_have_labels_bounds_and_sources(tmp_path):
    import networkx as nx

    graph = nx.read_graphml(WHOLE.to_graphml(tmp_path / "timeline.graphml"), force_multigraph=True)
    for row in rows(WHOLE, "events"):
        node = graph.nodes[row["event_id"]]
        for name in ("date", "start_earliest", "start_latest", "end_earliest", "end_latest", "known_from"):
            assert node.get(name) == row[name]
        assert node["label"] == row["title"] and "http" in node["sources"]


def test_graphml_holds_text_as_text(hostile, tmp_path):
    import networkx as nx

    graph = nx.read_graphml(hostile.to_graphml(tmp_path / "hostile.graphml"))
    assert f"{HOSTILE} 0" in {node.get("title") for node in graph.nodes.values()}


# FollowTheMoney and TimelineJS: their own readers are in test_readers.py ---------------------------------


def test_followthemoney_refers_only_to_entities_that_are_there(dataset, tmp_path):
    path = dataset.to_followthemoney(tmp_path / "entities.ftm.json")
    entities = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    ids = [entity["id"] for entity in entities]
    assert len(ids) == len(set(ids))
    refers = {"proof", "subject", "object", "involved", "entity", "document", "addressEntity"}
    for entity in entities:
        for name in refers & set(entity["properties"]):
            assert set(entity["properties"][name]) <= set(ids)
    of_schema = {entity["schema"] for entity in entities}
    assert {"Event", "Person", "Company", "PublicBody", "Article", "UnknownLink"} <= of_schema
    events = {entity["id"]: entity["properties"] for entity in entities if entity["schema"] == "Event"}
    assert len(events) == len(dataset["events"])
    for row in rows(dataset, "events"):
        stated = events[f"event--{row['event_id']}"]
        begin, end = (row["start_earliest"], row["start_latest"]), (row["end_earliest"], row["end_latest"])
        assert set(stated["startDate"]) == set(begin)
        assert set(stated.get("endDate", [])) == {day for day in end if day}
        assert f"EDTF: {row['date']}" in stated["notes"]


def test_timelinejs_has_a_slide_per_event(dataset, tmp_path):
    made = json.loads(dataset.to_timelinejs(tmp_path / "timeline.json").read_bytes())
    assert dataset.version in made["title"]["text"]["text"]
    slides = {slide["unique_id"]: slide for slide in made["events"]}
    assert set(slides) == event_ids(dataset)
    for row in dataset.arrow("events").to_pylist():
        slide = slides[row["event_id"]]
        assert datetime.date(**slide["start_date"]) == row["start_earliest"]
        last = row["end_latest"] or row["start_latest"]
        assert datetime.date(**slide.get("end_date", slide["start_date"])) == last
        assert row["date"] in slide["display_date"]


def test_timelinejs_holds_no_markup_but_its_own(hostile, tmp_path):
    from html.parser import HTMLParser

    tags, text = set(), io.StringIO()

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attrs):
            tags.add(tag)

        def handle_data(self, data):
            text.write(data)

    made = json.loads(hostile.to_timelinejs(tmp_path / "hostile.json").read_bytes())
    for slide in made["events"]:
        Reader().feed(slide["text"]["headline"])
        Reader().feed(slide["text"]["text"])
    assert tags == {"p", "ul", "li", "a"} and HOSTILE in text.getvalue()
