"""Releases opened, verified and compared."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.figures import Figure, at_most, benchmark, milliseconds
from benchmarks.packages import package_of
from benchmarks.processes import in_turns


@benchmark
def of_releases(folder: Path) -> Iterator[Figure]:
    """Opening release 0.9.0 and reading its events, against the installed package; verifying release 1.0.0
    (the goal is under a second); and the diff of two synthetic packages of 10^5 events, read apart, of which
    seven tables differ in cells or rows, against a pandas merge written by hand that finds the same.
    Five processes each (two of the diffs); imports are not counted.
    """
    opening = "import timeline, timeline.archive, pandas\nmeasured(lambda: timeline.open(RELEASE)['events'])"
    old, new = in_turns(5, opening.replace("RELEASE", "'0.9.0'"), opening.replace("RELEASE", ""), within=True)
    yield at_most(2, "opening 0.9.0, against the installed", milliseconds(old), milliseconds(new), old / new)
    verifying = "import timeline, timeline.versions.verify\nmeasured(lambda: timeline.verify('1.0.0'))"
    seconds, second = in_turns(5, verifying, "import time\nmeasured(lambda: time.sleep(1))", within=True)
    yield at_most(
        1, "verifying 1.0.0, against a second", milliseconds(seconds), milliseconds(second), seconds
    )
    begin = _DIFFERING.replace("FOLDER", repr(str(package_of(100_000, folder))))
    ours, merge = in_turns(
        2, f"{begin}\nmeasured(lambda: timeline.diff(old, new))", f"{begin}\nmeasured(merged)", within=True
    )
    yield at_most(
        2, "diff of two packages of 10^5 events", milliseconds(ours), milliseconds(merge), ours / merge
    )


_DIFFERING = """
import pyarrow as pa
import timeline
from timeline import contract
from timeline.versions.changes import diff
from timeline.dataset import Dataset
def read():
    opened = timeline.open(FOLDER)
    return {name: opened._plain(name) for name in opened.tables}
tables, edited = read(), read()
worded = {"events": "title", "timeline": "title", "sources": "title", "estimates": "stated"}
for name, column in worded.items():
    words = [w + " again" if n % 100 == 0 else w for n, w in enumerate(edited[name][column].to_pylist())]
    place = edited[name].column_names.index(column)
    edited[name] = edited[name].set_column(place, column, pa.array(words))
for name in ("participants", "citations", "status_changes"):
    edited[name] = edited[name].slice(100)
old, new = Dataset(tables, "1.0.0"), Dataset(edited, "1.0.1")
frames = {name: (tables[name].to_pandas(), edited[name].to_pandas()) for name in old.tables}
def merged():
    for name, (one, other) in frames.items():
        key = list(contract.table(name).key)
        both = one.merge(other, on=key, how="outer", suffixes=("_old", "_new"), indicator=True)
        kept = both["_merge"] == "both"
        for column in one.columns.difference(key):
            was, now = both[f"{column}_old"], both[f"{column}_new"]
            changed = kept & (was != now) & ~(was.isna() & now.isna())
            both.loc[changed, [*key, f"{column}_old", f"{column}_new"]]
"""
