"""Tables of any size are held against the same rules, and told of in the same words."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pytest

import timeline
from timeline import engines
from timeline.validation import validate


@pytest.fixture
def broken() -> dict[str, pa.Table]:
    """The real tables with mistakes of several kinds in several of them."""
    dataset = timeline.open()
    tables = {name: dataset.arrow(name) for name in dataset.tables}
    for name, column in (("citations", "source_id"), ("participants", "actor_id"), ("events", "date")):
        place = tables[name].column_names.index(column)
        wrong = pc.replace_substring_regex(tables[name][column], "^(.)(.*)e", r"\2e\1")
        tables[name] = tables[name].set_column(place, column, wrong)
    return tables


def test_threads_change_nothing(broken, monkeypatch):
    alone = validate.problems_in(broken)
    monkeypatch.setattr(engines, "_BATCH", 0)
    assert validate.problems_in(broken) == alone
    assert {problem.rule for problem in alone} == {"foreign-key", "pattern"}


def test_where_all_is_wrong_many_rows_are_told_and_the_rest_is_counted():
    rows = 60_000
    events = pa.table({"event_id": [f"event-{number}" for number in range(rows)]})
    links = events.append_column("relation", [["follow"] * rows]).append_column("to_event_id", [["x"] * rows])
    sources = [f"matsegora-denies-shell-{number}" for number in range(rows)]
    citations = events.append_column("source_id", [sources]).append_column("stance", [["asserts"] * rows])
    problems = validate.problems_in({"event_links": links, "citations": citations,
                                   "sources": timeline.open().arrow("sources")})  # fmt: skip
    told = [problem for problem in problems if problem.rule == "foreign-key"]
    *each, rest = told
    assert [problem.where for problem in each] == [f"citations row {row}" for row in range(10_000)]
    assert rest.where == "citations row 9999" and rest.message.endswith("so in 50,000 rows after this one")
    *each, rest = [problem for problem in problems if problem.rule == "vocabulary"]
    assert len(each) == 10_000
    assert all(problem.message.endswith("did you mean follows?") for problem in each)
