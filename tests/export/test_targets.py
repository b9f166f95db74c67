"""Targets of exports: each has a verb, and the same dataset gives the same bytes."""

from __future__ import annotations

import os
import pkgutil
import subprocess
import sys

import pytest
from exported import WHOLE

import timeline
import timeline.export
from timeline.export.write import TARGETS

VERBS = {target: f"to_{target}" for target in TARGETS}


def test_every_module_that_renders_is_a_target_and_has_a_verb():
    found = {
        module.name
        for module in pkgutil.iter_modules(timeline.export.__path__)
        if hasattr(__import__(f"timeline.export.{module.name}", fromlist=["render"]), "render")
    }
    assert found == set(TARGETS)
    assert all(hasattr(WHOLE, verb) for verb in VERBS.values())


WRITTEN = """
import sys
import timeline

part = timeline.open("1.0.0").where(kind="denial")
for verb in sys.argv[2:]:
    getattr(part, verb)(f"{sys.argv[1]}/{verb}")
"""


@pytest.fixture(scope="module")
def written_twice(tmp_path_factory):
    """Every export of one dataset, by two processes in which sets have another order."""
    folders = [tmp_path_factory.mktemp("written") for _ in range(2)]
    for seed, folder in enumerate(folders):
        command = [sys.executable, "-c", WRITTEN, str(folder), *VERBS.values()]
        subprocess.run(command, env={**os.environ, "PYTHONHASHSEED": str(seed)}, check=True)
    return folders


@pytest.mark.parametrize("target", TARGETS)
def test_the_same_dataset_gives_the_same_bytes(target, written_twice):
    first, second = ((folder / VERBS[target]).read_bytes() for folder in written_twice)
    assert first == second and len(first) > 1000
