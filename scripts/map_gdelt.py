"""Map a stream of machine-coded events to the contract: ``scripts/map_gdelt.py N OUT`` (docs/SCALE.md).

The stream is made up and has the column names of GDELT 2.0; put ``read_csv`` of the real files in the place
of `STREAM` to map those. DuckDB computes everything out of core.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import narwhals as nw
import pyarrow as pa

from timeline import contract, knowledge
from timeline.dates.edtf import date_columns
from timeline.engines import MEMORY

STREAM = """
create view gdelt as
select
    i + 1 as GlobalEventID,
    strftime(date '2022-01-01' + (hash(i) % 1400)::int, '%Y%m%d') as SQLDATE,
    ['RUS', 'PRK', 'UKR', 'USA', 'KOR', 'CHN'][1 + (hash(i + 1) % 6)::int] as Actor1CountryCode,
    ['RUSSIA', 'NORTH KOREA', 'UKRAINE', 'UNITED STATES', 'SOUTH KOREA', 'CHINA'][1 + (hash(i + 1) % 6)::int]
        as Actor1Name,
    ['RUS', 'PRK', 'UKR', 'USA', 'KOR', 'CHN'][1 + (hash(i + 2) % 6)::int] as Actor2CountryCode,
    ['RUSSIA', 'NORTH KOREA', 'UKRAINE', 'UNITED STATES', 'SOUTH KOREA', 'CHINA'][1 + (hash(i + 2) % 6)::int]
        as Actor2Name,
    lpad((1 + hash(i + 3) % 20)::text, 2, '0') as EventRootCode,
    (hash(i + 4) % 5000)::text as ActionGeo_FeatureID,
    'Place ' || (hash(i + 4) % 5000) as ActionGeo_FullName,
    ['RS', 'KN', 'UP'][1 + (hash(i + 4) % 3)::int] as ActionGeo_CountryCode,
    round(40 + (hash(i + 4) % 1000) / 100, 2) as ActionGeo_Lat,
    round(100 + (hash(i + 4) % 3000) / 100, 2) as ActionGeo_Long,
    strftime(date '2022-01-01' + (hash(i) % 1400 + hash(i // 3) % 3)::int, '%Y%m%d') as DATEADDED,
    'https://news.example/' || (i // 3) as SOURCEURL
from range({events}) stream(i)
"""

# CAMEO root codes to kinds of the contract, and the role of the first actor in each.
KINDS = {
    "statement": ("author", "01", "02", "03", "10", "11"),
    "visit": ("visitor", "04"),
    "agreement": ("signatory", "05", "06", "07", "08"),
    "report": ("author", "09"),
    "denial": ("denier", "12"),
    "enforcement": ("subject", "13", "14", "16", "17"),
    "use": ("user", "15", "18", "19", "20"),
}
FIPS_TO_ISO_3166 = {"RS": "RUS", "KN": "PRK", "UP": "UKR"}
CODEBOOK = "gdelt-codebook"

CODED = {
    "events": """
        select 'gdelt-' || GlobalEventID as event_id,
            'Machine-coded ' || kind || ' ' || GlobalEventID as title,
            strftime(strptime(SQLDATE, '%Y%m%d'), '%Y-%m-%d') as date, kind,
            'gdelt-place-' || ActionGeo_FeatureID as place_id,
            Actor1Name || ' and ' || Actor2Name || ', coded ' || EventRootCode || ' by machine.' as summary
        from gdelt join kinds using (EventRootCode)""",
    "participants": """
        select 'gdelt-' || GlobalEventID as event_id, lower(Actor1CountryCode) as actor_id, role
        from gdelt join kinds using (EventRootCode)
        union
        select 'gdelt-' || GlobalEventID, lower(Actor2CountryCode), 'subject' from gdelt""",
    "citations": """
        select 'gdelt-' || GlobalEventID as event_id, 'src-' || md5(SOURCEURL) as source_id,
            'reports' as stance
        from gdelt""",
    "sources": f"""
        select 'src-' || md5(SOURCEURL) as source_id, regexp_extract(SOURCEURL, '//([^/]+)', 1) as publisher,
            'Article' as title, SOURCEURL as url,
            strftime(strptime(max(DATEADDED), '%Y%m%d'), '%Y-%m-%d') as published,
            'news' as kind, 'en' as language, 'stored-copy' as seen
        from gdelt group by SOURCEURL
        union all
        select '{CODEBOOK}', 'GDELT', 'GDELT Event Database codebook', 'https://www.gdeltproject.org/data.html',
            null, 'database', 'en', 'stored-copy'""",
    "actors": f"""
        select lower(code) as actor_id, any_value(name) as name, 'state' as kind, '{CODEBOOK}' as source_id
        from (select Actor1CountryCode as code, Actor1Name as name from gdelt
              union select Actor2CountryCode, Actor2Name from gdelt) group by code""",
    "places": f"""
        select 'gdelt-place-' || ActionGeo_FeatureID as place_id, any_value(ActionGeo_FullName) as name,
            any_value(iso) as country, 'region' as kind, 'region' as precision,
            any_value(ActionGeo_Lat) as latitude,
            any_value(ActionGeo_Long) as longitude, '{CODEBOOK}' as source_id,
            '{CODEBOOK}' as coordinates_source_id
        from gdelt join countries_of using (ActionGeo_CountryCode) group by ActionGeo_FeatureID""",
    "countries": f"""
        select distinct iso as country, iso as name, '{CODEBOOK}' as source_id
        from gdelt join countries_of using (ActionGeo_CountryCode)""",
}
WIDE = """
select event_id, events.title, date, start_earliest, start_latest, end_earliest, end_latest, events.kind,
    status, known_from, {roles}, places.name as place, places.country, latitude, longitude,
    1 as sources, 1 as publishers, url as first_source_url, summary
from events left join places using (place_id) join citations using (event_id)
join sources on sources.source_id = citations.source_id
join (select event_id, {listed} from participants join actors using (actor_id)
      group by event_id) as taking_part
using (event_id)
"""


TYPES = {"string": "text", "date": "date", "integer": "bigint", "number": "double"}


def map_gdelt(events: int, folder: Path) -> None:
    """Write a package of Parquet files into a new folder."""
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as spill:
        settings = {"memory_limit": MEMORY, "preserve_insertion_order": False, "temp_directory": spill}
        with duckdb.connect(config=settings) as connection:
            connection.execute("set enable_progress_bar = false")
            _map(connection, events)
            for name in contract.TABLES:
                connection.execute(f"copy \"{name}\" to '{folder / name}.parquet' (compression zstd)")
    resources = [{"name": f"{name}-parquet", "path": f"{name}.parquet"} for name in contract.TABLES]
    described = {"name": "gdelt-as-timeline", "version": "1.0.0", "resources": resources}
    (folder / "datapackage.json").write_text(json.dumps(described, indent=2))


def _map(connection: duckdb.DuckDBPyConnection, events: int) -> None:
    connection.execute(STREAM.format(events=events))
    kinds = [
        {"EventRootCode": code, "kind": kind, "role": role}
        for kind, (role, *codes) in KINDS.items()
        for code in codes
    ]
    connection.register("kinds", pa.Table.from_pylist(kinds))
    codes = {"ActionGeo_CountryCode": list(FIPS_TO_ISO_3166), "iso": list(FIPS_TO_ISO_3166.values())}
    connection.register("countries_of", pa.table(codes))
    for name, described in contract.tables().items():
        columns = ", ".join(f'"{field.name}" {TYPES[field.type]}' for field in described.fields)
        connection.execute(f'create table "{name}" ({columns})')
    for name, query in CODED.items():
        connection.execute(f"create view coded as {query}")
        with_bounds = "".join(_bounds(connection, name))
        connection.execute(f'insert into "{name}" by name select * from coded {with_bounds}')
        connection.execute("drop view coded")
    _know(connection)
    roles = contract.table("participants").field("role").enum
    listed = (f"string_agg(name, '; ' order by name) filter (role = '{role}') as {role}" for role in roles)
    named = ", ".join(f"taking_part.{role}" for role in roles)
    wide = WIDE.format(roles=named, listed=", ".join(listed))
    connection.execute(f"insert into timeline by name {wide}")


def _bounds(connection: duckdb.DuckDBPyConnection, name: str) -> Iterator[str]:
    """Joins that add to each EDTF column what follows from it, read once for each different date."""
    coded = connection.table("coded").columns
    for column, bounds in contract.table(name).dated.items():
        if column not in coded:
            continue
        dates = connection.sql(f"select distinct {column} from coded").to_arrow_table()[column]
        parsed = date_columns(dates)
        found = {derived: parsed[bound] for derived, bound in bounds.items()}
        connection.register(f"dates_of_{column}", pa.table({column: dates, **found}))
        yield f" left join dates_of_{column} using ({column})"


def _know(connection: duckdb.DuckDBPyConnection) -> None:
    """Fill in when each event became known and its status, by the functions that the build uses."""
    tables = {name: nw.from_native(connection.table(name)) for name in contract.TABLES}
    knowledge.known_from(tables).to_native().create("known")
    connection.execute("""
        create or replace table events as select events.* replace (
            known.known_from as known_from, coalesce(known.known_by, 'undated') as known_by)
        from events left join known using (event_id)""")
    tables["events"] = nw.from_native(connection.table("events"))
    knowledge.status_changes(tables).to_native().insert_into("status_changes")
    knowledge.status(tables).to_native().create("statuses")
    connection.execute("""
        create or replace table events as select events.* replace (statuses.status as status)
        from events join statuses using (event_id)""")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("events", metavar="N", type=int, help="how many events")
    parser.add_argument("folder", metavar="OUT", type=Path, help="folder to make")
    given = parser.parse_args()
    map_gdelt(given.events, given.folder)
