"""GeoJSON: no event is dropped, and points lie where the places do."""

from __future__ import annotations

import json

from exported import WHOLE, event_ids, rows

from timeline import contract


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
