"""The peer of validation on DuckDB: what an analyst would write in SQL to check a package of Parquet files.

As few queries as can be: one pass over each table for all its columns, one count for each key and reference,
and the heavier rules across tables. It checks less than the package does: no EDTF, no NFC, no circles, only
some of the rules, and of what is wrong it tells the number alone.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import duckdb

from timeline import contract
from timeline.contract.relations import registry_keys
from timeline.contract.text import INVISIBLE
from timeline.engines import MEMORY

SETTINGS = {"memory_limit": MEMORY, "preserve_insertion_order": False}
ACROSS = {
    "every event is cited": """
        from events anti join (from citations where stance <> 'background') using (event_id)""",
    "every event has participants": "from events anti join participants using (event_id)",
    "summaries end as sentences": r"""
        from events where not regexp_matches(summary, '[.?!"”)]$') or contains(summary, chr(10))""",
    "designations name or count designees": """
        from (from events where kind = 'designation') anti join designations using (event_id)
        anti join (from estimates where measure similar to '.*(-designated|-designees)') using (event_id)""",
    "designees take part": """
        from designations d anti join (from participants where role = 'designee') p
        on d.event_id = p.event_id and d.designee_id = p.actor_id""",
    "authorities take part": """
        from designations d anti join (from participants where role = 'issuer') p
        on d.event_id = p.event_id and d.authority_id = p.actor_id""",
    "carriers carry": """
        from participants join actors using (actor_id)
        where role = 'carrier' and kind not in ('vessel', 'aircraft', 'company', 'military-unit')""",
    "numbers are in order": "from estimates where low > best or best > high or low > high",
    "sources of estimates are cited": "from estimates anti join citations using (event_id, source_id)",
    "no source is older than its event": """
        from citations join sources using (source_id) join events using (event_id)
        where stance in ('asserts', 'reports', 'corroborates', 'acknowledges')
        and published_latest < start_earliest - 1""",
    "causes come first": """
        from event_links l join events e using (event_id) join events f on l.to_event_id = f.event_id
        where relation <> 'part-of' and e.end_latest < f.start_earliest""",
    "relations fit the kind of event": """
        from event_links join events using (event_id) where relation = 'sanctions' and kind <> 'designation'
        or relation in ('discloses', 'condemns', 'denies', 'disputes', 'acknowledges') and kind not in
        ('disclosure', 'statement', 'denial', 'designation', 'delisting', 'un-action', 'report')""",
    "no two actors share an identifier": """
        from (from identifiers select scheme, value group by all having count(distinct actor_id) > 1)""",
}


def queries() -> Iterator[str]:
    for name, table in contract.tables().items():
        wrong = [condition for field in table.fields for condition in _conditions(field)]
        counts = ", ".join(f"count(*) filter ({condition})" for condition in wrong)
        yield f'select {counts} from "{name}"'
        for key in {table.key, *((field.name,) for field in table.fields if field.unique)}:
            yield _count(f'from "{name}" select 1 group by {_names(key)} having count(*) > 1')
        for key in table.foreign_keys:
            on = " and ".join(
                f'one."{ours}" = other."{theirs}"'
                for ours, theirs in zip(key.columns, key.referenced, strict=True)
            )
            given = " and ".join(f'"{column}" is not null' for column in key.columns)
            yield _count(f'from (from "{name}" where {given}) one anti join "{key.table}" other on {on}')
        if referring := registry_keys(name):
            used = " union all ".join(
                f'select {_names(key.columns)} from "{each}"' for each, key in referring
            )
            yield _count(
                f'from "{name}" where {_names(table.key)} not in (from ({used}) u(k) where k is not null)'
            )
    for query in ACROSS.values():
        yield _count(query)


def _conditions(field: contract.Field) -> Iterator[str]:
    column = f'"{field.name}"'
    if field.required:
        yield f"{column} is null"
    if field.enum:
        yield f"{column} not in ({', '.join(map(_quoted, field.enum))})"
    elif field.type == "string":
        yield f"regexp_matches({column}, {_quoted(f'^[=+@-]|^ | $|  |[{INVISIBLE}]')})"
    if field.pattern:
        yield f"not regexp_matches({column}, {_quoted(field.pattern)})"
    if field.type == "number":
        yield f"not isfinite({column})"
    if field.minimum is not None:
        yield f"{column} < {field.minimum}"
    if field.maximum is not None:
        yield f"{column} > {field.maximum}"
    if field.max_length is not None:
        yield f"length({column}) > {field.max_length}"


def _count(query: str) -> str:
    return f"select count(*) from ({query})"


def _names(columns: tuple[str, ...]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def wrong_rows(folder: str) -> int:
    """How many cells, keys and rows of a folder of Parquet files are wrong."""
    with duckdb.connect(config=SETTINGS) as connection:
        connection.execute("set enable_progress_bar = false")
        for name in contract.TABLES:
            connection.execute(f"create view \"{name}\" as from '{folder}/{name}.parquet'")
        return sum(sum(connection.execute(query).fetchone() or ()) for query in queries())


if __name__ == "__main__":
    print(wrong_rows(sys.argv[1]))
