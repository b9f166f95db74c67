"""Targets of exports: each has a verb, and the same dataset gives the same bytes."""

from __future__ import annotations

import pkgutil

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


@pytest.mark.parametrize("target", TARGETS)
def test_the_same_dataset_gives_the_same_bytes(target, tmp_path):
    part = WHOLE.where(kind="denial")
    first, second = (getattr(part, VERBS[target])(tmp_path / name).read_bytes() for name in ("a", "b"))
    assert first == second and len(first) > 1000
