"""Try everything that could make the tool lose or falsify a figure, and print what held.

``python scripts/trust_report.py [--size small|full] [--only KIND …]`` runs one module of
``scripts/trust`` for each kind of evidence and prints a Markdown table with date and versions, then
every trial that failed. It ends with 1 if any did. ``small`` is for CI (about two minutes),
``full`` for the README (hours).
"""

from __future__ import annotations

import argparse
import os
import platform
import signal
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import version
from multiprocessing import get_context
from typing import TYPE_CHECKING

from trust.evidence import Evidence

if TYPE_CHECKING:
    from trust.evidence import Size

KINDS = (
    "kills",
    "stops",
    "laws",
    "same",
    "attacks",
    "breakins",
    "load",
    "supply",
    "inputs",
    "fuzz",
    "properties",
    "mutants",
    "coverage",
)
"""Modules of ``scripts/trust``, in the order of the table."""
LIBRARIES = ("numpy", "pandas", "geopandas", "shapely", "pyogrio", "pyarrow", "scipy", "ortools")
SHOWN_FAILURES = 20
AT_ONCE = 2
"""Kinds that are tried at the same time: limits are of memory and processor time, not of waiting."""


def gather(kind: str, size: Size) -> list[tuple[Evidence, float]]:
    """Return one kind's rows, each with the seconds that it took."""
    # A shell starts what it puts in the background deaf to Ctrl-C, and so would be every run.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    start = time.perf_counter()
    rows = []
    for row in import_module(f"trust.{kind}").gather(size):
        for failure in row.failures:  # at once, for a long report may be cut short
            print(f"{row.name}: {failure}", file=sys.stderr, flush=True)
        rows.append((row, time.perf_counter() - start))
        start = time.perf_counter()
    return rows


def gather_apart(kind: str, size: Size) -> list[tuple[Evidence, float]]:
    """Return one kind's rows, gathered in a fresh process, so that none hurts the next."""
    print(f"… {kind}", file=sys.stderr, flush=True)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        try:
            return pool.submit(gather, kind, size).result()
        except Exception as error:  # noqa: BLE001  # one kind's own fault must not end the report
            return [(Evidence(kind, tried=1, failures=(f"{type(error).__name__}: {error}",)), 0.0)]


def heading(size: Size) -> str:
    """Return what the table's figures belong to: size, day, machine and versions."""
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return (
        f"Trust report, size `{size}`, {datetime.now(tz=UTC).date().isoformat()}, capacity_planner "
        f"{version('capacity_planner')}, Python {platform.python_version()}, {platform.system()} on "
        f"{os.cpu_count()} cores; {libraries}.\n\n"
        "| evidence | held | figures | seconds |\n|---|---|---|---|"
    )


def line(row: Evidence, seconds: float) -> str:
    """Return one row of the table."""
    mark = "" if row.passed else " **FAILED**"
    return f"| {row.name} | {row.count}{mark} | {row.skipped or row.detail} | {seconds:.0f} |"


def main() -> int:
    """Print the report and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=("small", "full"), default="small")
    parser.add_argument("--only", nargs="+", choices=KINDS, default=KINDS, metavar="KIND")
    asked = parser.parse_args()
    print(heading(asked.size), flush=True)
    failed: list[Evidence] = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for rows in pool.map(lambda kind: gather_apart(kind, asked.size), asked.only):
            for row, seconds in rows:
                print(line(row, seconds), flush=True)
            failed += [row for row, _ in rows if not row.passed]
    for row in failed:
        print(f"\n{row.name}:\n" + "\n".join(row.failures[:SHOWN_FAILURES]))
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
