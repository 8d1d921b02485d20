"""How much of the package the tests run, by line and by branch."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from sessions import own_environment
from trust.evidence import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trust.evidence import Size

HOME = Path(__file__).parents[2]
LEAST = 0.95


def gather(size: Size) -> Iterator[Evidence]:
    """Yield one row over lines and branches together."""
    name = "lines and branches that the tests run"
    if size == "small":
        yield Evidence(name, skipped="measured at full size: it runs the whole suite")
        return
    with tempfile.TemporaryDirectory() as folder:
        totals = _measure(Path(folder))
    held = totals["covered_lines"] + totals["covered_branches"]
    tried = totals["num_statements"] + totals["num_branches"]
    yield Evidence(
        name,
        held,
        tried,
        detail=f"{held / tried:.1%}, at least {LEAST:.0%}",
        least=int(LEAST * tried) + 1,
    )


def _measure(folder: Path) -> dict[str, int]:
    """Return coverage.py's totals of the whole suite; what fails is not this row's matter."""
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
    totals: dict[str, int] = json.loads(report.read_text("utf-8"))["totals"]
    return totals
