"""When each event became public and how its status came about: one statement of each rule.

The build derives columns with these functions and the queries read them; all run on any engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import narwhals as nw

from timeline import contract
from timeline.contract.relations import where_there
from timeline.contract.tables import OnDemand
from timeline.dates.edtf import window
from timeline.dates.windows import Frame, When, frame_with, literal
from timeline.errors import BadRequest

Tables = Mapping[str, nw.LazyFrame[Any]]

ACTS = ("disclosure", "statement", "denial", "designation", "delisting", "un-action", "report")
"""Kinds of event that are public by their nature: known on the day they happen."""

SUBSTANTIVE = ("transfer", "movement", "use", "test", "deployment", "loss")
"""Kinds of event that are claimed, evidenced, denied or admitted."""

COMPUTED = {
    "known_from": """\
First day on which the public record held each event.

A public act (disclosure, statement, denial, designation, delisting, un-action, report) is known on its
day or, where that is later, on the day on which it was made public; the latest possible one where a day
is uncertain. Anything else is known from the earliest of the days on which a source that is not mere
background had been published for certain, and on which the acts that disclose it were known.""",
    "status": """\
Each step of each event's status, with the day from which it held and the evidence that caused it.

Acts, visits, agreements and enforcement are ``on-record`` from the day on which they are known, and stay
so. Transfers, movements, uses, tests, deployments and losses have the strongest status that there is
evidence for, here from weak to strong:

- ``claimed``: a source cited, or an event that discloses it, has made it known;
- ``disputed``: a citation or a linked event ``denies`` or ``disputes`` it;
- ``corroborated``: a citation ``corroborates`` it or a linked event ``evidences`` it, with evidence of
  its own;
- ``acknowledged``: a citation or a linked event ``acknowledges`` it: an accused party admits it.

A citation counts from the day on which its source had been published for certain, a linked event from
its own ``known_from``. What is older than the day on which the event itself became known, such as a
denial in advance, counts from that day.

A step is the first day of a status; ``because_kind`` and ``because_id`` name the evidence of that day, a
citation before a linked event, then the first by id. Status never falls: evidence no stronger than what
was public before makes no step, and where several statuses would begin on one day only the strongest
does, so that a claim denied on the day it is made begins as disputed. Evidence without a date makes no
step, since no day can be named; it counts in ``events.status``.""",
}
"""How columns are computed, as the codebook says; what a docstring says is gone under ``python -OO``."""

_RANK = {"claimed": 0, "disputed": 1, "corroborated": 2, "acknowledged": 3, "on-record": 4}
_OF_STANCE = {
    "acknowledges": "acknowledged",
    "corroborates": "corroborated",
    "denies": "disputed",
    "disputes": "disputed",
}
_OF_RELATION = {
    "acknowledges": "acknowledged",
    "evidences": "corroborated",
    "denies": "disputed",
    "disputes": "disputed",
}

_FIRST_STATUS = (
    nw.when(nw.col("kind").is_in(SUBSTANTIVE)).then(nw.lit("claimed")).otherwise(nw.lit("on-record"))
)


def known_from(t: Tables) -> nw.LazyFrame[Any]:
    """First day on which the public record held each event, as `COMPUTED` says.

    Returns
    -------
    narwhals.LazyFrame
        ``event_id``, ``known_from`` (date) and ``known_by``: ``act``, or the id of the source or event that
        made it public. Events without dated evidence are missing.
    """
    made_public = nw.coalesce("made_public_latest", "start_latest")
    events = t["events"].select("event_id", "kind", "start_latest", _made_public=made_public)
    acts = events.filter(nw.col("kind").is_in(ACTS)).select(
        "event_id", _day=nw.max_horizontal("start_latest", "_made_public")
    )
    by_itself = acts.select("event_id", "_day", known_by=nw.lit("act"))
    published = t["sources"].select("source_id", _day="published_latest")
    by_source = (
        t["citations"]
        .filter(nw.col("stance") != "background")
        .join(published, on="source_id")
        .select("event_id", "_day", known_by="source_id")
    )
    disclosing = acts.select("_day", known_by="event_id")
    by_event = (
        t["event_links"]
        .filter(nw.col("relation") == "discloses")
        .select(known_by="event_id", event_id="to_event_id")
        .join(disclosing, on="known_by")
        .select("event_id", "_day", "known_by")
    )
    by_others = nw.concat([by_source, by_event]).join(acts, on="event_id", how="anti")
    return (
        nw.concat([by_itself, by_others])
        .filter(~nw.col("_day").is_null())
        .unique("event_id", keep="first", order_by=["_day", "known_by"])
        .select("event_id", known_from="_day", known_by="known_by")
    )


def status_changes(t: Tables) -> nw.LazyFrame[Any]:
    """Each step of each event's status, with the day from which it held and its evidence, as `COMPUTED` says.

    Parameters
    ----------
    t : mapping of str to narwhals.LazyFrame
        ``events`` with ``known_from`` and ``known_by``; ``citations``, ``sources``, ``event_links``.

    Returns
    -------
    narwhals.LazyFrame
        The columns of the table ``status_changes``.
    """
    steps = _steps(t)
    stronger = steps.select("event_id", _day_of_stronger="_day", _stronger="_rank")
    outdone = steps.join(stronger, on="event_id").filter(
        nw.col("_stronger") > nw.col("_rank"), nw.col("_day_of_stronger") <= nw.col("_day")
    )
    return steps.join(
        outdone.select("event_id", "_rank").unique(), on=["event_id", "_rank"], how="anti"
    ).select(
        "event_id", from_date="_day", status="status", because_kind="because_kind", because_id="because_id"
    )


def status(t: Tables) -> nw.LazyFrame[Any]:
    """Status of each event as all evidence has it: ``event_id`` and ``status``.

    Evidence without a date counts here, though it changes nothing on any day that could be named.
    """
    evidence = [t["events"].select("event_id", status=_FIRST_STATUS)]
    evidence += [rows.select("event_id", "status") for rows in (_from_citations(t), _from_links(t))]
    return (
        nw.concat(evidence)
        .with_columns(_rank=-_translated("status", _RANK))
        .unique("event_id", keep="first", order_by=["_rank"])
        .select("event_id", "status")
    )


def estimates_known_from(t: Tables) -> nw.LazyFrame[Any]:
    """Day from which each estimate was public: when its source was out and its event known."""
    key = ["event_id", "measure", "by_id", "source_id", "as_of"]
    published = t["sources"].select("source_id", _published="published_latest")
    known = t["events"].select("event_id", _known="known_from")
    rows = t["estimates"].select(*key).join(published, on="source_id").join(known, on="event_id")
    both = rows.filter(~nw.col("_published").is_null(), ~nw.col("_known").is_null())
    return both.select(*key, known_from=nw.max_horizontal("_published", "_known"))


def as_known_on(frame: Frame, day: When) -> Frame:
    """Rows that the public record held on a day: those with ``known_from`` on it or before.

    Parameters
    ----------
    frame : any frame that Narwhals knows
        ``events`` or ``estimates``, or any frame with a date column ``known_from``. Lazy frames stay lazy.
    day : str or datetime.date
        One day, as ``2024-01-08`` or a date.

    Raises
    ------
    BadRequest
        The day is not one day, or the column is missing or holds no dates.

    Examples
    --------
    >>> import timeline
    >>> events = as_known_on(timeline.load("events", "1.0.0"), "2023-12-31")
    >>> bool((events["known_from"] <= "2023-12-31").all())
    True
    """
    kept: Frame = _up_to(one_day(day), frame_with(frame, ("known_from",)), "known_from").to_native()
    return kept


def one_day(day: When) -> date:
    """A single day from a string or date."""
    first, last = window(day)
    if first is None or first != last:
        raise BadRequest(f"{str(day)!r} is not one day; write a day such as 2024-01-08")
    return first


def snapshot(t: Tables, day: date, hindsight: bool) -> Tables:
    """Every table as a reader could have known it on a day; `relations.closed` must follow.

    Events are those known by then, with the status of that day. Of what hangs on them, citations stay if
    their source was published by then, estimates if they were known, status changes if they had happened.
    Sources published later, or on an unknown day, are gone; where one attests a name, place or instrument,
    ``source_id`` is empty. Listings stay if they had begun, as yet without an end that came later.
    Identifiers stay if a listing that gives them had begun, or the source in which they were read was out;
    of a release older than 1.1.0, which tells neither, all stay. Lists stay, without the day of a version
    that came later.
    Titles, kinds, dates, places, materiel and participants are as coded today; summaries are left out unless
    ``hindsight``. Each table is made when it is asked for.
    """

    def known(name: str) -> nw.LazyFrame[Any]:
        if name == "sources":
            rows = _up_to(day, t[name], _PUBLIC_FROM[name])
            (relayed,) = (key for key in contract.table(name).foreign_keys if key.table == name)
            return where_there(name, rows, relayed, rows)
        if name == "listings":
            begun = _up_to(day, t[name], "listed_on_latest")
            return _attested(name, _not_yet(day, begun, "delisted_on"), done)
        if name == "lists":
            return _attested(name, _not_yet(day, t[name], "as_of"), done)
        if name == "identifiers" and t["lists"].head(1).collect().shape[0]:
            return _attested(name, _identified(t, day), done)
        if name in _PUBLIC_FROM:
            return _up_to(day, t[name], _PUBLIC_FROM[name])
        if name == "citations":
            return t[name].join(done["sources"].select("source_id"), on="source_id", how="semi")
        if name == "events":
            events = _with_status(_up_to(day, t[name], "known_from"), done["status_changes"])
            return events if hindsight else events.with_columns(summary=nw.lit(None, nw.String))
        return _attested(name, t[name], done)

    done: OnDemand[nw.LazyFrame[Any]] = OnDemand(known)
    return done


_PUBLIC_FROM = {"status_changes": "from_date", "estimates": "known_from", "sources": "published_latest"}


def _up_to(day: date, rows: nw.LazyFrame[Any], column: str) -> nw.LazyFrame[Any]:
    return rows.filter(nw.col(column) <= literal(rows, (column,))(day))


def _not_yet(day: date, rows: nw.LazyFrame[Any], column: str) -> nw.LazyFrame[Any]:
    """Rows in which a date, and the days that follow from it, are empty if it had not come by a day."""
    come = nw.col(f"{column}_latest") <= literal(rows, (f"{column}_latest",))(day)
    dated = (f"{column}_earliest", f"{column}_latest", column)
    rows = rows.with_columns(_come=come)
    return rows.with_columns(
        *(nw.when(nw.col("_come")).then(nw.col(name)).alias(name) for name in dated)
    ).drop("_come")


def _identified(t: Tables, day: date) -> nw.LazyFrame[Any]:
    """Identifiers that a listing gave, or a source told, by a day."""
    listed = _up_to(day, t["listings"], "listed_on_latest")
    entries = listed.select(actor_id="designee_id", value="entry_id").unique()
    out = _up_to(day, t["sources"], "published_latest").select("source_id")
    given = t["identifiers"].join(entries, on=["actor_id", "value"], how="semi")
    told = t["identifiers"].join(out, on="source_id", how="semi")
    return nw.concat([given, told]).unique()


def _with_status(events: nw.LazyFrame[Any], changes: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """Events with the status that the last of these changes gave them."""
    last = changes.unique("event_id", keep="last", order_by=["from_date"])
    columns = events.collect_schema().names()
    return events.drop("status").join(last.select("event_id", "status"), on="event_id").select(*columns)


def _attested(name: str, rows: nw.LazyFrame[Any], known: Tables) -> nw.LazyFrame[Any]:
    """Rows of a registry, naming no source but those that are known."""
    described = contract.table(name)
    for key in described.foreign_keys:
        (column, *_) = key.columns
        if key.table == "sources" and column not in described.key:
            there = known["sources"].select(nw.col("source_id").alias(column), _there="source_id")
            rows = rows.join(there, on=column, how="left").with_columns(nw.col("_there").alias(column))
    return rows.select(*described.columns)


def _steps(t: Tables) -> nw.LazyFrame[Any]:
    """Per event and status the first evidence for it."""
    known = t["events"].filter(~nw.col("known_from").is_null())
    evidence = nw.concat([_first_word(t, known), _from_citations(t), _from_links(t)])
    return (
        evidence.filter(~nw.col("_day").is_null())
        .join(known.select("event_id", "known_from"), on="event_id")
        .with_columns(_rank=_translated("status", _RANK), _day=nw.max_horizontal("_day", "known_from"))
        .unique(["event_id", "_rank"], keep="first", order_by=["_day", "because_kind", "because_id"])
    )


def _first_word(t: Tables, known: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """What made an event public: the act itself, a citation or a disclosing event."""
    by_itself = nw.col("known_by") == "act"
    acts = known.filter(by_itself).with_columns(known_by="event_id")
    others = known.filter(~by_itself)
    events = t["events"].select(known_by="event_id")
    causes = [
        (acts, "event"),
        (others.join(events, on="known_by", how="semi"), "event"),
        (others.join(events, on="known_by", how="anti"), "citation"),
    ]
    return nw.concat(
        [
            rows.select(
                "event_id",
                status=_FIRST_STATUS,
                _day="known_from",
                because_kind=nw.lit(kind),
                because_id="known_by",
            )
            for rows, kind in causes
        ]
    )


def _from_citations(t: Tables) -> nw.LazyFrame[Any]:
    published = t["sources"].select("source_id", _day="published_latest")
    rows = t["citations"].filter(nw.col("stance").is_in(list(_OF_STANCE)))
    return rows.join(published, on="source_id").select(
        "event_id",
        status=_translated("stance", _OF_STANCE),
        _day="_day",
        because_kind=nw.lit("citation"),
        because_id="source_id",
    )


def _from_links(t: Tables) -> nw.LazyFrame[Any]:
    """Linked events that admit, evidence or contest."""
    linking = t["events"].select("event_id", _day="known_from")
    rows = t["event_links"].filter(nw.col("relation").is_in(list(_OF_RELATION)))
    return rows.join(linking, on="event_id").select(
        event_id="to_event_id",
        status=_translated("relation", _OF_RELATION),
        _day="_day",
        because_kind=nw.lit("event"),
        because_id="event_id",
    )


def _translated(column: str, words: Mapping[str, str] | Mapping[str, int]) -> nw.Expr:
    """Column with each word replaced by its translation; every engine has when / then."""
    return nw.coalesce(*(nw.when(nw.col(column) == old).then(nw.lit(new)) for old, new in words.items()))
