"""One event with all that hangs on it, as frames and as text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from timeline.dates.edtf import parse_date
from timeline.errors import BadRequest, nearest
from timeline.selection.names import heir, retired
from timeline.selection.tables import TablesInMemory

if TYPE_CHECKING:
    import pandas as pd


_WIDTH = 100


@dataclass(frozen=True)
class Story:
    """An event and everything that the dataset says of it.

    Attributes
    ----------
    event : pandas.Series
        Its row in ``events``.
    place : pandas.Series or None
        Its row in ``places``.
    about_place : pandas.Series or None
        The same for the place that it is about.
    materiel : list of str
        What it is about: words of ``event_materiel``.
    participants, estimates, designations, citations, instruments, status_changes : pandas.DataFrame
        Its rows in the tables of those names, each with the names of what it refers to.
    links : pandas.DataFrame
        Links from it and to it: ``relation``, ``direction`` (``to`` the other event or ``from`` it),
        ``event_id``, ``title`` and ``date`` of the other event.
    """

    event: pd.Series[Any]
    place: pd.Series[Any] | None
    about_place: pd.Series[Any] | None
    materiel: list[str]
    participants: pd.DataFrame
    status_changes: pd.DataFrame
    estimates: pd.DataFrame
    designations: pd.DataFrame
    links: pd.DataFrame
    instruments: pd.DataFrame
    citations: pd.DataFrame

    def __str__(self) -> str:
        return "\n".join(_lines(self))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        from html import escape

        return f"<pre>{escape(str(self))}</pre>"


def story(dataset: TablesInMemory, event_id: str) -> Story:
    """One event with all that hangs on it: participants, sources, estimates, listings, links, status.

    Raises
    ------
    BadRequest
        There is no such event; the message names the nearest that is.

    Examples
    --------
    >>> import timeline
    >>> story = timeline.open("1.0.0").story("us-discloses-dprk-ballistic-missiles")
    >>> story.event["kind"]
    'disclosure'
    """
    events = dataset["events"].set_index("event_id", drop=False)
    if event_id not in events.index:
        event_id = heir(dataset, "events", event_id) or event_id
    if event_id not in events.index:
        meant = retired(dataset, "events", event_id) or nearest(event_id, events.index)
        raise BadRequest(f"there is no event {event_id!r}{meant}")
    event = events[events["event_id"] == event_id].iloc[0]

    def mine(table: str) -> pd.DataFrame:
        rows = dataset[table]
        return rows[rows["event_id"] == event_id].drop(columns="event_id").reset_index(drop=True)

    names = dataset["actors"].set_index("actor_id")["name"]
    sources = dataset["sources"][["source_id", "publisher", "title", "published", "published_latest", "url"]]
    places = dataset["places"]
    places = places.set_index("place_id", drop=False)
    participants = mine("participants")
    estimates = mine("estimates")
    designations = mine("designations")
    regimes = dataset["regimes"].set_index("regime")["label"]
    instruments = mine("event_instruments").merge(dataset["instruments"], on="instrument_id", how="left")
    citations = mine("citations").merge(sources, on="source_id", how="left")
    return Story(
        event=event,
        place=_row(places, event["place_id"]),
        about_place=_row(places, event["about_place_id"]),
        materiel=mine("event_materiel")["materiel"].astype("str").tolist(),
        participants=participants.assign(name=participants["actor_id"].map(names)),
        status_changes=mine("status_changes"),
        estimates=estimates.assign(by=estimates["by_id"].map(names)),
        designations=designations.assign(
            designee=designations["designee_id"].map(names),
            authority=designations["authority_id"].map(names),
            regime_label=designations["regime"].map(regimes),
        ),
        links=_links(dataset, event_id, events),
        instruments=instruments,
        citations=citations.sort_values(["published_latest", "source_id"], ignore_index=True),
    )


def _links(dataset: TablesInMemory, event_id: str, events: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    links = dataset["event_links"]
    outward = links[links["event_id"] == event_id].assign(direction="to")
    inward = links[links["to_event_id"] == event_id].assign(
        direction="from", to_event_id=lambda rows: rows["event_id"]
    )
    both = pd.concat([outward, inward], ignore_index=True)[["relation", "direction", "to_event_id"]]
    other = events.loc[both["to_event_id"], ["title", "date", "start_earliest"]].reset_index(drop=True)
    joined = both.rename(columns={"to_event_id": "event_id"}).join(other)
    order = ["direction", "start_earliest", "event_id", "relation"]
    return joined.sort_values(order, ascending=[False, True, True, True], ignore_index=True)


def _lines(story: Story) -> Iterator[str]:
    event = story.event
    yield event["title"]
    yield f"{event['event_id']} · {event['kind']} · {event['status']}"
    words = parse_date(event["date"]).in_words()
    place = f", {story.place['name']}" if story.place is not None else ""
    yield f"{words[0].upper()}{words[1:]} ({event['date']}){place}"
    if story.about_place is not None:
        yield f"About {story.about_place['name']}"
    if story.materiel:
        yield f"Materiel: {'; '.join(story.materiel)}"
    if event["made_public"] == event["made_public"]:
        yield f"Made public {event['made_public']}"
    yield f"Known from {_day(event['known_from'])} by {event['known_by']}"
    yield ""
    if event["summary"] == event["summary"]:
        yield from textwrap.wrap(event["summary"], _WIDTH)
    for heading, lines in (
        ("Participants", _participants(story)),
        ("Status", map(_change, _rows(story.status_changes))),
        ("Estimates", map(_estimate, _rows(story.estimates))),
        ("Designations", map(_designation, _rows(story.designations))),
        ("Links", map(_link, _rows(story.links))),
        ("Instruments", map(_instrument, _rows(story.instruments))),
        ("Sources", map(_citation, _rows(story.citations))),
    ):
        told = [_wrap(line) for line in lines]
        if told:
            yield from ("", heading, *told)


def _row(rows: pd.DataFrame, key: Any) -> pd.Series[Any] | None:
    return rows.loc[key] if key in rows.index else None


def _rows(frame: pd.DataFrame) -> Iterator[Any]:
    return frame.itertuples(index=False)


def _wrap(line: str) -> str:
    return textwrap.fill(
        line,
        _WIDTH,
        initial_indent="  ",
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _change(row: Any) -> str:
    return f"{_day(row.from_date)}  {row.status}, by {row.because_kind} {row.because_id}"


def _estimate(row: Any) -> str:
    number = figure(row.low, row.best, row.high)
    said = f"{row.measure} {number} {row.unit}, as of {row.as_of}"
    return f"{said}: {row.by} (“{row.stated}”, {row.source_id})"


def _designation(row: Any) -> str:
    return f"{row.designee}: {row.measure} by {row.authority} ({row.regime})"


def _instrument(row: Any) -> str:
    return f"{row.relation} {row.title}"


def _participants(story: Story) -> list[str]:
    groups = story.participants.groupby("role", observed=True)["name"]
    return [f"{role}: {'; '.join(names)}" for role, names in groups]


def figure(low: float | None, best: float | None, high: float | None) -> str:
    """Say an estimate in words; a part that is missing is None or not a number.

    >>> figure(500, None, None), figure(None, 7, 10)
    ('at least 500', '7 (… to 10)')
    """
    least, plain, most = (
        "" if each is None or each != each else f"{each:,.10g}" for each in (low, best, high)
    )
    if plain:
        return plain + (f" ({least or '…'} to {most or '…'})" if least or most else "")
    if least and most:
        return f"{least} to {most}"
    return f"at least {least}" if least else f"up to {most}"


def _link(row: Any) -> str:
    arrow = {"to": "→", "from": "←"}[row.direction]
    return f"{arrow} {row.relation}: {row.title} ({row.date}, {row.event_id})"


def _citation(row: Any) -> str:
    published = row.published if isinstance(row.published, str) else "no date"
    return f"{row.stance}: {row.publisher}, {row.title} ({published}) {row.url}"


def _day(day: Any) -> str:
    return f"{day:%Y-%m-%d}" if day == day else "no dated evidence"
