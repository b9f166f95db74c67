"""SQL answers over the tables of a dataset and reaches nothing else."""

from __future__ import annotations

import pytest
from exported import WHOLE

from timeline.errors import BadRequest


def test_sql_answers_like_pandas():
    known = WHOLE.sql("select kind, count(*) as n, min(known_from) as first from events group by kind")
    expected = WHOLE["events"].groupby("kind", observed=True)["known_from"].agg(["size", "min"])
    found = known.set_index("kind").loc[list(expected.index)]
    assert found["n"].tolist() == expected["size"].tolist()
    assert found["first"].tolist() == expected["min"].tolist()


def test_sql_sees_the_filtered_tables_only():
    assert set(WHOLE.where(kind="visit").sql("select distinct kind from events")["kind"]) == {"visit"}


def test_sql_gives_real_types():
    frame = WHOLE.sql(
        "select event_id, start_earliest, count(*) over () as n, sum(1) over () as total, 0.5 as half, "
        "170141183460469231731687303715884105727 as huge from events where place_id is null limit 3"
    )
    assert frame.dtypes.astype("str").to_dict() == {
        "event_id": "str",
        "start_earliest": "datetime64[ms]",
        "n": "int64",
        "total": "int64",
        "half": "float64",
        "huge": "float64",
    }
    none = WHOLE.sql("select * from estimates where best < 0")
    assert len(none) == 0 and none["as_of_latest"].dtype == "datetime64[ms]"


FORBIDDEN = {
    "read a file": "select * from read_text('{file}')",
    "read a file by its name": "select * from '{file}'",
    "sniff a file": "select * from sniff_csv('{file}')",
    "list files": "select * from glob('{folder}/*')",
    "write a table": "copy events to '{folder}/out.csv'",
    "write all": "export database '{folder}/out'",
    "attach a file": "attach '{folder}/out.db'",
    "install an extension": "install httpfs",
    "load an extension": "load '{folder}/x.duckdb_extension'",
    "unlock": "set lock_configuration = false",
    "open up": "set enable_external_access = true",
    "log into a file": "call enable_logging(storage_path = '{folder}/out')",
    "profile into a file": "pragma profiling_output = '{folder}/out'",
    "read a variable of the program": "select * from a_frame_of_the_caller",
    "read the environment": "select getenv('HOME')",
}


@pytest.mark.parametrize("query", FORBIDDEN.values(), ids=FORBIDDEN)
def test_sql_reaches_nothing_but_the_tables(query, tmp_path):
    a_frame_of_the_caller = WHOLE["events"]
    secret = tmp_path / "secret.csv"
    secret.write_text("a\nsecret\n")
    with pytest.raises(BadRequest) as refused:
        WHOLE.sql(query.format(file=secret, folder=tmp_path))
    assert "secret\n" not in str(refused.value)
    assert list(tmp_path.iterdir()) == [secret] and len(a_frame_of_the_caller)


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("select * from evnts", "there is no table 'evnts'; did you mean events?"),
        ("select knd from events", 'Candidate bindings: "kind"'),
        ("selec 1", "syntax error"),
        ("", "should begin with select"),
    ],
)
def test_sql_says_what_is_wrong(query, told):
    with pytest.raises(BadRequest, match=told.replace("?", r"\?")):
        WHOLE.sql(query)
