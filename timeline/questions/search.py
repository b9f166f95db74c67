"""Full-text search over events, ranked, with an index that lives in memory for one question."""

from __future__ import annotations

import sqlite3
import unicodedata
from collections.abc import Collection, Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any

from timeline.errors import BadRequest
from timeline.selection import spelling
from timeline.selection.tables import TablesInMemory

if TYPE_CHECKING:
    import pandas as pd

_INDEX = """
create virtual table entries using fts5(
    event_id unindexed, title, actors, summary, tokenize = 'unicode61 remove_diacritics 2'
)
"""
_FIND = """
select event_id, -bm25(entries, 0, 10, 4, 1) as score, snippet(entries, -1, '«', '»', '…', 16) as excerpt
from entries where entries match ? order by score desc, rowid limit ?
"""


def search(tables: TablesInMemory, text: str, limit: int | None = None) -> pd.DataFrame:
    """Events in whose title, summary or participants' names and aliases all words stand, best first.

    Case and accents do not matter, the last word may be the beginning of one, and a word with marks in
    it (``KN-23``) means its parts in that order. Nothing in the text is taken for search syntax. Words
    in titles weigh ten times, in names four times as much as in summaries. A dataset without summaries
    is searched by titles and names. Where the whole text is a name in another spelling or order
    (``Choi Son-hui``, ``Shoygu, Sergey``), events in which its bearer takes part follow with score 0.

    Parameters
    ----------
    text : str
        Words to look for.
    limit : int, optional
        Greatest number of rows; without it, all.

    Returns
    -------
    pandas.DataFrame
        ``event_id``, ``title``, ``date``, ``kind``, ``status``, ``score`` (BM25, higher is better, to be
        compared within one answer only) and ``excerpt`` with the words found in «».

    Raises
    ------
    BadRequest
        The text has no word, or the limit is less than 1.

    Examples
    --------
    >>> import timeline
    >>> timeline.open("1.0.0").search("drones primorye", limit=1)["event_id"].tolist()
    ['kim-receives-drones-in-primorye']
    """
    import pandas as pd

    if limit is not None and limit < 1:
        raise BadRequest(f"limit must be at least 1, not {limit}")
    wanted = _as_query(text)
    with closing(sqlite3.connect(":memory:")) as index:
        try:
            index.execute(_INDEX)
        except sqlite3.OperationalError as error:
            raise BadRequest(
                f"search() needs Python's sqlite3 with FTS5, and this one says: {error}"
            ) from None
        index.executemany("insert into entries values (?, ?, ?, ?)", _entries(tables))
        rows = index.execute(_FIND, (wanted, -1 if limit is None else limit)).fetchall()
    rows += _spelled_otherwise(tables, text, {event_id for event_id, *_ in rows})
    rows = rows if limit is None else rows[:limit]
    found = pd.DataFrame(rows, columns=["event_id", "score", "excerpt"])
    found = found.astype({"event_id": "str", "score": "float64", "excerpt": "str"})
    events = tables["events"][["event_id", "title", "date", "kind", "status"]]
    columns = [*events.columns, "score", "excerpt"]
    return found.merge(events, on="event_id", how="left")[columns]


def _as_query(text: str) -> str:
    """Every word quoted, so that none is taken for syntax; the last may go on."""
    storable = unicodedata.normalize("NFC", text.encode("utf-8", "replace").decode().replace("\0", " "))
    words = [word for word in storable.split() if any(map(str.isalnum, word))]
    if not words:
        raise BadRequest(f"search() needs a word or a number to look for, not {text!r}")
    return " ".join('"{}"'.format(word.replace('"', '""')) for word in words) + "*"


def _spelled_otherwise(
    tables: TablesInMemory, text: str, found: Collection[str]
) -> list[tuple[str, float, str]]:
    """Events with a participant whose name sounds like the text, without those that were found."""
    wanted = spelling.sound(text)
    called = _called(tables)
    sounds = {name: spelling.sound(name) for name in called["name"].unique()}
    bearing = called[(called["name"].map(sounds) == wanted) & ~called["event_id"].isin(list(found))]
    bearing = bearing[["event_id", "name"]].drop_duplicates("event_id").sort_values("event_id")
    return [(str(event_id), 0.0, f"«{name}»") for event_id, name in bearing.itertuples(index=False)]


def _called(tables: TablesInMemory) -> pd.DataFrame:
    """Each event with each name and alias of each of its participants."""
    import pandas as pd

    actors, aliases = tables["actors"][["actor_id", "name"]], tables["aliases"][["actor_id", "alias"]]
    names = pd.concat([actors, aliases.rename(columns={"alias": "name"})])
    taking_part = tables["participants"][["event_id", "actor_id"]].drop_duplicates()
    return taking_part.merge(names, on="actor_id")


def _entries(tables: TablesInMemory) -> Iterator[tuple[Any, ...]]:
    """What is searched of each event; a summary that a snapshot leaves out is nothing to search."""
    called = _called(tables).groupby("event_id")["name"].agg("; ".join)
    events = tables["events"]
    for event_id, title, summary in zip(events["event_id"], events["title"], events["summary"], strict=True):
        yield event_id, title, called.get(event_id, ""), summary if isinstance(summary, str) else ""
