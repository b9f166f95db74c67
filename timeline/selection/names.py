"""What a name means: the id, name or alias that somebody gives, and the nearest where there is none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import narwhals as nw

from timeline import contract
from timeline.contract.relations import ancestors
from timeline.engines import Lazy
from timeline.errors import BadRequest, nearest
from timeline.selection import spelling
from timeline.selection.tables import Tables

if TYPE_CHECKING:
    import pyarrow as pa

_LISTED = 20
_NEAREST_AMONG = 50_000
_VOCABULARIES = {
    "kind": "events",
    "status": "events",
    "role": "participants",
    "materiel": "event_materiel",
}
_STATES = [("actors", "name"), ("aliases", "alias")]
_NAMES = {
    "actor": [("actors", "actor_id"), ("actors", "name"), ("aliases", "alias")],
    "authority": [("actors", "actor_id"), ("actors", "name"), ("aliases", "alias")],
    "lister": [("actors", "actor_id"), ("actors", "name"), ("aliases", "alias")],
    "actor_country": [("countries", "country"), ("countries", "name"), *_STATES],
    "place": [("places", "place_id"), ("places", "name")],
    "country": [("countries", "country"), ("countries", "name"), *_STATES],
    "event": [("events", "event_id")],
    "measure": [("measures", "measure"), ("measures", "label")],
}
"""Tables and columns in which the values of a condition are named; the first holds the values."""


_LOOSELY: Mapping[str, tuple[Callable[[str], str], ...]] = {
    "actor": (spelling.in_any_order, spelling.sound),
    "authority": (spelling.in_any_order, spelling.sound),
    "lister": (spelling.in_any_order, spelling.sound),
    "actor_country": (spelling.in_any_order,),
    "place": (spelling.in_any_order,),
    "country": (spelling.in_any_order,),
    "measure": (spelling.in_any_order,),
    "event": (),
}
"""Further ways in which what is asked is compared with all names of a condition, one after the other."""


def known(tables: Tables[Any], condition: str, value: str | Iterable[str]) -> tuple[str, ...]:
    """Canonical values of a condition, sorted: in the whole release, but an event in this part of it.

    Parameters
    ----------
    tables : Tables
        Any part of the release.
    condition : str
        ``kind``, ``status``, ``role``, ``materiel``, ``actor``, ``authority`` (who designates), ``lister``
        (who designates or keeps a list, and the state of such a body), ``place``, ``country``,
        ``actor_country``, ``event`` or ``measure``.
    value : str or iterable of str
        Ids, names or aliases, looked for in this order, then other spellings of these; a retired id stands
        for its successor.

    Raises
    ------
    BadRequest
        No such value exists, and the message names those that are like it; or several actors bear the name.
    """
    whole = tables if condition == "event" else tables.whole
    values = list(value) if isinstance(value, Iterable) and not isinstance(value, str) else [value]
    if not values:
        raise BadRequest(f"{condition} has no value: give one or more, or leave it out")
    for each in values:
        if not isinstance(each, str):
            raise BadRequest(f"{condition} must be text, or several texts, not {each!r}")
    called = _called(whole, condition, set(values))
    for each in values:
        meant = called.get(each, set())
        if not meant:
            said = {"lister": "authority"}.get(condition, condition)
            raise BadRequest(f"no {said} is called {each!r}{_instead(whole, condition, each)}")
        if len(meant) > 1:
            raise BadRequest(f"{each!r} is an alias of {_listed(whole, condition, meant)}: give an id")
    return tuple(sorted(set().union(*called.values())))


def with_bodies_of(tables: Tables[Any], actors: tuple[str, ...]) -> tuple[str, ...]:
    """Actors with whatever belongs to them in the whole release, sorted."""
    above = ancestors(tables.whole._rows["actors"], "actor_id", "parent_id")
    bodies = above.filter(nw.col("_above").is_in(actors)).select("actor_id").collect()
    return tuple(sorted({*actors, *bodies["actor_id"].to_list()}))


def heir(tables: Tables[Any], table: str, gone: str) -> str | None:
    """Id that stands for a retired one now; None if it was not retired, or nothing stands for it."""
    rows = tables.whole._rows["retired"].filter(nw.col("table") == table, ~nw.col("successor").is_null())
    heirs = dict(rows.select("id", "successor").collect().iter_rows())
    found = None
    while gone in heirs:
        gone = found = heirs.pop(gone)
    return found


def retired(tables: Tables[Any], table: str, gone: str) -> str:
    """Say what became of an id that an earlier release had, as the end of a sentence; else nothing."""
    rows = tables.whole._rows["retired"].filter(nw.col("table") == table, nw.col("id") == gone)
    for row in rows.collect().to_arrow().to_pylist():
        heir = f"{row['successor']} stands for it" if row["successor"] else "nothing stands for it"
        return f"; it was retired in {row['release']}, {heir} now: {row['reason']}"
    return ""


def _called(whole: Tables[Any], condition: str, spoken: set[str]) -> Mapping[str, set[str]]:
    """What each of these texts means: an id before a name before an alias, then what is written alike."""
    if condition in _VOCABULARIES:
        there = {spelling.normal(value): {value} for value in _vocabulary(condition)}
        return {each: there[spelling.normal(each)] for each in spoken if spelling.normal(each) in there}
    called: dict[str, set[str]] = {}
    ways = _NAMES[condition]
    asked = [([way], spelling.normal) for way in ways] + [(ways, alike) for alike in _LOOSELY[condition]]
    for some, alike in asked:
        if left := spoken - called.keys():
            called |= _named(whole, condition, some, left, alike)
    for each in spoken - called.keys():
        if successor := heir(whole, ways[0][0], spelling.normal(each)):
            called[each] = {successor}
    return called


def _named(
    whole: Tables[Any],
    condition: str,
    ways: Iterable[tuple[str, str]],
    spoken: set[str],
    alike: Callable[[str], str],
) -> Mapping[str, set[str]]:
    """Of these texts those that name something, when compared in one way."""
    wanted = {alike(each) for each in spoken} - {""}
    found: dict[str, set[str]] = defaultdict(set)
    for way in ways:
        rows = whole._engine.picked(_names(whole, condition, *way), partial(_are_spoken, wanted, alike))
        for name, meant in zip(*(rows[column].to_pylist() for column in ("name", "meant")), strict=True):
            found[alike(name)].add(meant)
    return {each: found[alike(each)] for each in spoken if alike(each) in found}


def _are_spoken(spoken: Collection[str], alike: Callable[[str], str], rows: pa.Table) -> pa.Array:
    import pyarrow as pa

    return pa.array([name is not None and alike(name) in spoken for name in rows["name"].to_pylist()])


def _instead(whole: Tables[Any], condition: str, gone: str) -> str:
    """What stands for an unknown name, or is near it, and what there is where that is not much."""
    if condition in _VOCABULARIES:
        table, there = "", _vocabulary(condition)
    else:
        table, there = _NAMES[condition][0][0], _some_names(whole, condition)
    listed = f" ({condition}: {', '.join(there)})" if len(there) <= _LISTED else ""
    near = _alike(whole, condition, gone) if table == "actors" else nearest(spelling.normal(gone), there)
    return f"{retired(whole, table, gone) or near}{listed}"


def _alike(whole: Tables[Any], condition: str, asked: str) -> str:
    """Offer the actors whose names or ids are like a text, as the end of a sentence; else nothing."""
    ways = (_names(whole, condition, *way).head(_NEAREST_AMONG).collect() for way in _NAMES[condition])
    ids = spelling.candidates(asked, (pair for rows in ways for pair in rows.iter_rows()))
    return f"; did you mean {_listed(whole, condition, ids, 'or')}?" if ids else ""


def _listed(whole: Tables[Any], condition: str, ids: Collection[str], last: str = "and") -> str:
    """Ids with names, so that people can choose; actors also with their countries."""
    table, key = _NAMES[condition][0]
    told = {id_: id_ for id_ in (ids if isinstance(ids, list) else sorted(ids))}
    if table == "actors":
        rows = whole._rows[table].filter(nw.col(key).is_in(list(told)))
        for id_, name, country in rows.select(key, "name", "country").collect().iter_rows():
            told[id_] = f"{id_} ({name}{f', {country}' if country else ''})"
    *others, end = told.values()
    return f"{', '.join(others)} {last} {end}" if others else end


def _vocabulary(condition: str) -> tuple[str, ...]:
    return contract.table(_VOCABULARIES[condition]).field(condition).enum


def _names(whole: Tables[Any], condition: str, table: str, column: str) -> Lazy:
    """One way of naming the values of a condition: each name with the value that it means."""
    rows = whole._rows[table]
    if (key := _NAMES[condition][0][1]) == "country" and table != "countries":  # the names of a state
        states = whole._rows["actors"].filter(nw.col("kind") == "state")
        rows = states if table == "actors" else rows.join(states.select("actor_id", key), on="actor_id")
        rows = rows.filter(~nw.col(key).is_null())
    rows = rows.select(name=column, meant=key)
    if condition == "authority":
        designating = whole._rows["designations"].select("authority_id")
        rows = rows.join(designating, left_on="meant", right_on="authority_id", how="semi")
    if condition == "lister":
        rows = rows.join(_listing(whole), left_on="meant", right_on="actor_id", how="semi")
    return rows


def _listing(whole: Tables[Any]) -> Lazy:
    """Actors that designate or keep a list, and those to which they belong."""
    bodies = [whole._rows[name].select(actor_id="authority_id") for name in ("designations", "lists")]
    above = ancestors(whole._rows["actors"], "actor_id", "parent_id")
    tops = above.join(nw.concat(bodies), on="actor_id", how="semi").select(actor_id="_above")
    return nw.concat([*bodies, tops]).unique()


def _some_names(whole: Tables[Any], condition: str) -> tuple[str, ...]:
    """Names of a condition, casefolded and sorted; of very many the first."""
    ways = (_names(whole, condition, *way).select("name") for way in _NAMES[condition])
    some = nw.concat(list(ways)).filter(~nw.col("name").is_null()).unique().sort("name")
    there = some.head(_NEAREST_AMONG).collect()["name"].to_list()
    return tuple(sorted({name.casefold() for name in there}))
