"""Make a synthetic county of any size: ``python scripts/synthetic_county.py SIZE FOLDER``.

SIZE is ``county``, ``city``, ``province``, ``nation`` or ``ZONES/FACILITIES``. The folder then holds
``county.toml``, ``zones.parquet``, ``facilities.parquet`` and ``townships.csv``, and is used like any
other county folder. The same size and seed give the same county. Nothing in it is real.

Zones lie in towns and villages whose sizes differ as those of real ones do: many small, few large.
Each stands on a place of its own on a lattice, so none overlap; outlines have 4 to 30 corners.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from capacity_planner.attribution.pairs import distinct

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["SIZES", "SyntheticCounty", "make_county", "write_county"]

SIZES = {
    "county": (2_000, 60),
    "city": (50_000, 1_500),
    "province": (300_000, 10_000),
    "nation": (1_500_000, 80_000),
}
CRS = "EPSG:4545"
RADIUS_M = 1_000
ORIGIN = (420_000.0, 3_400_000.0)

PITCH_M = 150.0
SPACE_M = 450.0
CORNERS = (4, 30)
IN_TOWNS = 0.75
ZONES_A_TOWN = 400
ZONES_A_VILLAGE = 12
ZONES_A_TOWNSHIP = 65

SETTINGS = """# Synthetic, made by scripts/synthetic_county.py: nothing in it is real. 合成数据，不作决策依据。
schema = 1
name = "合成示例（{zones}个居住区）"
name_en = "Synthetic ({zones} zones)"
code = "000000"
as_of = 2025-12-31
policy = "dazhu-2021-57"
measure_crs = "EPSG:4545"
demonstration = true

[zones]
file = "zones.parquet"

[facilities]
file = "facilities.parquet"

[townships]
file = "townships.csv"

[choices]
radius_m = 1000
distance = "straight"
basis = "filed"
population_base = "resident"
undated = "refuse"
facility_presence = "inside"
unknown_accepts_migrants = "no"
"""


@dataclass(frozen=True, eq=False)
class SyntheticCounty:
    """The tables of a synthetic county, in metres."""

    zones: gpd.GeoDataFrame
    facilities: gpd.GeoDataFrame
    townships: pd.DataFrame


def make_county(zones: int, facilities: int, *, seed: int = 1) -> SyntheticCounty:
    """Return a synthetic county.

    Parameters
    ----------
    zones, facilities
        How many.
    seed
        Of the random numbers.

    Returns
    -------
    SyntheticCounty
        Tables with the columns that a county folder holds.
    """
    rng = np.random.default_rng(seed)
    middle = _settle(rng, zones)
    seats = middle[rng.choice(zones, max(1, zones // ZONES_A_TOWNSHIP), replace=False)]
    township = cKDTree(seats).query(middle)[1]
    category = rng.choice(["new", "existing", "old_town", "rural"], zones, p=[0.2, 0.5, 0.2, 0.1])
    population = np.clip(rng.lognormal(np.log(450), 0.7, zones).astype(np.int64), 20, 2_000)
    children = population // 45
    number = np.arange(zones)
    table = pd.DataFrame(
        {
            "zone_id": _ids("Z", number),
            "name": [f"合成小区{each}" for each in number],
            "township_code": _ids("T", township),
            "category": category,
            "permitted_on": np.where(category == "new", "2022-03-01", "2010-05-01"),
            "population": population,
            "children_u3": children,
            "migrant_u3": rng.binomial(children, 0.15),
        }
    )
    return SyntheticCounty(
        gpd.GeoDataFrame(table, geometry=_outlines(rng, middle), crs=CRS),
        _facilities(rng, facilities, middle),
        pd.DataFrame(
            {
                "township_code": _ids("T", np.arange(len(seats))),
                "name": [f"合成镇{each}" for each in range(len(seats))],
            }
        ),
    )


def write_county(county: SyntheticCounty, folder: Path) -> None:
    """Write a county folder that ``plan-gaps --county FOLDER`` reads."""
    folder.mkdir(parents=True, exist_ok=True)
    text = SETTINGS.format(zones=f"{len(county.zones):,}")
    (folder / "county.toml").write_text(text, encoding="utf-8")
    county.zones.to_parquet(folder / "zones.parquet", index=False)
    county.facilities.to_parquet(folder / "facilities.parquet", index=False)
    county.townships.to_csv(folder / "townships.csv", index=False)


def _ids(letter: str, number: NDArray[Any]) -> NDArray[Any]:
    """Return ids that sort like their numbers."""
    return np.char.add(letter, np.char.zfill(number.astype("U7"), 7)).astype(object)


def _settle(rng: np.random.Generator, zones: int) -> NDArray[np.float64]:
    """Return the middles of zones, each on a lattice place of its own, shape (zones, 2)."""
    side = int(SPACE_M * np.sqrt(zones) / PITCH_M)
    townsfolk = int(zones * IN_TOWNS)
    weight = np.concatenate(
        [
            _shares(rng.pareto(1.2, max(1, townsfolk // ZONES_A_TOWN)) + 0.3, townsfolk),
            _shares(rng.random((zones - townsfolk) // ZONES_A_VILLAGE) + 0.2, zones - townsfolk),
        ]
    )
    centre = rng.integers(0, side, (len(weight), 2))
    # about every other place is taken in the middle of a settlement
    spread = 0.55 * np.sqrt(weight)
    taken = np.zeros(0, dtype=np.int64)
    while len(taken) < zones:
        where = rng.choice(len(weight), zones - len(taken), p=weight / weight.sum())
        at = centre[where] + np.rint(rng.normal(0, spread[where, None], (len(where), 2)))
        key = at[:, 0].astype(np.int64) * 2**32 + at[:, 1].astype(np.int64)
        taken = distinct(np.concatenate([taken, key]))
    rng.shuffle(taken)
    row, column = np.divmod(taken + 2**31, 2**32)
    return np.stack([row, column - 2**31], axis=1) * PITCH_M + ORIGIN


def _shares(weight: NDArray[np.float64], total: int) -> NDArray[np.float64]:
    """Return weights that add up to a total."""
    return weight / weight.sum() * total


def _outlines(rng: np.random.Generator, middle: NDArray[np.float64]) -> NDArray[Any]:
    """Return a star-shaped outline around each middle, never beyond its own lattice place."""
    corners = rng.integers(CORNERS[0], CORNERS[1] + 1, len(middle))
    # a ring ends where it begins
    of = np.repeat(np.arange(len(middle)), corners + 1)
    first = np.cumsum(corners + 1) - corners - 1
    step = np.arange(len(of)) - first[of]
    turn = (step + rng.uniform(-0.4, 0.4, len(of))) * (2 * np.pi / corners[of])
    reach = rng.uniform(0.35, 0.49, len(of)) * PITCH_M
    ring = middle[of] + reach[:, None] * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    ring[first + corners] = ring[first]
    return shapely.polygons(shapely.linearrings(np.round(ring, 3), indices=of))


def _facilities(
    rng: np.random.Generator, facilities: int, middle: NDArray[np.float64]
) -> gpd.GeoDataFrame:
    """Return facilities in and beside zones; a few belong to one zone."""
    host = rng.integers(0, len(middle), facilities)
    at = np.round(middle[host] + rng.normal(0, 60, (facilities, 2)), 3)
    kind = rng.choice(
        ["centre", "kindergarten_class", "home_based"], facilities, p=[0.8, 0.15, 0.05]
    )
    most = np.select([kind == "centre", kind == "kindergarten_class"], [120, 20], 5)
    on_site = rng.random(facilities) < 0.05  # noqa: PLR2004 (one in twenty)
    table = pd.DataFrame(
        {
            "facility_id": _ids("F", np.arange(facilities)),
            "name": [f"合成托育点{each}" for each in range(facilities)],
            "type": kind,
            "slots": rng.integers((most + 3) // 4, most + 1),
            "status": "operating",
            "filed": "yes",
            "accepts_migrants": np.where(rng.random(facilities) < 0.6, "yes", "no"),  # noqa: PLR2004
            "zone_id": np.where(on_site, _ids("Z", host), None),
            "exclusive": np.where(on_site & (rng.random(facilities) < 0.4), "yes", "no"),  # noqa: PLR2004
        }
    )
    return gpd.GeoDataFrame(table, geometry=shapely.points(at), crs=CRS)


def main() -> None:
    """Make the county that the command line asks for."""
    size, folder = sys.argv[1:]
    zones, facilities = SIZES[size] if size in SIZES else map(int, size.split("/"))
    write_county(make_county(zones, facilities), Path(folder))


if __name__ == "__main__":
    main()
