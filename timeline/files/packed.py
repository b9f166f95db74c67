"""The tables of a package as Parquet files that hold what its CSV files say, read in bounded memory."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from timeline import contract
from timeline.contract import types
from timeline.errors import MOST_TOLD, BadData, BrokenRelease, Problem
from timeline.files import csv

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow.parquet import ColumnChunkMetaData, ParquetFile

    from timeline.files.package import Package

_ROWS = 16_384


def parquet_files(
    package: Package, folder: Path, limit: int | None = None
) -> tuple[dict[str, Path], list[Problem]]:
    """A Parquet file of each table of the contract.

    Where a table has a CSV file, that counts, and the Parquet file beside it is held against it. Where the
    two differ, or something in the only one has another type, what can be read is written into ``folder``.

    Parameters
    ----------
    package : Package
        From anywhere.
    folder : Path
        For the files that are made.
    limit : int, optional
        Bytes that a file may have.

    Returns
    -------
    dict of str to Path
        By table; one that cannot be read is missing. What is no value of its type is null.
    list of Problem
        What cannot be read, table by table.

    Raises
    ------
    BrokenRelease
        A file is not what the descriptor says.
    """
    tables = [_Table(name, package, folder, limit) for name in contract.TABLES]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        paths = pool.map(_Table.parquet, tables)
        found = {table.name: path for table, path in zip(tables, paths, strict=True) if path}
    return found, [problem for table in tables for problem in table.problems]


def parquet_file(package: Package, name: str, folder: Path) -> Path:
    """A Parquet file of one table that has the types of the contract: the package's own, if it does.

    As in `Package.table` a Parquet file counts before a CSV file, and what an older release did not have yet
    is null. The whole file is held against its checksum, and what must be written goes into ``folder``.

    Raises
    ------
    BadData
        Something has another type.
    BrokenRelease
        There is no such file, or it is not what the descriptor says.
    """
    if _twin(name) not in package.resources and name not in package.resources:
        return _Table(name, package, folder, None).written(iter([package.table(name)]))
    table = _Table(name, package, folder, None)
    path = table.typed()
    if wrong := [problem for problem in table.problems if problem.rule != "columns"]:
        raise BadData(wrong)
    return path


def row_in_file(package: Package, name: str, row: int) -> str:
    """Where a row stands: in the CSV file, as spreadsheets count, or else in the Parquet file, from 0."""
    if name in package.resources:
        return f"{package.resources[name]['path']} row {row + 2}"
    return f"{package.resources[_twin(name)]['path']} row {row}"


def _twin(name: str) -> str:
    return f"{name}-parquet"


@dataclass
class _Table:
    name: str
    package: Package
    folder: Path
    limit: int | None
    problems: list[Problem] = field(default_factory=list)

    def parquet(self) -> Path | None:
        try:
            if self.name in self.package.resources:
                return self._of_csv()
            if _twin(self.name) in self.package.resources:
                return self._of_parquet()
        except BadData as error:
            self.problems += error.problems
            return None
        message = "the package describes no such table"
        self.problems.append(Problem(self.package.where, "", self.name, message, "columns"))
        return None

    def typed(self) -> Path:
        """The Parquet file itself if it is as the contract has it, else what it holds."""
        if _twin(self.name) not in self.package.resources:
            return self.written(self._read(self._file(self.name), self.problems))
        return self._of_parquet()

    def _of_csv(self) -> Path:
        csv = self._file(self.name)
        if _twin(self.name) not in self.package.resources:
            return self.written(self._read(csv, self.problems))
        twin = self._file(_twin(self.name))
        if not _are_equal(self._read(csv, self.problems), self._stored(twin)):
            message = f"differs from {self._path(self.name)}"
            where = self._path(_twin(self.name))
            self.problems.append(Problem(where, "", "", message, "parquet-equals-csv"))
        elif self._is_as_written(twin):
            return twin
        return self.written(self._read(csv, []))

    def _of_parquet(self) -> Path:
        path = self._file(_twin(self.name))
        return path if self._is_as_written(path) else self.written(self._conformed(path))

    def _file(self, resource: str) -> Path:
        return self.package.file(resource, self.folder, self.limit)

    def _path(self, resource: str) -> str:
        return str(self.package.resources[resource]["path"])

    def _read(self, path: Path, problems: list[Problem]) -> Iterator[pa.Table]:
        """Parts of a CSV file; what is wrong with their cells is added to the problems."""
        where, told = self._path(self.name), Counter[str]()
        with path.open("rb") as file:
            for data, wrong in csv.from_csv(self.name, file, where):
                for problem in wrong:
                    told[problem.column] += 1
                    if told[problem.column] <= MOST_TOLD:
                        problems.append(problem)
                yield data
        for column, number in told.items():
            if number > MOST_TOLD:
                said = f"so in {number - MOST_TOLD:,} rows more; nothing else is said of this column"
                problems.append(Problem(where, column, "", said, "type", (self.name, None, column)))

    def _is_as_written(self, path: Path) -> bool:
        """Whether it has the columns of the contract and their types, and by its statistics no empty text."""
        with self._opened(path) as file:
            given = {column.name: types.plain_type(column.type) for column in file.schema_arrow}
            fields = contract.table(self.name).fields
            return (
                len(file.schema_arrow) == len(given)
                and given.keys() == {each.name for each in fields}
                and all(given[each.name] in _types_of(each.type) for each in fields)
                and _has_plain_values(file)
            )

    def _conformed(self, path: Path) -> Iterator[pa.Table]:
        for data, wrong in self._stored(path):
            self.problems += [problem for problem in wrong if problem not in self.problems]
            yield data

    def _stored(self, path: Path) -> Iterator[tuple[pa.Table, list[Problem]]]:
        """Parts of a Parquet file, as `types.conform` brings them to the contract; one at least."""
        import pyarrow as pa

        where = self._path(_twin(self.name))
        with self._opened(path) as file:
            yield types.conform(self.name, file.schema_arrow.empty_table(), where)
            # A thread that still reads when Python exits would abort it (apache/arrow#34314).
            for group in range(file.num_row_groups):  # a reader keeps something of each until it ends
                for batch in file.iter_batches(_ROWS, [group], use_threads=False):
                    data = pa.Table.from_batches([batch])
                    data.validate(full=True)
                    yield types.conform(self.name, data, where)

    @contextmanager
    def _opened(self, path: Path) -> Iterator[ParquetFile]:
        import pyarrow as pa
        from pyarrow import parquet

        try:
            with parquet.ParquetFile(path) as file:
                yield file
        except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
            what = f"{self.package.where}: {self._path(_twin(self.name))}"
            raise BrokenRelease(f"{what} is no Parquet that can be read: {error}") from None

    def written(self, parts: Iterator[pa.Table]) -> Path:
        from pyarrow import parquet

        path = self.folder / f"{self.name}.parquet"
        with parquet.ParquetWriter(path, types.plain_schema(self.name)) as file:
            for part in parts:
                file.write_table(part)
        return path


def _types_of(kind: str) -> tuple[pa.DataType, ...]:
    """Types of Arrow that every engine reads as a type of the contract."""
    import pyarrow as pa

    return {
        "string": (pa.string(), pa.large_string()),
        "date": (pa.date32(),),
        "integer": (pa.int64(), pa.int32()),
        "number": (pa.float64(),),
    }[kind]


def _has_plain_values(file: ParquetFile) -> bool:
    """Whether the statistics of a file prove that no text is empty and every day in a year that there is."""
    metadata = file.metadata
    return all(
        _is_plain(metadata.row_group(group).column(column))
        for group in range(metadata.num_row_groups)
        for column in range(metadata.num_columns)
    )


def _is_plain(chunk: ColumnChunkMetaData) -> bool:
    statistics = chunk.statistics
    if chunk.physical_type not in ("BYTE_ARRAY", "INT32") or not chunk.num_values:
        return True
    if not statistics or not statistics.has_min_max:
        return bool(statistics) and not statistics.num_values  # all of it missing
    if chunk.physical_type == "BYTE_ARRAY":
        return bool(statistics.min_raw)  # the empty text is the least
    return types.FIRST_DAY <= statistics.min_raw <= statistics.max_raw <= types.LAST_DAY


def _are_equal(typed: Iterator[pa.Table], stored: Iterator[tuple[pa.Table, list[Problem]]]) -> bool:
    """Whether both give the same rows; both are read to their ends, since both must be readable."""
    import pyarrow as pa

    rest, wrong = next(stored)
    equal = not wrong
    for part in typed:
        while equal and len(rest) < len(part) and (more := next(stored, None)):
            rest = pa.concat_tables([rest, more[0]])
        equal = equal and rest.slice(0, len(part)).equals(part)
        rest = rest.slice(len(part))
    left = len(rest) + sum(len(data) for data, _ in stored)
    return equal and not left
