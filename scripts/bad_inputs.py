"""Run every bad input through the loaders and print what came of each.

``python scripts/bad_inputs.py [WORD]`` prints a line for each case (whose name holds the word):
its group, what should come of it, what did, and the codes told; then the counts. It ends with 1
if any case did not end as it should.
"""

from __future__ import annotations

import importlib
import sys
import tempfile
import warnings
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

TESTS = Path(__file__).parents[1] / "tests"


def run_cases(word: str = "", *, every: int = 1) -> Iterator[tuple[Any, Any]]:
    """Yield each case whose name holds the word, with its verdict, by group and name.

    Parameters
    ----------
    word
        Part of the name.
    every
        Of so many cases the first one only.
    """
    sys.path.insert(0, str(TESTS))
    faults = importlib.import_module("faults")
    for source in sorted(TESTS.glob("faults_*.py")):
        importlib.import_module(source.stem)
    warnings.simplefilter("ignore")
    ranked = sorted(faults.FAULTS.values(), key=lambda each: (each.group, each.name))
    for case in ranked[::every]:
        if word in case.name:
            with tempfile.TemporaryDirectory() as folder:
                yield case, faults.run_fault(case, Path(folder) / "county")


def main() -> int:
    """Print the table and return the exit code."""
    counts: Counter[tuple[str, str]] = Counter()
    failed = []
    for case, verdict in run_cases(sys.argv[1] if len(sys.argv) > 1 else ""):
        counts[case.group, case.outcome] += 1
        failed += [] if not verdict.why else [f"{case.name}: {verdict.why}"]
        mark = "FAILED" if verdict.why else "ok"
        codes = " ".join(verdict.codes)
        print(f"{case.group:<12}{case.name:<46}{case.outcome:<10}{mark:<8}{codes}")
    _print_counts(counts)
    print("\n".join(failed))
    return int(bool(failed))


def _print_counts(counts: Counter[tuple[str, str]]) -> None:
    outcomes = ("refused", "repaired", "warned", "clean")
    print(f"\n{'group':<12}" + "".join(f"{name:>10}" for name in (*outcomes, "all")))
    for group in sorted({group for group, _ in counts}):
        row = [counts[group, outcome] for outcome in outcomes]
        print(f"{group:<12}" + "".join(f"{number:>10}" for number in (*row, sum(row))))
    row = [sum(n for (_, o), n in counts.items() if o == outcome) for outcome in outcomes]
    print(f"{'all':<12}" + "".join(f"{number:>10}" for number in (*row, sum(row))))


if __name__ == "__main__":
    sys.exit(main())
