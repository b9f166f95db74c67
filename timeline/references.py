"""Keep references whole when rows are dropped: a filtered dataset is a dataset."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import narwhals as nw

from timeline import contract
from timeline.contract import OnDemand


def closed(
    tables: Mapping[str, nw.LazyFrame[Any]],
    settled: Callable[[nw.LazyFrame[Any]], nw.LazyFrame[Any]] = lambda rows: rows,
) -> Mapping[str, nw.LazyFrame[Any]]:
    """Drop what refers to dropped rows, then what nothing refers to any more.

    Parameters
    ----------
    tables : mapping of str to narwhals.LazyFrame
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
            _referred_to(name, tables[name], done)
            if registry_keys(name)
            else _without_loose_ends(name, tables[name], done)
        )
    )
    return done


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


def _without_loose_ends(
    name: str, rows: nw.LazyFrame[Any], done: Mapping[str, nw.LazyFrame[Any]]
) -> nw.LazyFrame[Any]:
    """Rows whose references to what they belong to, or to what belongs to that, all lead somewhere."""
    for key in contract.table(name).foreign_keys:
        if _root(key.table) == _root(name):
            there = done[key.table].select(*key.referenced).unique()
            rows = rows.join(there, left_on=list(key.columns), right_on=list(key.referenced), how="semi")
    return rows


def _referred_to(
    name: str, rows: nw.LazyFrame[Any], done: Mapping[str, nw.LazyFrame[Any]]
) -> nw.LazyFrame[Any]:
    (key,) = contract.table(name).key
    wanted = [done[table].select(nw.col(*each.columns).alias(key)) for table, each in registry_keys(name)]
    return rows.join(nw.concat(wanted).unique(), on=key, how="semi")
