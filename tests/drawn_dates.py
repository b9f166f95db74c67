"""Strings to parse: valid by construction or nearly so."""

from __future__ import annotations

from datetime import date

from hypothesis import strategies as st


def some_digits_masked(text: str, places: list[int]) -> str:
    return "".join("X" if n in places and digit != "-" else digit for n, digit in enumerate(text))


days = st.dates(min_value=date(1, 1, 1), max_value=date(9999, 12, 31))
plain = st.builds(lambda day, length: day.isoformat()[:length], days, st.sampled_from([4, 7, 10]))
seasons = st.builds("{:04}-{}".format, st.integers(1, 9999), st.integers(21, 41))
masked = st.builds(some_digits_masked, plain, st.lists(st.integers(0, 9), max_size=4))
estimated = st.builds("{}S{}".format, st.integers(1000, 9999), st.integers(1, 4))
unmarked = st.one_of(plain, seasons, masked, estimated)
marks = st.sampled_from(["", "", "?", "~", "%"])


@st.composite
def marked(draw: st.DrawFn) -> str:
    parts = draw(unmarked).split("-")
    return "-".join(draw(marks) + part + draw(marks) for part in parts)


members = st.one_of(marked(), st.builds("{}..{}".format, plain, plain))
sets = st.builds(
    lambda brackets, before, list_, after: f"{brackets[0]}{before}{','.join(list_)}{after}{brackets[1]}",
    st.sampled_from(["[]", "{}"]),
    st.sampled_from(["", "", ".."]),
    st.lists(members, min_size=1, max_size=4),
    st.sampled_from(["", "", ".."]),
)
ends = st.one_of(marked(), st.sampled_from(["", ".."]))
intervals = st.builds("{}/{}".format, ends, ends)
candidates = st.one_of(marked(), sets, intervals)
scraps = st.text(alphabet="0123456789X?~%-/.,[]{}SYETZ: ", max_size=30)
