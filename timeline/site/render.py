"""Render a dataset as a static site, written beside and moved into place when complete."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from timeline import contract
from timeline.errors import BadRequest
from timeline.files.atomic import write_folder
from timeline.questions.story import figure
from timeline.site import data_files
from timeline.site.pages import NAVIGATION, pages
from timeline.site.record import Record, words
from timeline.versions.styles import published

if TYPE_CHECKING:
    from jinja2 import Environment

    from timeline.dataset import Dataset

_ASSETS = Path(__file__).parent / "assets"
_SIGN = "api/timeline.json"
"""File by which a folder is known as a site of ours."""

_NEWEST = 50
_LANGUAGES = {
    "ar": "Arabic", "bg": "Bulgarian", "bs": "Bosnian", "de": "German", "el": "Greek", "en": "English",
    "es": "Spanish", "et": "Estonian", "fr": "French", "hi": "Hindi", "hu": "Hungarian", "id": "Indonesian",
    "it": "Italian", "ja": "Japanese", "ko": "Korean", "lv": "Latvian", "nl": "Dutch", "pl": "Polish",
    "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sk": "Slovak", "sl": "Slovenian", "sr": "Serbian",
    "tl": "Tagalog", "uk": "Ukrainian", "zh": "Chinese",
}  # fmt: skip
"""Names of languages by their code; of another one, the code is shown."""


def render(
    dataset: Dataset,
    about: Mapping[str, Any],
    out: Path,
    *,
    base_url: str | None = None,
    force: bool = False,
) -> int:
    """Write the site of a dataset.

    Parameters
    ----------
    dataset : Dataset
        A valid one: what it refers to, it holds.
    about : mapping
        Descriptor of its package, as ``datapackage.json`` has it.
    out : Path
        Folder to write. An earlier site of ours in it is replaced as a whole.
    base_url : str, optional
        Address at which the site will stand, for canonical addresses, sitemap and feed; without it, these
        are left out, since they must name an absolute address.
    force : bool
        Replace a folder that is not empty and no site of ours.

    Returns
    -------
    int
        Number of files written.

    Raises
    ------
    BadRequest
        The folder holds something else or cannot be written, its parent is missing, the address is none, or
        Jinja2 is not installed.
    BadData
        An id is none, so that no file can be named after it.

    Examples
    --------
    >>> import tempfile, timeline
    >>> from timeline.files.opening import installed
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     site = Path(folder) / "site"
    ...     written = render(timeline.open("1.0.0").where(kind="test"), installed().descriptor, site)
    ...     (site / "index.html").is_file()
    True
    """
    if base_url is not None and not re.fullmatch(r"https?://[^\s<>\"?#]+", base_url):
        raise BadRequest(f"the address {base_url!r} is none, such as https://example.org/timeline")
    base = base_url and f"{base_url.rstrip('/')}/"
    _refuse_to_replace(out, force)
    return write_folder(out, _files(Record(dataset), {**about, "base": base}), replace=True)


def _refuse_to_replace(out: Path, force: bool) -> None:
    if not out.parent.is_dir():
        raise BadRequest(f"there is no folder {out.parent}")
    if out.exists() and not out.is_dir():
        raise BadRequest(f"{out} is a file; a site is a folder")
    if out.exists() and any(out.iterdir()) and not (out / _SIGN).is_file() and not force:
        raise BadRequest(f"{out} is not empty and holds no site of ours; name another folder or use --force")


def _files(record: Record, about: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    """Every file of the site with its path."""
    environment = _environment(record, about)
    offered = dict(data_files.api(record))
    yield from offered.items()
    for asset in sorted(_ASSETS.iterdir()):
        yield f"assets/{asset.name}", asset.read_bytes()
    yield "assets/data.js", data_files.script_data(record, about).encode()
    paths = []
    for page in pages(record, about, offered):
        text = environment.get_template(page.template).render(
            path=page.path,
            root="../" * page.path.count("/"),
            title=page.title,
            description=page.description,
            **{"ld": None, **page.shown},
        )
        paths.append(page.path)
        yield page.path, text.encode()
    if about["base"]:
        yield "sitemap.xml", environment.get_template("sitemap.xml").render(paths=paths).encode()
        known = [event for event in record.rows("events") if event["known_from"]]
        newest = sorted(known, key=lambda event: (event["known_from"], event["event_id"]), reverse=True)
        yield "feed.xml", environment.get_template("feed.xml").render(newest=newest[:_NEWEST]).encode()


# How templates say things ----------------------------------------------------------------------------------


def _environment(record: Record, about: Mapping[str, Any]) -> Environment:
    try:
        from jinja2 import Environment, PackageLoader, StrictUndefined
    except ModuleNotFoundError as error:
        raise BadRequest(f"the site needs {error.name}: pip install 'dprk-russia-timeline[site]'") from None
    environment = Environment(
        loader=PackageLoader("timeline.site"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "about": about,
        "base": about["base"],
        "citation": f"{published(about)} [Data set].",
        "figure": figure,
        "label": _label,
        "navigation": NAVIGATION,
        "record": record,
    }
    environment.filters |= {
        "address": data_files.address_in_list,
        "as_json": _json_in_page,
        "bare": _bare,
        "code": _code,
        "day": _day,
        "iso_day": lambda text: _day(date.fromisoformat(text)),
        "language": lambda code: _LANGUAGES.get(code.partition("-")[0], code),
        "month": lambda day: f"{day:%B %Y}",
        "sentence": lambda text: f"{text[0].upper()}{text[1:]}",
        "size": _size,
        "web": lambda url: str(url or "").startswith(("https://", "http://")),
        "words": words,
    }
    return environment


def _label(table: str, column: str, value: str) -> str:
    return contract.table(table).field(column).labels[value]


def _json_in_page(value: Any) -> Any:
    from markupsafe import Markup

    return Markup(data_files.as_json(value))


def _code(text: str) -> Any:
    """What stands between backticks as code, the rest as text."""
    from markupsafe import Markup, escape

    pieces = str(text).split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(piece) if place % 2 else escape(piece)
        for place, piece in enumerate(pieces)
    )


def _bare(text: str) -> str:
    """A date in words without its preposition, for a column of dates."""
    return re.sub(r"^on (?:an unknown day |one day |one day, )?", "", text)


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _size(count: int) -> str:
    return f"{count / 1000:,.0f} kB" if count >= 1000 else f"{count} bytes"
