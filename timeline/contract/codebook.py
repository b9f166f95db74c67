"""The codebook as rows: what every table, column and word means."""

from __future__ import annotations

from timeline.contract.tables import tables


def codebook() -> list[dict[str, str]]:
    """What every table, column and word means: one row each, with empty strings where nothing is to say."""
    rows = []
    for table in tables().values():
        rows.append(_entry(table.name, meaning=table.description))
        for field in table.fields:
            kind = "EDTF" if field.edtf else field.type
            example = "" if field.example is None else str(field.example)
            rows.append(_entry(table.name, field.name, type=kind, meaning=field.description, example=example))
            rows += [
                _entry(table.name, field.name, value, meaning=field.meanings[value]) for value in field.enum
            ]
    return rows


def _entry(
    table: str, column: str = "", value: str = "", *, type: str = "", meaning: str, example: str = ""
) -> dict[str, str]:
    return {
        "table": table,
        "column": column,
        "value": value,
        "type": type,
        "meaning": meaning,
        "example": example,
    }
