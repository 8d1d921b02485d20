"""The page of results: what was measured, and which goals hold."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from math import log
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Goal", "goals", "page"]

Results = dict[str, dict[str, dict[str, Any]]]

OURS = ("numpy", "scipy", "shapely", "geopandas", "pandas", "pyarrow", "ortools", "pylmcf")
MEMORY_MIB = {"county": 400, "city": 600, "province": 1024, "nation": 3072}
FLOOR = {"county": 3.0, "city": 2.0, "province": 2.0, "nation": 2.0}
READING = {"county": 1.0, "city": 1.0, "province": 1.0, "nation": 2.0}
ONE_SOLVE = {"city": 2.0, "province": 5.0, "nation": 8.0}
OBJECTNAT = {"county": 100.0, "city": 300.0}
GEOPANDAS = 10.0
ACCESS = 15.0
GROWTH = 1.3
INTRODUCTION = (
    "Written by `python scripts/bench_engine.py`; do not edit. Seeded synthetic counties "
    "(`scripts/synthetic_county.py`: towns and villages, outlines of 4 to 30 corners), radius "
    "1,000 m. Processor seconds (all threads together), medians of {repeat} repetitions or of a second's; every "
    "program runs in a process of its own, imports are not counted."
)
ROWS = {
    "pairs": "pairs within the radius",
    "attribution": "attribution",
    "ortools_only": "attribution without the extra `fast`",
    "ranges": "ranges of all zones and all townships",
    "e2sfca": "E2SFCA",
    "whole_job": "`plan-gaps --outputs tables`, start-up excluded",
    "reading": "floor: reading the same input",
    "writing": "floor: writing the same output",
    "ortools": "OR-tools, one solve of the whole graph",
    "highs": "SciPy's HiGHS",
    "objectnat": "ObjectNat, matrix given",
    "access": "PySAL access",
    "geopandas": "plain GeoPandas loop, whole job",
}


@dataclass(frozen=True)
class Goal:
    """One goal: what was measured against what, and the limit."""

    size: str
    what: str
    value: float
    limit: float
    at_least: bool = False
    unit: str = "×"

    @property
    def holds(self) -> bool:
        """Whether the goal is reached."""
        return self.value >= self.limit if self.at_least else self.value <= self.limit


def goals(results: Results) -> Iterator[Goal]:
    """Yield every goal for which this run has the figures."""
    for size, found in results.items():
        cpu = {name: each["cpu_s"] for name, each in found.items()}
        engine = cpu["pairs"] + cpu["attribution"]
        if "whole_job" in cpu:
            floor = cpu["reading"] + cpu["writing"]
            whole = cpu["whole_job"]
            yield Goal(size, "end to end ÷ floor", whole / floor, FLOOR[size])
            peak = found["whole_job"]["peak_mib"]
            yield Goal(size, "peak memory", peak, MEMORY_MIB[size], unit="MiB")
        yield Goal(
            size, "attribution ÷ reading", cpu["attribution"] / cpu["reading"], READING[size]
        )
        ranges = cpu["ranges"]
        yield Goal(size, "all ranges ÷ attribution", ranges / cpu["attribution"], 1.0)
        yield Goal(
            size, "all ranges ÷ attribution without `fast`", ranges / cpu["ortools_only"], 1.0
        )
        yield from _against(size, found, cpu, engine)
    for (small, one), (large, other) in zip(
        list(results.items())[:-1], list(results.items())[1:], strict=True
    ):
        time = other["attribution"]["cpu_s"] / one["attribution"]["cpu_s"]
        edges = other["pairs"]["pairs"] / one["pairs"]["pairs"]
        yield Goal(f"{small} → {large}", "attribution grows like pairs to the power of",
                   log(time) / log(edges), GROWTH, unit="")  # fmt: skip


def _against(
    size: str, found: dict[str, dict[str, Any]], cpu: dict[str, float], engine: float
) -> Iterator[Goal]:
    """Yield the goals against the peers that this size bears."""
    if "objectnat" in cpu and size in OBJECTNAT:
        ratio = cpu["objectnat"] / engine
        yield Goal(size, "ObjectNat ÷ pairs and attribution", ratio, OBJECTNAT[size], at_least=True)
    if "geopandas" in cpu and "whole_job" in cpu:
        ratio = cpu["geopandas"] / cpu["whole_job"]
        yield Goal(size, "plain GeoPandas ÷ end to end", ratio, GEOPANDAS, at_least=True)
    if "ortools" in cpu and size in ONE_SOLVE:
        ratio = cpu["ortools"] / cpu["attribution"]
        yield Goal(size, "one OR-tools solve ÷ attribution", ratio, ONE_SOLVE[size], at_least=True)
    if "access" in cpu:
        yield Goal(
            size, "PySAL access ÷ E2SFCA", cpu["access"] / cpu["e2sfca"], ACCESS, at_least=True
        )
        worst = found["access"]["difference"]
        yield Goal(size, "largest relative difference to PySAL access", worst, 1e-9, unit="")
    met = found["attribution"]["met"]
    for peer in ("ortools", "highs"):
        if peer in found:
            yield Goal(size, f"slots met − those of {ROWS[peer]}", met - found[peer]["met"], 0,
                       at_least=True, unit="slots")  # fmt: skip
            ways = found["attribution"]["metres"], found[peer]["metres"]
            apart = abs(ways[0] - ways[1]) / max(ways[1], 1)
            yield Goal(size, f"slot-metres, difference to {ROWS[peer]}", apart, 1e-6, unit="")
    for peer in ("objectnat", "geopandas"):
        if peer in found:
            yield Goal(size, f"slots met − those of {ROWS[peer]}", met - found[peer]["met"], 0,
                       at_least=True, unit="slots")  # fmt: skip


def page(
    results: Results, sizes: dict[str, tuple[int, int]], peers: dict[str, str], repeat: int
) -> str:
    """Return the page as Markdown."""
    lines = [
        "# Benchmarks",
        "",
        INTRODUCTION.format(repeat=repeat),
        "",
        f"{datetime.now(tz=UTC):%Y-%m-%d} · {_machine()} · Python {platform.python_version()} · "
        + " · ".join(f"{name} {version(name)}" for name in OURS),
        "",
        "Peers, in an environment of their own: "
        + " · ".join(f"{name} {number}" for name, number in peers.items()),
        "",
    ]
    for size, found in results.items():
        zones, facilities = sizes[size]
        lines += _table(f"{size}: {zones:,} zones, {facilities:,} facilities", found)
    lines += _steps(results)
    lines += ["## Goals", "", "| size | what | measured | goal | |", "|---|---|---|---|---|"]
    for goal in goals(results):
        sign = "≥" if goal.at_least else "≤"
        lines.append(
            f"| {goal.size} | {goal.what} | {_number(goal.value)} {goal.unit} | "
            f"{sign} {_number(goal.limit)} {goal.unit} | {'holds' if goal.holds else '**missed**'} |"
        )
    return "\n".join([*lines, ""])


def _table(title: str, found: dict[str, dict[str, Any]]) -> list[str]:
    pairs = found["pairs"]["pairs"]
    lines = [
        f"## {title.capitalize()}, {pairs:,} pairs",
        "",
        "| | CPU s | ÷ attribution | slots met | slot-metres | peak MiB |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    unit = found["attribution"]["cpu_s"]
    for name, words in ROWS.items():
        if name in found:
            each = found[name]
            met, metres = (f"{each[key]:,}" if key in each else "" for key in ("met", "metres"))
            lines.append(
                f"| {words} | {each['cpu_s']:.4f} | {_number(each['cpu_s'] / unit)} | {met} | "
                f"{metres} | {each['peak_mib']:,.0f} |"
            )
    return [*lines, ""]


def _steps(results: Results) -> list[str]:
    """Return where the time of the whole job goes, a column for each size."""
    steps = {
        size: found["whole_job"]["steps"] for size, found in results.items() if "whole_job" in found
    }
    if not steps:
        return []
    rows = next(iter(steps.values()))
    return [
        "## Where the time of `plan-gaps --outputs tables` goes, CPU s",
        "",
        "| | " + " | ".join(steps) + " |",
        "|---|" + "--:|" * len(steps),
        *(
            f"| {row} | " + " | ".join(f"{each[row]:.4f}" for each in steps.values()) + " |"
            for row in rows
        ),
        "",
        "What was tried to make each of them faster: [the engine](engine.md#where-the-time-goes).",
        "",
    ]


def _number(value: float) -> str:
    if value == int(value):
        return f"{int(value):,}"
    return f"{value:.2g}" if abs(value) < 0.1 else f"{value:,.2f}"  # noqa: PLR2004 (layout)


def _machine() -> str:
    """Return processor, cores and memory."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{model}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()}"
