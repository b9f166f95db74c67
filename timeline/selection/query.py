"""The query that a filtered dataset stands for: one text for equal questions, and the way back to the rows.

A query is its steps, each written ``/verb(parameter=value,value;parameter=value)``. Conditions of ``where``,
one per step, and windows commute: they stand in alphabetical order. ``as_known_on`` changes the status of
events, so that it keeps its place among conditions on status; with all others it commutes too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any
from urllib.parse import quote, unquote

from timeline.errors import BadRequest, nearest
from timeline.selection.filters import FILTERS, Part
from timeline.selection.tables import Step

STEP = r"/[a-z_]+\([^()\s]*\)"
_SAFE = "/:[]"


def canonical(steps: Iterable[Step]) -> tuple[Step, ...]:
    """Steps that give the same rows, the same for all orders in which they can have been written.

    >>> where, known = ("where", (("kind", ("denial",)),)), ("as_known_on", (("day", "2024-01-08"),))
    >>> canonical([known, where]) == canonical([where, known]) == (where, known)
    True
    """
    free, bound = set(), []
    for step in _atoms(steps):
        if step[0] == "as_known_on" or _reads_status(step):
            bound.append(step)
        else:
            free.add(step)
    placed = sorted(free)
    for verb, run in groupby(bound, key=lambda step: step[0]):
        together = list(run)
        placed += [_earliest(together)] if verb == "as_known_on" else sorted(set(together))
    return tuple(placed)


def _atoms(steps: Iterable[Step]) -> Iterator[Step]:
    """Split conditions that are independent of each other; a role is that of the actor beside it.

    Bodies are those of the actor and of the authority beside them.
    """
    for verb, given in steps:
        if verb != "where":
            yield verb, given
            continue
        bodies = tuple(each for each in given if each[0] == "with_bodies")
        taking_part = tuple(each for each in given if each[0] in ("actor", "actor_country", "role"))
        if taking_part:
            of_actor = any(name == "actor" for name, _ in taking_part)
            yield verb, (*taking_part, *(bodies if of_actor else ()))
        for each in given:
            if each not in taking_part and each not in bodies:
                yield verb, (each, *(bodies if each[0] == "authority" else ()))


def _reads_status(step: Step) -> bool:
    return any(parameter == "status" for parameter, _ in step[1])


def _earliest(snapshots: Iterable[Step]) -> Step:
    """The one snapshot that several in a row amount to."""
    given = [dict(parameters) for _, parameters in snapshots]
    hindsight = all(each.get("hindsight") for each in given)
    day = min(each["day"] for each in given)
    return "as_known_on", (("day", day), *([("hindsight", True)] if hindsight else []))


def written(steps: Iterable[Step]) -> str:
    """Text of steps.

    >>> written([("during", (("match", "certain"), ("when", "2023-11-01/2024-01-31")))])
    '/during(match=certain;when=2023-11-01/2024-01-31)'
    """
    return "".join(
        f"/{verb}({';'.join(f'{name}={_value(value)}' for name, value in given)})" for verb, given in steps
    )


def _value(value: Any) -> str:
    values = value if isinstance(value, tuple) else (value,)
    return ",".join(quote(str(each), safe=_SAFE).replace("~", "%7E") for each in values)


def read(text: str) -> tuple[Step, ...]:
    """Steps of a text; the first slash may be left out.

    Raises
    ------
    BadRequest
        It is no query; the message says how one is written.

    Examples
    --------
    >>> read("where(kind=denial,transfer)")
    (('where', (('kind', ('denial', 'transfer')),)),)
    """
    text = f"/{text.removeprefix('/')}" if text else ""
    if not re.fullmatch(f"({STEP})*", text):
        raise BadRequest(
            f"{text!r} is no query; one is written like where(kind=transfer)/during(when=2023-11)"
        )
    return tuple(
        (verb, tuple(_parameter(each) for each in given.split(";") if each))
        for verb, given in re.findall(r"/([a-z_]+)\(([^()]*)\)", text)
    )


def _parameter(text: str) -> tuple[str, Any]:
    name, _, value = text.partition("=")
    values = tuple(unquote(each) for each in value.split(","))
    return name, values if name in _SEVERAL else value == "True" if name in _EITHER else values[0]


_SEVERAL = ("kind", "actor", "role", "place", "country", "status", "authority", "materiel", "actor_country")
_EITHER = ("hindsight", "with_bodies")


def replay(tables: Part, steps: Iterable[Step]) -> Part:
    """Take the steps again, from the whole dataset.

    Raises
    ------
    BadRequest
        A step is no filter of a dataset, or has a parameter or value that does not exist.
    """
    rows = tables.whole
    for verb, parameters in steps:
        if verb not in FILTERS:
            raise BadRequest(f"{verb} is no filter{nearest(verb, FILTERS)} (filters: {', '.join(FILTERS)})")
        given = dict(parameters)
        if len(given) < len(parameters):
            raise BadRequest(f"{written([(verb, parameters)])} gives a parameter twice")
        window = [given.pop("when")] if "when" in given else []
        try:
            rows = FILTERS[verb](rows, *window, **given)
        except TypeError:
            raise BadRequest(f"{written([(verb, parameters)])} has a parameter too few or too many") from None
    return rows
