"""What follows from the coded facts: bounds of dates, knowledge, status and the wide view."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import narwhals as nw
import pyarrow as pa
import pyarrow.compute as pc

from timeline import contract, knowledge
from timeline.edtf import date_columns

Tables = dict[str, pa.Table]


def with_bounds(tables: Mapping[str, pa.Table]) -> Tables:
    """Fill the columns that follow from an EDTF string; they stay null where the string is no date."""
    return {
        name: _filled(
            data, ((column, bounds) for column, bounds in contract.table(name).dated.items() if bounds)
        )
        for name, data in tables.items()
    }


def _filled(data: pa.Table, dated: Iterable[tuple[str, dict[str, str]]]) -> pa.Table:
    for column, bounds in dated:
        parsed = date_columns(data[column])
        data = _replaced(data, **{name: parsed[bound] for name, bound in bounds.items()})
    return data


def with_knowledge(tables: Mapping[str, pa.Table]) -> Tables:
    """Fill everything else that the contract calls derived; the coded facts must hold already."""
    done = dict(tables)
    done["events"] = _joined("events", tables["events"], knowledge.known_from(_lazy(done)))
    known_by = pc.fill_null(done["events"]["known_by"], "undated")
    done["events"] = _replaced(done["events"], known_by=known_by)
    done["status_changes"] = _columns("status_changes", knowledge.status_changes(_lazy(done)))
    done["events"] = _joined("events", done["events"], knowledge.status(_lazy(done)))
    done["estimates"] = _joined("estimates", done["estimates"], knowledge.estimates_known_from(_lazy(done)))
    done["designations"] = _joined("designations", done["designations"], _days_of_designation(_lazy(done)))
    done["timeline"] = _wide(done)
    return done


def _lazy(tables: Mapping[str, pa.Table]) -> dict[str, nw.LazyFrame[Any]]:
    return {name: nw.from_native(data).lazy() for name, data in tables.items()}


def _replaced(data: pa.Table, **columns: pa.ChunkedArray) -> pa.Table:
    for name, column in columns.items():
        index = data.column_names.index(name)
        data = data.set_column(index, name, column.cast(data.schema.field(name).type))
    return data


def _columns(name: str, rows: nw.LazyFrame[Any]) -> pa.Table:
    return rows.select(*contract.table(name).columns).collect().to_arrow()


def _joined(name: str, data: pa.Table, found: nw.LazyFrame[Any]) -> pa.Table:
    """Put derived columns, found by key, in the place of the empty ones."""
    key = [column for column in contract.table(name).key if column in found.collect_schema().names()]
    derived = [column for column in found.collect_schema().names() if column not in key]
    joined = nw.from_native(data).drop(derived).lazy().join(found, on=key, how="left")
    return joined.select(*data.column_names).collect().to_arrow()


def _days_of_designation(t: Mapping[str, nw.LazyFrame[Any]]) -> nw.LazyFrame[Any]:
    exact = t["events"].filter(nw.col("start_earliest") == nw.col("end_latest"))
    return (
        t["designations"]
        .select(*contract.table("designations").key)
        .join(exact.select("event_id", designated_on="start_earliest"), on="event_id")
    )


def _wide(tables: Mapping[str, pa.Table]) -> pa.Table:
    """One row per event for people with a spreadsheet."""
    names = _lookup(tables["actors"], "actor_id", "name")
    actors: dict[tuple[str, str], list[str]] = defaultdict(list)
    for each in tables["participants"].sort_by("actor_id").to_pylist():
        actors[each["event_id"], each["role"]].append(names[each["actor_id"]])
    places = {row["place_id"]: row for row in tables["places"].to_pylist()}
    sources = {row["source_id"]: row for row in tables["sources"].to_pylist()}
    cited: dict[str, dict[str, dict[str, object]]] = defaultdict(dict)
    for each in tables["citations"].to_pylist():
        cited[each["event_id"]][each["source_id"]] = sources[each["source_id"]]
    rows = []
    for event in tables["events"].to_pylist():
        mine = list(cited[event["event_id"]].values())
        place = places.get(event["place_id"], {})
        roles = {
            role: "; ".join(actors[event["event_id"], role]) or None
            for role in contract.table("participants").field("role").enum
        }
        rows.append(
            {
                **event,
                **roles,
                "place": place.get("name"),
                "country": place.get("country"),
                "latitude": place.get("latitude"),
                "longitude": place.get("longitude"),
                "sources": len(mine),
                "publishers": len({original_publisher(str(source["publisher"])) for source in mine}),
                "first_source_url": min(mine, key=_publication)["url"],
            }
        )
    return pa.Table.from_pylist(rows, schema=_plain_schema("timeline"))


def _lookup(data: pa.Table, key: str, value: str) -> dict[str, str]:
    return dict(zip(data[key].to_pylist(), data[value].to_pylist(), strict=True))


def _publication(source: Mapping[str, object]) -> tuple[bool, str, str]:
    day = source["published_latest"]
    return day is None, str(day), str(source["source_id"])


def original_publisher(publisher: str) -> str:
    """Publisher whose words these are; a repost is not independent of its original.

    >>> original_publisher("Reuters (via The Himalaya Times)")
    'Reuters'
    """
    return publisher.partition(" (via ")[0]


def _plain_schema(name: str) -> pa.Schema:
    """Arrow schema with vocabularies as text, as they are until the tables are written."""
    return pa.schema(
        field.with_type(pa.string()) if pa.types.is_dictionary(field.type) else field
        for field in contract.arrow_schema(name)
    )
