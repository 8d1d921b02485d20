"""How much of the package the tests run, by line and by branch."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sessions import own_environment
from trust.evidence import Evidence
from trust.unrun import deviations, read_list

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trust.evidence import Size

HOME = Path(__file__).parents[2]
LEAST = Fraction(95, 100)


def gather(size: Size) -> Iterator[Evidence]:
    """Yield a row over lines and branches together, and one over branches with what is not run."""
    both, branches = "lines and branches that the tests run", "branches that the tests run"
    if size == "small":
        for name in (both, branches):
            yield Evidence(name, skipped="measured at full size: it runs the whole suite")
        return
    with tempfile.TemporaryDirectory() as folder:
        report = _measure(Path(folder))
    totals, known = report["totals"], read_list()
    yield _share(
        both,
        totals["covered_lines"] + totals["covered_branches"],
        totals["num_statements"] + totals["num_branches"],
    )
    yield _share(
        branches,
        totals["covered_branches"],
        totals["num_branches"],
        failures=tuple(deviations(report["files"], known)),
        argued=f"; {len(known)} functions not wholly run, each argued",
    )


def _share(
    name: str, held: int, tried: int, *, failures: tuple[str, ...] = (), argued: str = ""
) -> Evidence:
    return Evidence(
        name,
        held,
        tried,
        detail=f"{held / tried:.1%}, at least {float(LEAST):.0%}{argued}",
        failures=failures,
        least=math.ceil(LEAST * tried),
    )


def _measure(folder: Path) -> dict[str, Any]:
    """Return coverage.py's report of the whole suite; what fails is not this row's matter."""
    data, report = f"--data-file={folder / 'data'}", folder / "report.json"
    coverage = (sys.executable, "-m", "coverage")
    suite = ("-m", "pytest", "-q", "-p", "no:cacheprovider")
    for command in (
        ("run", data, *suite),
        ("combine", "-q", data),
        ("json", "-q", data, "-o", str(report)),
    ):
        subprocess.run(
            [*coverage, *command],
            cwd=HOME,
            env=own_environment(),
            check=command[0] != "run",
            stdout=sys.stderr,
        )
    found: dict[str, Any] = json.loads(report.read_text("utf-8"))
    return found
