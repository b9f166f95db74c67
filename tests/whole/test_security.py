"""What SECURITY.md promises, as far as no other file tests it; and that each of its promises is tested."""

from __future__ import annotations

import ast
import json
import pickle
import re
import sqlite3
import tempfile
import zipfile
from contextlib import closing
from html.parser import HTMLParser
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

import timeline
from timeline.charts.save import save
from timeline.dataset import Dataset
from timeline.errors import BadRequest, TimelineError

ROOT = Path(__file__).parents[2]


def test_every_promise_names_its_test() -> None:
    (promised,) = re.findall(
        r"^## What is promised$(.*?)^## ", (ROOT / "SECURITY.md").read_text("utf-8"), re.M | re.S
    )
    promises = re.split(r"\n- ", promised)[1:]
    tests = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)\(", path.read_text("utf-8"), re.M)
    }
    assert len(promises) > 15
    for promise in promises:
        named = re.findall(r"`(test_\w+)`", promise)
        assert named, f"no test: {promise}"
        assert set(named) <= tests, f"no such test: {set(named) - tests}"


def saying(text: str, url: str = "https://example.org/x") -> Dataset:
    """A dataset that was never validated: wherever people read text, it says the same."""
    part = timeline.open("1.0.0").where(kind="test")
    tables = {name: part._plain(name) for name in part.tables}
    texts = {
        "events": ("title", "summary"),
        "actors": ("name",),
        "aliases": ("alias",),
        "places": ("name",),
        "sources": ("publisher", "title", "url"),
        "estimates": ("stated",),
    }
    for name, columns in texts.items():
        for column in columns:
            said = [f"{url if column == 'url' else text} {row}" for row in range(len(tables[name]))]
            place = tables[name].column_names.index(column)
            tables[name] = tables[name].set_column(place, column, pa.array(said, pa.string()))
    return Dataset(tables, part.version)


# Archives --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["memory", "duckdb"])
def test_validation_of_a_zip_writes_only_what_it_takes_away(
    engine: str, package, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of tables in folders with all sorts of names, files come about in a temporary folder alone."""
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in package.root.rglob("*"):
            if name.is_file():
                archive.write(name, name.relative_to(package.root))
    spare = tmp_path / "spare"
    spare.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(spare))
    before = sorted(tmp_path.rglob("*"))
    timeline.validate(path, engine=engine)
    assert sorted(tmp_path.rglob("*")) == before


# Descriptors -----------------------------------------------------------------------------------------------

ODD = [None, 7, "", "x\ny", [], {}, [7], {"a": 1}]


@pytest.mark.parametrize("odd", [*ODD, "missing"], ids=repr)
def test_an_odd_descriptor_gives_an_answer_or_one_error(odd: object, package, tmp_path: Path) -> None:
    def put(where: dict, name: str) -> None:
        if odd == "missing":
            del where[name]
        else:
            where[name] = odd

    def attempt(*path: str | int) -> None:
        descriptor = json.loads(whole)
        descriptor["version"] = "3.0.0"
        *above, last = path
        where = descriptor
        for step in above:
            where = where[step]
        put(where, last)
        package["datapackage.json"].write_text(json.dumps(descriptor))
        for use in (
            lambda: repr(timeline.open(package.root)),
            lambda: timeline.open(package.root).cite("datacite"),
            lambda: timeline.open(package.root).cite("bibtex"),
            lambda: timeline.open(package.root).to_geojson(tmp_path / "x.json", force=True),
            lambda: timeline.verify(package.root),
        ):
            try:
                use()
                answers.append(path)
            except TimelineError as error:
                assert str(error)
                errors.append(path)

    whole = package["datapackage.json"].read_text()
    answers, errors = [], []
    for name in json.loads(whole):
        attempt(name)
    for name in json.loads(whole)["resources"][0]:
        attempt("resources", 0, name)
    assert answers
    assert errors


# Code ------------------------------------------------------------------------------------------------------


class Evil:
    def __reduce__(self):
        return Path.touch, (Path("executed"),)


def test_parquet_that_carries_a_pickle_runs_none_of_it(package, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = package.root / "data/processed/places.parquet"
    data = parquet.read_table(path)
    carried = {
        b"ARROW:extension:name": b"arrow.py_extension_type",
        b"ARROW:extension:metadata": pickle.dumps(Evil()),
    }
    fields = [field.with_metadata(carried) for field in data.schema]
    parquet.write_table(data.cast(pa.schema(fields, metadata=carried)), path)
    package.rehash()
    assert pickle.dumps(Evil()) in parquet.read_schema(path).field("name").metadata.values()
    assert len(timeline.open(package.root)["places"]) == len(data)
    assert not Path("executed").exists()
    pickle.loads(pickle.dumps(Evil()))
    assert Path("executed").exists()


def test_no_module_executes_or_unpickles_anything() -> None:
    forbidden_modules = {
        "pickle",
        "marshal",
        "shelve",
        "dill",
        "cloudpickle",
        "subprocess",
        "ctypes",
        "runpy",
    }
    forbidden_calls = {
        "eval",
        "exec",
        "compile",
        "__import__",
        "system",
        "popen",
        "read_pickle",
        "unsafe_load",
    }
    modules = list((ROOT / "timeline").rglob("*.py"))
    assert len(modules) > 50
    for path in modules:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = {getattr(node, "module", None) or "", *(each.name for each in node.names)}
                assert not {name.partition(".")[0] for name in names} & forbidden_modules, path
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
                called = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
                of_re = isinstance(node.func, ast.Attribute) and ast.unparse(node.func) == "re.compile"
                assert of_re or called not in forbidden_calls, f"{path}:{node.lineno}"
                assert ast.unparse(node.func) != "yaml.load", path


# SQL -------------------------------------------------------------------------------------------------------

REFUSED = {
    "read bytes": "select * from read_blob('{folder}/secret.csv')",
    "read the environment as a file": "select * from read_text('/proc/self/environ')",
    "read through a macro": "create macro m(a) as table from read_csv(a); from m('{folder}/secret.csv')",
    "read through a table's name": "select * from query_table('{folder}/secret.csv')",
    "read from the web": "select * from read_csv('http://127.0.0.1:9/x.csv')",
    "fill a table from a file": "create table t (a text); copy t from '{folder}/secret.csv'",
    "write after an innocent statement": "select 1; copy (select 1) to '{folder}/out.csv'",
    "import a database": "import database '{folder}'",
    "attach for reading": "attach '{folder}/secret.csv' as x (read_only)",
    "keep a secret": "create persistent secret s (type s3, key_id 'a', secret 'b')",
    "install from an address": "force install httpfs from 'http://127.0.0.1:9'",
    "load an extension by name": "load httpfs",
    "spill elsewhere": "set temp_directory = '{folder}/out'",
    "extensions from elsewhere": "set extension_directory = '{folder}/out'",
    "unsigned extensions": "set allow_unsigned_extensions = true",
    "allow a folder": "set allowed_directories = ['{folder}']",
    "take more memory": "set memory_limit = '1TB'",
    "undo a setting": "reset enable_external_access",
    "read Python's variables": "set python_enable_replacements = true",
    "log queries": "set log_query_path = '{folder}/out'",
}


@pytest.mark.parametrize("query", REFUSED.values(), ids=REFUSED)
def test_sql_cannot_leave_its_tables_by_other_ways(query: str, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "secret.csv").write_text("a\nsecret\n")
    with pytest.raises(BadRequest, match=r"disabled|Cannot change|Permission Error"):
        timeline.open("1.0.0").sql(query.format(folder=tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["secret.csv"]


@pytest.mark.parametrize(
    "query",
    [
        "drop view events; select 1",
        "create or replace view events as select 1 as event_id; select * from events",
    ],
)
def test_sql_changes_nothing_in_the_dataset(query: str) -> None:
    dataset = timeline.open("1.0.0")
    before = dataset["events"]
    dataset.sql(query)
    assert dataset["events"].equals(before)
    assert dataset.sql("select count(*) as n from events")["n"][0] == len(before)


def test_sql_of_a_type_that_pandas_lacks_is_told() -> None:
    with pytest.raises(BadRequest, match="has a type that pandas has not"):
        timeline.open("1.0.0").sql("select * from test_all_types()")


# Text in exports -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("begin", ["=1+1", "+1", "-1", "@SUM(1)", "{=1}", "\t=1", "http://x/"])
def test_excel_takes_no_text_for_a_formula_or_a_link(begin: str, tmp_path: Path) -> None:
    from openpyxl import load_workbook

    workbook = load_workbook(saying(begin).to_excel(tmp_path / "x.xlsx"))
    assert begin.strip() in str(workbook["events"]["B2"].value)
    cells = [cell for sheet in workbook for row in sheet for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}
    assert not any(cell.hyperlink for cell in cells)


def test_sqlite_takes_no_text_for_a_statement(tmp_path: Path) -> None:
    text = "x'); drop table events; --"
    dataset = saying(text)
    with closing(sqlite3.connect(dataset.to_sqlite(tmp_path / "x.db"))) as database:
        titles = [title for (title,) in database.execute("select title from events")]
        kinds = {kind for (kind,) in database.execute("select type from sqlite_master")}
    assert sorted(titles) == sorted(f"{text} {row}" for row in range(len(dataset["events"])))
    assert kinds == {"table", "index", "view"}


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_icalendar_takes_no_line_from_a_text(end: str, tmp_path: Path) -> None:
    attack = f"x{end}ATTENDEE:mailto:a@example.org{end}END:VEVENT{end}BEGIN:VALARM"
    content = saying(attack).to_icalendar(tmp_path / "x.ics").read_bytes()
    names = {line.partition(b":")[0].partition(b";")[0] for line in re.split(rb"\r\n(?! )", content)}
    assert b"SUMMARY" in names
    assert not {b"ATTENDEE", b"BEGIN:VALARM"} & names
    assert b"BEGIN:VALARM" not in re.split(rb"[\r\n]+", content)
    with pytest.raises(BadRequest, match="icalendar cannot hold a text of the dataset"):
        saying("x", url=f"https://example.org/{end}ATTENDEE:x").to_icalendar(tmp_path / "y.ics")


def test_graphml_refuses_what_xml_cannot_hold(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match=r"graphml cannot hold a text of the dataset .*timeline validate"):
        saying("a\x01b").to_graphml(tmp_path / "x.graphml")
    assert not list(tmp_path.iterdir())


class Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.found.append(tag)


def elements(text: str) -> list[str]:
    parser = Elements()
    parser.feed(text)
    return parser.found


@pytest.mark.parametrize("form", ["html", "svg"])
def test_a_chart_runs_nothing_that_a_text_says(form: str, tmp_path: Path) -> None:
    attack = "</script><script>alert(1)</script><img src=x onerror=alert(1)><!--"
    for name, text in (("attack", attack), ("plain", "a title")):
        save(saying(text).plot(), tmp_path / f"{name}.{form}")
    charts = [(tmp_path / f"{name}.{form}").read_text("utf-8") for name in ("attack", "plain")]
    assert elements(charts[0]) == elements(charts[1])
    assert "alert(1)" in charts[0]
    assert "<script>alert" not in charts[0]
