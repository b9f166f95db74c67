"""Whatever stands in data/raw: one clear message, exit code 1, and what was published stays as it was."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from timeline.cli import main

KREMLIN = "kremlin-says-no-proof-of-dprk-arms"
TRANSFER = "dprk-ballistic-missiles-reach-russia"
K, T = f"events/{KREMLIN}.yaml", f"events/{TRANSFER}.yaml"

Edit = Callable[["RawFolder"], object]  # noqa: F821


def output(root: Path) -> dict[str, bytes]:
    """Every file of a checkout outside data/raw, by its path; names of folders with nothing."""
    found = {}
    for path in root.rglob("*"):
        name = path.relative_to(root).as_posix()
        if not name.startswith("data/raw"):
            found[name] = path.read_bytes() if path.is_file() else b""
    return found


def told(checkout, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The problems that the command tells of, once it is sure that nothing else happened."""
    before = output(checkout.root)
    assert len(before) > 40
    monkeypatch.setattr(sys, "argv", ["timeline", "build", str(checkout.root)])
    with pytest.raises(SystemExit) as exit_:
        main()
    printed = capsys.readouterr()
    assert (exit_.value.code, printed.out) == (1, "")
    assert output(checkout.root) == before
    heading, *problems = printed.err.splitlines()
    assert heading == f"timeline: {len(problems)} problem{'s' if len(problems) > 1 else ''}"
    return [problem.removeprefix("  ") for problem in problems]


def change(name: str, old: str, new: str) -> Edit:
    return lambda raw: raw.replace(name, old, new)


def fill(name: str, content: str | bytes) -> Edit:
    """Put other content in the place of a whole file."""
    return lambda raw: raw[name].write_bytes(content.encode() if isinstance(content, str) else content)


def convert(name: str, how: Callable[[bytes], bytes]) -> Edit:
    return lambda raw: raw[name].write_bytes(how(raw[name].read_bytes()))


def remove(name: str) -> Edit:
    return lambda raw: raw[name].unlink()


def copy(name: str, other: str) -> Edit:
    return lambda raw: shutil.copy(raw[name], raw[name].with_name(other))


def grow(name: str, size: int) -> Edit:
    """Make a file large without filling the disk."""
    return lambda raw: os.truncate(raw[name], size)


def instead(name: str, make: Callable[[Path], object]) -> Edit:
    """Put something else where a file stands."""

    def edit(raw) -> None:
        path = raw[name]
        path.unlink()
        make(path)

    return edit


def circle(path: Path) -> None:
    path.symlink_to(path)


def beside(name: str, make: Callable[[Path], object]) -> Edit:
    """Put something into the folder of the events."""
    return lambda raw: make(raw.root / "data" / "raw" / "events" / name)


TITLE = "title: Kremlin says there is no proof of DPRK arms supplies"
PARTICIPANTS = """participants:
  - {actor: peskov-dmitry, role: denier}
  - {actor: rus-president, role: denier}
"""
NESTED = 5_000
BOMB = "a: &a [lol, lol]\n" + "".join(
    f"{new}: &{new} [*{old}, *{old}]\n" for old, new in pairwise("abcdefghijklmnopqrstuvwxyz")
)

FILES: dict[str, tuple[Edit, str]] = {
    "empty file": (fill(KREMLIN, ""), f"{K}: is empty [readable]"),
    "only line feeds": (fill(KREMLIN, "\n\n"), f"{K}: is empty [readable]"),
    "only a comment": (fill(KREMLIN, "# nothing\n"), f"{K}: holds no keys [readable]"),
    "byte order mark": (
        convert(KREMLIN, lambda text: b"\xef\xbb\xbf" + text),
        f"{K}:1: has a byte order mark: save the file as UTF-8 without one [readable]",
    ),
    "carriage returns": (
        convert(KREMLIN, lambda text: text.replace(b"\n", b"\r\n")),
        f"{K}:1: has a carriage return: end lines with LF alone [readable]",
    ),
    "tab": (change(KREMLIN, "kind: denial", "kind:\tdenial"), f"{K}:3: has a tab: use spaces [readable]"),
    "tab as indent": (
        change(KREMLIN, "  - {source: br", "\t- {source: br"),
        f"{K}:13: has a tab: use spaces [readable]",
    ),
    "NUL": (change(KREMLIN, "denial", "den\0ial"), f"{K}:3: has U+0000: remove it [readable]"),
    "escape sequence": (
        change(KREMLIN, "denial", "den\x1b[31mial"),
        f"{K}:3: has U+001B: remove it [readable]",
    ),
    "zero width space": (
        change(KREMLIN, "denial", "den\u200bial"),
        f"{K}:3: has U+200B ZERO WIDTH SPACE: remove it [readable]",
    ),
    "text that turns round": (
        change(KREMLIN, "no proof", "no \u202eproof"),
        f"{K}:1: has U+202E RIGHT-TO-LEFT OVERRIDE: remove it [readable]",
    ),
    "no-break space": (
        change(KREMLIN, "no proof", "no\xa0proof"),
        f"{K}:1: has U+00A0 NO-BREAK SPACE: remove it [readable]",
    ),
    "escaped zero width space": (
        change(KREMLIN, TITLE, 'title: "Kremlin\\u200b says there is no proof"'),
        f"{K}:1: title 'Kremlin\\u200b says there is no … it holds U+200B ZERO WIDTH SPACE [tidy-text]",
    ),
    "not UTF-8": (
        convert(KREMLIN, lambda text: text.replace(b"denial", b"d\xe9nial")),
        f"{K}:3: byte 0xe9 is not UTF-8: save the file as UTF-8 [readable]",
    ),
    "UTF-16": (
        convert(KREMLIN, lambda text: text.decode().encode("utf-16")),
        f"{K}:1: byte 0xff is not UTF-8: save the file as UTF-8 [readable]",
    ),
    "100 MB": (
        grow(KREMLIN, 100_000_000),
        f"{K}: has 100,000,000 bytes, more than the 1,000,000 allowed [readable]",
    ),
    "100 MB registry": (
        grow("sources", 100_000_000),
        "sources.csv: has 100,000,000 bytes, more than the 64,000,000 allowed [readable]",
    ),
    "no YAML": (
        change(KREMLIN, "{actor: peskov-dmitry, role: denier}", "{actor: peskov-dmitry, role: denier"),
        f"{K}:10: is not valid YAML: while parsing a flow … did not find expected ',' or '}}' [readable]",
    ),
    "unclosed quote": (
        change(KREMLIN, 'date: "2023-10-17"', 'date: "2023-10-17'),
        f"{K}:20: is not valid YAML: while scanning a … 2, found unexpected end of stream [readable]",
    ),
    "cut off within a key": (
        convert(KREMLIN, lambda text: text[: text.index(b"place: beijing") + 3]),
        f"{K}:4: is not valid YAML: while … in line 4, could not find expected ':' [readable]",
    ),
    "two documents": (
        lambda raw: raw.append(KREMLIN, "---\ntitle: another\n"),
        f"{K}:20: is not valid YAML: expected a single … line 1, but found another document [readable]",
    ),
    "list": (
        fill(KREMLIN, "- title: a\n"),
        f"{K}:1: the file must be a mapping of keys to values [readable]",
    ),
    "scalar": (fill(KREMLIN, "denial\n"), f"{K}:1: the file must be a mapping of keys to values [readable]"),
    "alias bomb": (
        fill(KREMLIN, BOMB),
        f"{K}:1: anchors and aliases (& and *) are not allowed: write out what they stand for [readable]",
    ),
    "anchor": (
        change(KREMLIN, "place: beijing", "place: &here beijing"),
        f"{K}:4: anchors and aliases (& and *) are not allowed: write out what they stand for [readable]",
    ),
    "Python tag": (
        change(KREMLIN, "place: beijing", 'place: !!python/object/apply:os.system ["true"]'),
        f"{K}:4: the tag … every value is read as text [readable]",
    ),
    "text tag": (
        change(KREMLIN, "place: beijing", "place: !!str beijing"),
        f"{K}:4: the tag tag:yaml.org,2002:str is not allowed: every value is read as text [readable]",
    ),
    "nested flow": (
        fill(KREMLIN, "title: " + "[" * NESTED + "]" * NESTED + "\n"),
        f"{K}:1: is not valid YAML: while increasing flow … 1, exceeded maximum nesting depth [readable]",
    ),
    "nested block": (
        fill(KREMLIN, "title:\n  " + "- " * NESTED + "a\n"),
        f"{K}:2: is not valid YAML: while increasing block … 2, exceeded maximum nesting depth [readable]",
    ),
    "nested below the limit": (
        change(KREMLIN, "place: beijing", "place: " + "[" * 900 + "]" * 900),
        f"{K}:4: place: must be one plain value [readable]",
    ),
    "link in a circle": (instead(KREMLIN, circle), f"{K}: is no plain file [readable]"),
    "link to elsewhere": (
        instead(KREMLIN, lambda path: path.symlink_to("/etc/hostname")),
        f"{K}: is no plain file [readable]",
    ),
    "folder as a file": (instead(KREMLIN, Path.mkdir), f"{K}: is no plain file [readable]"),
    "another folder": (beside("x.yaml", Path.mkdir), "events/x.yaml: is no plain file [readable]"),
    "pipe": (instead(KREMLIN, os.mkfifo), f"{K}: is no plain file [readable]"),
    "digits that are none in a name": (
        copy(KREMLIN, "x1²2.yaml"),
        "events/x1²2.yaml: event_id 'x1²2': must match … ² is U+00B2 SUPERSCRIPT TWO [pattern]",
    ),
    "name that is no text": (
        copy(KREMLIN, "\udcff.yaml"),
        "events/\\udcff.yaml: event_id '\\\\udcff': must match … [pattern]",
    ),
    "name that turns round": (
        copy(KREMLIN, "\u202ea\nb.yaml"),
        "events/\\u202ea\\nb.yaml: event_id '\\\\u202ea\\\\nb': must match … [pattern]",
    ),
    "other suffix": (
        beside("notes.txt", Path.touch),
        "events/notes.txt: only <event_id>.yaml files belong here [readable]",
    ),
    "event that stands beside the folder of events": (
        lambda raw: shutil.copy(raw[KREMLIN], raw["places"].with_name("x.yaml")),
        "x.yaml: only package.yaml, the registries and the folder events belong here [readable]",
    ),
    "registry of another name": (
        lambda raw: shutil.copy(raw["places"], raw["places"].with_name("places (copy).csv")),
        "places (copy).csv: only package.yaml, the registries and the folder events belong here [readable]",
    ),
    "registry missing": (remove("places"), "places.csv: is missing [readable]"),
    "registry empty": (fill("places", ""), "places.csv: is empty [readable]"),
    "header missing": (
        convert("places", lambda text: text.partition(b"\n")[2]),
        "places.csv:1: columns are astrakhan-region, … source, coordinates_source [readable]",
    ),
    "header misspelt": (
        change("places", "latitude", "lattitude"),
        "places.csv:1: columns are place_id, name, … source, coordinates_source [readable]",
    ),
    "column twice": (
        change("places", "latitude", "longitude"),
        "places.csv:1: columns are place_id, name, … source, coordinates_source [readable]",
    ),
    "too few cells": (
        change("places", "39.9075,", ""),
        "places.csv:3: has 10 cells, the header has 11 [readable]",
    ),
    "too many cells": (
        change("places", "39.9075,", "39.9075,,"),
        "places.csv:3: has 12 cells, the header has 11 [readable]",
    ),
    "empty row": (change("places", "beijing,", "\nbeijing,"), "places.csv:3: is empty [readable]"),
    "quote not closed": (
        change("places", "beijing,Beijing", 'beijing,"Beijing'),
        "places.csv:3: is not valid CSV: ',' expected after '\"' [readable]",
    ),
    "quote within a cell": (
        change("places", "beijing,Beijing", 'beijing,"Beij"ing'),
        "places.csv:3: is not valid CSV: ',' expected after '\"' [readable]",
    ),
    "NUL in a registry": (
        change("places", "beijing,Beijing", "beijing,Bei\0jing"),
        "places.csv:3: has U+0000: remove it [readable]",
    ),
    "carriage returns in a registry": (
        convert("places", lambda text: text.replace(b"\n", b"\r\n")),
        "places.csv:1: has a carriage return: end lines with LF alone [readable]",
    ),
    "semicolons": (
        convert("places", lambda text: text.replace(b",", b";")),
        "places.csv:1: columns are … source, coordinates_source [readable]",
    ),
    "package.yaml missing": (remove("package.yaml"), "package.yaml: is missing [readable]"),
    "package.yaml broken": (
        change("package.yaml", "keywords:", "keywords: ["),
        "package.yaml:15: is not valid YAML: while … did not find expected node content [readable]",
    ),
    "package.yaml without a title": (
        change("package.yaml", "title: DPRK", "titel: DPRK"),
        "package.yaml:8: titel: is no key of the file; … licence, sources, spatial) [readable]",
    ),
    "version without quotes": (
        change("package.yaml", '"1.0.0"', "1.0.0"),
        "package.yaml:3: version '1.0.0': must be a … version, written version: \"1.2.0\" [readable]",
    ),
    "version of two parts": (
        change("package.yaml", '"1.0.0"', '"1.0"'),
        "package.yaml:3: version '1.0': must be a … version, written version: \"1.2.0\" [readable]",
    ),
    "version of too many digits": (
        change("package.yaml", '"1.0.0"', '"1.0.1234567890"'),
        "package.yaml:3: version '1.0.1234567890': must be … version, written version: \"1.2.0\" [readable]",
    ),
    "escaped override in package.yaml": (
        change("package.yaml", "spatial: North Korea", r'spatial: "\u202eNorth Korea" #'),
        "package.yaml:32: spatial '\\u202eNorth Korea': must be text that can be seen [readable]",
    ),
    "day that is none": (
        change("package.yaml", '"2026-11-25"', '"2026-11-31"'),
        "package.yaml:4: released '2026-11-31': must be a date as YYYY-MM-DD [readable]",
    ),
}

VALUES: dict[str, tuple[Edit, str]] = {
    "key twice": (
        change(KREMLIN, "place: beijing", "place: beijing\nplace: vostochny"),
        f"{K}:5: place: stands twice; the first is in line 4 [readable]",
    ),
    "key twice in an entry": (
        change(KREMLIN, "role: denier}", "role: denier, role: subject}"),
        f"{K}:9: role: stands twice; the first is in line 9 [readable]",
    ),
    "key misspelt": (
        change(KREMLIN, "kind: denial", "knid: denial"),
        f"{K}:3: knid: is no key of the file; did you mean … links, instruments, materiel) [readable]",
    ),
    "key that moves the cursor": (
        change(KREMLIN, "kind: denial", r'"\e[2Jkind": denial'),
        f"{K}:3: \\x1b[2Jkind: is no key of the file; did you … links, instruments, materiel) [readable]",
    ),
    "key is a list": (
        change(KREMLIN, "place: beijing", "? [place]\n: beijing"),
        f"{K}:4: a key must be one plain value [readable]",
    ),
    "no such day": (
        change(KREMLIN, '"2023-10-17"', '"2023-02-29"'),
        f"{K}:2: date '2023-02-29': is no EDTF date: 2023-02 has 28 days [edtf]",
    ),
    "end before start": (
        change(KREMLIN, '"2023-10-17"', '"2023-11-30/2023-11-01"'),
        f"{K}:2: date '2023-11-30/2023-11-01': is no EDTF … 2023-11-30 is later than 2023-11-01 [edtf]",
    ),
    "date as people write it": (
        change(KREMLIN, '"2023-10-17"', "17 October 2023"),
        f"{K}:2: date '17 October 2023': is no EDTF date: it has white space; EDTF has none [edtf]",
    ),
    "unknown actor": (
        change(KREMLIN, "actor: rus-president", "actor: rus-presidnet"),
        f"{K}:10: actor 'rus-presidnet': is no actor_id of … did you mean rus-president? [foreign-key]",
    ),
    "homoglyph in an id": (
        change(KREMLIN, "actor: rus-president", "actor: rus-pr\u0435sident"),
        f"{K}:10: actor 'rus-pr\u0435sident': must match … is U+0435 CYRILLIC SMALL LETTER IE [pattern]",
    ),
    "upper-case id": (
        change(KREMLIN, "actor: rus-president", "actor: RUS-president"),
        f"{K}:10: actor 'RUS-president': must match … such as vessel-angara [pattern]",
    ),
    "unknown role": (
        change(KREMLIN, "role: denier", "role: deneir"),
        f"{K}:9: role 'deneir': must be one of supplier, … voter; did you mean denier? [vocabulary]",
    ),
    "role of another kind of actor": (
        change(KREMLIN, "peskov-dmitry, role: denier", "peskov-dmitry, role: carrier"),
        f"{K}:9: role 'carrier': An actor of this kind … sign or vote. [roles-fit-the-kind-of-actor]",
    ),
    "unknown source": (
        change(KREMLIN, "rt-de-2023-10-peskov", "rt-de-2023-10-peskow"),
        f"{K}:14: source 'rt-de-2023-10-peskow': is no … you mean rt-de-2023-10-peskov? [foreign-key]",
    ),
    "unknown event": (
        change(KREMLIN, "event: sea-shuttle-najin-dunay", "event: sea-shuttle-najin-dunai"),
        f"{K}:18: event 'sea-shuttle-najin-dunai': is no … mean sea-shuttle-najin-dunay? [foreign-key]",
    ),
    "NaN": (
        change(TRANSFER, "best: 2", "best: .nan"),
        f"{T}:21: best '.nan': must be a plain decimal number such as 12 or 0.5 [type]",
    ),
    "nan": (
        change(TRANSFER, "best: 2", "best: NaN"),
        f"{T}:21: best 'NaN': must be a plain decimal number such as 12 or 0.5 [type]",
    ),
    "infinity": (
        change(TRANSFER, "best: 2", "best: .inf"),
        f"{T}:21: best '.inf': must be a plain decimal number such as 12 or 0.5 [type]",
    ),
    "exponent": (
        change(TRANSFER, "best: 2", "best: 1e5"),
        f"{T}:21: best '1e5': must be a plain decimal number such as 12 or 0.5 [type]",
    ),
    "underscore": (
        change(TRANSFER, "best: 2", "best: 1_000"),
        f"{T}:21: best '1_000': must be a plain decimal number such as 12 or 0.5 [type]",
    ),
    "thousands comma": (
        change(TRANSFER, "best: 2", 'best: "1,000"'),
        f"{T}:21: best '1,000': must be a plain decimal number such as 12 or 0.5 [type]",
    ),
    "hexadecimal": (
        change(TRANSFER, "best: 2", "best: 0x10"),
        f"{T}:21: best '0x10': must be a plain decimal number such as 12 or 0.5 [type]",
    ),
    "negative": (change(TRANSFER, "best: 2", "best: -2"), f"{T}:21: best '-2': must be at least 0 [minimum]"),
    "digits of another script": (
        change(TRANSFER, "best: 2", "best: \u0662"),
        f"{T}:21: best '\u0662': must be a plain decimal number such as 12 or 0.5 [type]",
    ),
    "too many digits": (
        change(TRANSFER, "best: 2", "best: 12345678901234567"),
        f"{T}:21: best '12345678901234567': must be a plain decimal number such as 12 or 0.5 [type]",
    ),
    "no value": (
        change(KREMLIN, "place: beijing", "place:"),
        f"{K}:4: place: has no value: leave the key out when nothing is known [readable]",
    ),
    "blank value": (
        change(KREMLIN, "place: beijing", 'place: "   "'),
        f"{K}:4: place '   ': must match ^([a-z0-9]+(-[a-z0-9]+)*)$, such as najin-port [pattern]",
    ),
    "blank title": (
        change(KREMLIN, TITLE, 'title: "  "'),
        f"{K}:1: title '  ': must not begin with = + - @, … characters or needless spaces [tidy-text]",
    ),
    "list for a value": (
        change(KREMLIN, "place: beijing", "place: [beijing]"),
        f"{K}:4: place: must be one plain value [readable]",
    ),
    "mapping for a list": (
        change(KREMLIN, PARTICIPANTS, "participants: {actor: peskov-dmitry, role: denier}\n"),
        f"{K}:8: participants: must be a list with at … the key out when there is none [readable]",
    ),
    "empty list": (
        change(KREMLIN, PARTICIPANTS, "participants: []\n"),
        f"{K}:8: participants: must be a list with at … the key out when there is none [readable]",
    ),
    "plain text in a list": (
        change(KREMLIN, "  - {actor: rus-president, role: denier}", "  - rus-president"),
        f"{K}:10: an entry of participants must be a mapping of keys to values [readable]",
    ),
    "accents apart": (
        change(KREMLIN, "Dmitry Peskov", "Dmitr\u0065\u0301 Peskov"),
        f"{K}:5: summary 'Asked about the US images, … it is decomposed, write it in NFC [tidy-text]",
    ),
    "formula": (
        change(KREMLIN, "title: Kremlin", "title: =Kremlin"),
        f"{K}:1: title '=Kremlin says there is no proof of … characters or needless spaces [tidy-text]",
    ),
    "same participant twice": (
        change(KREMLIN, "actor: rus-president", "actor: peskov-dmitry"),
        f"{K}:10: role 'denier': repeats an earlier row, … + actor_id + role must be unique [unique]",
    ),
    "same source twice": (
        lambda raw: raw.append("sources", raw["sources"].read_text().splitlines()[-1] + "\n"),
        "sources.csv:79: source_id … row, but source_id must be unique [unique]",
    ),
    "latitude of the North Pole and beyond": (
        change("places", "39.9075", "99.9075"),
        "places.csv:3: latitude '99.9075': must be at most 90 [maximum]",
    ),
    "blank cell": (
        change("places", "beijing,Beijing", "beijing,   "),
        "places.csv:3: name '   ': must not begin with … characters or needless spaces [tidy-text]",
    ),
}


@pytest.mark.parametrize("case", FILES | VALUES)
def test_one_mistake_is_told_once(case: str, checkout, monkeypatch, capsys) -> None:
    edit, message = (FILES | VALUES)[case]
    edit(checkout)
    (problem,) = told(checkout, monkeypatch, capsys)
    beginning, _, end = message.partition(" … ")
    assert problem.startswith(beginning)
    assert problem.endswith(end)
    if not end:
        assert problem == message


def test_all_mistakes_of_all_files_are_told_in_one_run(checkout, monkeypatch, capsys) -> None:
    mistakes = [
        (
            fill("us-discloses-container-shipment", ""),
            "events/us-discloses-container-shipment.yaml: is empty",
        ),
        *(FILES[case] for case in ("another folder", "too many cells", "day that is none")),
        *(
            VALUES[case]
            for case in ("exponent", "no such day", "unknown actor", "no value", "unknown source")
        ),
        (change("actors", "vessel-angara,Angara,vessel", "vessel-angara,Angara,ship"), "actors.csv:"),
    ]
    for edit, _ in mistakes:
        edit(checkout)
    problems = told(checkout, monkeypatch, capsys)
    assert len(problems) == len(mistakes)
    for _, message in mistakes:
        assert sum(problem.startswith(message.partition(" … ")[0]) for problem in problems) == 1
    places = [problem.partition(": ")[0].partition(":") for problem in problems]
    assert places == sorted(places, key=lambda place: (place[0], int(place[2] or 0)))


def test_a_folder_that_may_not_be_read(checkout, monkeypatch, capsys) -> None:
    listed = Path.iterdir

    def iterdir(path: Path):
        if path.name == "events":
            raise PermissionError(13, "Permission denied")
        return listed(path)

    monkeypatch.setattr(Path, "iterdir", iterdir)
    assert told(checkout, monkeypatch, capsys) == ["events: cannot be read: Permission denied [readable]"]


@pytest.mark.parametrize("name", [KREMLIN, "places", "package.yaml"])
def test_a_file_that_may_not_be_read(name: str, checkout, monkeypatch, capsys) -> None:
    refused, read = checkout[name], Path.read_bytes

    def read_bytes(path: Path) -> bytes:
        if path == refused:
            raise PermissionError(13, "Permission denied")
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    (problem,) = told(checkout, monkeypatch, capsys)
    assert problem.endswith(f"{refused.name}: cannot be read: Permission denied [readable]")


@pytest.mark.parametrize("keep", [True, False])
def test_a_folder_without_events(keep: bool, checkout, monkeypatch, capsys) -> None:
    events = checkout.root / "data" / "raw" / "events"
    shutil.rmtree(events)
    if keep:
        events.mkdir()
    reason = "holds no event" if keep else "cannot be read: No such file or directory"
    assert told(checkout, monkeypatch, capsys) == [f"events: {reason} [readable]"]


def test_a_folder_without_raw_data_is_a_bad_request(tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(sys, "argv", ["timeline", "build", str(tmp_path)])
    with pytest.raises(SystemExit) as exit_:
        main()
    raw = tmp_path / "data" / "raw"
    assert exit_.value.code == 2
    assert capsys.readouterr().err == (
        f"timeline: there is no folder {raw}: build where data/raw is, or name the folder above it\n"
    )
    assert not list(tmp_path.iterdir())
