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
    ids_settled: Callable[[nw.LazyFrame[Any]], nw.LazyFrame[Any]] = lambda ids: ids,
) -> Mapping[str, nw.LazyFrame[Any]]:
    """Drop what refers to dropped rows, then what nothing refers to any more.

    Parameters
    ----------
    given : mapping of str to narwhals.LazyFrame
        Every table, some of them with rows left out.
    settled : callable, optional
        Computes the rows of a table once, before others are made of them.
    ids_settled : callable, optional
        Computes once which rows of a registry stay whose rows refer to each other.

    Returns
    -------
    mapping of str to narwhals.LazyFrame
        The same tables, each made of those that it needs when it is asked for; foreign keys hold. Registries
        (actors, sources, places, instruments, vocabularies) hold only rows that something refers to, what
        these belong to or relay, and their aliases, identifiers and listings. Sanctions lists stay, so that
        a list that was read without a finding can be told from one that nobody read.
    """
    done: OnDemand[nw.LazyFrame[Any]] = OnDemand(
        lambda name: settled(
            _referred_to(name, given[name], done, ids_settled)
            if registry_keys(name)
            else _without_loose_ends(name, given[name], done)
        )
    )
    return done


_STAYING = ("events", "lists")
LONGEST_CHAIN = 3
"""Greatest number of steps from a row by references to its own table, such as from a ship to a state."""


def _root(name: str) -> str:
    """The table that these rows belong to in the end: events, or a registry."""
    owner = table(name).owner
    return name if owner is None else _root(owner)


def registry_keys(name: str) -> list[tuple[str, ForeignKey]]:
    """Foreign keys that point at a registry from rows that do not belong to it, each with its table.

    There are none for tables whose rows stay, referred to or not.
    """
    return [
        (other, key)
        for other, described in tables().items()
        for key in described.foreign_keys
        if key.table == name and name not in _STAYING and _root(other) not in (name, _root(name))
    ]


def _without_loose_ends(
    name: str, rows: nw.LazyFrame[Any], done: Mapping[str, nw.LazyFrame[Any]]
) -> nw.LazyFrame[Any]:
    """Rows whose references to what they belong to, or to what belongs to that, all lead somewhere.

    A reference from a registry to an event is left out where the event is gone.
    """
    for key in table(name).foreign_keys:
        if _root(key.table) == _root(name):
            there = done[key.table].select(*key.referenced).unique()
            rows = rows.join(there, left_on=list(key.columns), right_on=list(key.referenced), how="semi")
        elif key.table == "events":
            rows = where_there(name, rows, key, done["events"])
    return rows


def where_there(
    name: str, rows: nw.LazyFrame[Any], key: ForeignKey, target: nw.LazyFrame[Any]
) -> nw.LazyFrame[Any]:
    """Rows in which a reference is empty if what it leads to is not there."""
    (column,), (referenced,) = key.columns, key.referenced
    there = target.select(nw.col(referenced).alias(column), nw.col(referenced).alias("_there"))
    rows = rows.join(there, on=column, how="left").with_columns(nw.col("_there").alias(column))
    return rows.select(*table(name).columns)


def _referred_to(
    name: str,
    rows: nw.LazyFrame[Any],
    done: Mapping[str, nw.LazyFrame[Any]],
    ids_settled: Callable[[nw.LazyFrame[Any]], nw.LazyFrame[Any]],
) -> nw.LazyFrame[Any]:
    (key,) = table(name).key
    wanted = [done[other].select(nw.col(*each.columns).alias(key)) for other, each in registry_keys(name)]
    kept = nw.concat(wanted).unique()
    for each in table(name).foreign_keys:
        if each.table == name:
            kept = ids_settled(kept)
            above = ancestors(rows, key, each.columns[0])
            above = above.join(kept, on=key, how="semi").select(nw.col("_above").alias(key))
            kept = nw.concat([kept, above]).unique()
    return rows.join(kept, on=key, how="semi")


def ancestors(rows: nw.LazyFrame[Any], key: str, parent: str, only: int | None = None) -> nw.LazyFrame[Any]:
    """Each key with every row above it, ``_above``, as the references to the same table lead there.

    ``only`` asks for those that lie this number of steps above.
    """
    steps = rows.filter(~nw.col(parent).is_null()).select(key, _above=parent)
    further = steps.select(nw.col(key).alias("_above"), _next="_above")
    chains = [steps]
    for _ in range(LONGEST_CHAIN - 1):
        chains.append(chains[-1].join(further, on="_above").select(key, _above="_next"))
    return nw.concat(chains if only is None else [chains[only - 1]])
