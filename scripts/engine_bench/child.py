"""What every measured program shares: arrays in, one line of JSON out.

Runs in this package's environment and in the peers': only NumPy and the standard library.
"""

from __future__ import annotations

import json
import re
import resource
import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

ARRAYS = "arrays.npz"
RADIUS_M = 1_000
_LEAST_SECONDS = 1.0
"""What takes milliseconds is repeated for so long: the threads of numerical libraries run idle for a
tenth of a second after their import, and a few repetitions would count that."""


def load(folder: Path) -> dict[str, Any]:
    """Return the pairs and counts of a county: what every solver is given."""
    with np.load(folder / ARRAYS) as arrays:
        return {name: arrays[name] for name in arrays.files}


def folder() -> Path:
    """Return the county folder that the command line names."""
    return Path(sys.argv[1])


def measure(
    work: Callable[[], Any],
    *,
    outcome: Callable[[Any], dict[str, Any]] = lambda _: {},
    before: Callable[[], object] = lambda: None,
) -> dict[str, Any]:
    """Return medians over at least the repetitions that the command line asks for, and the last outcome.

    The peak is that of this process up to the end of the first repetition: a command runs once.

    Parameters
    ----------
    work
        What is timed.
    outcome
        What is told of its result.
    before
        What comes before each repetition, untimed.
    """
    cpu, wall, peaks = [], [], []
    done: Any = None
    while len(wall) < int(sys.argv[2]) or sum(wall) < _LEAST_SECONDS:
        done = None
        before()
        began = time.process_time(), time.perf_counter()
        done = work()
        cpu.append(time.process_time() - began[0])
        wall.append(time.perf_counter() - began[1])
        peaks.append(_peak_mib())
    return {
        "cpu_s": statistics.median(cpu),
        "wall_s": statistics.median(wall),
        "peak_mib": peaks[0],
        **outcome(done),
    }


def tell(**measured: dict[str, Any]) -> None:
    """Print what was measured."""
    print(json.dumps(measured))


def _peak_mib() -> float:
    """Return the peak memory of this program alone: ``ru_maxrss`` counts its parent's as well."""
    status = Path("/proc/self/status")
    if status.is_file():
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text(encoding="utf-8"))
        if found:
            return int(found[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def served(flow: Any, distance_m: Any) -> dict[str, Any]:  # noqa: ANN401 (arrays)
    """Return slots and slot-metres of a flow."""
    return {"met": int(flow.sum()), "metres": int((flow * distance_m).sum())}
