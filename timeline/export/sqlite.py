"""The tables as one SQLite database, with the rules of the contract that SQL can state."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any

from timeline import contract
from timeline.contract.codebook import COLUMNS, flat
from timeline.contract.relations import LONGEST_CHAIN, in_dependency_order
from timeline.errors import BadRequest
from timeline.export.about import about
from timeline.selection.tables import TablesInMemory

if TYPE_CHECKING:
    import pyarrow as pa


AS_KNOWN = """
select e.event_id, e.title, e.date, e.kind, e.known_from,
  (select s.status from status_changes s where s.event_id = e.event_id and s.from_date <= :day
   order by s.from_date desc limit 1) as status
from events e where e.known_from <= :day order by e.start_earliest, e.event_id
""".strip()
"""Events that a reader could have known on a day, ``:day`` as YYYY-MM-DD, with their status on that day."""

_TYPES = {"string": "text", "date": "text", "integer": "integer", "number": "real"}
_WIDE = "timeline"
_INDEXED = {"events": ("start_earliest", "known_from", "kind", "status"), "actors": ("name",)}


def render(dataset: TablesInMemory) -> bytes:
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute("pragma foreign_keys = on")
        for name in in_dependency_order():
            if name != _WIDE:
                try:
                    _fill(database, name, dataset.arrow(name))
                except sqlite3.IntegrityError as error:
                    hint = "timeline validate says where"
                    raise BadRequest(f"{name} breaks the contract ({error}): {hint}") from None
        try:
            database.executescript(_SEARCH)
        except sqlite3.OperationalError as error:
            raise BadRequest(f"the export sqlite needs SQLite with FTS5; this one says: {error}") from None
        database.execute(f"create view {_WIDE} as {_wide_view()}")
        _describe(database, about(dataset))
        database.commit()
        return database.serialize()


def _fill(database: sqlite3.Connection, name: str, data: pa.Table) -> None:
    table = contract.table(name)
    database.execute(_create(table, data))
    for columns in _lookups(table):
        database.execute(f"create index {name}_{'_'.join(columns)} on {name} ({_list(columns)})")
    values = [_values(data[column]) for column in table.columns]
    places = ", ".join("?" * len(values))
    database.executemany(f"insert into {name} values ({places})", zip(*values, strict=True))
    if database.execute(f"pragma foreign_key_check({name})").fetchone():
        raise sqlite3.IntegrityError("FOREIGN KEY constraint failed")


def _values(column: pa.ChunkedArray) -> list[Any]:
    import pyarrow as pa

    text = column.cast(pa.string()) if pa.types.is_date(column.type) else column
    values: list[Any] = text.to_pylist()
    return values


def _create(table: contract.Table, data: pa.Table) -> str:
    """Statement that makes a table; a snapshot, which leaves out summaries, may be empty where it may not."""
    parts = [_column(field, table.key, data[field.name].null_count > 0) for field in table.fields]
    parts.append(f"primary key ({_list(table.key)})")
    parts += [
        f"foreign key ({_list(key.columns)}) references {key.table} ({_list(key.referenced)})"
        f"{' deferrable initially deferred' if key.table == table.name else ''}"
        for key in table.foreign_keys
    ]
    strict = " strict" if sqlite3.sqlite_version_info >= (3, 37) else ""
    body = ",\n  ".join(parts)
    return f"create table {table.name} (\n  {body}\n){strict}"


def _column(field: contract.Field, key: tuple[str, ...], has_gaps: bool) -> str:
    name = _quoted(field.name)
    words = [name, _TYPES[field.type], *(["not null"] if field.required and not has_gaps else [])]
    if field.unique and key != (field.name,):
        words.append("unique")
    words += [f"check ({condition})" for condition in _conditions(field, name)]
    return " ".join(words)


def _conditions(field: contract.Field, name: str) -> Iterator[str]:
    if field.enum:
        yield f"{name} in ({', '.join(map(_literal, field.enum))})"
    if field.type == "date":
        yield f"{name} is date({name}, '+0 days')"  # which no day but a real one survives
    if field.minimum is not None:
        yield f"{name} >= {field.minimum}"
    if field.maximum is not None:
        yield f"{name} <= {field.maximum}"
    if field.max_length is not None:
        yield f"length({name}) <= {field.max_length}"


def _lookups(table: contract.Table) -> list[tuple[str, ...]]:
    """Columns by which rows are looked up and which no key begins with."""
    wanted = [key.columns for key in table.foreign_keys] + [(name,) for name in _INDEXED.get(table.name, ())]
    return [columns for columns in dict.fromkeys(wanted) if columns != table.key[: len(columns)]]


_SEARCH = """
create virtual table events_fts using fts5(
  title, summary, content="events", tokenize="unicode61 remove_diacritics 2"
);
insert into events_fts(events_fts) values ('rebuild');
"""


def _wide_view() -> str:
    """The wide view, computed from the other tables, so that it holds whatever is changed in them."""
    events, participants = contract.table("events"), contract.table("participants")
    roles = participants.field("role").enum
    columns = []
    for name in contract.table(_WIDE).columns:
        if name in events.columns:
            columns.append(f"e.{_quoted(name)}")
        elif name in roles:
            columns.append(f"{_PARTICIPANTS.format(role=_literal(name))} as {_quoted(name)}")
        else:
            columns.append(f"{_SUMMED_UP[name]} as {_quoted(name)}")
    listed = ",\n  ".join(columns)
    return f"select\n  {listed}\nfrom events e left join places p on p.place_id = e.place_id"


_PARTICIPANTS = """(select group_concat(name, '; ') from (
    select a.name from participants t join actors a on a.actor_id = t.actor_id
    where t.event_id = e.event_id and t.role = {role} order by a.actor_id))"""
_CITED = "from citations c join sources s on s.source_id = c.source_id where c.event_id = e.event_id"
_ORIGINS = [
    f"left join sources r{n} on r{n}.source_id = r{n - 1}.relays" for n in range(1, LONGEST_CHAIN + 1)
]
_FROM_ORIGIN = (
    f"from citations c join sources r0 on r0.source_id = c.source_id {' '.join(_ORIGINS)} "
    "where c.event_id = e.event_id"
)
_WRITER = f"coalesce({', '.join(f'r{n}.publisher' for n in range(LONGEST_CHAIN, -1, -1))})"
_PUBLISHER = f"substr({_WRITER}, 1, instr({_WRITER} || ' (via ', ' (via ') - 1)"
_SUMMED_UP = {
    "materiel": """(select group_concat(materiel, '; ') from (
    select materiel from event_materiel m where m.event_id = e.event_id order by materiel))""",
    "place": "p.name",
    "about_place": "(select a.name from places a where a.place_id = e.about_place_id)",
    "country": "p.country",
    "latitude": "p.latitude",
    "longitude": "p.longitude",
    "sources": f"(select count(distinct c.source_id) {_CITED})",
    "publishers": f"(select count(distinct {_PUBLISHER}) {_FROM_ORIGIN})",
    "first_source_url": f"""(select s.url {_CITED}
    order by s.published_latest is null, s.published_latest, s.source_id limit 1)""",
}


def _describe(database: sqlite3.Connection, told: dict[str, str]) -> None:
    database.execute("create table metadata (key text primary key, value text not null)")
    notes = {
        "as_known": AS_KNOWN,
        "foreign_keys": "pragma foreign_keys = on makes SQLite enforce them for the connection",
    }
    database.executemany("insert into metadata values (?, ?)", {**told, **notes}.items())
    columns = ", ".join(f"{_quoted(name)} text not null" for name in COLUMNS)
    database.execute(f"create table codebook ({columns})")
    places = ", ".join(f":{name}" for name in COLUMNS)
    database.executemany(f"insert into codebook values ({places})", flat())


def _list(columns: tuple[str, ...]) -> str:
    return ", ".join(map(_quoted, columns))


def _quoted(name: str) -> str:
    return f'"{name}"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
