"""Get at the data: the installed release, or a package on disk."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from timeline import contract
from timeline.dataset import Dataset, TablesOf
from timeline.package import installed, open_package

if TYPE_CHECKING:
    import pandas as pd


def tables() -> tuple[str, ...]:
    """Names of the tables.

    >>> tables()[:3]
    ('events', 'participants', 'estimates')
    """
    return contract.TABLES


def load(table: str) -> pd.DataFrame:
    """One table of the installed release as a pandas DataFrame.

    Days are ``datetime64[ms]``, ids and text ``str``, vocabularies ``category`` with all values of the
    contract (ordered where order means something), numbers ``float64`` or ``int64``. What a missing value
    means is told in the codebook, column by column. Works offline.

    Raises
    ------
    BadRequest
        There is no such table; the message names the nearest that is.

    Examples
    --------
    >>> load("events").loc[0, ["event_id", "kind"]].tolist()
    ['matsegora-offers-dprk-builders-for-donbas', 'statement']
    """
    contract.table(table)
    return contract.to_pandas(table, installed().table(table))


def open(release: str | Path | None = None) -> Dataset:
    """Open a dataset: the installed release, or a folder, zip or ``datapackage.json`` on disk.

    Raises
    ------
    BrokenRelease
        It is missing, unsafe or not what its descriptor says.

    Examples
    --------
    >>> open()["events"].columns[0]
    'event_id'
    """
    package = installed() if release is None else open_package(release)
    return Dataset(TablesOf(package), package.version)
