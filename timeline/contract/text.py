"""Which characters text may hold."""

from __future__ import annotations

import unicodedata

INVISIBLE = (
    "\x00-\x1f\x7f-\xa0\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f"
    "\u205f-\u206f\u2800\u3000\u3164\ue000-\uf8ff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff"
    "\U000e0000-\U0010ffff"
)
"""Characters that text may not hold, for a regular expression: what no reader sees or each sees otherwise.

Controls, spaces other than the plain one, marks without width or that turn the direction of writing, private
use, and the sign for a character that was lost.
"""

COMPOSED = (
    " -\u02ff\u0370-\u0373\u0375-\u037d\u037f-\u0386\u0388-\u0482\u048a-\u0590\u05d0-\u05ea\u0620-\u064a"
    "\u1e00-\u1eff\u2010-\u2027\u2030-\u205e\u2070-\u20cf\u3001-\u3029\u3041-\u3096\u309b-\u30ff\u4e00-\u9fff\uac00-\ud7a3"
)
"""Characters of which text in NFC can be made in any order, for a regular expression; there are others."""


def character_name(character: str) -> str:
    """Say which character it is, for one that cannot be seen or is easily mistaken.

    >>> character_name("\u200b")
    'U+200B ZERO WIDTH SPACE'
    """
    return f"U+{ord(character):04X} {unicodedata.name(character, '')}".strip()
