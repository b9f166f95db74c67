"""Where the files of this installation are, and what the project is called."""

from __future__ import annotations

from pathlib import Path

from timeline.errors import BrokenRelease

NAME = "dprk-russia-timeline"


def home() -> Path:
    """Folder that holds ``schemas/``, ``data/processed/`` and ``datapackage.json`` of this installation.

    An installed wheel carries them inside the package; an editable install finds them in its checkout.

    Raises
    ------
    BrokenRelease
        Neither place has them.
    """
    embedded = Path(__file__).parent / "_data"
    if (embedded / "schemas").is_dir():
        return embedded
    checkout = Path(__file__).parent.parent
    if (checkout / "schemas").is_dir() and (checkout / "data").is_dir():
        return checkout
    raise BrokenRelease(f"no data found in {embedded} or {checkout}: install {NAME} again")
