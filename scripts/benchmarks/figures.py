"""Figures: what is compared with what, which goal it has, and the benchmarks that give them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """What was compared: ours and the peer's as they are shown, their ratio, and whether the goal is met."""

    what: str
    ours: str
    peer: str
    ratio: float
    goal: str
    reached: bool


BENCHMARKS: dict[str, Callable[[Path], Iterator[Figure]]] = {}


def benchmark(measure: Callable[[Path], Iterator[Figure]]) -> Callable[[Path], Iterator[Figure]]:
    """Register a benchmark; it is given an empty folder, and its docstring tells what it measures."""
    BENCHMARKS[measure.__name__.removeprefix("of_")] = measure
    return measure


def at_most(limit: float, what: str, ours: str, peer: str, ratio: float) -> Figure:
    return Figure(what, ours, peer, ratio, f"≤ {limit:g}", ratio <= limit)


def beside(what: str, ours: str, peer: str, ratio: float) -> Figure:
    """A figure without a goal."""
    return Figure(what, ours, peer, ratio, "", True)


def at_least(limit: float, what: str, ours: str, peer: str, ratio: float) -> Figure:
    return Figure(what, ours, peer, ratio, f"≥ {limit:,g}", ratio >= limit)


def milliseconds(seconds: float) -> str:
    return f"{1000 * seconds:,.1f} ms"
