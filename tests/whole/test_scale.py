"""What docs/SCALE.md tells: a stream of machine-coded events becomes a package that holds and answers."""

from __future__ import annotations

from pathlib import Path

import map_gdelt
import pytest
from recipes import blocks

import timeline


@pytest.fixture(scope="session")
def stream(once) -> Path:
    return once("gdelt", lambda root: map_gdelt.map_gdelt(2_000, root / "package")) / "package"


@pytest.mark.parametrize("engine", ["memory", "duckdb"])
def test_a_mapped_stream_is_valid(stream: Path, engine: str) -> None:
    timeline.validate(stream, engine=engine)


def test_every_event_is_mapped(stream: Path) -> None:
    ds = timeline.open(stream)
    assert len(ds["events"]) == len(ds["timeline"]) == len(ds["citations"]) == 2_000
    assert set(ds["events"]["kind"]) == set(map_gdelt.KINDS)
    assert set(ds["places"]["country"]) == set(map_gdelt.FIPS_TO_ISO_3166.values())


def test_a_mapped_stream_answers_as_it_was_known(stream: Path) -> None:
    ds = timeline.open(stream)
    day = "2023-06-30"
    record = ds.as_known_on(day)["events"]
    assert 0 < len(record) < len(ds["events"])
    uses = ds.where(kind="use")
    assert (uses["events"]["known_from"] >= uses["events"]["start_earliest"]).all()
    assert set(uses["events"]["status"]) == {"claimed"}


def test_the_page_runs_as_it_stands(stream: Path, monkeypatch, capsys) -> None:
    ((where, block),) = blocks("SCALE.md", "python").items()
    monkeypatch.chdir(stream.parent)
    stream.rename("stream")
    try:
        exec(compile(block, where, "exec"), {})
    finally:
        Path("stream").rename(stream)
    assert "claimed" in capsys.readouterr().out
