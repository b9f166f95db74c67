"""Files that people write, read so that they mean what they show: plain text, and YAML without guesses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import yaml

from timeline.contract.text import INVISIBLE, character_name
from timeline.errors import Problem, nearest

_LIMIT = {".yaml": 1_000_000, ".csv": 64_000_000}
NOT_PLAIN = re.compile(f"(?!\n)[{INVISIBLE}]")
_WHAT_TO_DO = {
    "\r": "a carriage return: end lines with LF alone",
    "\t": "a tab: use spaces",
    "\ufeff": "a byte order mark: save the file as UTF-8 without one",
}


class Unreadable(Exception):
    """A file of which nothing, or nothing more, can be read; ``problem`` says why."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem


def refuse(where: str, message: str) -> NoReturn:
    """Stop reading a file."""
    raise Unreadable(Problem(where, "", "", message, "readable"))


def read_text(path: Path, where: str) -> str:
    """Text of a plain file that is UTF-8 with plain line feeds and neither too large nor empty."""
    try:
        if path.is_symlink() or not path.is_file():
            there = path.is_symlink() or path.exists()
            refuse(where, "is no plain file" if there else "is missing")
        size, limit = path.stat().st_size, _LIMIT[path.suffix]
        if size > limit:
            refuse(where, f"has {size:,} bytes, more than the {limit:,} allowed")
        content = path.read_bytes()
    except OSError as error:
        refuse(where, f"cannot be read: {error.strerror or error}")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        refuse(f"{where}:{line}", f"byte 0x{content[error.start]:02x} is not UTF-8: save the file as UTF-8")
    if not text.strip("\n"):
        refuse(where, "is empty")
    if found := NOT_PLAIN.search(text):
        line = text.count("\n", 0, found.start()) + 1
        what = _WHAT_TO_DO.get(found[0]) or f"{character_name(found[0])}: remove it"
        refuse(f"{where}:{line}", f"has {what}")
    return text


def compose(text: str, where: str) -> yaml.MappingNode:
    """Read the one mapping that a YAML file holds, without anchors, aliases, tags or a second document."""
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            line = _line(where, event)
            if getattr(event, "anchor", None) is not None:
                refuse(line, "anchors and aliases (& and *) are not allowed: write out what they stand for")
            if tag := getattr(event, "tag", None):
                refuse(line, f"the tag {tag} is not allowed: every value is read as text")
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        last = text.count("\n")  # the parser may count the end of the text as one line more
        line = f":{min(mark.line, last) + 1}" if mark else ""
        begun = f" that begins in line {error.context_mark.line + 1}" if error.context_mark else ""
        context = f"{error.context}{begun}, " if error.context else ""
        refuse(where + line, f"is not valid YAML: {context}{error.problem}")
    except yaml.YAMLError as error:
        refuse(where, f"is not valid YAML: {str(error).splitlines()[0]}")
    if node is None:
        refuse(where, "holds no keys")
    if not isinstance(node, yaml.MappingNode):
        refuse(_line(where, node), "the file must be a mapping of keys to values")
    return node


def _line(where: str, marked: yaml.Node | yaml.Event) -> str:
    return f"{where}:{marked.start_mark.line + 1}" if marked.start_mark else where


@dataclass
class Nodes:
    """Reads the nodes of one YAML file; what one should not be becomes a problem, and reading goes on."""

    where: str
    problems: list[Problem]

    def entries(
        self, node: yaml.Node, allowed: Sequence[str], what: str
    ) -> tuple[dict[str, tuple[int, yaml.Node]], bool]:
        """Keys of a mapping, each with line and value; and whether all were understood.

        Where not all were, what seems missing may be what the strange key meant.
        """
        found: dict[str, tuple[int, yaml.Node]] = {}
        if not isinstance(node, yaml.MappingNode):
            self.complain(node, "", f"{what} must be a mapping of keys to values")
            return found, False
        whole = True
        for key_node, value in node.value:
            key = self.text(key_node, "")
            if key is None:
                whole = False
            elif key in found:
                self.complain(key_node, key, f"stands twice; the first is in line {found[key][0]}")
            elif key in allowed:
                found[key] = (key_node.start_mark.line + 1, value)
            else:
                whole = False
                message = f"is no key of {what}{nearest(key, allowed)} (keys: {', '.join(allowed)})"
                self.complain(key_node, key[:80], message)
        return found, whole

    def items(self, node: yaml.Node, key: str) -> Sequence[yaml.Node] | None:
        """Entries of a list; None where it is none or empty."""
        if isinstance(node, yaml.SequenceNode) and node.value:
            return tuple(node.value)
        self.complain(
            node, key, "must be a list with at least one entry; leave the key out when there is none"
        )
        return None

    def text(self, node: yaml.Node, key: str) -> str | None:
        """A value as it is written; None where there is none or it is a list or mapping."""
        if not isinstance(node, yaml.ScalarNode):
            self.complain(node, key, f"{'must' if key else 'a key must'} be one plain value")
            return None
        value = str(node.value).rstrip("\n")
        if not value:
            self.complain(node, key, "has no value: leave the key out when nothing is known")
            return None
        return value

    def complain(self, node: yaml.Node, key: str, message: str, value: str = "") -> None:
        self.problems.append(Problem(_line(self.where, node), key, value[:80], message, "readable"))
