"""Single edits of the raw files by chance: each is refused where it was made, or gives a valid package.

``MUTATIONS=5000 pytest tests/whole/test_mutations.py`` makes that many; the first are always the same.
"""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random

import frictionless
import pytest

import timeline
from timeline.curation.build import build, package_from_raw
from timeline.curation.package_yaml import read_about
from timeline.curation.read import read
from timeline.errors import BadData, Problem, visible

Files = dict[str, bytes]
"""Content of the raw files by their path below data/raw."""

MUTATIONS = int(os.environ.get("MUTATIONS", "210"))
STRANGE = (
    "\0\x1b\x7f\x85\xa0\xad\u200b\u200d\u2028\u2060\ufeff\u3000\U000e0041"  # what nobody sees
    "\u202e\u2066\u061c\u200f\u0301\ufffd\ufffe\ue000\U0010ffff"  # what turns round, combines or is none
    "²٣½éßİﬁ𝟏漢🚀’\\'\"`%@\t\r"
)
LOOKALIKES = dict(zip("aceiopxyAEOPCBKMHT0-", "асеіорхуАЕОРСВКМНТО‐", strict=True))
NUMBERS = (
    *"-1 0 -0 00 1e999 1e-400 nan inf 0x10 1_000 1,000 +5 .5 5. ٣ ² 1/2 1:30 0.0000000001".split(),
    *("9" * digits for digits in (15, 16, 400, 5000)),
)
DATES = (
    "2023-02-29 2023-13-01 0000 9999 0001-01-01 9999-12-31 Y170000002 -0500 20230101 2023-11-21/2023-11-01 "
    "../.. / [..] {} [] XXXX XXXX-XX-XX 9999-12-31~ 0001~/.. [..2023-11-21] {2023,2024} 2023-24 2023-41 "
    "1950S2 2023-11-21T10:00 2023~-11?-21% 9999-24 [0001..9999] ../2023 2023/ ２０２３ 2023-1X-3X 1e3 ~ ?"
).split()
WORDS = ("", " a", "a ", "a  b", "x" * 3000, *"~ null true no =1+1 +1 - a|b a:b | : A é".split())
YAML = (
    *"&a ~*a ~!!str ~!!python/object/apply:os.system ~! ~!~<<: ~<<: *a~? ~: ~- ".split("~"),
    *"---\n~...\n~--- a\n~%YAML 9.9\n~%TAG ! tag:x,2000:\n~#~ #~|\n~>+\n~|2-\n~\n".split("~"),
    *r"""[ ] { } [] {} {a:b} [a,b] [[]] {[a]:b} , ' " """.split(),
    *r""""\u202e" "\ud800" "\0" "\N" "\U00110000" "a\n\nb" """.split(),
)
NAMES = (*"² x1²2 x1٣2 X a.b - é = c:d".split(), "a b", "a\nb", "\x1b[31m", "\u202e", "\udcff", "a" * 200)
ID = r"[a-z0-9]+(?:-[a-z0-9]+)+|[A-Z]{3}"
VALUE = {".csv": r"[^,\n]+", ".yaml": r"(?<=: )(?!>-)[^\n,{}\[\]]+"}


# Kinds of edit ---------------------------------------------------------------------------------------------

KINDS: dict[str, Callable[[Random, Files], object]] = {}


def kind(edit: Callable[[Random, Files], object]) -> None:
    """An edit of the files themselves."""
    KINDS[edit.__name__] = edit


def of_bytes(edit: Callable[[Random, bytes], bytes]) -> None:
    """An edit of the content of any one file."""

    def edited(random: Random, files: Files) -> None:
        name = random.choice([*files])
        files[name] = edit(random, files[name])

    KINDS[edit.__name__] = edited


def of_text(edit: Callable[[Random, str], str]) -> None:
    """An edit of the text of any one file."""

    def edited(random: Random, files: Files) -> None:
        name = random.choice([*files])
        files[name] = edit(random, files[name].decode()).encode()

    KINDS[edit.__name__] = edited


def of_lines(edit: Callable[[Random, list[str]], object]) -> None:
    """An edit of the lines of any one file."""

    def edited(random: Random, files: Files) -> None:
        name = random.choice([*files])
        lines = files[name].decode().splitlines(keepends=True)
        edit(random, lines)
        files[name] = "".join(lines).encode()

    KINDS[edit.__name__] = edited


def of_rows(edit: Callable[[Random, list[list[str]]], object]) -> None:
    """An edit of the cells of any one registry."""

    def edited(random: Random, files: Files) -> None:
        name = random.choice([name for name in files if name.endswith(".csv")])
        rows = list(csv.reader(io.StringIO(files[name].decode(), newline="")))
        edit(random, rows)
        out = io.StringIO(newline="")
        csv.writer(out, lineterminator="\n").writerows(rows)
        files[name] = out.getvalue().encode()

    KINDS[edit.__name__] = edited


def of_values(edit: Callable[[Random, str], str]) -> None:
    """An edit of one value or cell of any one file."""

    def edited(random: Random, files: Files) -> None:
        name = random.choice([*files])
        text = files[name].decode()
        files[name] = replaced(
            random, text, VALUE[Path(name).suffix], lambda value: edit(random, value)
        ).encode()

    KINDS[edit.__name__] = edited


def replaced(random: Random, text: str, form: str, new: Callable[[str], str]) -> str:
    """Text in which something else stands for one of the parts of this form."""
    found = random.choice([*re.finditer(form, text, re.MULTILINE)] or [re.match("", text)])
    return text[: found.start()] + new(found[0]) + text[found.end() :]


@of_lines
def delete_a_line(random: Random, lines: list[str]) -> None:
    del lines[random.randrange(len(lines))]


@of_lines
def double_a_line(random: Random, lines: list[str]) -> None:
    lines.insert(random.randrange(len(lines) + 1), random.choice(lines))


@of_lines
def swap_two_lines(random: Random, lines: list[str]) -> None:
    one, other = random.randrange(len(lines)), random.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]


@of_lines
def indent_a_line(random: Random, lines: list[str]) -> None:
    place = random.randrange(len(lines))
    lines[place] = random.choice(
        [lines[place][2:], "  " + lines[place], " " + lines[place], "- " + lines[place]]
    )


@of_lines
def add_a_line(random: Random, lines: list[str]) -> None:
    line = random.choice(
        ["x: y", "- x", "title: again", "a,b,c", "kind: denial", "place: beijing", "", "   "]
    )
    lines.insert(random.randrange(len(lines) + 1), line + "\n")


@of_lines
def add_a_very_long_line(random: Random, lines: list[str]) -> None:
    line = random.choice(["x", "- ", "x: ", "#", ",", "[", "a,", '"']) * random.choice([5_000, 140_000])
    lines.insert(random.randrange(len(lines) + 1), line + "\n")


@of_text
def delete_a_character(random: Random, text: str) -> str:
    return replaced(random, text, r"[\s\S]", lambda _: "")


@of_text
def double_a_character(random: Random, text: str) -> str:
    return replaced(random, text, r"[\s\S]", lambda character: character * 2)


@of_text
def change_a_character(random: Random, text: str) -> str:
    return replaced(random, text, r"[\s\S]", lambda _: random.choice("abz019 -_:,|\"'#&*!>[]{}?~/.\n"))


@of_text
def add_a_strange_character(random: Random, text: str) -> str:
    return replaced(random, text, r"(?=[\s\S])", lambda _: random.choice(STRANGE))


@of_text
def put_a_lookalike(random: Random, text: str) -> str:
    return replaced(random, text, f"[{''.join(LOOKALIKES)}]", LOOKALIKES.__getitem__)


@of_text
def decompose_a_letter(random: Random, text: str) -> str:
    return replaced(random, text, r"[a-z]", lambda letter: letter + "\u0301")


@of_text
def change_case(random: Random, text: str) -> str:
    return replaced(random, text, r"\w+", random.choice([str.upper, str.title, str.swapcase]))


@of_text
def put_yaml_of_another_kind(random: Random, text: str) -> str:
    return replaced(random, text, r"(?<=: )|(?<=- )|^|(?<=,)|\Z", lambda _: random.choice(YAML))


@of_text
def change_a_number(random: Random, text: str) -> str:
    return replaced(random, text, r"-?\d+(\.\d+)?", lambda _: random.choice(NUMBERS))


@of_values
def put_another_number(random: Random, _: str) -> str:
    return random.choice(NUMBERS)


@of_values
def put_another_date(random: Random, _: str) -> str:
    return f'"{random.choice(DATES)}"'


@of_values
def put_another_word(random: Random, _: str) -> str:
    return random.choice(WORDS)


@of_values
def put_an_escaped_character(random: Random, value: str) -> str:
    return '"' + value.strip('"') + rf"\U{ord(random.choice(STRANGE)):08x}" + '"'


@of_values
def put_another_type(random: Random, value: str) -> str:
    forms = ("[{}]", "[]", "{{{}: a}}", "{{}}", "[[{}]]", "", '""', "|\n    {}", "- {}", "{{a: {}}}")
    return random.choice(forms).format(value)


@of_values
def nest_deeply(random: Random, value: str) -> str:
    opening, closing = random.choice([("[", "]"), ("{a: ", "}"), ("- ", ""), ("? ", "")])
    depth = random.choice([50, 900, 1100, 20_000])
    return opening * depth + value + closing * depth


@kind
def put_an_id_of_elsewhere(random: Random, files: Files) -> None:
    name, other = random.choice([*files]), random.choice([*files])
    ids = re.findall(ID, files[other].decode()) or [Path(other).stem]
    files[name] = replaced(random, files[name].decode(), ID, lambda _: random.choice(ids)).encode()


@of_text
def swap_two_values(random: Random, text: str) -> str:
    values = [*re.finditer(VALUE[".yaml"] if ": " in text else VALUE[".csv"], text)]
    one, other = sorted(random.choices(values, k=2), key=lambda value: value.start())
    between = text[one.end() : other.start()] if one != other else ""
    return text[: one.start()] + other[0] + between + one[0] + text[other.end() :]


@of_rows
def delete_a_cell(random: Random, rows: list[list[str]]) -> None:
    row = random.choice(rows)
    del row[random.randrange(len(row))]


@of_rows
def double_a_cell(random: Random, rows: list[list[str]]) -> None:
    row = random.choice(rows)
    row.insert(random.randrange(len(row) + 1), random.choice(row))


@of_rows
def empty_a_cell(random: Random, rows: list[list[str]]) -> None:
    row = random.choice(rows)
    row[random.randrange(len(row))] = random.choice(["", "", " ", "\n", '"', ",", "a\nb"])


@of_rows
def swap_two_cells(random: Random, rows: list[list[str]]) -> None:
    one, other = random.choice(rows), random.choice(rows)
    this, that = random.randrange(len(one)), random.randrange(len(other))
    one[this], other[that] = other[that], one[this]


@of_rows
def copy_a_cell(random: Random, rows: list[list[str]]) -> None:
    column = random.randrange(len(rows[0]))
    random.choice(rows)[column] = random.choice(rows)[column]


@of_rows
def move_a_column(random: Random, rows: list[list[str]]) -> None:
    one, other = random.randrange(len(rows[0])), random.randrange(len(rows[0]))
    for row in random.choice([rows, rows[:1]]):
        row.insert(other, row.pop(one))


@of_rows
def pack_a_cell(random: Random, rows: list[list[str]]) -> None:
    row = random.choice(rows)
    row[random.randrange(len(row))] += random.choice("| |a |a:b || : |wikidata:Q1 |imo:1|imo:1".split())


@of_bytes
def cut_off(random: Random, content: bytes) -> bytes:
    return content[: random.randrange(len(content))]


@of_bytes
def change_a_byte(random: Random, content: bytes) -> bytes:
    place = random.randrange(len(content))
    return content[:place] + random.randbytes(1) + content[place + 1 :]


@of_bytes
def add_bytes(random: Random, content: bytes) -> bytes:
    place = random.randrange(len(content))
    return content[:place] + random.randbytes(random.randrange(1, 5)) + content[place:]


@of_bytes
def end_lines_otherwise(random: Random, content: bytes) -> bytes:
    return content.replace(b"\n", random.choice([b"\r\n", b"\r", b"\n\n", b" \n"]))


@of_bytes
def encode_otherwise(random: Random, content: bytes) -> bytes:
    encodings = ("latin-1", "cp1251", "utf-16", "utf-16-le", "utf-32", "utf-7", "utf-8-sig")
    return content.decode().encode(random.choice(encodings), "replace")


@kind
def delete_a_file(random: Random, files: Files) -> None:
    del files[random.choice([*files])]


@kind
def rename_an_event(random: Random, files: Files) -> None:
    name = random.choice([name for name in files if name.startswith("events/")])
    new = random.choice([*NAMES, *(Path(other).stem for other in files), "unheard-of"])
    files[f"events/{new}.yaml"] = files.pop(name)


@kind
def double_a_file(random: Random, files: Files) -> None:
    name = random.choice(["copy", *NAMES]) + random.choice([".yaml", ".yml", ".csv", ".YAML", ""])
    files[random.choice(["", "events/"]) + name] = random.choice([*files.values()])


@kind
def exchange_two_files(random: Random, files: Files) -> None:
    one, other = random.choice([*files]), random.choice([*files])
    files[one], files[other] = files[other], files[one]


# The law ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def root(small_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout to be edited."""
    return shutil.copytree(small_root, tmp_path_factory.mktemp("mutated") / "checkout")


@pytest.fixture(scope="module")
def files(small_root: Path) -> Files:
    """The raw files as they were before any edit."""
    raw = small_root / "data" / "raw"
    return {path.relative_to(raw).as_posix(): path.read_bytes() for path in sorted(raw.rglob("*.*"))}


@pytest.mark.parametrize("name", KINDS)
def test_an_edit_is_refused_where_it_was_made_or_gives_a_valid_package(
    name: str, root: Path, files: Files, tmp_path: Path
) -> None:
    for number in range(MUTATIONS // len(KINDS)):
        random, edited = Random(f"{name} {number}"), dict(files)
        KINDS[name](random, edited)
        changed = {path for path in files.keys() | edited.keys() if files.get(path) != edited.get(path)}
        told = f"{name} {number}: {difference(changed, files, edited)}"
        try:
            put(root, changed, edited)
            problems = refused(root, whole=random.random() < 0.3)
            for each in problems:
                assert str(each).isprintable(), f"{told}\n{each}"
                assert has_a_line(each) and is_of(each, changed, files, edited), f"{told}\n{each}"
            if not problems and random.random() < 0.1:
                hold_against_the_rules(root, tmp_path / str(number))
        except Exception as error:
            error.add_note(told)
            raise
        finally:
            put(root, changed, files)
        assert [path.name for path in (*root.iterdir(), *(root / "data").iterdir())] == ["data", "raw"]


def put(root: Path, names: set[str], files: Files) -> None:
    """Write what these files hold, and take away those that are not there."""
    for name in names:
        path = root / "data" / "raw" / name
        if name in files:
            path.write_bytes(files[name])
        else:
            path.unlink(missing_ok=True)


def refused(root: Path, *, whole: bool) -> list[Problem]:
    """Problems of the checkout; ``whole`` holds also what cannot be read to its end against the rules."""
    raw = root / "data" / "raw"
    unreadable = [*read_about(raw)[1], *read(raw).problems]
    if unreadable and not whole:
        return unreadable
    try:
        package_from_raw(root)
    except BadData as error:
        assert set(unreadable) <= set(error.problems)
        return error.problems
    assert not unreadable
    return []


def has_a_line(problem: Problem) -> bool:
    """Only what is wrong with a whole file, or with an event as such, stands in no line of it."""
    whole = problem.rule == "readable" or problem.column == "event_id"
    return whole or bool(re.search(r":\d+$", problem.where))


def is_of(problem: Problem, changed: set[str], files: Files, edited: Files) -> bool:
    """Say whether a problem stands in a file that was edited, or at the name of what the edit touched."""
    place = re.fullmatch(r"(.+?)(?::(\d+))?", problem.where)
    assert place
    if place[1] in map(visible, changed):
        return True
    touched = {Path(name).stem for name in changed}
    for name in changed:
        before, after = (each.get(name, b"").decode(errors="replace").split("\n") for each in (files, edited))
        if name.endswith(".csv") and before[0] == after[0]:
            touched |= words("\n".join(set(before) ^ set(after)))
        else:
            touched |= words("\n".join(before + after))
    here = entry(files[place[1]].decode(), int(place[2] or 0))
    return bool(touched & {Path(place[1]).stem, *words(here)})


def entry(text: str, line: int) -> str:
    """The line with what is indented below it or belongs to it; all of the text where no line is told."""
    lines = text.splitlines()
    if not line:
        return text
    first = last = line - 1
    while lines[first].startswith("    "):
        first -= 1
    while last + 1 < len(lines) and lines[last + 1].startswith("    "):
        last += 1
    return "\n".join(lines[first : last + 1])


def words(text: str) -> set[str]:
    return set(re.findall(r"[\w-]+", text))


def hold_against_the_rules(root: Path, folder: Path) -> None:
    """Build the checkout elsewhere; neither our rules nor frictionless's may find anything."""
    shutil.copytree(root, folder)
    build(folder)
    timeline.validate(folder)
    report = frictionless.validate(str(folder / "datapackage.json"))
    assert report.valid, report.flatten(["path", "rowNumber", "fieldName", "message"])


def difference(changed: set[str], files: Files, edited: Files) -> str:
    """The lines that an edit took away and put in their place."""
    told = []
    for name in sorted(changed):
        before, after = (each.get(name, b"").split(b"\n") for each in (files, edited))
        gone = [line[:200] for line in before if line not in after][:3]
        new = [line[:200] for line in after if line not in before][:3]
        told.append(f"{name!r}: {gone} became {new}")
    return "; ".join(told)
