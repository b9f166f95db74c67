"""Processes that take turns: their times, and the memory that they held."""

from __future__ import annotations

import subprocess
import sys
import time
from statistics import median


def in_turns(runs: int, *codes: str, within: bool = False) -> list[float]:
    """Median seconds of processes that run these codes, or of the call of ``measured`` within each."""
    seconds: list[list[float]] = [[] for _ in codes]
    for _ in range(runs):
        for code, mine in zip(codes, seconds, strict=True):
            mine.append(_seconds(code, within))
    return [median(each) for each in seconds]


def within_one(runs: int, begin: str, *calls: str) -> list[float]:
    """Median seconds of calls that take turns within one process, after a first run of each."""
    program = f"""{begin}
import time
from statistics import median
calls = [{", ".join(f"lambda: {call}" for call in calls)}]
def seconds_of(call):
    before = time.perf_counter()
    call()
    return time.perf_counter() - before
taken = [[seconds_of(call) for call in calls] for turn in range({runs} + 1)]
print(*map(median, zip(*taken[1:])))"""
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    return [float(each) for each in done.stdout.split()]


def _seconds(code: str, within: bool) -> float:
    program = [sys.executable, "-c", _MEASURED + code if within else code]
    start = time.perf_counter()
    done = subprocess.run(program, check=True, capture_output=True, text=True)
    whole = time.perf_counter() - start
    return float(done.stdout) if within else whole


_MEASURED = """
import time
def measured(call):
    start = time.perf_counter()
    call()
    print(time.perf_counter() - start)
"""


def seconds_and_megabytes(call: str) -> tuple[float, float]:
    """Time of a call and the most memory, in MiB, that its process held."""
    program = f"""
import resource, time, timeline, timeline.validation.validate
start = time.perf_counter()
{call}
print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"""
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    seconds, megabytes = map(float, done.stdout.split())
    return seconds, megabytes
