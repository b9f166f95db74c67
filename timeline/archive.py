"""Get at the data: the installed release, an earlier one, or a package on disk or on the web."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from timeline import contract
from timeline.errors import BadData, BadRequest, Problem
from timeline.files.opening import installed, open_package
from timeline.files.package import VERSION, Package

if TYPE_CHECKING:
    import pandas as pd

    from timeline.dataset import Dataset
    from timeline.lazy_dataset import LazyDataset


def tables() -> tuple[str, ...]:
    """Names of the tables.

    >>> tables()[:3]
    ('events', 'participants', 'estimates')
    """
    return contract.TABLES


def load(table: str, version: str | None = None) -> pd.DataFrame:
    """One table as a pandas DataFrame.

    Days are ``datetime64[ms]``, ids and text ``str``, vocabularies ``category`` with all values of the
    contract (ordered where order means something), numbers ``float64`` or ``int64``. What a missing value
    means is told in the codebook, column by column. Works offline.

    Parameters
    ----------
    table : str
        Name of the table.
    version : str, optional
        Release, such as ``"0.9.0"``; without it, what is installed.

    Raises
    ------
    BadRequest
        There is no such table or release; the message names the nearest that is.
    BadData
        A release has words that no vocabulary has now; the message names each cell.

    Examples
    --------
    >>> load("events").loc[0, ["event_id", "kind"]].tolist()
    ['matsegora-offers-dprk-builders-for-donbas', 'statement']
    """
    contract.table(table)
    package = installed() if version is None else _frozen(version)
    return contract.to_pandas(table, package.worded(table))


@overload
def open(release: str | Path | None = None, *, sha256: str | None = None, engine: None = None) -> Dataset: ...


@overload
def open(release: str | Path | None = None, *, sha256: str | None = None, engine: object) -> LazyDataset: ...


def open(
    release: str | Path | None = None, *, sha256: str | None = None, engine: object = None
) -> Dataset | LazyDataset:
    """Open a dataset: what is installed, a release by its version, or a package on disk or on the web.

    Parameters
    ----------
    release : str or Path, optional
        Version such as ``"0.9.0"``; or a folder, zip or ``datapackage.json`` on disk; or the http(s) address
        of a zip or ``datapackage.json``. Without it, what is installed.
    sha256 : str, optional
        What the zip or the ``datapackage.json`` must hash to.
    engine : {"duckdb", "spark"}, duckdb.DuckDBPyConnection or pyspark.sql.SparkSession, optional
        Where the tables stay, if they are too large for memory: the same filters, and nothing is read until
        rows are asked for. Parquet files of a folder are scanned where they lie, each held against its
        checksum when its table is first needed; what is a CSV file alone, or in a zip, the engine copies. A
        connection is used as it is; ``"duckdb"`` makes one that holds 512 MB, ``"spark"`` takes the active
        session.

    Returns
    -------
    Dataset or LazyDataset
        The latter with an engine; its method ``collect`` gives the former.

    Raises
    ------
    BadRequest
        There is no such release here, or no such engine.
    BrokenRelease
        It is missing, unsafe, too large or not what its checksums say.

    Examples
    --------
    >>> open()["events"].columns[0]
    'event_id'
    >>> transfers = open(engine="duckdb").where(kind="transfer")["events"]
    >>> transfers.aggregate("count(distinct kind)").fetchall()
    [(1,)]
    """
    package = _package(release, sha256)
    if engine is not None:
        from timeline import engines
        from timeline.lazy_dataset import LazyDataset

        return LazyDataset(package, engines.of(engine))
    from timeline.dataset import Dataset, TablesOf

    return Dataset(TablesOf(package), package.version)


def _package(release: str | Path | None, sha256: str | None) -> Package:
    named = release is None or (isinstance(release, str) and VERSION.fullmatch(release))
    if named and sha256:
        raise BadRequest("sha256 is for a path or an address: releases here are always held against theirs")
    if release is None:
        return installed()
    return _frozen(str(release)) if named else open_package(release, sha256)


def _frozen(version: str) -> Package:
    from timeline.versions.index import frozen

    return frozen(version)


def releases() -> pd.DataFrame:
    """Frozen releases that are here, oldest first.

    Returns
    -------
    pandas.DataFrame
        ``version``, ``released`` (``datetime64[ms]``), ``change`` (what the changes since the release before
        asked of the number), ``bytes`` and ``sha256`` of the zip, and the number of rows of each table.

    Examples
    --------
    >>> releases()["version"].tolist()[:2]
    ['0.9.0', '1.0.0']
    """
    import pandas as pd

    from timeline.versions.index import index

    columns = ["version", "released", "change", "bytes", "sha256", *contract.TABLES]
    rows = [{**vars(each), **each.rows} for each in index().values()]
    frame = pd.DataFrame(rows, columns=columns)
    counts = dict.fromkeys(contract.TABLES, "Int64")
    dtypes = {
        "version": "str",
        "released": "datetime64[ms]",
        "change": "str",
        "bytes": "int64",
        "sha256": "str",
    }
    return frame.astype({**dtypes, **counts})


def validate(data: Any, table: str | None = None, *, engine: Any = None) -> None:
    """Validate data against every rule of the contract.

    Parameters
    ----------
    data : DataFrame, pyarrow.Table, Dataset, mapping of these, str or Path
        A frame of any kind that Narwhals knows (pandas, Polars, PyArrow, …) with the name of its table; a
        mapping from table names to such frames; a `Dataset`; or a folder, zip or ``datapackage.json``,
        whose CSV files are checked, and its Parquet files held against them.
    table : str, optional
        Table that a single frame is meant to be. Rules that need other tables are left out.
    engine : {"memory", "duckdb", "spark"}, duckdb.DuckDBPyConnection or pyspark.sql.SparkSession, optional
        What computes the rules for a package: Arrow in memory, DuckDB out of core, or a session of Spark,
        for which ``"spark"`` takes the active one. Without it, memory below 256 MiB and DuckDB from there
        on, if it is installed. The answers are the same.

    Raises
    ------
    BadData
        With every problem that was found.
    BadRequest
        The kind of data, the name of the table or the engine is unknown.
    BrokenRelease
        A package is missing, unsafe or not what its descriptor says.

    Examples
    --------
    >>> import timeline
    >>> timeline.validate(timeline.load("citations"), "citations")
    """
    problems = problems_in(data, table, engine)
    if problems:
        raise BadData(problems)


def problems_in(data: Any, table: str | None = None, engine: Any = None) -> list[Problem]:
    """What `validate` raises, as a list."""
    from timeline.dataset import Dataset
    from timeline.lazy_dataset import LazyDataset
    from timeline.validation.validate import fitting_engine, problems_of_frames, problems_of_package

    if isinstance(data, LazyDataset):
        raise BadRequest(
            "a lazy dataset is validated by its path, validate(path, engine=...): or collect() first"
        )
    if table is None and isinstance(data, (str, Path)):
        package = open_package(data)
        return problems_of_package(package, fitting_engine(package) if engine is None else engine)
    if engine is not None:
        raise BadRequest("an engine is for packages: frames are computed where they are, in memory")
    if table is not None:
        return problems_of_frames({contract.table(table).name: data})
    if isinstance(data, Dataset):
        return problems_of_frames({name: data._plain(name) for name in data.tables})
    if isinstance(data, Mapping):
        return problems_of_frames({contract.table(name).name: frame for name, frame in data.items()})
    raise BadRequest(
        f"validate() takes a path, a Dataset, a mapping of tables, or a frame and the name of its table; "
        f"not {type(data).__name__} alone"
    )
