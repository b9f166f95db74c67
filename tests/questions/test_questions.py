"""What holds for every question: dtypes do not depend on the rows."""

from __future__ import annotations

import pytest

import timeline

WHOLE = timeline.open("1.0.0")

QUESTIONS = {
    "estimates": lambda ds: ds.estimates(),
    "envelope of a total": lambda ds: ds.envelope("troops-killed"),
    "envelope of a state": lambda ds: ds.envelope("troops-in-kursk"),
    "envelope of events": lambda ds: ds.envelope("civilians-killed-in-strike"),
    "envelope of periods": lambda ds: ds.envelope("workers-sent-in-period"),
    "listings": lambda ds: ds.listings(),
    "designation_matrix": lambda ds: ds.designation_matrix(),
    "gaps": lambda ds: ds.gaps("eu-council"),
    "network": lambda ds: ds.network(),
    "search": lambda ds: ds.search("zero hits"),
}
DATASETS = {
    "visits, which have neither figures nor designations": WHOLE.where(kind="visit"),
    "the record of a day": WHOLE.as_known_on("2024-06-01"),
    "the record of a day before the first": WHOLE.as_known_on("2020-01-01"),
    "designations": WHOLE.where(kind="designation"),
}


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("dataset", DATASETS)
def test_dtypes_do_not_depend_on_the_rows(question, dataset):
    ask, part = QUESTIONS[question], DATASETS[dataset]
    whole, answer = ask(WHOLE), ask(part)
    if question == "designation_matrix":  # authorities that list nobody have no column
        assert set(answer.dtypes) <= {whole.dtypes.iloc[0]}
        assert answer.index.names == whole.index.names
        return
    assert dict(answer.dtypes) == dict(whole.dtypes)
    assert "object" not in set(answer.dtypes.astype(str))
