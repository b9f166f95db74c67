"""One event with all that belongs to it, as plain rows and as text."""

from __future__ import annotations

import textwrap
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from timeline import contract
from timeline.dates.edtf import parse_date
from timeline.errors import BadRequest, nearest
from timeline.selection.names import heir, retired
from timeline.selection.rows import Find, Row, Rows, one, scanned
from timeline.selection.tables import TablesInMemory

_WIDTH = 100


@dataclass(frozen=True)
class Story:
    """An event and everything that the dataset says of it, as plain rows.

    A row is a dict of values by column: days are `datetime.date`, what is missing is None. A list of rows
    becomes a frame by ``pandas.DataFrame(story.estimates)``.

    Attributes
    ----------
    event : dict
        Its row in ``events``.
    place : dict or None
        Its row in ``places``, with the ``country_name``.
    about_place : dict or None
        The same for the place that it is about.
    materiel : list of str
        What it is about: words of ``event_materiel``.
    participants : list of dict
        Its rows in the table of that name, with the ``name`` of the actor.
    status_changes : list of dict
        Its rows in the table of that name.
    estimates : list of dict
        Its rows in the table of that name, with the name of the actor ``by`` whom each is.
    designations : list of dict
        Its rows in the table of that name, with the names of ``designee`` and ``authority``, the
        ``regime_label`` and the ids of the ``instruments`` on which each is grounded.
    links : list of dict
        Links from it and to it: ``relation``, ``direction`` (``to`` the other event or ``from`` it) and the
        row of the other event; those from it first, each in order of time.
    instruments : list of dict
        Its rows in ``event_instruments``, with the row of the instrument.
    citations : list of dict
        Its rows in the table of that name, with the row of the source; the first published first.
    """

    event: Row
    place: Row | None
    about_place: Row | None
    materiel: list[str]
    participants: list[Row]
    status_changes: list[Row]
    estimates: list[Row]
    designations: list[Row]
    links: list[Row]
    instruments: list[Row]
    citations: list[Row]

    def __str__(self) -> str:
        return "\n".join(_lines(self))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        from html import escape

        return f"<pre>{escape(str(self))}</pre>"


def story(tables: TablesInMemory, event_id: str) -> Story:
    """Return one event with all that belongs to it: participants, sources, estimates, links, status.

    Raises
    ------
    BadRequest
        There is no such event, and the message names the nearest; or the id is no text.

    Examples
    --------
    >>> import timeline
    >>> story = timeline.open("1.0.0").story("us-discloses-dprk-ballistic-missiles")
    >>> story.event["kind"]
    'disclosure'
    >>> [(row["measure"], row["low"], row["stated"]) for row in story.estimates][0]
    ('ballistic-missiles-supplied', 24.0, 'several dozen')
    """
    if not isinstance(event_id, str):
        raise BadRequest(f"the id of an event must be text, not {event_id!r}")
    find = scanned(tables)
    event = one(find, "events", event_id) or one(find, "events", heir(tables, "events", event_id))
    if event is None:
        meant = retired(tables, "events", event_id) or nearest(event_id, tables["events"]["event_id"])
        raise BadRequest(f"there is no event {event_id!r}{meant}")
    return _story(event, find)


def stories(rows: Rows) -> Iterator[Story]:
    """Tell every event, in published order."""
    return (_story(event, rows.of) for event in rows.rows("events"))


def _story(event: Row, find: Find) -> Story:
    def mine(table: str) -> list[Row]:
        return [_without_event(row) for row in find(table, "event_id", event["event_id"])]

    def referred_to(table: str, key: str | None) -> Row:
        """Its row, without values where there is none."""
        return one(find, table, key) or dict.fromkeys(contract.table(table).columns)

    def name(actor_id: str) -> str:
        actor_name: str = referred_to("actors", actor_id)["name"]
        return actor_name

    grounds = defaultdict(list)
    for row in mine("designation_instruments"):
        grounds[_designation_key(row)].append(row["instrument_id"])
    return Story(
        event=event,
        place=_place(event["place_id"], find),
        about_place=_place(event["about_place_id"], find),
        materiel=[row["materiel"] for row in mine("event_materiel")],
        participants=[{**row, "name": name(row["actor_id"])} for row in mine("participants")],
        status_changes=mine("status_changes"),
        estimates=[{**row, "by": name(row["by_id"])} for row in mine("estimates")],
        designations=[
            {
                **row,
                "designee": name(row["designee_id"]),
                "authority": name(row["authority_id"]),
                "regime_label": referred_to("regimes", row["regime"])["label"],
                "instruments": grounds[_designation_key(row)],
            }
            for row in mine("designations")
        ],
        links=sorted(_links(event["event_id"], find), key=_in_time),
        instruments=[
            {**row, **referred_to("instruments", row["instrument_id"])} for row in mine("event_instruments")
        ],
        citations=sorted(
            ({**row, **referred_to("sources", row["source_id"])} for row in mine("citations")),
            key=lambda row: (str(row["published_latest"]), row["source_id"]),
        ),
    )


def _place(place_id: str | None, find: Find) -> Row | None:
    place = one(find, "places", place_id)
    if place is None:
        return None
    country = one(find, "countries", place["country"])
    return {**place, "country_name": country and country["name"]}


def _links(event_id: str, find: Find) -> Iterator[Row]:
    for direction, this, other in (("to", "event_id", "to_event_id"), ("from", "to_event_id", "event_id")):
        for link in find("event_links", this, event_id):
            for event in find("events", "event_id", link[other]):
                yield {"relation": link["relation"], "direction": direction, **event}


def _in_time(link: Row) -> tuple[bool, str, str, int]:
    relations = contract.table("event_links").field("relation").enum
    place = relations.index(link["relation"])
    return link["direction"] == "from", str(link["start_earliest"]), link["event_id"], place


def _without_event(row: Row) -> Row:
    return {column: value for column, value in row.items() if column != "event_id"}


def _designation_key(row: Row) -> tuple[str, ...]:
    return tuple(row[column] for column in contract.table("designations").key if column != "event_id")


# As text ---------------------------------------------------------------------------------------------------


def _lines(story: Story) -> Iterator[str]:
    event, place = story.event, story.place
    yield event["title"]
    yield f"{event['event_id']} · {event['kind']} · {event['status']}"
    words = parse_date(event["date"]).in_words()
    yield f"{words[0].upper()}{words[1:]} ({event['date']})" + (f", {place['name']}" if place else "")
    if story.about_place:
        yield f"About {story.about_place['name']}"
    if story.materiel:
        yield f"Materiel: {'; '.join(story.materiel)}"
    if event["made_public"]:
        yield f"Made public {event['made_public']}"
    yield f"Known from {_day(event['known_from'])} by {event['known_by']}"
    yield ""
    yield from textwrap.wrap(event["summary"] or "", _WIDTH)
    for heading, lines in (
        ("Participants", _participants(story.participants)),
        ("Status", map(_change, story.status_changes)),
        ("Estimates", map(_estimate, story.estimates)),
        ("Designations", map(_designation, story.designations)),
        ("Links", map(_link, story.links)),
        ("Instruments", map(_instrument, story.instruments)),
        ("Sources", map(_citation, story.citations)),
    ):
        said = [_wrap(line) for line in lines]
        if said:
            yield from ("", heading, *said)


def _wrap(line: str) -> str:
    return textwrap.fill(
        line,
        _WIDTH,
        initial_indent="  ",
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _participants(rows: list[Row]) -> Iterator[str]:
    for role in contract.table("participants").field("role").enum:
        if names := [str(row["name"]) for row in rows if row["role"] == role]:
            yield f"{role}: {'; '.join(names)}"


def _change(row: Row) -> str:
    return f"{_day(row['from_date'])}  {row['status']}, by {row['because_kind']} {row['because_id']}"


def _estimate(row: Row) -> str:
    number = figure(row["low"], row["best"], row["high"])
    said = f"{row['measure']} {number} {row['unit']}, as of {row['as_of']}"
    return f"{said}: {row['by']} (“{row['stated']}”, {row['source_id']})"


def figure(low: float | None, best: float | None, high: float | None) -> str:
    """Say an estimate in words; a part that is missing is None.

    >>> figure(500, None, None), figure(None, 7, 10)
    ('at least 500', '7 (… to 10)')
    """
    least, plain, most = ("" if each is None else f"{each:,.10g}" for each in (low, best, high))
    if plain:
        return plain + (f" ({least or '…'} to {most or '…'})" if least or most else "")
    if least and most:
        return f"{least} to {most}"
    return f"at least {least}" if least else f"up to {most}"


def _designation(row: Row) -> str:
    return f"{row['designee']}: {row['measure']} by {row['authority']} ({row['regime']})"


def _link(row: Row) -> str:
    arrow = {"to": "→", "from": "←"}[row["direction"]]
    return f"{arrow} {row['relation']}: {row['title']} ({row['date']}, {row['event_id']})"


def _instrument(row: Row) -> str:
    return f"{row['relation']} {row['title']}"


def _citation(row: Row) -> str:
    published = row["published"] or "no date"
    return f"{row['stance']}: {row['publisher']}, {row['title']} ({published}) {row['url']}"


def _day(day: date | None) -> str:
    return f"{day:%Y-%m-%d}" if day else "no dated evidence"
