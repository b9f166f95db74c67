"""What an import costs, and to load a table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.figures import Figure, at_most, benchmark, beside, milliseconds
from benchmarks.processes import in_turns
from timeline import home


@benchmark
def of_import(folder: Path) -> Iterator[Figure]:
    """A process that says `import timeline` and ends, against one that does nothing; 31 of each."""
    ours, bare = in_turns(31, "import timeline", "pass")
    yield at_most(2, "import timeline", milliseconds(ours), milliseconds(bare), ours / bare)


@benchmark
def of_load(folder: Path) -> Iterator[Figure]:
    """A process that loads the table `events`, against one that reads the same Parquet file with pyarrow and
    turns it into a DataFrame; and, without a goal, against what users may pick instead: to read the CSV file
    with pandas and give dates their type, or to load a table that another package ships (`airports` of
    vega_datasets, 3,376 rows of 7 columns). 21 of each.
    """
    path = home.home() / "data" / "processed" / "events"
    peers = {
        "pyarrow on the Parquet file": f"""
from pyarrow.parquet import ParquetFile
ParquetFile({f"{path}.parquet"!r}).read().to_pandas(date_as_object=False)""",
        "pandas on the CSV file": f"""
import pandas
dates = ["start_earliest", "start_latest", "end_earliest", "end_latest", "known_from"]
pandas.read_csv({f"{path}.csv"!r}, parse_dates=dates)""",
        "a dataset of another package": "from vega_datasets import local_data; local_data.airports()",
    }
    ours, *theirs = in_turns(21, "import timeline; timeline.load('events')", *peers.values())
    figures = [
        (
            f'timeline.load("events"), against {peer}',
            milliseconds(ours),
            milliseconds(seconds),
            ours / seconds,
        )
        for peer, seconds in zip(peers, theirs, strict=True)
    ]
    yield at_most(1.15, *figures[0])
    yield from (beside(*figure) for figure in figures[1:])
