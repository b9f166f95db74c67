"""Search finds what stands there and nothing else, in any spelling, and takes no text for syntax."""

from __future__ import annotations

import re
import unicodedata

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import timeline
from timeline.errors import BadRequest

WHOLE = timeline.open("1.0.0")
few = settings(max_examples=25, deadline=None)


def found(text, dataset=WHOLE):
    return dataset.search(text)["event_id"].tolist()


# --- real answers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "event"),
    [
        ("Angara containers Najin", "angara-carries-containers-najin-dunay"),
        ("kremlin fake", "kremlin-calls-troop-reports-fake"),
        ("DRONES PRIMOR", "kim-receives-drones-in-primorye"),
        ("Malligyong", "dprk-launches-malligyong-satellite"),
    ],
)
def test_the_best_answer_stands_first(text, event):
    assert found(text)[0] == event


def test_names_in_their_own_script_and_without_accents():
    missile_bureau = set(WHOLE.where(actor="prk-missile-administration")["events"]["event_id"])
    assert set(found("미사일총국")) == missile_bureau != set()
    assert "us-designates-jon-and-kozlov" in found("интеллект")
    jenca = set(WHOLE.where(actor="jenca-miroslav")["events"]["event_id"])
    assert set(found("jenca")) == jenca != set()


def test_a_word_with_marks_means_its_parts_in_order():
    assert set(found("KN-23")) == set(found("kn 23")) != set()
    assert found("23-KN") == []


def test_rows_say_what_was_found_and_why():
    rows = WHOLE.search("containers angara")
    assert (rows["score"].diff().dropna() <= 0).all() and (rows["score"] > 0).all()
    assert rows["excerpt"].str.contains(r"«\w+»").all()
    events = WHOLE["events"].set_index("event_id")
    for column in ("title", "date", "kind", "status"):
        assert (rows[column] == rows["event_id"].map(events[column].astype(str))).all()


def test_a_limit_cuts_the_end_off():
    pd.testing.assert_frame_equal(WHOLE.search("missile", 5), WHOLE.search("missile").head(5))


def test_a_snapshot_is_not_searched_by_what_was_written_later():
    record, hindsight = (WHOLE.as_known_on("2024-01-08", hindsight=each) for each in (False, True))
    assert found("imagery", hindsight) == ["sea-shuttle-najin-dunay"]
    assert found("imagery", record) == []
    assert "sea-shuttle-najin-dunay" in found("najin", record)


# --- against brute force ----------------------------------------------------------------------------------


def words(text):
    """Words as search sees them: lower case, no accents, marks between."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return re.findall(r"[^\W_]+", plain.lower())


def texts():
    names = (
        WHOLE["participants"].merge(WHOLE["actors"], on="actor_id").groupby("event_id")["name"].agg("; ".join)
    )
    aliases = (
        WHOLE["participants"]
        .merge(WHOLE["aliases"], on="actor_id")
        .groupby("event_id")["alias"]
        .agg("; ".join)
    )
    events = WHOLE["events"].set_index("event_id")
    return {
        event: words(f"{row.title}; {row.summary}; {names.get(event, '')}; {aliases.get(event, '')}")
        for event, row in events.iterrows()
    }


TEXTS = texts()
PLAIN_WORDS = sorted({word for text in TEXTS.values() for word in text if word.isascii() and len(word) > 1})


@few
@given(st.lists(st.sampled_from(PLAIN_WORDS), min_size=1, max_size=3), st.integers(1, 5))
@example(["or"], 2)
@example(["near", "and"], 3)
@example(["not"], 3)
def test_all_words_and_the_beginning_of_the_last(chosen, letters):
    *whole, last = chosen
    last = last[:letters]
    expected = {
        event
        for event, text in TEXTS.items()
        if set(whole) <= set(text) and any(word.startswith(last) for word in text)
    }
    assert set(found(" ".join([*whole, last]))) == expected


@few
@given(st.text(max_size=40))
@example('"')
@example('title:kim OR "')
@example("NOT")
@example("a* ^b (c) {title}: NEAR(x y)")
@example("kim\0un")
@example("kim \udc80un")
@example("--")
@example("'; drop table entries; --")
@example("word " * 3000)
def test_any_text_is_words_or_no_words(text):
    try:
        rows = WHOLE.search(text, 3)
    except BadRequest as error:
        assert "needs a word or a number" in str(error)
        assert not any(map(str.isalnum, text))
    else:
        assert len(rows) <= 3


@pytest.mark.parametrize("text", ["", " ", "–", '""', "\0"])
def test_a_text_without_words(text):
    with pytest.raises(BadRequest, match="needs a word or a number"):
        WHOLE.search(text)


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_below_one(limit):
    with pytest.raises(BadRequest, match=f"limit must be at least 1, not {limit}"):
        WHOLE.search("kim", limit)
