"""data/raw/package.yaml: what is said of the dataset as a whole."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from timeline.contract.types import parse_day
from timeline.curation.yaml_files import NOT_PLAIN, Nodes, Unreadable, compose, read_text
from timeline.errors import Problem
from timeline.files.package import VERSION

ABOUT = "package.yaml"
_FORMS = {
    "text": (r".+", "text that can be seen"),
    "name": (r"[a-z0-9]+([-_.][a-z0-9]+)*", "lower-case words joined by hyphens"),
    "version": (VERSION.pattern, 'a semantic version, written version: "1.2.0"'),
    "day": (r"\d{4}-\d{2}-\d{2}", "a date as YYYY-MM-DD"),
    "doi": (r"10\.\d{4,9}/[^\s<>\"]+", "a DOI such as 10.5281/zenodo.1234567"),
    "url": (r"https?://[^\s<>\"]+", "an http or https URL"),
}
_KEYS: dict[str, Any] = {
    "name": "name",
    "version": "version",
    "released": "day",
    "doi": "doi",
    "note": "text",
    "title": "text",
    "description": "text",
    "keywords": ["text"],
    "contributors": [{"title": "text", "roles": ["text"]}],
    "licence": {"name": "text", "title": "text", "path": "url"},
    "sources": [{"title": "text", "path": "url"}],
    "spatial": "text",
}
"""Keys and the form of their values: a mapping of keys, a list of one form, or the name of a form of text."""

_OPTIONAL = {"doi"}


def read_about(folder: Path) -> tuple[dict[str, Any], list[Problem]]:
    """Read ``package.yaml`` in ``folder``; every value is text.

    Returns
    -------
    dict
        What it says, by key.
    list of Problem
        What is wrong with it; if anything is, the dict is not to be used.
    """
    problems: list[Problem] = []
    try:
        root = compose(read_text(folder / ABOUT, ABOUT), ABOUT)
    except Unreadable as reason:
        return {}, [reason.problem]
    return _read(Nodes(ABOUT, problems), root, _KEYS, ""), problems


def _read(nodes: Nodes, node: yaml.Node, form: Any, key: str) -> Any:
    if isinstance(form, dict):
        entries, whole = nodes.entries(node, list(form), key or "the file")
        for missing in form.keys() - entries.keys() - _OPTIONAL if whole else ():
            nodes.complain(node, missing, "is missing")
        return {name: _read(nodes, value, form[name], name) for name, (_, value) in entries.items()}
    if isinstance(form, list):
        return [_read(nodes, item, form[0], key) for item in nodes.items(node, key) or ()]
    text = nodes.text(node, key)
    if text is not None and not _has_form(form, text, node):
        nodes.complain(node, key, f"must be {_FORMS[form][1]}", text)
    return text


def _has_form(form: str, text: str, node: yaml.Node) -> bool:
    if NOT_PLAIN.search(text) or not re.fullmatch(_FORMS[form][0], text, re.ASCII | re.DOTALL):
        return False
    if form == "version":  # the build of the Python package finds it by its quotes
        return isinstance(node, yaml.ScalarNode) and node.style == '"'
    return form != "day" or parse_day(text) is not None
