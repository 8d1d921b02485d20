"""The sheets of townships, zones and planning units, with the requirement as live formulas.

A requirement is ``ROUNDUP(ROUND(population * ratio, 6) / 1000, 0)``, exact in binary floating
point: the product comes first; of whole numbers it is exact, of a ratio with decimals (at most six,
see ``settings.Number``) rounding to six places gives the number nearest to the true product; a
product that is a multiple of 1000 then divides to a whole number exactly, and any other quotient is
off a whole number by at least one part in 10⁹. ``population * (ratio / 1000)`` is not:
700 × 0.01 = 7.000000000000001, and the ceiling would be 8.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from capacity_planner.calculator import ceil_share
from capacity_planner.report.workbook.grid import Field, Grid, rows_where, sum_where

if TYPE_CHECKING:
    from capacity_planner.assessment import Gaps

__all__ = ["township_grid", "unit_grid", "zone_grid"]

_SLOTS: Final = "unit.slots"
_PERSONS: Final = "unit.persons"
_MOST_COMPARED: Final = 20_000_000
"""Above so many comparisons a sum over links would make the workbook slow to open."""


def _formula(*, population: str, ratio: str) -> str:
    return f"ROUNDUP(ROUND({population}*{ratio},6)/1000,0)"


def zone_grid(gaps: Gaps) -> Grid:
    """Return the zones with requirement, shortfall and ranges as formulas.

    Parameters
    ----------
    gaps
        A result.

    Returns
    -------
    Grid
        One row a zone, by id; a rural zone has no requirement and no formula.
    """
    frame = pd.DataFrame(gaps.zones.drop(columns="geometry"))
    near = np.isin(np.arange(len(frame)), gaps.pairs.zone)
    frame["near"] = pd.array(near, dtype="boolean").to_numpy(dtype=object)
    frame.loc[frame["required"].isna(), "near"] = None
    frame["ratio_per_1000:formula"] = [f"={rule}" if rule else "" for rule in frame["rule_id"]]
    shared = {each: at for at, each in enumerate(_units(gaps)["zone_id"])}
    own = "=" + _formula(population="{population}", ratio="{ratio_per_1000}")
    frame["required:formula"] = [
        f"={{units[required:{shared[each]}]}}" if each in shared else own
        for each in frame["zone_id"]
    ]
    totals = gaps.totals
    names = ("population", "required", "attributed", "in_reach", "out_of_reach", "shortfall")
    return Grid(
        "zones",
        _zone_fields(gaps),
        frame,
        totals={"name": "", **{name: totals[name] for name in names}},
        paper=8,
    )


def _zone_fields(gaps: Gaps) -> tuple[Field, ...]:
    links = f"={_links_sum(gaps)}" if _links_sum(gaps) else ""
    missing = "=MAX(0,{required}-{%s})"
    return (
        Field("zone_id", width=16),
        Field("name", width=20),
        Field("township_code", width=12),
        Field("township", width=11),
        Field("category", "word", 13, words="category"),
        Field("population", "count", 10, _PERSONS, total="sum"),
        Field("population_origin", "word", 11, words="origin"),
        Field("unit_id", width=13),
        Field("ratio_per_1000", "number", 9, "unit.per_1000", style="ratio"),
        Field("required", "count", 9, _SLOTS, total="sum"),
        Field("near", "yes_no", 9),
        Field("attributed", "count", 9, _SLOTS, formula=links, total="sum"),
        Field("in_reach", "count", 10, _SLOTS, "=IF({near}={yes},{shortfall},0)", total="sum"),
        Field("out_of_reach", "count", 10, _SLOTS, "=IF({near}={yes},0,{shortfall})", total="sum"),
        Field("shortfall", "count", 10, _SLOTS, missing % "attributed", total="sum", bar=True),
        Field("attributed_min", "count", 9, _SLOTS),
        Field("attributed_max", "count", 9, _SLOTS),
        Field("shortfall_certain", "count", 9, _SLOTS, missing % "attributed_max"),
        Field("shortfall_possible", "count", 9, _SLOTS, missing % "attributed_min"),
        Field("has_facility", "yes_no", 9),
        Field("duty", "word", 20, words="duty"),
        Field("clause", width=26),
        Field("data_status", "word", 8, words="data_status"),
        Field("source_file", width=16),
        Field("source_row", "days", 8),
    )


def _links_sum(gaps: Gaps) -> str:
    """Return the formula that adds up a zone's links, empty where that would be slow."""
    if len(gaps.zones) * len(gaps.links) > _MOST_COMPARED:
        return ""
    ids = gaps.zones["zone_id"].tolist()
    return sum_where(ids, "{links.zone_id}", "{zone_id}", "{links.slots}")


def _units(gaps: Gaps) -> pd.DataFrame:
    """Return the zones that are rounded up together with others, unit by unit."""
    zones = gaps.zones[gaps.zones["required"].notna() & (gaps.zones["unit_id"].fillna("") != "")]
    size = zones.groupby(["unit_id", "ratio_per_1000"])["zone_id"].transform("size")
    together = pd.DataFrame(zones[size > 1].drop(columns="geometry"))
    return together.sort_values(["unit_id", "zone_id"], kind="stable", ignore_index=True)


def unit_grid(gaps: Gaps) -> Grid | None:
    """Return the planning units: one ceiling a unit, handed down by largest remainder, step by step.

    Parameters
    ----------
    gaps
        A result.

    Returns
    -------
    Grid or None
        One row a zone, the zones of a unit one below the other; ``None`` if no unit has two zones.
    """
    frame = _units(gaps)
    if frame.empty:
        return None
    frame = frame[
        ["unit_id", "zone_id", "name", "population", "ratio_per_1000", "rule_id", "required"]
    ]
    frame["ratio_per_1000:formula"] = [f"={rule}" for rule in frame["rule_id"]]
    position = {each: at for at, each in enumerate(gaps.zones["zone_id"])}
    frame["population:formula"] = [
        f"={{zones[population:{position[each]}]}}" for each in frame["zone_id"]
    ]
    blocks = frame.groupby("unit_id", sort=False).indices
    grid = Grid("units", _UNIT_FIELDS, frame, paper=9)
    for rows in blocks.values():
        _add_shares(frame, rows, grid)
    return grid


_UNIT_FIELDS: Final = (
    Field("unit_id", width=14),
    Field("zone_id", width=16),
    Field("name", width=20),
    Field("population", "count", 10, _PERSONS),
    Field("ratio_per_1000", "number", 9, "unit.per_1000", style="ratio"),
    Field("unit_population", "count", 11, _PERSONS),
    Field(
        "unit_required",
        "count",
        11,
        _SLOTS,
        "=" + _formula(population="{unit_population}", ratio="{ratio_per_1000}"),
    ),
    Field(
        "whole_share",
        "count",
        11,
        _SLOTS,
        "=IF({unit_population}=0,0,INT({unit_required}*{population}/{unit_population}))",
    ),
    Field(
        "remainder",
        "count",
        11,
        "",
        "={unit_required}*{population}-{whole_share}*{unit_population}",
    ),
    Field("rank", "count", 8),
    Field("left_over", "count", 9, _SLOTS),
    Field("required", "count", 9, _SLOTS, "={whole_share}+IF({rank}<={left_over},1,0)"),
)


def _add_shares(frame: pd.DataFrame, rows: Any, grid: Grid) -> None:  # noqa: ANN401 (positions)
    """Fill in the steps of one unit's hand-down and the formulas that refer to its block of rows."""
    first, last = grid.first + int(rows[0]), grid.first + int(rows[-1])

    def block(name: str) -> str:
        letter = grid.letter(name)
        return f"${letter}${first}:${letter}${last}"

    same = f"({block('ratio_per_1000')}={{ratio_per_1000}})"
    formulas = {
        "unit_population": f"=SUMIF({block('ratio_per_1000')},{{ratio_per_1000}},{block('population')})",
        "rank": f"=1+SUMPRODUCT({same}*(({block('remainder')}>{{remainder}})"
        f"+({block('remainder')}={{remainder}})*(ROW({block('remainder')})<ROW())))",
        "left_over": f"={{unit_required}}-SUMIF({block('ratio_per_1000')},{{ratio_per_1000}},{block('whole_share')})",
    }
    for _, part in frame.loc[rows].groupby("ratio_per_1000"):
        steps = _hand_down(part)
        for name, values in steps.items():
            frame.loc[part.index, name] = values
    for name, formula in formulas.items():
        frame.loc[rows, f"{name}:formula"] = formula


def _hand_down(part: pd.DataFrame) -> dict[str, Any]:
    """Return each step of the largest remainder for the zones of one unit and ratio, whole numbers."""
    population = part["population"].to_numpy(dtype=np.int64)
    whole = int(population.sum())
    ratio = Fraction(str(float(part["ratio_per_1000"].iloc[0]))) / 1000
    required = int(ceil_share(np.array([whole]), ratio.numerator, ratio.denominator)[0])
    share = required * population // max(whole, 1)
    remainder = required * population - share * whole
    order = np.lexsort((np.arange(len(part)), -remainder))
    rank = np.empty(len(part), dtype=np.int64)
    rank[order] = np.arange(1, len(part) + 1)
    return {
        "unit_population": whole,
        "unit_required": required,
        "whole_share": share,
        "remainder": remainder,
        "rank": rank,
        "left_over": required - int(share.sum()),
    }


def township_grid(gaps: Gaps) -> Grid:
    """Return the townships with their sums over the zones as formulas.

    Parameters
    ----------
    gaps
        A result.

    Returns
    -------
    Grid
        One row a township, by code; the last row is the county.
    """
    frame = pd.DataFrame(gaps.townships.drop(columns="geometry"))
    frame["attributed_max"] = frame["required"] - frame["shortfall_certain"]
    frame["attributed_min"] = frame["required"] - frame["shortfall_possible"]
    totals = gaps.totals
    same = {name: totals[name] for name in _SUMMED if name in totals}
    people = totals["population"]
    return Grid(
        "townships",
        _township_fields(gaps),
        frame,
        totals={
            "name": "",
            **same,
            "zones": len(gaps.zones),
            "counted_slots": totals["counted"],
            "slots_per_1000": round(totals["counted"] * 1000 / people, 2) if people else None,
            "pipeline_slots": totals["pipeline"],
        },
        paper=8,
    )


_SUMMED: Final = (
    "population",
    "required",
    "required_pooled",
    "attributed",
    "in_reach",
    "out_of_reach",
    "shortfall",
    "shortfall_certain",
    "shortfall_possible",
    "migrant_required",
    "migrant_shortfall_certain",
    "migrant_shortfall_at_risk",
)


def _township_fields(gaps: Gaps) -> tuple[Field, ...]:
    codes = [*gaps.townships["township_code"], *gaps.zones["township_code"]]
    places = [*codes, *gaps.facilities["township_code"]]

    def of_zones(name: str, width: float = 10, unit: str = _SLOTS, *, bar: bool = False) -> Field:
        added = sum_where(codes, "{zones.township_code}", "{township_code}", f"{{zones.{name}}}")
        return Field(name, "count", width, unit, f"={added}", total="sum", bar=bar)

    counted = sum_where(
        places,
        "{facilities.township_code}",
        "{township_code}",
        "{facilities.counted_slots}",
    )
    pipeline = counted.replace("counted_slots", "pipeline_slots")
    missing = "=MAX(0,{required}-{%s})"
    return (
        Field("township_code", width=12),
        Field("name", width=12),
        Field("kind", "word", 8, words="kind"),
        Field("zones", "count", 8, total="sum"),
        of_zones("population", 11, _PERSONS),
        Field(
            "counted_slots",
            "count",
            10,
            _SLOTS,
            f"={counted}",
            total="=SUM({facilities.counted_slots})",
        ),
        Field(
            "slots_per_1000",
            "number",
            10,
            "unit.per_1000",
            '=IF({population}=0,"",ROUND({counted_slots}*1000/{population},2))',
            total='=IF({population}=0,"",ROUND({counted_slots}*1000/{population},2))',
        ),
        of_zones("required", 9),
        Field(
            "required_pooled",
            "count",
            10,
            _SLOTS,
            _pooled(f"{rows_where(codes, '{zones.township_code}', '{township_code}')}*"),
            total=_pooled(),
        ),
        of_zones("attributed", 9),
        of_zones("in_reach"),
        of_zones("out_of_reach"),
        of_zones("shortfall", 11, bar=True),
        Field("attributed_min", "count", 9, _SLOTS),
        Field("attributed_max", "count", 9, _SLOTS),
        Field(
            "shortfall_certain",
            "count",
            9,
            _SLOTS,
            missing % "attributed_max",
            total="={shortfall}",
        ),
        Field(
            "shortfall_possible",
            "count",
            9,
            _SLOTS,
            missing % "attributed_min",
            total="={shortfall}",
        ),
        Field("migrant_required", "count", 10, _SLOTS, total="sum"),
        Field("migrant_shortfall_certain", "count", 10, _SLOTS),
        Field("migrant_shortfall_at_risk", "count", 10, _SLOTS),
        Field("migrant_status", "word", 12, words="migrant"),
        Field(
            "pipeline_slots",
            "count",
            9,
            _SLOTS,
            f"={pipeline}",
            total="=SUM({facilities.pipeline_slots})",
        ),
        Field("data_status", "word", 8, words="data_status"),
    )


def _pooled(where: str = "") -> str:
    """Return one ceiling over the exact sum of the zones that a condition keeps, of all without one."""
    exact = f"SUMPRODUCT({where}{{zones.population}}*{{zones.ratio_per_1000}})"
    return f"=ROUNDUP(ROUND({exact},6)/1000,0)"
