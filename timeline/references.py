"""Keep references whole when rows are dropped: a filtered dataset is a dataset."""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import TopologicalSorter
from typing import Any

import narwhals as nw

from timeline import contract


def closed(tables: Mapping[str, nw.LazyFrame[Any]]) -> dict[str, nw.LazyFrame[Any]]:
    """Drop what refers to dropped rows, then what nothing refers to any more.

    Parameters
    ----------
    tables : mapping of str to narwhals.LazyFrame
        Every table, some of them with rows left out.

    Returns
    -------
    dict of str to narwhals.LazyFrame
        The same tables; foreign keys hold. Registries (actors, sources, places, instruments, vocabularies)
        hold only rows that something refers to, with their aliases and identifiers.
    """
    done = dict(tables)
    for name in contract.in_dependency_order():
        if _root(name) == "events":
            done[name] = _without_loose_ends(name, done, to="events")
    for name in _registries_before_what_they_need():
        done[name] = _referred_to(name, done)
        for part in contract.TABLES:
            if part != name and _root(part) == name:
                done[part] = _without_loose_ends(part, done, to=name)
    return done


def _registries_before_what_they_need() -> list[str]:
    needs: dict[str, set[str]] = {}
    for name, described in contract.tables().items():
        if _root(name) != "events":
            targets = {key.table for key in described.foreign_keys} - {_root(name)}
            needs.setdefault(_root(name), set()).update(targets)
    order = [name for name in TopologicalSorter(needs).static_order() if registry_keys(name)]
    return order[::-1]


def _root(name: str) -> str:
    """The table that these rows belong to in the end: events, or a registry."""
    owner = contract.table(name).owner
    return name if owner is None else _root(owner)


def registry_keys(name: str) -> list[tuple[str, contract.ForeignKey]]:
    """Foreign keys that point at a registry from rows that do not belong to it, each with its table."""
    return [
        (table, key)
        for table, described in contract.tables().items()
        for key in described.foreign_keys
        if key.table == name != "events" and _root(table) not in (name, _root(name))
    ]


def _without_loose_ends(name: str, tables: Mapping[str, nw.LazyFrame[Any]], to: str) -> nw.LazyFrame[Any]:
    """Rows whose references to the tables that belong to ``to`` all lead somewhere."""
    rows = tables[name]
    for key in contract.table(name).foreign_keys:
        if _root(key.table) == to:
            there = tables[key.table].select(*key.referenced).unique()
            rows = rows.join(there, left_on=list(key.columns), right_on=list(key.referenced), how="semi")
    return rows


def _referred_to(name: str, tables: Mapping[str, nw.LazyFrame[Any]]) -> nw.LazyFrame[Any]:
    (key,) = contract.table(name).key
    wanted = [tables[table].select(nw.col(*each.columns).alias(key)) for table, each in registry_keys(name)]
    return tables[name].join(nw.concat(wanted).unique(), on=key, how="semi")
