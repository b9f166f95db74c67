"""The build from raw files."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from synthesize import synthesize

from benchmarks.figures import Figure, at_most, benchmark, milliseconds
from benchmarks.processes import in_turns


@benchmark
def of_build(folder: Path) -> Iterator[Figure]:
    """`timeline build` of synthetic raw files, per event at 3,000 events against 300, and at 30,000 against
    3,000. A ratio above 1 would say that the time grows faster than the number of events. Three processes
    each.
    """
    counts = (300, 3_000, 30_000)
    codes = []
    for events in counts:
        root = folder / str(events)
        synthesize(events, root, raw=True)
        codes.append(f"import pathlib, timeline.curation.build as b; b.build(pathlib.Path({str(root)!r}))")
    each = [seconds / events for seconds, events in zip(in_turns(3, *codes), counts, strict=True)]
    for (few, little), (many, much) in pairwise(zip(counts, each, strict=True)):
        what = f"build, per event of {many:,} against {few:,}"
        yield at_most(1, what, milliseconds(much), milliseconds(little), much / little)
