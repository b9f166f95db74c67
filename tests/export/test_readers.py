"""Exports and published files opened by the programs they are for: `make test-readers`.

Each test skips, saying so, where its program is not installed.
"""

from __future__ import annotations

import csv
import datetime
import json
import shutil
import subprocess
import sys
from html import unescape
from pathlib import Path

import pytest
from recipes import answer, blocks, unpack_release

import timeline
from timeline import contract
from timeline.home import home

pytestmark = pytest.mark.readers

WHOLE = timeline.open("1.0.0")
NODE_MODULES = Path(__file__).parent / "readers" / "node_modules"
DATASETS = {
    "the release": WHOLE,
    "a snapshot": WHOLE.as_known_on("2024-01-08"),
    "transfers": WHOLE.where(kind="transfer"),
}


def program(*names):
    for name in names:
        if found := shutil.which(name):
            return found
    pytest.skip(f"{names[0]} is not installed")


def run(*command, cwd):
    done = subprocess.run([*map(str, command)], cwd=cwd, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def release(tmp_path):
    return unpack_release(tmp_path)


# FollowTheMoney --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DATASETS)
def test_followthemoney_takes_every_entity_with_nothing_lost(name, tmp_path):
    pytest.importorskip("followthemoney", reason="followthemoney is not installed")
    from followthemoney import model
    from followthemoney.proxy import EntityProxy

    path = DATASETS[name].to_followthemoney(tmp_path / "entities.ftm.json")
    entities = {each["id"]: each for each in map(json.loads, path.read_text("utf-8").splitlines())}
    assert len(entities) > 100
    for given in entities.values():
        schema = model.get(given["schema"])
        schema.validate(given)
        cleaned = EntityProxy(schema, given, cleaned=False).to_dict()
        assert cleaned["id"] == given["id"]
        assert {key: sorted(values) for key, values in cleaned["properties"].items()} == {
            key: sorted(values) for key, values in given["properties"].items()
        }
        for key, values in given["properties"].items():
            described = schema.properties[key]
            assert all(len(value) <= described.type.max_length for value in values)
            if described.range:
                assert all(model.get(entities[value]["schema"]).is_a(described.range) for value in values)


def test_followthemoney_knows_every_country():
    pytest.importorskip("followthemoney", reason="followthemoney is not installed")
    from followthemoney.types import registry
    from pycountry import countries

    from timeline.export.followthemoney import _country

    codes = [_country(code) for code in [*(each.alpha_3 for each in countries), "XKX"]]
    assert len(codes) > 240 and codes == [registry.country.clean(code) for code in codes]


# SQLite ----------------------------------------------------------------------------------------------------


def test_datasette_answers_over_the_database(tmp_path):
    pytest.importorskip("datasette", reason="datasette is not installed")
    path = WHOLE.to_sqlite(tmp_path / "timeline.db")

    def get(address):
        return json.loads(run(sys.executable, "-m", "datasette", path, "--get", address, cwd=tmp_path))

    table = get("/timeline/events.json?kind=transfer&_shape=array&_size=max")
    assert {row["event_id"] for row in table} == set(WHOLE.where(kind="transfer")["events"]["event_id"])
    assert len(get("/timeline/timeline.json?_shape=array&_size=max")) == len(WHOLE["timeline"])
    found = get("/timeline/events.json?_search=drones+primorye&_shape=array")
    assert "kim-receives-drones-in-primorye" in {row["event_id"] for row in found}
    (schema,) = [each for each in get("/timeline.json")["tables"] if each["name"] == "participants"]
    assert {each["other_table"] for each in schema["foreign_keys"]["outgoing"]} == {"events", "actors"}


def test_sqlite_shell_recipe(release):
    program("sqlite3")
    (recipe,) = [block for block in blocks("READING.md", "sh").values() if "sqlite3" in block]
    WHOLE.to_sqlite(release / "timeline.db")
    asking = recipe.splitlines()[-1]
    assert run("sh", "-ec", asking, cwd=release).split() == answer()


# R and Node ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", blocks("READING.md", "r"))
def test_r_recipes_give_the_answer(where, release):
    recipe, rscript = blocks("READING.md", "r")[where], program("Rscript")
    for line in recipe.splitlines():
        if line.startswith("library("):
            package = line[8:].rstrip(")")
            if subprocess.run([rscript, "-e", line], capture_output=True).returncode:
                pytest.skip(f"R has no {package}")
    WHOLE.to_sqlite(release / "timeline.db")
    (release / "recipe.R").write_text(recipe, "utf-8")
    assert run(rscript, "recipe.R", cwd=release).split() == answer()


@pytest.fixture
def node():
    found = program("node")
    if not NODE_MODULES.is_dir():
        pytest.skip("Node has no packages: npm install --prefix tests/export/readers")
    return found


@pytest.mark.parametrize("where", blocks("READING.md", "js"))
def test_node_recipes_give_the_answer(where, release, node):
    (release / "node_modules").symlink_to(NODE_MODULES)
    (release / "recipe.mjs").write_text(blocks("READING.md", "js")[where], "utf-8")
    assert run(node, "recipe.mjs", cwd=release).split() == answer()


READ_CALENDAR = """
import { readFileSync } from "node:fs";
import ICAL from "ical.js";

const calendar = new ICAL.Component(ICAL.parse(readFileSync("timeline.ics", "utf-8")));
const told = calendar.getAllSubcomponents("vevent").map((each) => {
  const event = new ICAL.Event(each);
  return [event.uid, event.summary, event.startDate.toString(), event.endDate.toString(),
          each.getFirstPropertyValue("x-timeline-date"), each.getAllProperties("related-to").length];
});
console.log(JSON.stringify(told));
"""


def test_ical_js_reads_the_calendar(tmp_path, node):
    WHOLE.to_icalendar(tmp_path / "timeline.ics")
    (tmp_path / "node_modules").symlink_to(NODE_MODULES)
    (tmp_path / "read.mjs").write_text(READ_CALENDAR)
    links = WHOLE["event_links"]["event_id"].value_counts()
    expected = []
    for row in WHOLE.arrow("events").to_pylist():
        end = (row["end_latest"] or row["start_latest"]) + datetime.timedelta(1)
        days = [str(row["start_earliest"]), str(end)]
        uid = f"{row['event_id']}@dprk-russia-timeline"
        expected.append([uid, row["title"], *days, row["date"], int(links.get(row["event_id"], 0))])
    assert json.loads(run(node, "read.mjs", cwd=tmp_path)) == expected


TIMELINE = """<!doctype html><meta charset="utf-8">
<link rel="stylesheet" href="{package}/dist/css/timeline.css">
<script src="{package}/dist/js/timeline.js"></script>
<div id="here" style="width: 1000px; height: 700px"></div>
<script>new TL.Timeline("here", {made})</script>
"""


def test_timelinejs_shows_every_event(tmp_path, node):
    chromium = program("chromium", "chromium-browser", "google-chrome")
    made = WHOLE.to_timelinejs(tmp_path / "timeline.json").read_text("utf-8").replace("</", "<\\/")
    package = NODE_MODULES / "@knight-lab" / "timelinejs"
    (tmp_path / "page.html").write_text(TIMELINE.format(package=package.as_uri(), made=made), "utf-8")
    shown = run(chromium, "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=20000",
                f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", (tmp_path / "page.html").as_uri(),
                cwd=tmp_path)  # fmt: skip
    headlines = {part.partition("<")[0] for part in shown.split('class="tl-headline">')[1:]}
    titles = set(WHOLE["events"]["title"])
    assert titles <= {unescape(headline).strip() for headline in headlines}
    assert "tl-message-error" not in shown


# LibreOffice -----------------------------------------------------------------------------------------------


def convert(folder, form, *files, infilter=None):
    """Have LibreOffice write files in another form, with a profile of its own."""
    soffice = program("soffice", "libreoffice")
    options = [f"--infilter={infilter}"] if infilter else []
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    run(soffice, profile, "--headless", "--norestore", *options, "--convert-to", form, "--outdir", folder,
        *files, cwd=folder)  # fmt: skip


def as_text(value):
    if isinstance(value, datetime.datetime):
        return f"{value:%Y-%m-%d}"
    return "" if value is None else str(value)


EDTF_COLUMN = {
    name: next(place for place, field in enumerate(table.fields, start=1) if field.edtf)
    for name, table in contract.tables().items()
    if any(field.edtf for field in table.fields)
}


@pytest.mark.parametrize("name", contract.TABLES)
def test_libreoffice_opens_the_csv_files(name, tmp_path):
    from openpyxl import load_workbook

    (recipe,) = [block for block in blocks("READING.md", "sh").values() if "soffice" in block]
    assert f'"CSV:44,34,UTF8,1,{EDTF_COLUMN["events"]}/2"' in recipe
    path = home() / "data" / "processed" / f"{name}.csv"
    text = f",{EDTF_COLUMN[name]}/2" if name in EDTF_COLUMN else ""
    convert(tmp_path, "xlsx", path, infilter=f"CSV:44,34,UTF8,1{text}")
    sheet = load_workbook(tmp_path / f"{name}.xlsx").active
    with path.open(encoding="utf-8", newline="") as file:
        expected = list(csv.reader(file))
    found = [[as_text(cell.value) for cell in row] for row in sheet.iter_rows(max_col=len(expected[0]))]
    assert found == expected
    assert not {cell.data_type for row in sheet for cell in row} & {"f", "e"}  # no formula, no error


def test_libreoffice_opens_the_workbook(tmp_path):
    WHOLE.to_excel(tmp_path / "timeline.xlsx")
    convert(tmp_path, "csv:Text - txt - csv (StarCalc):44,34,UTF8,1,,0,false,true,false,false,false,-1",
            tmp_path / "timeline.xlsx")  # fmt: skip
    for name in contract.TABLES:
        with (tmp_path / f"timeline-{name}.csv").open(encoding="utf-8", newline="") as file:
            found = list(csv.reader(file))
        with (home() / "data" / "processed" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            assert found == list(csv.reader(file)), name
