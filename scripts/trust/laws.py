"""Figures falsified on their way: the run ends, says which law is broken, and writes nothing."""

from __future__ import annotations

import importlib
import random
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trust.evidence import Evidence
from trust.small import Stage, other

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from trust.evidence import Size

FIGURES = {
    "zone_table": (
        "population", "required", "attributed", "in_reach", "out_of_reach", "attributed_min",
        "attributed_max", "shortfall", "shortfall_certain", "shortfall_possible", "migrant_required",
    ),
    "township_table": (
        "zones", "population", "counted_slots", "required", "attributed", "in_reach",
        "out_of_reach", "shortfall", "migrant_required", "pipeline_slots",
    ),
    "facility_table": ("counted_slots", "pipeline_slots", "attributed_slots", "unused_slots"),
    "link_table": ("slots",),
}  # fmt: skip
"""What the laws hold, by the function of ``assessment`` that makes the table."""
WRITTEN = {
    "write_csv_tables": ("zones.csv", "townships.csv", "links.csv"),
    "write_geopackage": ("gaps.gpkg",),
    "write_maps": ("index.html",),
    "write_workbook": ("gaps.xlsx",),
    "write_document": ("report.docx",),
}
"""Files that are read back, by the function of ``runs`` that writes them."""
EVERY = {"small": 6, "full": 1}
CALLED = "law_broken"


def gather(size: Size) -> Iterator[Evidence]:
    """Yield a row for figures in memory and one for files on the disk."""
    chance = random.Random(888)  # noqa: S311  # not for secrets
    figures = [
        (maker, column, change)
        for maker, columns in FIGURES.items()
        for column in columns
        for change in (1, -1)
    ]
    files = [(writer, file) for writer, files in WRITTEN.items() for file in files]
    with tempfile.TemporaryDirectory() as home:
        stage = Stage(Path(home))
        yield _row(
            "figure changed by one in memory: run refused, nothing written",
            {
                f"{maker} {column} {change:+}": _try(
                    stage, lambda m=maker, c=column, d=change: _falsify(m, c, d, chance)
                )
                for maker, column, change in figures[:: EVERY[size]]
            },
        )
        yield _row(
            "written file cut in half: run refused, nothing written",
            {
                f"{writer} {file}": _try(stage, lambda w=writer, f=file: _cut(w, f))
                for writer, file in files
            },
        )


def _row(name: str, whys: dict[str, str]) -> Evidence:
    failures = tuple(f"{what}: {why}" for what, why in whys.items() if why)
    return Evidence(name, held=len(whys) - len(failures), tried=len(whys), failures=failures)


def _try(stage: Stage, prepare: Callable[[], object]) -> str:
    """Run the other version with a fault in it and return what is wrong, empty if nothing is."""
    earlier = stage.lies()
    ended = stage.wait(stage.start(other(earlier), prepare))
    if ended.code != 1 or CALLED not in ended.said or ended.traceback:
        return f"exit {ended.code}: {ended.said[-300:]}"
    if stage.lies() != earlier or stage.litter():
        return f"{stage.lies()} lies there, and {stage.litter()}"
    return ""


def _falsify(maker: str, column: str, change: int, chance: random.Random) -> None:
    """Let the function that makes a table change one of its figures."""
    room = importlib.import_module("capacity_planner.assessment")
    honest = getattr(room, maker)

    def dishonest(*given: Any) -> Any:  # noqa: ANN401  # whatever the honest one takes and gives
        table = honest(*given)
        known = table.index[table[column].notna()]
        table.loc[chance.choice(list(known)), column] += change
        return table

    setattr(room, maker, dishonest)


def _cut(writer: str, file: str) -> None:
    """Let the function that writes a file lose its second half."""
    room = importlib.import_module("capacity_planner.runs")
    honest = getattr(room, writer)

    def dishonest(gaps: Any, folder: Path, **more: Any) -> Any:  # noqa: ANN401  # as above
        made = honest(gaps, folder, **more)
        path = folder / file
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        return made

    setattr(room, writer, dishonest)
