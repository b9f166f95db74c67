"""Everything that is used of pandera, whose version is pinned: some of these names it does not promise."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from timeline.errors import BadRequest

OLDEST, TOO_NEW = (0, 35), (0, 37)
"""Versions of pandera, from the first that will do to the first that will not."""

_ADVICE = "validation needs pandera 0.35 or 0.36: pip install 'pandera[pyarrow]>=0.35,<0.37'"


def demand_pandera() -> None:
    """Refuse to go on without a version of pandera that is known to do what is asked of it.

    Raises
    ------
    BadRequest
        It is missing, or another.
    """
    try:
        given = version("pandera")
    except PackageNotFoundError:
        raise BadRequest(_ADVICE) from None
    if not OLDEST <= tuple(map(int, given.split(".")[:2])) < TOO_NEW:
        raise BadRequest(f"{_ADVICE}; installed is {given}")


demand_pandera()
try:
    import narwhals.stable.v1 as pandera_narwhals
    from pandera.backends.base import CoreCheckResult
    from pandera.backends.narwhals.checks import NarwhalsCheckBackend
    from pandera.backends.narwhals.components import ColumnBackend
    from pandera.backends.narwhals.container import DataFrameSchemaBackend
    from pandera.config import ValidationDepth, config_context
    from pandera.constants import CHECK_OUTPUT_KEY
    from pandera.errors import FailureCaseMetadata, SchemaError, SchemaErrors
    from pandera.pyarrow import Check, Column, DataFrameSchema
except (ImportError, ValueError) as error:  # such as a PANDERA_VALIDATION_DEPTH that there is not
    raise BadRequest(f"pandera cannot be loaded: {error}") from None

__all__ = [
    "CHECK_OUTPUT_KEY",
    "Check",
    "Column",
    "ColumnBackend",
    "CoreCheckResult",
    "DataFrameSchema",
    "DataFrameSchemaBackend",
    "FailureCaseMetadata",
    "NarwhalsCheckBackend",
    "SchemaError",
    "SchemaErrors",
    "ValidationDepth",
    "config_context",
    "pandera_narwhals",
]
