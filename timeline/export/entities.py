"""What entities of FollowTheMoney are made of: properties, links, ids, codes of countries and languages."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from timeline.selection.rows import Row


def entity(schema: str, id: str, **properties: Any) -> dict[str, Any]:
    """One entity; properties take one value or several, of which those that are missing are left out."""
    stated = {}
    for name, given in properties.items():
        values = given if isinstance(given, (list, tuple)) else [given]
        texts = [str(value) for value in values if value is not None]
        if texts:
            stated[name] = list(dict.fromkeys(texts))
    return {"id": id, "schema": schema, "properties": stated}


def link(kind: str, subject: str, role: str, object: str) -> dict[str, Any]:
    return entity(
        "UnknownLink", id_of(kind, subject, role, object), subject=subject, object=object, role=role
    )


def bounds(event: Row) -> dict[str, list[date | None]]:
    """Both bounds of beginning and end; readers take the earliest for the start, the latest for the end."""
    return {
        "startDate": [event["start_earliest"], event["start_latest"]],
        "endDate": [event["end_earliest"], event["end_latest"]],
    }


def id_of(*parts: str) -> str:
    """Ids of ours hold single hyphens only, so that double ones separate."""
    return "--".join(parts)


def ids_of(kind: str, ids: Iterable[str | None]) -> list[str]:
    return [id_of(kind, each) for each in ids if each]


def country_code(alpha_3: str | None) -> str | None:
    """ISO 3166-1 alpha-2 in lower case; Kosovo, which has no code there, has the same in common use."""
    from pycountry import countries

    found = countries.get(alpha_3=alpha_3) if alpha_3 else None
    return found.alpha_2.lower() if found else {"XKX": "xk"}.get(alpha_3 or "")


def language_code(alpha_2: str) -> str | None:
    """ISO 639-3; the model knows some seventy and drops the others, so that the notes have it too."""
    from pycountry import languages

    found = languages.get(alpha_2=alpha_2)
    return found.alpha_3 if found else None
