"""What several pages need of the tables: rows by what they refer to, publishers, listings, causes."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from functools import cache, cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from timeline import contract
from timeline.dates.edtf import parse_date
from timeline.errors import BadData, Problem
from timeline.selection.rows import Row, Rows

if TYPE_CHECKING:
    from timeline.dataset import Dataset


class Record(Rows):
    """All tables of a dataset as rows, and what several pages say of them."""

    def __init__(self, dataset: Dataset) -> None:
        super().__init__(dataset)
        self.dataset = dataset
        _refuse_unsafe_ids(self)

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
        return {
            str(designee): {str(authority): str(said) for authority, said in row.items()}
            for designee, row in cells.iterrows()
        }


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
