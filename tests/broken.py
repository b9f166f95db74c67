"""Tables and raw folders in which one rule is broken."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pyarrow as pa
from folders import RawFolder

from timeline import contract
from timeline.validation import rules
from timeline.validation.validate import all_rules

Tables = dict[str, pa.Table]


NUMBERS = {"number": float, "integer": int}


def with_cell(data: pa.Table, column: str, row: int, value: object) -> pa.Table:
    values = data[column].to_pylist()
    values[row] = value
    return data.set_column(
        data.column_names.index(column), column, pa.array(values, data.schema.field(column).type)
    )


def first_fitting(candidates: list[str], table: str, column: str, *, pattern: bool) -> str:
    """First candidate that does, or does not, have the pattern of a column."""
    form = contract.table(table).field(column).pattern or ""
    return next(text for text in candidates if bool(re.search(form, text)) is pattern)


def wrong_value(rule: rules.Rule) -> object:
    """A value that breaks this rule and no other."""
    field = contract.table(rule.table).field(rule.column)
    match rule.name:
        case "required":
            return None
        case "vocabulary":
            return "no-such-word"
        case "tidy-text":
            return "a\u200bb"
        case "pattern":
            wrong = ["?", "one;two", "one|two", "in seven words or even more words"]
            return first_fitting(wrong, rule.table, rule.column, pattern=False)
        case "minimum":
            return NUMBERS[field.type]((field.minimum or 0) - 1)
        case "maximum":
            return NUMBERS[field.type]((field.maximum or 0) + 1)
        case "finite":
            return float("inf")
        case "length":
            long = "a" * (field.max_length or 0)
            return first_fitting(["a" + long, f"https://x.org/{long}"], rule.table, rule.column, pattern=True)
        case "edtf":
            return "2023-02-29"
        case "foreign-key":
            return first_fitting(["no-such-row", "QQQ"], rule.table, rule.column, pattern=True)
    raise AssertionError(f"no case breaks {rule}")


def broken(rule: rules.Rule, tables: Tables, back: int = 1) -> tuple[Tables, int, object]:
    """Tables in which one row breaks a rule, that many rows before the end; the row and the value told."""
    data = tables[rule.table]
    row = len(data) - back
    if rule.name == "unique":
        in_key = rule.column in contract.table(rule.table).key
        for column in (rule.column, *rule.also) if in_key else (rule.column,):
            data = with_cell(data, column, row, data[column][0].as_py())
        return tables | {rule.table: data}, row, data[rule.column][row].as_py()
    if rule.name == "bounds-follow-from-the-date":
        bound = next(column for column in rule.also if column.endswith("latest"))
        days = data[bound].to_pylist()
        row = next(place for place in range(row, 0, -1) if days[place])
        later = with_cell(data, bound, row, days[row] + timedelta(days=1))
        return tables | {rule.table: later}, row, data[rule.column][row].as_py()
    value = wrong_value(rule)
    return tables | {rule.table: with_cell(data, rule.column, row, value)}, row, value


def needed(rule: rules.Rule) -> set[str]:
    """Tables without which a rule is not asked."""
    keys = contract.table(rule.table).foreign_keys if rule.name == "foreign-key" else ()
    return {rule.table, *(key.table for key in keys if rule.column == key.columns[-1])}


OF_CONTRACT = [rule for rule in all_rules() if rule not in rules.RULES]
OF_CELLS = [rule for rule in OF_CONTRACT if rule.name != "registries-hold-what-is-used"]
OF_USE = [rule for rule in OF_CONTRACT if rule.name == "registries-hold-what-is-used"]


def with_unused(rule: rules.Rule, tables: Tables) -> tuple[Tables, str]:
    """Tables with a row more in a registry, which nothing uses; its key."""
    described = contract.table(rule.table)
    row = tables[rule.table].to_pylist()[-1]
    key = first_fitting(["unused-row", "QQQ"], rule.table, rule.column, pattern=True)
    row |= {field.name: f"{row[field.name]}-unused" for field in described.fields if field.unique} | {
        rule.column: key
    }
    with_it = {**tables, rule.table: with_row(tables[rule.table], row)}
    if rule.table == "instruments":
        issuer = {**tables["instrument_issuers"].to_pylist()[0], rule.column: key}
        with_it["instrument_issuers"] = with_row(tables["instrument_issuers"], issuer)
    return with_it, key


def with_row(data: pa.Table, row: dict) -> pa.Table:
    return pa.concat_tables([data, pa.Table.from_pylist([row], schema=data.schema)])


KREMLIN = "kremlin-says-no-proof-of-dprk-arms"
LISTING = "us-designates-missile-transfer-network"
TRANSFER = "dprk-ballistic-missiles-reach-russia"
CONTAINERS = "us-discloses-container-shipment"
TEST = "dprk-missiles-tested-in-astrakhan-region"
REPORT = "ukraine-institute-identifies-kn-23-debris"


Edit = Callable[[RawFolder], None]


WHOLE_FILE = ""


def change(name: str, old: str, new: str) -> Edit:
    return lambda raw: raw.replace(name, old, new)


def add(name: str, text: str) -> Edit:
    return lambda raw: raw.append(name, text)


def both(*edits: Edit) -> Edit:
    def edit(raw: object) -> None:
        for each in edits:
            each(raw)

    return edit


def without(name: str, first: str, last: str) -> Edit:
    """Take out the lines from the one that holds ``first`` to the one before that which holds ``last``."""

    def edit(raw: object) -> None:
        text = raw[name].read_text(encoding="utf-8")
        raw[name].write_text(text[: text.index(first)] + text[text.index(last) :], encoding="utf-8")

    return edit


# By rule: an edit that breaks it; file, a text on the line, key and value that the problem must name.

NAMED = {
    "every-event-is-cited": (
        both(*[change(KREMLIN, "stance: reports", "stance: background")] * 3),
        KREMLIN, WHOLE_FILE, "event_id", KREMLIN,
    ),
    "every-event-has-participants": (
        without(TEST, "participants:", "citations:"),
        TEST, WHOLE_FILE, "event_id", TEST,
    ),
    "every-event-begins": (
        change(KREMLIN, '"2023-10-17"', '"../2023-10-17"'),
        KREMLIN, "date:", "date", "../2023-10-17",
    ),
    "titles-are-no-sentences": (
        change(KREMLIN, "arms supplies\n", "arms supplies.\n"),
        KREMLIN, "title:", "title", "Kremlin says there is no proof of DPRK arms supplies.",
    ),
    "summaries-end-as-sentences": (
        change(KREMLIN, "any proof.", "any proof"),
        KREMLIN, "summary:", "summary", "Asked about the US images",
    ),
    "designations-name-or-count-designees": (
        change(REPORT, "kind: report", "kind: designation"),
        REPORT, "kind:", "kind", "designation",
    ),
    "roles-fit-the-kind-of-actor": (
        change(KREMLIN, "{actor: peskov-dmitry, role: denier}", "{actor: peskov-dmitry, role: carrier}"),
        KREMLIN, "peskov-dmitry", "role", "carrier",
    ),
    "only-designation-events-designate": (
        change(
            KREMLIN,
            "citations:",
            "  - {actor: mikheychik-vladimir, role: designee}\n"
            "  - {actor: usa-state, role: issuer}\n"
            "designations:\n"
            "  - {designee: mikheychik-vladimir, authority: usa-state, regime: EO14024,"
            " measure: asset-freeze}\n"
            "citations:",
        ),
        KREMLIN, "kind:", "kind", "denial",
    ),
    "designees-take-part": (
        change(LISTING, "mikheychik-vladimir, role: designee}", "mikheychik-vladimir, role: subject}"),
        LISTING, "{designee: mikheychik-vladimir", "designee", "mikheychik-vladimir",
    ),
    "authorities-take-part": (
        change(LISTING, "{actor: usa-state, role: issuer}", "{actor: usa-state, role: subject}"),
        LISTING, "{designee: aircraft-rf-78757", "authority", "usa-state",
    ),
    "authorities-are-public-powers": (
        change(LISTING, "authority: usa-state", "authority: blinken-antony"),
        LISTING, "authority: blinken-antony", "authority", "blinken-antony",
    ),
    "instruments-come-from-public-powers": (
        change("instruments", ",usa,2021", ",flight-unit-224,2021"),
        "instruments", "eo-14024", "issuer", "flight-unit-224",
    ),
    "every-instrument-has-an-issuer": (
        change("instruments", ",usa,2021", ",,2021"),
        "instruments", "eo-14024", "instrument_id", "eo-14024",
    ),
    "an-estimate-has-a-number": (
        change(TRANSFER, "    best: 2\n", ""),
        TRANSFER, "  - measure: aircraft-used", "best", "",
    ),
    "numbers-are-in-order": (
        change(TRANSFER, "    best: 2\n", "    low: 3\n    best: 2\n"),
        TRANSFER, "best: 2", "best", "2",
    ),
    "units-belong-to-the-measure": (
        change(TRANSFER, "unit: aircraft", "unit: planes"),
        TRANSFER, "unit: planes", "unit", "planes",
    ),
    "sources-of-estimates-are-cited": (
        change(TRANSFER, "source: upi-2024-01-12-224th", "source: wion-2024-01-04-kirby-disclosure"),
        TRANSFER, "wion-2024-01-04", "source", "wion-2024-01-04-kirby-disclosure",
    ),
    "no-source-is-older-than-its-event": (
        change(KREMLIN, "links:", "  - {source: pravda-yahoo-2023-09-13-summit, stance: reports}\nlinks:"),
        KREMLIN, "pravda-yahoo", "source", "pravda-yahoo-2023-09-13-summit",
    ),
    "no-event-links-to-itself": (
        add(KREMLIN, f"  - {{relation: follows, event: {KREMLIN}}}\n"),
        KREMLIN, "relation: follows", "event", KREMLIN,
    ),
    "links-do-not-run-in-circles": (
        change(TRANSFER, "links:", f"links:\n  - {{relation: part-of, event: {TEST}}}"),
        TRANSFER, "relation: part-of", "event", TEST,
    ),
    "causes-come-first": (
        add(KREMLIN, f"  - {{relation: follows, event: {LISTING}}}\n"),
        KREMLIN, "relation: follows", "relation", "follows",
    ),
    "relations-fit-the-kind-of-event": (
        add(KREMLIN, "  - {relation: sanctions, event: sea-shuttle-najin-dunay}\n"),
        KREMLIN, "relation: sanctions", "relation", "sanctions",
    ),
    "coordinates-are-whole": (
        change("places", "39.9075,", ","),
        "places", "beijing", "latitude", "",
    ),
    "places-lie-in-their-country": (
        change("places", "39.9075,", "9.9075,"),
        "places", "beijing", "latitude", "9.9075",
    ),
    "identifiers-have-the-form-of-their-scheme": (
        change("actors", "ofac-uid:47175", "ofac-uid:x47175"),
        "actors", "aircraft-rf-78757", "identifiers", "x47175",
    ),
    "imo-numbers-have-their-check-digit": (
        change("actors", "imo:9179842", "imo:9179843"),
        "actors", "vessel-angara", "identifiers", "9179843",
    ),
    "schemes-fit-the-kind-of-actor": (
        change("actors", "ofac-uid:35233", "imo:9074729"),
        "actors", "lavrov-sergei", "identifiers", "imo",
    ),
    "no-two-actors-share-an-identifier": (
        change("actors", "ofac-uid:47175", "ofac-uid:47176"),
        "actors", "aircraft-rf-78757", "identifiers", "47176",
    ),
    "aliases-differ-from-the-name": (
        change("actors", "MV Angara", "Angara"),
        "actors", "vessel-angara", "aliases", "Angara",
    ),
    "reposts-name-their-original": (
        change("sources", "UPI (via Occasional Digest)", "UPI (copy at Occasional Digest)"),
        "sources", "(copy at", "publisher", "UPI (copy at Occasional Digest)",
    ),
    "sources-and-events-share-no-id": (
        both(
            add("sources", f"{TEST},A,B,https://x.org/,2024-01-01,wire,en,stored-copy\n"),
            change(KREMLIN, "links:", f"  - {{source: {TEST}, stance: background}}\nlinks:"),
        ),
        "sources", "https://x.org/", "source_id", TEST,
    ),
    "actors-and-events-share-no-id": (
        both(
            add("actors", f"{TEST},Nobody,person,,,,rt-de-2023-10-peskov\n"),
            change(KREMLIN, "citations:", f"  - {{actor: {TEST}, role: subject}}\ncitations:"),
        ),
        "actors", "Nobody", "actor_id", TEST,
    ),
    "retired-ids-are-not-used": (
        add("retired", f"{TEST},events,,Told twice.,1.0.0\n"),
        "retired", TEST, "id", TEST,
    ),
}  # fmt: skip
