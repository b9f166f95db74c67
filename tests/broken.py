"""Tables and raw folders in which one rule is broken."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pyarrow as pa
from folders import RawFolder

from timeline import contract
from timeline.validation import rules
from timeline.validation.rule import Rule
from timeline.validation.rules import all_rules

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


def with_unused(rule: Rule, tables: Tables) -> tuple[Tables, str]:
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


def listed(list_id: str, row: str) -> Edit:
    """Add a row of listings, and its list if that is not there."""

    def edit(raw: object) -> None:
        if f"\n{list_id}," not in raw["lists"].read_text(encoding="utf-8"):
            raw.append("lists", f"{list_id},usa-state,A list named {list_id},,,none,\n")
        raw.append("listings", f"{row},upi-2024-01-12-224th\n")

    return edit


def spelled(*changes: tuple[str, str]) -> Edit:
    """Change cells of sources, each the first of its kind."""
    return both(*(change("sources", old, new) for old, new in changes))


DOUBTFUL = [change(KREMLIN, "stance: reports", "stance: disputes")] * 3

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
    "every-event-has-a-year": (
        change(KREMLIN, '"2023-10-17"', '"202X"'),
        KREMLIN, "date:", "date", "202X",
    ),
    "no-event-is-older-than-the-matter": (
        change(KREMLIN, '"2023-10-17"', '"0024-02-18/2023-10-17"'),
        KREMLIN, "date:", "date", "0024-02-18/2023-10-17",
    ),
    "no-event-begins-after-the-release": (
        both(*DOUBTFUL, change(KREMLIN, '"2023-10-17"', '"2042-10-17"')),
        KREMLIN, "date:", "date", "2042-10-17",
    ),
    "no-source-appears-after-the-release": (
        change("sources", "amp=1,2024-01-12,", "amp=1,2042-01-12,"),
        "sources", "upi-2024-01-12", "published", "2042-01-12",
    ),
    "no-estimate-is-of-a-day-after-the-release": (
        change(TRANSFER, '"2023-11/2023-12"', '"2042-09-07"'),
        TRANSFER, "2042", "as_of", "2042-09-07",
    ),
    "nobody-is-listed-after-the-release": (
        listed("test-list", "mikheychik-vladimir,test-list,,unspecified,2042-01-01,,"),
        "listings", "2042", "listed_on", "2042-01-01",
    ),
    "acts-alone-are-made-public": (
        change(TRANSFER, "kind: transfer", 'kind: transfer\nmade_public: "2024-01-04"'),
        TRANSFER, "made_public", "made_public", "2024-01-04",
    ),
    "nothing-is-made-public-before-it-is-done": (
        change(KREMLIN, "kind: denial", 'kind: denial\nmade_public: "2023-10-01"'),
        KREMLIN, "made_public", "made_public", "2023-10-01",
    ),
    "acts-alone-are-about-a-place": (
        change(TRANSFER, "kind: transfer", "kind: transfer\nabout_place: beijing"),
        TRANSFER, "about_place", "about_place", "beijing",
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
    "movements-have-no-known-load": (
        both(
            change(TEST, "kind: test", "kind: movement"),
            *[change(TEST, "role: user", "role: operator")] * 3,
        ),
        TEST, "role: supplier", "role", "supplier",
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
    "lists-are-kept-by-public-powers": (
        add("lists", "test-list,blinken-antony,Test list,,,none,\n"),
        "lists", "test-list", "authority", "blinken-antony",
    ),
    "lists-say-what-was-read": (
        add("lists", "test-list,usa-state,Test list,,2024-01-01,none,\n"),
        "lists", "test-list", "read", "none",
    ),
    "entries-have-the-form-of-their-list": (
        listed("un-1718", "mikheychik-vladimir,un-1718,KP1,unspecified,2024-01-11,,"),
        "listings", "KP1", "entry_id", "KP1",
    ),
    "nobody-is-delisted-before-being-listed": (
        listed("test-list", "mikheychik-vladimir,test-list,,unspecified,2024-01-11,2023-12-31,"),
        "listings", "2023-12-31", "delisted_on", "2023-12-31",
    ),
    "listings-name-the-event-that-made-them": (
        listed("test-list", f"mikheychik-vladimir,test-list,,unspecified,2024-01-11,,{KREMLIN}"),
        "listings", KREMLIN, "event", KREMLIN,
    ),
    "listings-do-not-precede-their-event": (
        listed("test-list", f"mikheychik-vladimir,test-list,,unspecified,2023-01-11,,{LISTING}"),
        "listings", "2023-01-11", "listed_on", "2023-01-11",
    ),
    "numbers-on-lists-stand-in-listings": (
        add("identifiers", "usa-state,ofac-uid,99999999,\n"),
        "identifiers", "99999999", "value", "99999999",
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
    "what-was-public-is-not-disclosed": (
        change(KREMLIN, "links:", "links:\n  - {relation: discloses, event: sea-shuttle-najin-dunay}"),
        KREMLIN, "relation: discloses", "relation", "discloses",
    ),
    "actors-do-not-belong-to-themselves": (
        change("actors", "Mikheychik,person,RUS,", "Mikheychik,person,RUS,mikheychik-vladimir"),
        "actors", "RUS,mikheychik", "parent", "mikheychik-vladimir",
    ),
    "sources-do-not-relay-themselves": (
        spelled(("UPI,Occasional Digest,,", "UPI,Occasional Digest,upi-2024-01-12-224th,")),
        "sources", "upi-2024-01-12", "relays", "upi-2024-01-12-224th",
    ),
    "places-on-land-have-a-country": (
        change("places", '"Washington, D.C.",USA,', '"Washington, D.C.",,'),
        "places", "washington-dc", "country", "",
    ),
    "names-in-other-scripts-say-which": (
        add("aliases", "vessel-angara,АНГАРА,ru,\n"),
        "aliases", "АНГАРА", "script", "",
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
        add("identifiers", "usa-state,lei,X47175,\n"),
        "identifiers", "X47175", "value", "X47175",
    ),
    "imo-numbers-have-their-check-digit": (
        change("identifiers", ",imo,9179842", ",imo,9179843"),
        "identifiers", "9179843", "value", "9179843",
    ),
    "schemes-fit-the-kind-of-actor": (
        add("identifiers", "usa-state,imo,9074729,\n"),
        "identifiers", "9074729", "scheme", "imo",
    ),
    "no-two-actors-share-an-identifier": (
        add("identifiers", "usa-state,wikidata,Q30,\n"),
        "identifiers", "usa-state,wikidata", "value", "Q30",
    ),
    "aliases-differ-from-the-name": (
        change("aliases", "MV Angara", "Angara"),
        "aliases", "vessel-angara,Angara", "alias", "Angara",
    ),
    "publishers-are-who-wrote-the-text": (
        spelled(("UPI,Occasional Digest,", "UPI (via Occasional Digest),,")),
        "sources", "(via", "publisher", "UPI (via Occasional Digest)",
    ),
    "hosts-are-other-houses": (
        spelled(("UPI,Occasional Digest,", "UPI,UPI,")),
        "sources", "UPI,UPI", "host", "UPI",
    ),
    "one-publisher-has-one-spelling": (
        spelled(("UPI,Occasional Digest,", "The R.T.,RT,")),
        "sources", "The R.T.", "publisher", "The R.T.",
    ),
    "one-host-has-one-spelling": (
        spelled(("UPI,Occasional Digest,", "RT,R.T.,")),
        "sources", "R.T.", "host", "R.T.",
    ),
    "one-address-has-one-spelling": (
        both(
            add("sources", "x,A,,,B,http://WWW.occasionaldigest.com/2024/01/12/"
                "u-s-imposes-sanctions-over-russia-north-korea-arms-deal/?amp=1#top,2024-01-01,wire,en,"
                "stored-copy\n"),
            change(KREMLIN, "links:", "  - {source: x, stance: background}\nlinks:"),
        ),
        "sources", "http://WWW", "url", "http://WWW",
    ),
    "addresses-do-not-say-who-led-there": (
        spelled(("arms-deal/?amp=1,", "arms-deal/?amp=1&utm_source=rss,")),
        "sources", "utm_", "url", "https://occasionaldigest.com",
    ),
    "sources-and-events-share-no-id": (
        both(
            add("sources", f"{TEST},A,,,B,https://x.org/,2024-01-01,wire,en,stored-copy\n"),
            change(KREMLIN, "links:", f"  - {{source: {TEST}, stance: background}}\nlinks:"),
        ),
        "sources", "https://x.org/", "source_id", TEST,
    ),
    "actors-and-events-share-no-id": (
        both(
            add("actors", f"{TEST},Nobody,person,,,rt-de-2023-10-peskov\n"),
            change(KREMLIN, "citations:", f"  - {{actor: {TEST}, role: subject}}\ncitations:"),
        ),
        "actors", "Nobody", "actor_id", TEST,
    ),
    "retired-ids-are-not-used": (
        add("retired", f"{TEST},events,,Told twice.,1.0.0\n"),
        "retired", TEST, "id", TEST,
    ),
}  # fmt: skip
