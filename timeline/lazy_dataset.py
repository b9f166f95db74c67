"""A dataset too large for memory: its tables stay with DuckDB or Spark until rows are asked for."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import narwhals as nw

from timeline import contract, engines
from timeline.contract.relations import closed
from timeline.contract.tables import OnDemand
from timeline.contract.types import conform
from timeline.dataset import Dataset
from timeline.engines import ROW, Engine, Lazy
from timeline.errors import MOST_TOLD, BadRequest
from timeline.files.packed import parquet_file
from timeline.selection import filters
from timeline.selection.tables import Step, Tables, TablesOf, in_memory

if TYPE_CHECKING:
    import pyarrow as pa

    from timeline.files.package import Package


class LazyDataset(Tables[Any]):
    """The tables of a release, or of a filtered part of it, on an engine.

    A mapping from table name to ``duckdb.DuckDBPyRelation`` or PySpark ``DataFrame``, whose rows stand in no
    order. Filters are those of a `Dataset`; nothing is computed before rows are asked for, and a file is read
    and held against its checksum when its table is first needed. `collect` gives the `Dataset` that answers
    everything else.

    Examples
    --------
    >>> import timeline
    >>> denials = timeline.open("1.0.0", engine="duckdb").where(kind="denial").during("2024")
    >>> denials["events"].aggregate("count(distinct kind)").fetchall()
    [(1,)]
    >>> denials.collect() == timeline.open("1.0.0").where(kind="denial").during("2024")
    True
    """

    where = filters.where
    during, within = filters.during, filters.within
    before, after = filters.before, filters.after
    as_known_on = filters.as_known_on

    def __init__(
        self,
        package: Package,
        engine: Engine,
        rows: Mapping[str, Lazy] | None = None,
        whole: LazyDataset | None = None,
        steps: tuple[Step, ...] = (),
    ) -> None:
        self._package: Package
        self._loose: Mapping[str, Lazy]
        loose = OnDemand(lambda name: _scanned(package, engine, name)) if rows is None else rows
        vars(self).update(_package=package, version=package.version, _engine=engine, _loose=loose)
        vars(self).update(_closed=closed(loose) if steps else loose, _whole=whole or self, steps=steps)

    @property
    def package(self) -> Package:
        """The package that it, or what it was filtered from, was opened from."""
        return self._package

    @property
    def _rows(self) -> Mapping[str, Lazy]:
        return self._loose

    def __getitem__(self, name: str) -> Any:
        contract.table(name)
        if name == "timeline" and any(verb == "as_known_on" for verb, _ in self.steps):
            raise BadRequest("the table timeline, as known on a day, is made in memory: collect() first")
        return self._closed[name].to_native()

    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def collect(self) -> Dataset:
        """Everything that is left, in memory: the `Dataset` that the same filters give there.

        Raises
        ------
        BrokenRelease
            A file is missing, is not what its checksum says, or cannot be computed to the end.

        Examples
        --------
        >>> import timeline
        >>> lazy = timeline.open("1.0.0", engine="duckdb").where(kind="denial")
        >>> lazy.collect() == timeline.open("1.0.0").where(kind="denial")
        True
        """
        if not self.steps:
            return self._with(TablesOf(self.package))
        with engines.blaming(self.package.where):
            return self._with(in_memory(self._rows, self._engine, self.steps))

    def _with(self, tables: Mapping[str, pa.Table]) -> Dataset:
        """A dataset in memory that came about in the same way."""
        whole = Dataset(TablesOf(self.package), self.version)
        return Dataset(tables, self.version, whole if self.steps else None, self.steps)

    def _part(self, rows: Mapping[str, Lazy], step: Step) -> LazyDataset:
        return LazyDataset(self.package, self._engine, rows, self._whole, (*self.steps, step))

    def _lines(self) -> list[str]:
        heading = (
            f"timeline {self.version} on {type(self._engine).__name__}: nothing is counted before collect()"
        )
        return [heading, *self._told_steps()]

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_") or not hasattr(Dataset, name):
            raise AttributeError(f"a lazy dataset has no {name!r}")
        raise _InMemoryOnly(f"{name} is answered in memory: collect() first, when few enough rows are left")


class _InMemoryOnly(BadRequest, AttributeError):
    """So that ``hasattr`` says no."""


def _scanned(package: Package, engine: Engine, name: str) -> Lazy:
    """Rows of a Parquet file where it lies; of anything else a copy that the engine keeps."""
    with tempfile.TemporaryDirectory(prefix="timeline-") as folder:
        path = parquet_file(package, name, Path(folder))
        rows = engines.typed(name, engine.scan(path)).drop(ROW)
        return engine.settled(rows) if path.is_relative_to(folder) else rows


def differing(old: LazyDataset, new: LazyDataset) -> tuple[Dataset, Dataset]:
    """Two datasets in memory that differ as these do: without the rows that stand in both.

    What is retired is there as a whole, and keys that repeat in a table that differs stand twice.
    """
    if old._engine.session is not new._engine.session:
        raise BadRequest(
            "datasets on two connections cannot be compared: open both on one, or collect() both"
        )
    here, there = {}, {}
    with engines.blaming(f"{old.package.where} or {new.package.where}"):
        for name in contract.TABLES:
            both = (nw.from_native(each[name]).lazy() for each in (old, new))
            here[name], there[name] = _apart(name, *both)
    return old._with(here), new._with(there)


def _apart(name: str, old: Lazy, new: Lazy) -> tuple[pa.Table, pa.Table]:
    import pyarrow as pa
    import pyarrow.compute as pc

    if name == "retired":
        return old.collect().to_arrow(), new.collect().to_arrow()
    columns = contract.table(name).columns
    both = nw.concat([old.with_columns(_more=nw.lit(1)), new.with_columns(_more=nw.lit(-1))])
    balance = both.group_by(*columns).agg(nw.col("_more").sum().cast(nw.Int64))
    apart = balance.filter(nw.col("_more") != 0).collect().to_arrow()
    if not len(apart):
        return apart.select(columns), apart.select(columns)
    return tuple(
        pa.concat_tables(
            [apart.filter(more(apart["_more"], 0)).select(columns), *2 * [_repeated(name, rows)]]
        )
        for more, rows in ((pc.greater, old), (pc.less, new))
    )


def _repeated(name: str, rows: Lazy) -> pa.Table:
    """Keys that stand in several rows, with nothing beside them."""
    groups = rows.group_by(*contract.table(name).key).agg(nw.len().alias("_rows"))
    keys = groups.filter(nw.col("_rows") > 1).drop("_rows").head(MOST_TOLD).collect().to_arrow()
    return conform(name, keys, name)[0]
