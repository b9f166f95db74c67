"""The tables as rows that refer to each other, as pages need them: each index is made once."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from functools import cache, cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from timeline import contract
from timeline.dates.edtf import parse_date
from timeline.errors import BadData, Problem

if TYPE_CHECKING:
    from timeline.dataset import Dataset

Row = dict[str, Any]

AGAINST = ("denies", "disputes")
"""Stances and relations that contest what others claim."""


class Record:
    """All tables of a dataset as lists of rows, found by key or by what they refer to."""

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset
        self._rows: dict[str, list[Row]] = {}
        self._indexes: dict[tuple[str, str], Mapping[str, list[Row]]] = {}
        _refuse_unsafe_ids(self)

    def rows(self, table: str) -> list[Row]:
        """Rows in published order; days are `datetime.date`, what is missing is None."""
        if table not in self._rows:
            self._rows[table] = self.dataset.arrow(table).to_pylist()
        return self._rows[table]

    def of(self, table: str, column: str, value: str | None) -> list[Row]:
        """Rows that have this value in a column."""
        if (table, column) not in self._indexes:
            index: defaultdict[str, list[Row]] = defaultdict(list)
            for row in self.rows(table):
                index[row[column]].append(row)
            self._indexes[table, column] = dict(index)
        return self._indexes[table, column].get(value or "", [])

    def one(self, table: str, value: str | None) -> Row | None:
        """The row that a key names; None where nothing is named or the row is not in this dataset."""
        return next(iter(self.of(table, contract.table(table).key[0], value)), None)

    def event(self, event_id: str) -> Row:
        """The event of this id, which is in the dataset since a row refers to it."""
        return self.of("events", "event_id", event_id)[0]

    @cached_property
    def publishers(self) -> dict[str, str]:
        """Publishers, each with the name of its page."""
        names = sorted({source["publisher"] for source in self.rows("sources")}, key=str.casefold)
        plain = {name: _slug(name) for name in names}
        used = list(plain.values())
        return {
            name: slug
            if slug and used.count(slug) == 1
            else f"{slug}-{sha256(name.encode()).hexdigest()[:6]}"
            for name, slug in plain.items()
        }

    def links(self, event_id: str) -> list[Row]:
        """Ties of an event, both ways: ``relation``, ``inward``, the ``other`` event; in order of time."""
        ties = [
            {"relation": row["relation"], "inward": inward, "other": self.event(row[other])}
            for column, other, inward in (
                ("event_id", "to_event_id", False),
                ("to_event_id", "event_id", True),
            )
            for row in self.of("event_links", column, event_id)
        ]
        return sorted(ties, key=lambda tie: (tie["other"]["start_earliest"], tie["other"]["event_id"]))

    def citations(self, event_id: str) -> list[Row]:
        """Citations of an event, each with its ``source``, the earliest published first."""
        cited = [
            {**row, "source": self.one("sources", row["source_id"])}
            for row in self.of("citations", "event_id", event_id)
        ]
        return sorted(
            cited, key=lambda row: (row["source"]["published_latest"] or date.max, row["source_id"])
        )

    def cause(self, kind: str, value: str) -> Row | None:
        """What made a step in status or made an event known: the row of an event or of a source."""
        return self.one("events" if kind == "event" else "sources", value)

    def made_known_by(self, event: Row) -> Row | None:
        """Event or source that made another event known; None for what was public by itself."""
        return self.one("events", event["known_by"]) or self.one("sources", event["known_by"])

    @cached_property
    def listings(self) -> dict[str, dict[str, Row]]:
        """First listing of each designee by each authority, the designee listed first before others.

        ``day`` stands in for a ``designated_on`` that is not known exactly: the last day that it can be.
        ``event_id`` is None where no event of the record made the listing.
        """
        found: defaultdict[str, dict[str, Row]] = defaultdict(dict)
        days = self.dataset.designation_matrix(days=True)
        row: Any
        for row in self.dataset.listings().itertuples(index=False):
            exact = row.designated_on.date() if row.designated_on == row.designated_on else None
            day = days.loc[(row.designee_id, row.designee), row.authority_id].date()
            event_id = row.event_id if isinstance(row.event_id, str) else None
            listing = {"event_id": event_id, "designated_on": exact, "day": day}
            found[row.designee_id][row.authority_id] = listing
        return dict(sorted(found.items(), key=lambda item: min(row["day"] for row in item[1].values())))

    @cached_property
    def said(self) -> dict[str, dict[str, str]]:
        """What is said of each designee and authority: since when, not on the list, or list not read."""
        cells = self.dataset.designation_matrix().droplevel("designee")
        return {str(designee): row for designee, row in cells.to_dict("index").items()}


@cache
def words(text: str) -> str:
    """An EDTF date in words, as a sentence goes on."""
    return parse_date(text).in_words()


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub("[^a-z0-9]+", "-", plain).strip("-")


def _refuse_unsafe_ids(record: Record) -> None:
    """Ids become names of files, so that a package from elsewhere must not choose where they lie."""
    problems = [
        Problem(f"{table}.csv", column, str(row[column]), "is no id: lower-case words and hyphens", "pattern")
        for table, column in (("events", "event_id"), ("actors", "actor_id"))
        for row in record.rows(table)
        if not re.fullmatch(contract.table(table).field(column).pattern or "", row[column] or "")
    ]
    if problems:
        raise BadData(problems)
