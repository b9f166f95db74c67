"""Competing figures: the containers by claimant, read from the facts; the envelope against brute force."""

from __future__ import annotations

from datetime import date
from itertools import combinations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import timeline
from timeline.errors import BadRequest
from timeline.questions import estimates

WHOLE = timeline.open("1.0.0")

CONTAINERS = [
    ("2023-10-13", "us-nsc", 1000, None, "more than 1,000"),
    ("2023-10-16", "kor-mnd", 1000, None, "more than one thousand"),
    ("2023-10-26", "gbr-mod", 1000, None, "more than 1,000 containers"),
    ("2023-11-02", "kor-jcs", None, 2000, "around 2,000 containers"),
    ("2023-12-29", "kor-mnd", None, 5000, "about 5,000"),
    ("2023-12", "kor-mnd", None, 5000, "around 5,000 containers"),
    ("2024-02-23", "usa-state", 10000, None, "more than 10,000"),
    ("2024-02-26", "kor-mnd", None, 6700, "around 6,700"),
    ("2024-03-18", "kor-mnd", None, 7000, "about 7,000"),
    ("2024-06-14", "kor-mnd", 10000, None, "at least 10,000"),
    ("2024-06", "usa", 11000, None, "more than 11,000 containers"),
    ("2024-07-15", "kor-mnd", 11000, None, "at least 11 thousand containers"),
    ("2024-08", "kor-dia", 13000, None, "at least 13,000"),
    ("2024-09-04", "usa-state", 16500, None, "over 16,500 shipping containers"),
    ("2025-01-08", "usa", 20000, None, "over 20,000 shipping containers"),
    ("2025-03", "open-source-centre", None, 16000, "nearly 16,000 containers"),
    ("2025-03", "kida", None, 15800, "15,800 containers"),
    ("2025-05-29", "msmt", 20000, None, "more than 20,000 containers"),
    ("2025-07-13", "kor-dia", None, 28000, "an estimated 28,000"),
]


def plain(frame):
    return frame.astype("object").where(frame.notna(), None).values.tolist()


# --- the ledger -------------------------------------------------------------------------------------------


def test_containers_by_claimant_over_time():
    rows = WHOLE.estimates("containers-shipped")
    assert plain(rows[["as_of", "by_id", "low", "best", "stated"]]) == [list(row) for row in CONTAINERS]
    assert set(rows["aggregation"]) == {"cumulative"} and set(rows["unit"]) == {"containers"}


def test_the_ledger_holds_every_figure_once_and_in_order():
    rows, table = WHOLE.estimates(), WHOLE["estimates"]
    key = ["event_id", "measure", "by_id", "source_id", "as_of"]
    assert set(rows[key].itertuples(index=False)) == set(table[key].itertuples(index=False))
    assert len(rows) == len(table)
    order = ["measure", "as_of_latest", "known_from", "by_id"]
    pd.testing.assert_frame_equal(rows[order], rows[order].sort_values(order, kind="stable"))
    names = WHOLE["actors"].set_index("actor_id")["name"]
    assert (rows["by"] == rows["by_id"].map(names)).all()


def test_a_measure_by_its_label_and_several_at_once():
    by_label = WHOLE.estimates("Containers shipped to Russia")
    pd.testing.assert_frame_equal(by_label, WHOLE.estimates("containers-shipped"))
    several = WHOLE.estimates(["troops-killed", "troops-wounded"])
    assert set(several["measure"]) == {"troops-killed", "troops-wounded"}


def test_the_ledger_of_a_day_knows_no_later_figure():
    known = WHOLE.as_known_on("2024-02-26").estimates("containers-shipped")
    # the Joint Chiefs' 2,000 rests on a source without a date, and 10,000 was read on the 29th
    assert known["stated"].tolist() == [
        *("more than 1,000", "more than one thousand", "more than 1,000 containers"),
        *("about 5,000", "around 5,000 containers"),
    ]


@pytest.mark.parametrize("verb", ["estimates", "envelope"])
def test_an_unknown_measure(verb):
    with pytest.raises(
        BadRequest, match="no measure is called 'containers-shiped'; did you mean containers-"
    ):
        getattr(WHOLE, verb)("containers-shiped")


# --- the envelope: real answers ---------------------------------------------------------------------------


def test_who_disagreed_about_the_containers():
    rows = WHOLE.envelope("containers-shipped").set_index("date")
    assert len(rows) == 18
    assert rows.index[~rows["agree"]].strftime("%Y-%m-%d").tolist() == [
        "2024-02-26", "2024-03-18", "2025-03-31"]  # fmt: skip

    february = rows.loc["2024-02-26"]  # Seoul said about 6,700 when Washington had said more than 10,000
    assert (february["lowest"], february["highest"], february["claimants"]) == (1000, 10000, 5)
    assert february["disagreeing"] == (
        "Ministry of National Defense of the Republic of Korea; United States Department of State"
    )
    march = rows.loc["2025-03-31"]  # two institutes stay below what Washington had said, and apart
    assert march["disagreeing"] == (
        "Korea Institute for Defense Analyses; Open Source Centre; United States; "
        "United States Department of State"
    )
    last = rows.loc["2025-07-13"]
    assert (last["highest"], last["highest_by"]) == (
        28000,
        "Defense Intelligence Agency of the Republic of Korea",
    )
    assert last["lowest_by"] == (
        "Ministry of Defence of the United Kingdom; United States National Security Council"
    )


def test_figures_of_one_event_are_held_against_each_other():
    rows = WHOLE.envelope("civilians-killed-in-strike").set_index("event_id")
    row = rows.loc["dprk-missile-strikes-second-january"]
    assert (row["lowest"], row["highest"], row["claimants"], row["agree"]) == (2, 3, 2, False)
    assert row["lowest_by"] == "Kharkiv Region Prosecutor's Office"


def test_figures_of_one_period_are_held_against_each_other_however_it_is_written():
    rows = WHOLE.envelope("artillery-rounds-supplied-in-period").set_index("as_of_earliest")
    row = rows.loc["2024-01-01"]  # "2024" and "2024-01/2024-12"
    assert (row["lowest"], row["highest"], row["claimants"], row["agree"]) == (3_000_000, 9_000_000, 3, False)


def test_states_of_different_days_do_not_contradict_each_other():
    rows = WHOLE.envelope("troops-in-kursk")
    assert rows["highest"].tolist() == [8000, 10900, 10000, 10000]
    assert rows["agree"].all()


def test_a_claimant_quoted_differently_disagrees_with_itself():
    (row,) = WHOLE.envelope("shipments").itertuples()
    assert (row.lowest, row.highest, row.claimants, row.agree) == (10, 12, 1, False)
    assert row.disagreeing == "National Intelligence Service"


def test_measures_of_one_kind_stand_below_each_other():
    both = WHOLE.envelope(["troops-killed", "troops-wounded"])
    each = [WHOLE.envelope(measure) for measure in ("troops-killed", "troops-wounded")]
    pd.testing.assert_frame_equal(both, pd.concat(each, ignore_index=True))
    assert set(both["measure"]) == {"troops-killed", "troops-wounded"}


@pytest.mark.parametrize(
    ("measures", "told"),
    [
        (
            ["troops-deployed", "troops-planned"],
            "troops-deployed is a running total up to a day, in troops; "
            "troops-planned is a state on a day, in troops",
        ),
        (
            ["containers-shipped", "troops-deployed"],
            "containers-shipped is a running total up to a day, in containers; "
            "troops-deployed is a running total up to a day, in troops",
        ),
        (["troops-captured", "troops-sent-in-period"], "a figure of one event.*a total of one period"),
    ],
)
def test_what_cannot_be_compared_is_refused(measures, told):
    with pytest.raises(BadRequest, match=f"only measures that add up alike, in one unit.*{told}"):
        WHOLE.envelope(measures)


def test_no_measure():
    with pytest.raises(BadRequest, match="measure has no value"):
        WHOLE.envelope([])


# --- the envelope: brute force ----------------------------------------------------------------------------

_DAYS = [pd.Timestamp(2024, 1, day) for day in range(1, 6)]
_NUMBERS = range(-1, 9)  # one beyond what is drawn on either side stands for "without end"
figures = st.builds(
    lambda by, first, length, numbers, given, measure, event: {
        "measure": measure,
        "event_id": event,
        "by_id": by.lower(),
        "by": by,
        "as_of_earliest": _DAYS[min(first, length)],
        "as_of_latest": _DAYS[max(first, length)],
        **{
            name: float(number) if wanted else None
            for name, number, wanted in zip(("low", "best", "high"), sorted(numbers), given, strict=True)
        },
    },
    st.sampled_from("ABC"),
    st.integers(0, 4),
    st.integers(0, 4),
    st.lists(st.integers(0, 7), min_size=3, max_size=3),
    st.lists(st.booleans(), min_size=3, max_size=3).filter(any),
    st.sampled_from(["m", "n"]),
    st.sampled_from(["e", "f"]),
)


def allowed(figure, day, aggregation):
    """Numbers that a figure leaves possible on a day, tried one by one."""
    low, best, high = (figure[name] for name in ("low", "best", "high"))
    earlier = day is not None and figure["as_of_latest"] < day
    found = set()
    for number in _NUMBERS:
        too_low = number < (low if low is not None else best if best is not None else -1)
        too_high = number > (high if high is not None else best if best is not None else 8)
        if earlier and aggregation == "level":
            too_low = too_high = False
        if earlier and aggregation == "cumulative":
            too_high = False
        if not too_low and not too_high:
            found.add(number)
    return found


def brute_force(given_figures, aggregation):
    """The envelope as told in words: row by row, claimant by claimant, pair by pair."""
    answer = {}
    for measure in "mn":
        mine = [each for each in given_figures if each["measure"] == measure]
        if aggregation in ("cumulative", "level"):
            groups = {
                (measure, day): [each for each in mine if each["as_of_latest"] <= day]
                for day in _DAYS
                if any(each["as_of_latest"] == day for each in mine)
            }
        elif aggregation == "event":
            groups = {
                (measure, event): [each for each in mine if each["event_id"] == event] for event in "ef"
            }
        else:
            groups = {
                (measure, first, last): [
                    each for each in mine if (each["as_of_earliest"], each["as_of_latest"]) == (first, last)
                ]
                for first in _DAYS
                for last in _DAYS
            }
        for name, rows in groups.items():
            if not rows:
                continue
            day = name[1] if aggregation in ("cumulative", "level") else None
            standing = [
                each
                for each in rows
                if all(
                    other["as_of_latest"] <= each["as_of_latest"]
                    for other in rows
                    if other["by_id"] == each["by_id"]
                )
            ]
            numbers = {
                number: sorted(
                    {each["by"] for each in standing if number in (each["low"], each["best"], each["high"])}
                )
                for number in range(8)
            }
            named = [number for number, claimants in numbers.items() if claimants]
            apart = {
                claimant
                for one, other in combinations(standing, 2)
                if not allowed(one, day, aggregation) & allowed(other, day, aggregation)
                for claimant in (one["by"], other["by"])
            }
            common = set.intersection(*(allowed(each, day, aggregation) for each in standing))
            answer[name] = (
                min(named),
                max(named),
                "; ".join(numbers[min(named)]),
                "; ".join(numbers[max(named)]),
                len({each["by_id"] for each in standing}),
                bool(common),
                "; ".join(sorted(apart)) or None,
            )
    return answer


@settings(max_examples=60, deadline=None)
@given(st.lists(figures, min_size=1, max_size=9), st.sampled_from(["cumulative", "level", "event", "period"]))
def test_the_envelope_is_what_its_rule_says(given_figures, aggregation):
    frame = pd.DataFrame(given_figures).astype(dict.fromkeys(("low", "best", "high"), "float64"))
    found = estimates.envelope_of(frame, aggregation)
    named = found.columns.get_loc("lowest")
    answer = {tuple(row[:named]): tuple(row[named:]) for row in plain(found)}
    assert len(answer) == len(found) > 0
    assert answer == brute_force(given_figures, aggregation)


@settings(max_examples=10, deadline=None)
@given(st.sampled_from(sorted(WHOLE["measures"]["measure"])), st.dates(date(2022, 9, 1), date(2026, 5, 1)))
def test_the_envelope_of_a_day_is_that_of_the_figures_known_by_then(measure, day):
    rows = WHOLE.estimates(measure)
    known = rows[rows["known_from"] <= pd.Timestamp(day)]
    expected = estimates.envelope_of(known, rows["aggregation"].iloc[0])
    pd.testing.assert_frame_equal(WHOLE.as_known_on(day).envelope(measure), expected)
