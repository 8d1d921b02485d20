"""A township's sums, ranges and checks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from capacity_planner.explanation.lines import (
    Explanation,
    Line,
    Row,
    Word,
    line,
    numbers,
    rows,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from capacity_planner.assessment import Gaps

__all__ = ["Townships"]


class Townships:
    """Derivations of townships; their zones' shortfalls are summed once for all."""

    def __init__(self, gaps: Gaps, only: str | None = None) -> None:
        shown = gaps.townships
        shown = shown if only is None else shown[shown["township_code"] == only]
        self.rows = rows(shown)
        zones = pd.DataFrame(gaps.zones[["township_code", "duty", "shortfall"]])
        missing = zones[zones["shortfall"].fillna(0) > 0]
        sums = missing.groupby(["township_code", "duty"])["shortfall"].agg(["size", "sum"])
        self.by_duty: dict[str, list[Line]] = {}
        for (code, duty), (count, slots) in zip(
            sums.index.to_list(), sums.to_numpy(dtype=int).tolist(), strict=True
        ):
            said = line("township_duty", duty=Word(f"duty.{duty}"), zones=count, shortfall=slots)
            self.by_duty.setdefault(code, []).append(said)

    def __iter__(self) -> Iterator[Explanation]:
        for row in self.rows:
            told = [*_sums(row), *self.by_duty.get(row["township_code"], ())]
            if row["migrant_status"] and not pd.isna(row["migrant_required"]):
                told.append(_migrants(row))
            yield Explanation("township", row["township_code"], tuple(told))


def _sums(row: Row) -> Iterator[Line]:
    yield line("township", name=row["name"], township_code=row["township_code"])
    sums = ("zones", "population", "required", "required_pooled", "counted_slots")
    yield line("township_sums", **numbers(row, *sums))
    parts = ("required", "attributed", "in_reach", "out_of_reach", "shortfall")
    yield line("parts", **numbers(row, *parts))
    yield line("township_range", **numbers(row, "shortfall_certain", "shortfall_possible"))


def _migrants(row: Row) -> Line:
    counts = ("migrant_required", "migrant_shortfall_certain", "migrant_shortfall_at_risk")
    status = Word(f"migrant.{row['migrant_status']}")
    return line("township_migrants", status=status, **numbers(row, *counts))
