"""What refers to what: an order of the tables, and references that stay whole when rows are dropped."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import narwhals as nw

from timeline.contract.tables import ForeignKey, OnDemand, table, tables


def in_dependency_order() -> list[str]:
    """Table names, each after every table that it refers to (itself aside)."""
    from graphlib import TopologicalSorter

    needs = {
        name: [key.table for key in each.foreign_keys if key.table != name] for name, each in tables().items()
    }
    return list(TopologicalSorter(needs).static_order())


def closed(
    given: Mapping[str, nw.LazyFrame[Any]],
    settled: Callable[[nw.LazyFrame[Any]], nw.LazyFrame[Any]] = lambda rows: rows,
) -> Mapping[str, nw.LazyFrame[Any]]:
    """Drop what refers to dropped rows, then what nothing refers to any more.

    Parameters
    ----------
    given : mapping of str to narwhals.LazyFrame
        Every table, some of them with rows left out.
    settled : callable, optional
        Computes the rows of a table once, before others are made of them.

    Returns
    -------
    mapping of str to narwhals.LazyFrame
        The same tables, each made of those that it needs when it is asked for; foreign keys hold. Registries
        (actors, sources, places, instruments, vocabularies) hold only rows that something refers to, with
        their aliases and identifiers.
    """
    done: OnDemand[nw.LazyFrame[Any]] = OnDemand(
        lambda name: (
            _referred_to(name, given[name], done)
            if registry_keys(name)
            else _without_loose_ends(name, given[name], done)
        )
    )
    return done


def _root(name: str) -> str:
    """The table that these rows belong to in the end: events, or a registry."""
    owner = table(name).owner
    return name if owner is None else _root(owner)


def registry_keys(name: str) -> list[tuple[str, ForeignKey]]:
    """Foreign keys that point at a registry from rows that do not belong to it, each with its table."""
    return [
        (other, key)
        for other, described in tables().items()
        for key in described.foreign_keys
        if key.table == name != "events" and _root(other) not in (name, _root(name))
    ]


def _without_loose_ends(
    name: str, rows: nw.LazyFrame[Any], done: Mapping[str, nw.LazyFrame[Any]]
) -> nw.LazyFrame[Any]:
    """Rows whose references to what they belong to, or to what belongs to that, all lead somewhere."""
    for key in table(name).foreign_keys:
        if _root(key.table) == _root(name):
            there = done[key.table].select(*key.referenced).unique()
            rows = rows.join(there, left_on=list(key.columns), right_on=list(key.referenced), how="semi")
    return rows


def _referred_to(
    name: str, rows: nw.LazyFrame[Any], done: Mapping[str, nw.LazyFrame[Any]]
) -> nw.LazyFrame[Any]:
    (key,) = table(name).key
    wanted = [done[other].select(nw.col(*each.columns).alias(key)) for other, each in registry_keys(name)]
    return rows.join(nw.concat(wanted).unique(), on=key, how="semi")
