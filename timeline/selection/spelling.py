"""Names of people and bodies, however they are written: one way of matching for filters, search and site."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping

_MOST = 5
_ALIKE = 0.7
_ALIKE_AS_A_WHOLE = 0.9
_SHORTEST = 3


def normal(text: str) -> str:
    """Text in which what looks the same is the same: composed, without case, the Turkish i as any other.

    >>> normal("TÜRKİYE") == normal("Tu\u0308rkiye")
    True
    """
    plain = unicodedata.normalize("NFC", text).replace("İ", "i").replace("ı", "i")
    return unicodedata.normalize("NFC", plain.casefold().replace("i\u0307", "i"))


def words(name: str) -> tuple[str, ...]:
    """Words of a name without case, accents, hyphens, commas and other marks.

    >>> words("KIM, Jong-un"), words("Ch'oe Sŏn-hŭi")
    (('kim', 'jong', 'un'), ('choe', 'son', 'hui'))
    """
    spread = unicodedata.normalize("NFKD", normal(name))
    bare = "".join(letter for letter in spread if unicodedata.category(letter) != "Mn")
    bare = re.sub("['’ʼʹ`]", "", unicodedata.normalize("NFC", bare))
    return tuple(re.findall(r"[^\W_]+", bare))


def in_any_order(name: str) -> str:
    """What two names have in common that differ in marks or in the order of family and given name alone.

    >>> in_any_order("Shoigu, Sergei") == in_any_order("Sergei Shoigu") == in_any_order("shoigu-sergei")
    True
    """
    return " ".join(sorted(words(name)))


def sound(name: str) -> str:
    """What two names have in common that differ also in how they were put into Latin letters.

    Korean syllables that the romanisations of North and South write differently, and endings of Russian
    names, are taken for the same; different names stay different.

    >>> sound("Choi Son-hui") == sound("Choe Son Hui"), sound("Sergey Shoygu") == sound("Sergei Shoigu")
    (True, True)
    >>> sound("Kim Yong Bok") == sound("Rim Yong Hyok")
    False
    """
    return " ".join(sorted(map(_sound_of, words(name))))


def _sound_of(word: str) -> str:
    if word in _SYLLABLES:
        return _SYLLABLES[word]
    for written, heard in _RUSSIAN:
        word = re.sub(written, heard, word)
    return word


_RUSSIAN = (
    ("kh", "h"),
    ("^ye", "e"),
    ("^yu", "iu"),
    ("ks", "x"),
    ("andr$", "ander"),
    ("(?<=[aeou])[yj]", "i"),
    ("(iy|yy|ii|yi|ij|y)$", "i"),
)
_SAME_SYLLABLES = """
ri lee rhee yi li|pak park bak|choe choi|kim gim|jong jung jeong chung chong cheong|jang chang|jo cho
kang gang|no roh noh ro|rim lim im|ryu yu yoo ryoo|ryang yang|sin shin|u woo|an ahn|paek baek baik
hyok hyuk hyeok|chol chul cheol|song sung seong|yong young yeong|un eun|kum geum keum gum|bok pok|ok ook
kuk guk gook kook|kil gil|kon gon geon|chun choon|myong myung myeong|hun hoon|kyu gyu|tae thae dae|hui hee
sik shik|pyong byong byung byeong|su soo|jun joon|mun moon|hyon hyun hyeon|nyong nyung|il ihl
gwang kwang|gwon kwon|yop yeop yup
son sun seon soon|hwan whan|gyong kyong kyung gyeong|pong bong|pom bom beom bum
"""
_SYLLABLES: Mapping[str, str] = {
    written: same.split()[0]
    for line in _SAME_SYLLABLES.strip().splitlines()
    for same in line.split("|")
    for written in reversed(same.split())
}


def alike(asked: str, name: str) -> float:
    """How well a name fits what was asked, from 0: each word that was asked must be like one of its words.

    >>> alike("Shoigu", "Sergei Shoigu") > 0, alike("Kim Yong Bok", "Rim Yong Hyok")
    (True, 0.0)
    """
    given, there = words(asked), words(name)
    if not given or not there:
        return 0.0
    whole = _ratio(" ".join(given), " ".join(there))
    if whole >= _ALIKE_AS_A_WHOLE:
        return whole
    left, total = list(there), 0.0
    for word in given:
        best = max(left, key=lambda other: _word_ratio(word, other), default="")
        if not best or (found := _word_ratio(word, best)) < _ALIKE:
            return 0.0
        left.remove(best)
        total += found
    if max(map(len, given)) < _SHORTEST:
        return 0.0
    return total / max(len(given), len(there))


def _word_ratio(one: str, other: str) -> float:
    return 1.0 if _sound_of(one) == _sound_of(other) else _ratio(one, other)


def _ratio(one: str, other: str) -> float:
    if 2 * min(len(one), len(other)) / (len(one) + len(other)) < _ALIKE:
        return 0.0
    return difflib.SequenceMatcher(None, one, other, autojunk=False).ratio()


def candidates(asked: str, named: Iterable[tuple[str, str]]) -> list[str]:
    """Ids of those whose names are alike, best first, five at most; ``named`` pairs names and ids."""
    best: dict[str, float] = {}
    for name, id_ in named:
        found = alike(asked, name)
        if found > best.get(id_, 0.0):
            best[id_] = found
    return sorted(best, key=lambda id_: (-best[id_], id_))[:_MOST]
