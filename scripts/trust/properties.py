"""Laws of the figures: Hypothesis looks for a county, a file or a word that breaks one."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from sessions import own_environment
from trust.evidence import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trust.evidence import Size

HOME = Path(__file__).parents[2]
LAWS = ("test_laws.py", "test_laws_stateful.py")
PROFILE = {"small": "usual", "full": "large"}

_SECTION = re.compile(r"^(?P<test>tests/\S+::\S+):$", re.MULTILINE)
_PASSING = re.compile(r"(?P<many>\d+) passing")


def gather(size: Size) -> Iterator[Evidence]:
    """Yield one row for the laws of a county and one for all other properties."""
    others = [
        path.name
        for path in sorted((HOME / "tests").glob("test_*.py"))
        if "hypothesis" in path.read_text("utf-8") and path.name not in LAWS
    ]
    yield _row("laws of a county × examples", LAWS, PROFILE[size])
    if size == "full":
        yield _row("other properties × examples", others, PROFILE[size])


def _row(name: str, files: tuple[str, ...] | list[str], profile: str) -> Evidence:
    told = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", "addopts="),
            *("-m", "hypothesis and not browser and not office"),
            *("--hypothesis-show-statistics", f"--hypothesis-profile={profile}"),
            *(f"tests/{file}" for file in files),
        ],
        cwd=HOME,
        env=own_environment(),
        check=False,
        capture_output=True,
        text=True,
    ).stdout
    _, *parts = _SECTION.split(told)
    examples = {
        test: sum(int(found["many"]) for found in _PASSING.finditer(told_of))
        for test, told_of in zip(parts[::2], parts[1::2], strict=True)
    }
    broken = tuple(line for line in told.splitlines() if line.startswith(("FAILED", "ERROR")))
    return Evidence(
        name,
        held=len(examples) - len(broken),
        tried=len(examples),
        detail=f"{sum(examples.values()):,} examples",
        failures=broken,
    )
