"""What people pay for an import: each thing brings what it needs and no more."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("code", "without"),
    [
        ("import timeline", {"typing", "json", "pandas", "pyarrow", "narwhals", "typer"}),
        ("import timeline; timeline.load('events')", {"narwhals", "timeline.dataset", "typer", "yaml"}),
    ],
)
def test_nothing_needless_is_imported(code, without):
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\n{code}\nprint(*sys.modules)"], capture_output=True, text=True
    )
    imported = set(done.stdout.split())
    assert "timeline" in imported
    assert not imported & without
