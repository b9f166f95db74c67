"""Verbs that open what they are given: a release by its version, a package on disk or on the web."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
    from timeline.versions.changes import Changes


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
    >>> load("events", "1.0.0").loc[0, ["event_id", "kind"]].tolist()
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
    >>> open("1.0.0")["events"].columns[0]
    'event_id'
    >>> transfers = open("1.0.0", engine="duckdb").where(kind="transfer")["events"]
    >>> transfers.aggregate("count(distinct kind)").fetchall()
    [(1,)]
    """
    package = _package(release, sha256)
    if engine is not None:
        from timeline import engines
        from timeline.lazy_dataset import LazyDataset

        return LazyDataset(package, engines.of(engine))
    from timeline.dataset import Dataset
    from timeline.selection.tables import TablesOf

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


def _in_memory(data: Any) -> Dataset:
    """A dataset, or what `open` opens, which must not be lazy."""
    from timeline.dataset import Dataset
    from timeline.lazy_dataset import LazyDataset

    if isinstance(data, LazyDataset):
        raise BadRequest("this takes a dataset in memory: collect() the lazy one first")
    return data if isinstance(data, Dataset) else open(data)


def diff(old: Any, new: Any, *, engine: Any = None) -> Changes:
    """Compare two datasets.

    Parameters
    ----------
    old, new : Dataset, LazyDataset, str, Path or None
        Datasets, filtered or not, or what `timeline.open` opens. Two lazy ones are compared where they are,
        if they share a connection or session: only rows that differ come into memory.
    engine : optional
        Where to open what is to be opened, as for `timeline.open`.

    Returns
    -------
    Changes
        Its ``str`` is a summary for people.

    Raises
    ------
    BadData
        A key stands in two rows, so that rows cannot be told apart.
    BadRequest
        One dataset is lazy and the other is not, or is on another connection.

    Examples
    --------
    >>> import timeline
    >>> ds = timeline.open("1.0.0")
    >>> changes = timeline.diff(ds.where(kind="denial"), ds.where(kind=["denial", "disclosure"]))
    >>> changes.level, changes.to_pandas()["change"].value_counts().index[0]
    ('minor', 'added')
    >>> timeline.diff("0.9.0", "1.0.0", engine="duckdb").rows == timeline.diff("0.9.0", "1.0.0").rows
    True
    """
    from timeline import engines
    from timeline.lazy_dataset import LazyDataset, differing
    from timeline.selection.tables import Tables
    from timeline.versions.changes import between

    shared = None if engine is None else engines.of(engine)
    before, after = (data if isinstance(data, Tables) else open(data, engine=shared) for data in (old, new))
    if isinstance(before, LazyDataset) and isinstance(after, LazyDataset):
        return between(*differing(before, after))
    return between(_in_memory(before), _in_memory(after))


def apply(old: Any, changes: Changes) -> Dataset:
    """Make the new dataset from the old one and the changes: its tables are the same, byte for byte.

    Parameters
    ----------
    old : Dataset, str, Path or None
        A dataset, or what `timeline.open` opens.
    changes : Changes
        What `timeline.diff` gives.

    Raises
    ------
    BadRequest
        The changes do not start from this dataset; the message names the row and column that differ.

    Examples
    --------
    >>> import timeline
    >>> ds = timeline.open("1.0.0")
    >>> denials = ds.where(kind="denial")
    >>> made = timeline.apply(ds, timeline.diff(ds, denials))
    >>> made["events"].equals(denials["events"])
    True
    """
    from timeline.dataset import Dataset
    from timeline.versions import apply

    return Dataset(apply.apply(_in_memory(old), changes), changes.new)


def cite(dataset: Dataset | str | Path | None = None, style: str = "text") -> str:
    """Citation of a dataset: its release and, if it is filtered, the query, with a checksum of the rows.

    Parameters
    ----------
    dataset : Dataset, str, Path or None
        A dataset, filtered or not, or what `timeline.open` opens.
    style : {"text", "bibtex", "ris", "csl-json", "datacite", "short"}
        As for `Dataset.cite`.

    Raises
    ------
    BadRequest
        There is no such style; or the rows are not those of the release whose number they bear, so that
        nobody could find them again.

    Examples
    --------
    >>> import timeline
    >>> transfers = timeline.open("1.0.0").where(kind="transfer")
    >>> len(timeline.resolve(timeline.cite(transfers))["events"]) == len(transfers["events"])
    True
    """
    return _in_memory(dataset).cite(style)


def resolve(citation: str, release: str | Path | None = None) -> Dataset:
    """Exactly the rows that a citation names.

    Parameters
    ----------
    citation : str
        Citation in any style, or a text around one; line breaks within it do no harm.
    release : str or Path, optional
        Where the cited release is, if it is not one of `timeline.releases`: a path or an address.

    Raises
    ------
    BadRequest
        There is no citation of ours in the text, or the release it names is not here.
    BrokenRelease
        The rows are not those cited. If another release that is here has those, the message names every row
        and column that differs.

    Examples
    --------
    >>> import timeline
    >>> denials = timeline.open("1.0.0").where(kind="denial", actor="Kim Yo Jong")
    >>> set(timeline.resolve(denials.cite("bibtex"))["events"]["kind"])
    {'denial'}
    """
    from timeline.versions.citation import proved, read
    from timeline.versions.index import index

    def here() -> Iterator[Dataset]:
        yield from map(open, index())
        yield open()

    wanted = read(citation)
    return proved(wanted, open(wanted.version if release is None else release), here)


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
