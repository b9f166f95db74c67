"""What README.md and CONTRIBUTING.md show is what the command says; links between pages lead somewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import timeline

ROOT = Path(__file__).parents[2]
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
EVENT = "russian-il62-at-pyongyang-in-january"


def blocks(page: str, language: str) -> list[str]:
    return re.findall(
        rf"^```{language}\n(.*?)^```$", (ROOT / page).read_text("utf-8"), re.MULTILINE | re.DOTALL
    )


def said_by(*arguments: str) -> str:
    program = [sys.executable, "-c", "from timeline.cli import main; main()", *arguments]
    done = subprocess.run(program, capture_output=True, text=True)
    return done.stdout + done.stderr


def test_readme_shows_a_story():
    (block,) = [each for each in blocks("README.md", "console") if each.startswith("$ timeline show ")]
    command, _, output = block.partition("\n")
    event = command.removeprefix("$ timeline show ")
    assert f"{timeline.open('1.0.0').story(event)}\n" == output
    assert said_by("show", event) == f"{timeline.open().story(event)}\n"


def example(raw):
    """A small checkout with the event file of CONTRIBUTING.md."""
    (block,) = blocks("CONTRIBUTING.md", "yaml")
    raw[EVENT].write_text(block, "utf-8")


def test_contributing_shows_a_whole_event_file(raw):
    example(raw)
    assert said_by("build", str(raw.root)).startswith("built ")


def test_contributing_shows_what_an_error_looks_like(raw):
    example(raw)
    for right, wrong in (("2024-01-06", "2024-02-30"), ("pyongyang\n", "pyonyang\n"), ("host", "hots")):
        assert raw[EVENT].read_text("utf-8").count(right) == 1
        raw.replace(EVENT, right, wrong)
    (block,) = [
        each for each in blocks("CONTRIBUTING.md", "console") if each.startswith("$ timeline build\n")
    ]
    assert said_by("build", str(raw.root)) == block.partition("\n")[2]


@pytest.mark.parametrize("page", sorted(path.relative_to(ROOT).as_posix() for path in PAGES))
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", (ROOT / page).read_text("utf-8")):
        path, _, anchor = target.partition("#")
        there = (ROOT / page).parent / path if path else ROOT / page
        assert there.exists(), target
        assert not anchor or anchor in anchors(there), target


def anchors(page: Path) -> set[str]:
    """Anchors of the headings of a page, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
