"""A copy of the package with every mutant in it, asleep until it is named.

mutmut changes the code: each function becomes a switch that calls the original, or the mutant that
is awake. So one import holds all of them, and trying one costs a fork and the tests that reach it.
"""

from __future__ import annotations

import contextlib
import difflib
import shutil
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mutmut.mutation.file_mutation import MutatedFile

__all__ = ["ROOMS", "Mutant", "lay_out"]

HOME = Path(__file__).parents[2]
PACKAGE = "capacity_planner"

ROOMS = {
    "calculator": ("test_calculator.py",),
    "policy": ("test_policy.py",),
    "attribution": (
        "test_attribution_accessibility.py",
        "test_attribution_flow.py",
        "test_attribution_network.py",
        "test_attribution_oracles.py",
        "test_attribution_pairs.py",
        "test_attribution_ranges.py",
        "test_attribution_reserves.py",
        "test_attribution_streets.py",
        "test_attribution_winner.py",
    ),
}
"""The rooms under trial, each with the tests that must notice any change in it."""


@dataclass(frozen=True)
class Mutant:
    """One changed place.

    Parameters
    ----------
    name
        What wakes it: module, function and number.
    where
        Module and function as people write them, such as ``policy.rules.Rule.stands``.
    was, now
        The lines that it changes, before and after, without indentation.
    """

    name: str
    where: str
    was: str
    now: str

    @property
    def place(self) -> tuple[str, str, str]:
        """What stays the same when other mutants come or go."""
        return self.where, self.was, self.now


def lay_out(folder: Path, rooms: Iterable[str]) -> list[Mutant]:
    """Copy package and tests into a folder, the rooms with all their mutants, and return these."""
    for part in (PACKAGE, "tests", "data"):
        shutil.copytree(
            HOME / part, folder / part, ignore=shutil.ignore_patterns("__pycache__", "bad_large")
        )
    shutil.copy(HOME / "pyproject.toml", folder)
    return [
        mutant
        for room in rooms
        for path in sorted((HOME / PACKAGE / room).glob("*.py"))
        for mutant in _mutate(path.relative_to(HOME), folder)
    ]


def _mutate(path: Path, folder: Path) -> Iterator[Mutant]:
    from mutmut.mutation.file_mutation import mutate_file_contents  # noqa: PLC0415  # heavy

    with contextlib.chdir(HOME):  # where mutmut looks for its settings
        made = mutate_file_contents(str(path), (HOME / path).read_text("utf-8"))
    (folder / path).write_text(made.code, "utf-8")
    module = ".".join(path.with_suffix("").parts)
    for function in made.mutant_names:
        was, now = _change(made, function)
        yield Mutant(f"{module}.{function}", _where(module, function), was, now)


def _where(module: str, function: str) -> str:
    plain = function.partition("__mutmut_")[0].removeprefix("x_").removeprefix("xǁ")
    return f"{module.removeprefix(f'{PACKAGE}.')}.{plain.replace('ǁ', '.')}"


def _change(made: MutatedFile, function: str) -> tuple[str, str]:
    """Return the changed lines of one mutant, before and after."""
    original = f"{function.partition('__mutmut_')[0]}__mutmut_orig"
    before, after = (
        _source(made, name).replace(name, "_").splitlines() for name in (original, function)
    )
    changed = list(difflib.unified_diff(before, after, n=0, lineterm=""))[2:]
    return tuple(
        "\n".join(line[1:].strip() for line in changed if line.startswith(sign))
        for sign in ("-", "+")
    )  # type: ignore[return-value]


def _source(made: MutatedFile, name: str) -> str:
    span = made.line_span_by_function_name[name]
    lines = made.code.splitlines()[span.start - 1 : span.end]
    return textwrap.dedent("\n".join(lines))
