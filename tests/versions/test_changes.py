"""Changes between datasets: each kind from a small edit, and applied they give the new one byte for byte."""

from __future__ import annotations

import json
from datetime import date

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import timeline
from timeline import contract
from timeline.contract import types
from timeline.curation.describe import in_memory
from timeline.dataset import Dataset
from timeline.errors import BadData, BadRequest
from timeline.files.csv import to_csv
from timeline.files.package import DESCRIPTOR
from timeline.selection.tables import TablesOf
from timeline.versions import change_kinds, index
from timeline.versions.changes import Changes
from timeline.versions.citation import csv_files, fingerprint

OLD = timeline.open("1.0.0")
TABLES = {name: OLD._plain(name) for name in contract.TABLES}
EVENT = "russian-il62-at-pyongyang-in-january"


def edited(**rows):
    """The release with other rows in some tables."""
    changed = {
        name: types.sort(name, pa.Table.from_pylist(mine, schema=TABLES[name].schema))
        for name, mine in rows.items()
    }
    return Dataset({**TABLES, **changed}, "1.0.1")


def rows_of(name):
    return TABLES[name].to_pylist()


def with_cell(name, column, value, wanted=lambda row: True):
    """Another value in the first wanted row of a table."""
    rows = rows_of(name)
    row = next(row for row in rows if wanted(row) and row[column] != value)
    row[column] = value
    return edited(**{name: rows})


def without(name, wanted):
    return edited(**{name: [row for row in rows_of(name) if not wanted(row)]})


def more(name, **cells):
    """A row more, made from the first."""
    return edited(**{name: [*rows_of(name), {**rows_of(name)[0], **cells}]})


def retired(successor):
    row = {"id": EVENT, "table": "events", "successor": successor, "reason": "So.", "release": "2.0.0"}
    gone = {"events": [row for row in rows_of("events") if row["event_id"] != EVENT]}
    return edited(**gone, retired=[row])


def evidence(row):
    return row["relation"] == "discloses"


OTHER = rows_of("events")[0]["event_id"]
EDITS = {
    "added": ("events", lambda: more("events", event_id="new-event"), "minor"),
    "retracted": ("events", lambda: without("events", lambda row: row["event_id"] == EVENT), "major"),
    "merged into": ("events", lambda: retired(OTHER), "minor"),
    "re-dated": ("events", lambda: with_cell("events", "date", "2024-01-07"), "patch"),
    "status changed": ("events", lambda: with_cell("events", "status", "disputed"), "patch"),
    "knowledge changed": ("events", lambda: with_cell("events", "known_from", date(2024, 1, 7)), "patch"),
    "new evidence": ("citations", lambda: more("citations", stance="background"), "minor"),
    "evidence withdrawn": (
        "event_links",
        lambda: edited(event_links=[row for row in rows_of("event_links") if not evidence(row)]),
        "patch",
    ),
    "estimate revised": ("estimates", lambda: with_cell("estimates", "best", 7.5), "patch"),
    "designation changed": (
        "designations",
        lambda: edited(designations=rows_of("designations")[1:]),
        "patch",
    ),
    "text corrected": ("events", lambda: with_cell("events", "title", "Another, “better” title"), "patch"),
    "value corrected": ("events", lambda: with_cell("events", "kind", "denial"), "patch"),
    "restated": ("timeline", lambda: with_cell("timeline", "title", "Another title"), "patch"),
}


@pytest.mark.parametrize("kind", EDITS)
def test_a_small_edit_is_a_change_of_its_kind(kind):
    table, edit, level = EDITS[kind]
    new = edit()
    changes = timeline.diff(OLD, new)
    mine = [change for change in changes.rows if change.table == table]
    assert mine and {change.change for change in mine} == {kind}
    assert changes.level == level
    if kind != "evidence withdrawn" and kind != "merged into":
        assert len(changes) == 1
    assert csv_files(timeline.apply(OLD, changes)) == csv_files(new)


def package(edit):
    """The release with another description of its columns; `edit` changes the fields of events."""
    files = {name: OLD.package.read(name, 2**30) for name in OLD.package.names}
    told = json.loads(files[DESCRIPTOR])
    edit(told["resources"])
    return in_memory({**files, DESCRIPTOR: json.dumps(told).encode()})


def field(resources, column):
    fields = resources[0]["schema"]["fields"]
    return next(each for each in fields if each["name"] == column)


def drop_table(resources):
    resources[:] = [each for each in resources if not each["name"].startswith("retired")]


def drop_column(resources):
    resources[0]["schema"]["fields"].remove(field(resources, "summary"))


def drop_value(resources):
    field(resources, "kind")["constraints"]["enum"].remove("denial")


def retype(resources):
    field(resources, "summary")["type"] = "number"


SCHEMA_EDITS = {
    "table": (drop_table, "retired", None, None),
    "column": (drop_column, "events", "summary", "string"),
    "value": (drop_value, "events", "kind", "denial"),
}


class Described(Dataset):
    """A dataset whose package is described otherwise, with the rows as they are."""

    def _plain(self, name):
        return TABLES[name]


def of_package(edit):
    return Described(TablesOf(package(edit)), "1.0.0")


@pytest.mark.parametrize("what", SCHEMA_EDITS)
def test_tables_columns_and_values_that_come_or_go_are_told(what):
    edit, table, column, was = SCHEMA_EDITS[what]
    there, back = timeline.diff(OLD, of_package(edit)), timeline.diff(of_package(edit), OLD)
    (gone,), (came,) = there.rows, back.rows
    assert gone[:4] == (table, "", f"{what} removed", column) and there.level == "major"
    assert came[:4] == (table, "", f"{what} added", column) and back.level == "minor"
    assert gone[4:] == (was, None) and came[4:] == (None, was)


def test_a_column_of_another_type_is_told():
    changes = timeline.diff(OLD, of_package(retype))
    assert changes.rows == (("events", "", "column retyped", "summary", "string", "number"),)
    assert changes.level == "major" and "events.summary: string → number" in str(changes)


def test_every_kind_is_tested():
    tested = {*EDITS, *(f"{what} {way}" for what in SCHEMA_EDITS for way in ("added", "removed"))}
    assert tested | {"column retyped"} == change_kinds.KINDS.keys()


# Applied ---------------------------------------------------------------------------------------------------

VERSIONS = list(index.index())


@pytest.mark.parametrize(("old", "new"), [(old, new) for old in VERSIONS for new in VERSIONS])
def test_applied_to_a_release_they_give_the_other_byte_for_byte(old, new):
    changes = timeline.diff(old, new)
    made = timeline.apply(old, changes)
    release = timeline.open(new)
    of_release = {name: list(fields) for name, fields in release.package.fields.items()}
    assert csv_files(release) == {
        f"{name}.csv": to_csv(made._plain(name).select(columns)) for name, columns in of_release.items()
    }
    assert made == release and made.version == new
    assert (len(changes) > 0) == (old != new)
    if old != new:
        assert fingerprint(made) != fingerprint(timeline.open(old))


def test_the_release_itself_tells_the_changes_since_the_one_before():
    told = index.changes_in(index.frozen("1.0.0"))
    assert told == timeline.diff("0.9.0", "1.0.0") and len(told) > 1000


def in_full(dataset) -> dict[str, bytes]:
    """Canonical CSV of every table of the contract."""
    return {name: to_csv(dataset._plain(name)) for name in dataset.tables}


VALUES = {
    "string": st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20),
    "date": st.dates(date(1900, 1, 1), date(2100, 1, 1)),
    "number": st.integers(-(10**12), 10**12).map(lambda thousandths: thousandths / 1000),
    "integer": st.integers(-(2**40), 2**40),
}


@st.composite
def random_edits(draw):
    """Rows of a few tables left out, changed in any column, and made anew under other keys."""
    rows = {}
    for name in draw(st.lists(st.sampled_from(contract.TABLES), min_size=1, max_size=3, unique=True)):
        described, mine = contract.table(name), rows_of(name)
        drawn = st.lists(st.integers(0, max(len(mine) - 1, 0)), max_size=3, unique=True)
        for place in draw(drawn) if mine else ():
            for name_of_column in draw(st.lists(st.sampled_from(described.columns), max_size=3, unique=True)):
                column = described.field(name_of_column)
                if column.name not in described.key:
                    value = st.sampled_from(column.enum) if column.enum else VALUES[column.type]
                    mine[place][column.name] = draw(st.none() | value)
        for place in sorted(draw(drawn), reverse=True) if mine else ():
            row = mine.pop(place)
            if draw(st.booleans()):
                key = next((key for key in described.key if described.field(key).type == "string"), None)
                mine += [{**row, key: f"{row[key]}|{draw(VALUES['string'])}%"}] if key else []
        rows[name] = mine
    return edited(**rows)


@settings(max_examples=6, deadline=None)
@given(random_edits())
def test_applied_to_random_edits_they_give_the_new_one_byte_for_byte(new):
    changes = timeline.diff(OLD, new)
    assert in_full(timeline.apply(OLD, changes)) == in_full(new)
    back = timeline.diff(new, OLD)
    assert in_full(timeline.apply(new, back)) == in_full(OLD)
    assert Changes.read_csv(changes.to_csv(), changes.old, changes.new) == changes
    assert json.loads(changes.to_json())["changes"] == [change._asdict() for change in changes.rows]
    assert len(changes.to_pandas()) == len(changes)


def test_they_are_applied_only_to_what_they_start_from():
    changes = timeline.diff(OLD, edited(events=rows_of("events")[1:]))
    with pytest.raises(BadRequest, match=r"do not start from this dataset: events has no row"):
        timeline.apply("0.9.0", Changes("", "", (changes.rows[0]._replace(key="nowhere"),)))
    (cell,) = timeline.diff(OLD, with_cell("events", "title", "x")).rows
    with pytest.raises(BadRequest, match=r"title of events .* they say 'y'"):
        timeline.apply(OLD, Changes("", "", (cell._replace(old="y"),)))
    (came,) = timeline.diff(edited(events=rows_of("events")[1:]), OLD).rows
    with pytest.raises(BadRequest, match=f"events has {came.key} already"):
        timeline.apply(OLD, Changes("", "", (came,)))
    with pytest.raises(BadRequest, match="is no JSON object"):
        timeline.apply(OLD, Changes("", "", (came._replace(new="[" * 100_000),)))
    (number,) = timeline.diff(OLD, with_cell("estimates", "best", 7.5)).rows
    with pytest.raises(BadData, match="plain decimal number"):
        timeline.apply(OLD, Changes("", "", (number._replace(new="many"),)))


def test_a_table_in_which_a_key_stands_twice_is_refused():
    with pytest.raises(BadData, match="stands in more than one row"):
        timeline.diff(OLD, edited(events=[*rows_of("events"), rows_of("events")[0]]))


def test_the_summary_is_for_people():
    told = str(timeline.diff("0.9.0", "1.0.0"))
    assert told.splitlines()[0].startswith("0.9.0 → 1.0.0: ") and "minor" in told.splitlines()[0]
    assert "… and" in told and len(told.splitlines()) < 60
    assert str(timeline.diff(OLD, OLD)) == "1.0.0 → 1.0.0: 0 changes, none"
    cells = str(timeline.diff(OLD, with_cell("events", "title", "Another title")))
    assert "→ 'Another title'" in cells


def test_counts_are_of_what_curators_code():
    counts = timeline.diff("0.9.0", "1.0.0").counts
    gained = len(timeline.load("events", version="1.0.0")) - len(timeline.load("events", version="0.9.0"))
    assert counts.loc["events", "added"] == gained
    assert "timeline" not in counts.index and "status_changes" not in counts.index
