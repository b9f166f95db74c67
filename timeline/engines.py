"""Where rules are computed: in memory by Arrow, out of core by DuckDB, on a cluster by Spark.

The rules are Narwhals expressions, one statement for all. An engine adds what Narwhals has no word for: to
number the rows of a Parquet file, to hold a result, and to ask Python about rows batch by batch.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from functools import cache
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import narwhals as nw

from timeline import contract
from timeline.errors import BadRequest, BrokenRelease, nearest
from timeline.files import parquet
from timeline.files.package import LIMIT

if TYPE_CHECKING:
    import pyarrow as pa

Lazy = nw.LazyFrame[Any]
Asked = Callable[["pa.Table"], "pa.Array | pa.ChunkedArray"]
"""Says of each row whether it is wanted."""

ROW = "_row"
"""Column in which tables number their rows, from 0."""

MEMORY = "512MB"
"""What DuckDB may hold before it writes to disk; Python, Arrow and the files that are read come on top."""

CORES = os.cpu_count() or 1
_BATCH = 50_000


class Engine(Protocol):
    """What rules ask of an engine beyond Narwhals.

    Attributes
    ----------
    workers : int
        How many rules it is worth asking at once.
    session : object
        What rows must share to be asked together: a connection of DuckDB, a session of Spark.
    """

    workers: int
    session: Any

    def bring(self, data: pa.Table) -> Lazy:
        """Rows of an Arrow table as the engine's own."""

    def lent(self, data: pa.Table) -> Lazy:
        """The same, which need not outlive the table."""

    def scan(self, path: Path) -> Lazy:
        """Rows of a Parquet file, numbered."""

    def settled(self, rows: Lazy) -> Lazy:
        """Rows computed once, to be asked several times; they outlive what they came from."""

    def kept(self, rows: Lazy, wanted: Asked) -> Lazy:
        """Rows that Python wants, asked of one batch after the other."""

    def picked(self, rows: Lazy, wanted: Asked) -> pa.Table:
        """The same, in memory."""


class Absent(Exception):
    """A rule asks for a table that was not given."""


class Tables(dict[str, Lazy]):
    """Tables of one engine by name, and the day of their release, where that is known."""

    def __init__(self, tables: Mapping[str, Lazy], engine: Engine, released: date | None = None) -> None:
        super().__init__(tables)
        self.engine = engine
        self.released = released

    def __missing__(self, name: str) -> Lazy:
        raise Absent(name)


def in_memory(tables: Mapping[str, pa.Table], released: date | None = None) -> Tables:
    """Arrow tables, numbered, as `types.from_text` or `types.conform` make them."""
    largest = max(map(len, tables.values()), default=0)
    # Small tables take the engine less time than Python needs to ask it, which threads only slow down.
    engine = Arrow(workers=CORES if largest > _BATCH else 1)
    return Tables({name: engine.bring(_numbered(data)) for name, data in tables.items()}, engine, released)


def _numbered(data: pa.Table) -> pa.Table:
    import numpy as np
    import pyarrow as pa

    return data.append_column(ROW, pa.array(np.arange(len(data), dtype=np.int64)))


def of(engine: Any) -> Engine:
    """The engine of this name, or of a connection of DuckDB or a session of Spark.

    Raises
    ------
    BadRequest
        There is no such engine, or it is not installed.
    """
    if isinstance(engine, (Arrow, DuckDB, Spark)):
        return engine
    if engine == "memory":
        return Arrow(CORES)
    if engine == "duckdb":
        return DuckDB(_connected())
    if engine == "spark":
        return Spark(_session())
    if _is_duckdb(engine):
        return DuckDB(engine)
    if type(engine).__module__.startswith("pyspark."):
        return Spark(engine)
    known = ("memory", "duckdb", "spark")
    raise BadRequest(f"there is no engine {engine!r}{nearest(str(engine), known)} ({', '.join(known)})")


@contextmanager
def opened(engine: Any) -> Iterator[Engine]:
    """The same, of which nothing is left afterwards: a connection that was given keeps no table."""
    found = of(engine.cursor() if _is_duckdb(engine) else engine)
    try:
        yield found
    finally:
        if isinstance(found, DuckDB):
            found.session.close()


@contextmanager
def blaming(where: str) -> Iterator[None]:
    """What an engine cannot compute, for want of room or of a file it can read, told in one line.

    Raises
    ------
    BrokenRelease
        Instead of an error of DuckDB or Spark.
    """
    try:
        yield
    except Exception as error:
        if type(error).__module__.partition(".")[0] not in ("duckdb", "_duckdb", "pyspark", "py4j"):
            raise
        reason = str(error).partition("\n")[0]
        raise BrokenRelease(f"{where} cannot be computed to the end: {reason}") from None


def _is_duckdb(engine: Any) -> bool:
    return type(engine).__module__.partition(".")[0] in ("duckdb", "_duckdb")


def _connected() -> Any:
    """A connection that may hold `MEMORY`, and that takes what it wrote to disk with it when it ends."""
    try:
        import duckdb
    except ModuleNotFoundError:
        raise BadRequest("the engine duckdb needs: pip install 'dprk-russia-timeline[sql]'") from None
    settings: dict[str, Any] = {
        "memory_limit": MEMORY,
        "temp_directory": str(_spilling() / f"{next(_NUMBERS)}"),
        "preserve_insertion_order": False,
    }
    connection = duckdb.connect(":memory:", config=settings)
    connection.execute("set enable_progress_bar = false")
    return connection


@cache
def _spilling() -> Path:
    """Folder of this process alone for what does not fit into memory."""
    folder = tempfile.mkdtemp(prefix="timeline-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def _session() -> Any:
    try:
        from pyspark.sql import SparkSession
    except ModuleNotFoundError:
        raise BadRequest("the engine spark needs: pip install 'dprk-russia-timeline[engines]'") from None
    return SparkSession.builder.getOrCreate()


class Arrow:
    """Everything in memory."""

    session = None

    def __init__(self, workers: int = 1) -> None:
        self.workers = workers

    def bring(self, data: pa.Table) -> Lazy:
        return _lazy(data)

    lent = bring

    def scan(self, path: Path) -> Lazy:
        return self.bring(_numbered(parquet.from_parquet(path, str(path), LIMIT)))

    def settled(self, rows: Lazy) -> Lazy:
        return rows.collect().lazy()

    def kept(self, rows: Lazy, wanted: Asked) -> Lazy:
        return self.bring(self.picked(rows, wanted))

    def picked(self, rows: Lazy, wanted: Asked) -> pa.Table:
        data = rows.collect().to_arrow()
        return data.filter(wanted(data))


class DuckDB:
    """Out of core, in the temporary tables of a connection."""

    workers = 1

    def __init__(self, connection: Any) -> None:
        self.session = connection

    def bring(self, data: pa.Table) -> Lazy:
        name = f"_timeline_{next(_NUMBERS)}"
        self.session.register(f"{name}_given", data)
        self.session.execute(f"create temp table {name} as from {name}_given")
        self.session.unregister(f"{name}_given")
        return _lazy(self.session.table(name))

    def lent(self, data: pa.Table) -> Lazy:
        return _lazy(self.session.from_arrow(data))

    def scan(self, path: Path) -> Lazy:
        rows = self.session.read_parquet(str(path), file_row_number=True)
        return _lazy(rows).rename({"file_row_number": ROW})

    def settled(self, rows: Lazy) -> Lazy:
        name = f"_timeline_{next(_NUMBERS)}"
        self.session.execute(f"create temp table {name} as {rows.to_native().sql_query()}")
        return _lazy(self.session.table(name))

    def kept(self, rows: Lazy, wanted: Asked) -> Lazy:
        return self.bring(self.picked(rows, wanted))

    def picked(self, rows: Lazy, wanted: Asked) -> pa.Table:
        import pyarrow as pa

        reader = rows.to_native().to_arrow_reader(_BATCH)
        batches = map(pa.Table.from_batches, ([batch] for batch in reader))
        found = [batch.filter(wanted(batch)) for batch in batches]
        return pa.concat_tables([reader.schema.empty_table(), *found])


class Spark:
    """On a session of PySpark, which must be able to read the files."""

    workers = 4

    def __init__(self, session: Any) -> None:
        self.session = session

    def bring(self, data: pa.Table) -> Lazy:
        return _lazy(self.session.createDataFrame(data))

    lent = bring

    def scan(self, path: Path) -> Lazy:
        rows = self.session.read.parquet(str(path))
        return _lazy(rows.select("*", rows["_metadata.row_index"].alias(ROW)))

    def settled(self, rows: Lazy) -> Lazy:
        return _lazy(rows.to_native().localCheckpoint())

    def kept(self, rows: Lazy, wanted: Asked) -> Lazy:
        import pyarrow as pa

        def kept_of(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            for batch in batches:
                data = pa.Table.from_batches([batch])
                yield from data.filter(wanted(data)).to_batches()

        native = rows.to_native()
        return _lazy(native.mapInArrow(kept_of, native.schema))

    def picked(self, rows: Lazy, wanted: Asked) -> pa.Table:
        return self.kept(rows, wanted).collect().to_arrow()


_NUMBERS = count()


def _lazy(native: Any) -> Lazy:
    rows: Lazy = nw.from_native(native).lazy()
    return rows


def typed(name: str, rows: Lazy) -> Lazy:
    """Rows of a Parquet file with the types that the contract computes with; what is no number is null."""
    columns = [_typed(field) for field in contract.table(name).fields]
    return rows.select(*columns, ROW)


def _typed(field: contract.Field) -> nw.Expr:
    column = nw.col(field.name)
    if field.type == "number":
        number = column.cast(nw.Float64)
        return nw.when(~number.is_nan()).then(number).alias(field.name)
    return column.cast(_TYPES[field.type])


_TYPES: dict[str, Any] = {"string": nw.String, "date": nw.Date, "integer": nw.Int64}
