"""Bad inputs of the registry: each refused, repaired or told as it should be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bad_inputs import run_cases
from trust.evidence import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trust.evidence import Size

EVERY = {"small": 6, "full": 1}
"""The test suite runs every case too, so a report for CI takes a sample."""


def gather(size: Size) -> Iterator[Evidence]:
    """Yield one row over the cases of ``tests/faults_*.py``."""
    verdicts = list(run_cases(every=EVERY[size]))
    failures = tuple(f"{case.name}: {verdict.why}" for case, verdict in verdicts if verdict.why)
    outcomes = ("refused", "repaired", "warned", "clean")
    counts = [sum(case.outcome == each for case, _ in verdicts) for each in outcomes]
    yield Evidence(
        "bad inputs refused, repaired or told",
        held=len(verdicts) - len(failures),
        tried=len(verdicts),
        detail=", ".join(f"{n} {word}" for n, word in zip(counts, outcomes, strict=True)),
        failures=failures,
    )
