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
import sys
import time
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from trust.evidence import Evidence, Size

KINDS = ("inputs", "fuzz")
"""Modules of ``scripts/trust``, in the order of the table."""
LIBRARIES = ("numpy", "pandas", "geopandas", "shapely", "pyogrio", "pyarrow", "scipy", "ortools")
SHOWN_FAILURES = 20


def gather(kinds: Iterable[str], size: Size) -> Iterator[tuple[Evidence, float]]:
    """Yield each row with the seconds that it took, saying on stderr what is being tried."""
    for kind in kinds:
        start = time.perf_counter()
        print(f"… {kind}", file=sys.stderr, flush=True)
        for row in import_module(f"trust.{kind}").gather(size):
            yield row, time.perf_counter() - start
            start = time.perf_counter()


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
    for row, seconds in gather(asked.only, asked.size):
        print(line(row, seconds), flush=True)
        failed += [] if row.passed else [row]
    for row in failed:
        print(f"\n{row.name}:\n" + "\n".join(row.failures[:SHOWN_FAILURES]))
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
