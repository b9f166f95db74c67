"""What a name means: the id, name or alias that somebody gives, and the nearest where there is none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import narwhals as nw

from timeline import contract
from timeline.engines import Lazy
from timeline.errors import BadRequest, nearest
from timeline.selection.tables import Tables

if TYPE_CHECKING:
    import pyarrow as pa

_LISTED = 20
_NEAREST_AMONG = 50_000
_VOCABULARIES = {"kind": "events", "status": "events", "role": "participants"}
_NAMES = {
    "actor": [("actors", "actor_id"), ("actors", "name"), ("aliases", "alias")],
    "authority": [("actors", "actor_id"), ("actors", "name"), ("aliases", "alias")],
    "place": [("places", "place_id"), ("places", "name")],
    "country": [("countries", "country"), ("countries", "name")],
    "event": [("events", "event_id")],
    "measure": [("measures", "measure"), ("measures", "label")],
}
"""Tables and columns in which the values of a condition are named; the first holds the values."""


def known(tables: Tables[Any], condition: str, value: str | Iterable[str]) -> tuple[str, ...]:
    """Canonical values of a condition in the whole release, sorted.

    Parameters
    ----------
    tables : Tables
        Any part of the release.
    condition : str
        ``kind``, ``status``, ``role``, ``actor``, ``authority``, ``place``, ``country``, ``event`` or
        ``measure``.
    value : str or iterable of str
        Ids, names or aliases, in any case; looked for in this order.

    Raises
    ------
    BadRequest
        No such value exists, and the message names the nearest that does; or several actors bear the alias.
    """
    whole = tables.whole
    values = list(value) if isinstance(value, Iterable) and not isinstance(value, str) else [value]
    if not values:
        raise BadRequest(f"{condition} has no value: give one or more, or leave it out")
    for each in values:
        if not isinstance(each, str):
            raise BadRequest(f"{condition} must be text, or several texts, not {each!r}")
    called = _called(whole, condition, {each.casefold() for each in values})
    for each in values:
        meant = called.get(each.casefold(), ())
        if not meant:
            raise BadRequest(f"no {condition} is called {each!r}{_instead(whole, condition, each)}")
        if len(meant) > 1:
            raise BadRequest(f"{each!r} is an alias of {' and '.join(sorted(meant))}: give an id")
    return tuple(sorted(set().union(*called.values())))


def retired(tables: Tables[Any], table: str, gone: str) -> str:
    """Say what became of an id that an earlier release had, as the end of a sentence; else nothing."""
    rows = tables.whole._rows["retired"].filter(nw.col("table") == table, nw.col("id") == gone)
    for row in rows.collect().to_arrow().to_pylist():
        heir = f"{row['successor']} stands for it" if row["successor"] else "nothing stands for it"
        return f"; it was retired in {row['release']}, {heir} now: {row['reason']}"
    return ""


def _called(whole: Tables[Any], condition: str, spoken: set[str]) -> Mapping[str, set[str]]:
    """What each of these names means, in any case: an id before a name before an alias."""
    if condition in _VOCABULARIES:
        return {value: {value} for value in _vocabulary(condition) if value in spoken}
    called: dict[str, set[str]] = {}
    for way in _NAMES[condition]:
        rows = _names(whole, condition, *way)
        names = whole._engine.picked(rows, partial(_are_spoken, spoken - called.keys()))
        found: dict[str, set[str]] = defaultdict(set)
        for name, meant in zip(*(names[column].to_pylist() for column in ("name", "meant")), strict=True):
            found[name.casefold()].add(meant)
        called |= found
    return called


def _are_spoken(spoken: Collection[str], rows: pa.Table) -> pa.Array:
    import pyarrow as pa

    return pa.array([name is not None and name.casefold() in spoken for name in rows["name"].to_pylist()])


def _instead(whole: Tables[Any], condition: str, gone: str) -> str:
    """What stands for an unknown name, or is near it, and what there is where that is not much."""
    if condition in _VOCABULARIES:
        table, names = "", _vocabulary(condition)
    else:
        table, names = _NAMES[condition][0][0], _some_names(whole, condition)
    listed = f" ({condition}: {', '.join(names)})" if len(names) <= _LISTED else ""
    return f"{retired(whole, table, gone) or nearest(gone.casefold(), names)}{listed}"


def _vocabulary(condition: str) -> tuple[str, ...]:
    return contract.table(_VOCABULARIES[condition]).field(condition).enum


def _names(whole: Tables[Any], condition: str, table: str, column: str) -> Lazy:
    """One way of naming the values of a condition: each name with the value that it means."""
    rows = whole._rows[table].select(name=column, meant=_NAMES[condition][0][1])
    if condition == "authority":
        designating = whole._rows["designations"].select("authority_id")
        rows = rows.join(designating, left_on="meant", right_on="authority_id", how="semi")
    return rows


def _some_names(whole: Tables[Any], condition: str) -> tuple[str, ...]:
    """Names of a condition, casefolded and sorted; of very many the first."""
    ways = (_names(whole, condition, *way).select("name") for way in _NAMES[condition])
    some = nw.concat(list(ways)).filter(~nw.col("name").is_null()).unique().sort("name")
    names = some.head(_NEAREST_AMONG).collect()["name"].to_list()
    return tuple(sorted({name.casefold() for name in names}))
