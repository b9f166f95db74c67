"""Names that are the same in another spelling match, and different names do not."""

from __future__ import annotations

import unicodedata

import pytest

import timeline
from timeline.errors import BadRequest
from timeline.selection import spelling

WHOLE = timeline.open("1.0.0")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Choe Son Hui", "CHOI Son-hui"),
        ("Sergei Shoigu", "Shoygu, Sergey"),
        ("Kim Jong Un", "Kim Jong-eun"),
        ("Ri Chang Ho", "Lee Chang-ho"),
        ("Dmitry Peskov", "Dmitriy Peskov"),
        ("Türkiye", "TÜRKİYE"),
        ("최철웅", unicodedata.normalize("NFD", "최철웅")),
        ("Miroslav Jenča", "miroslav jenca"),
    ],
)
def test_spellings_of_one_name(one: str, other: str) -> None:
    assert spelling.sound(one) == spelling.sound(other)


def test_other_names_stay_other_names() -> None:
    assert spelling.sound("Kim Yong Bok") != spelling.sound("Rim Yong Hyok")
    assert spelling.candidates("Kim Yong Bok", [("Rim Yong Hyok", "rim-yong-hyok")]) == []


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("Choi Son-hui", "choe-son-hui"),
        ("SHOIGU, Sergei", "shoigu-sergei"),
        ("sergei-shoigu", "shoigu-sergei"),
        (unicodedata.normalize("NFD", "최철웅"), "choe-chol-ung"),
    ],
)
def test_filters_and_search_find_them(asked: str, meant: str) -> None:
    assert WHOLE.where(actor=asked) == WHOLE.where(actor=meant)
    events = set(WHOLE.where(actor=meant)["events"]["event_id"])
    assert events <= set(WHOLE.search(asked)["event_id"])


def test_several_candidates_are_offered_with_id_and_country() -> None:
    with pytest.raises(BadRequest, match=r"did you mean .*shoigu-sergei \(Sergei .* Shoigu, RUS\)"):
        WHOLE.where(actor="Shoigu")
    with pytest.raises(BadRequest, match=r"kor-dia \(.*, KOR\) and usa-dia \(.*, USA\): give an id"):
        WHOLE.where(actor="DIA")
