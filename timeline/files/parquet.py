"""One Parquet file, read whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from timeline.errors import BrokenRelease

if TYPE_CHECKING:
    import pyarrow as pa

_BYTES_OF_A_CELL = 4


def from_parquet(source: Any, where: str, limit: int) -> pa.Table:
    """Read a whole Parquet file, of which nothing is trusted.

    Raises
    ------
    BrokenRelease
        It cannot be read, or its rows would take more bytes than the limit even if nothing stood in them.
    """
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(source) as file:
            cells = file.metadata.num_rows * file.metadata.num_columns
            if cells * _BYTES_OF_A_CELL > limit:
                raise BrokenRelease(f"{where}: {cells:,} cells are too many to be held in memory")
            # A thread that still holds the content when Python exits would abort it (apache/arrow#34314).
            data = file.read(use_threads=False)
            data.validate(full=True)
            return data
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise BrokenRelease(f"{where} is no Parquet that can be read: {error}") from None
