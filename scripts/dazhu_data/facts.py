"""What is really known about the county: its line, its townships, its census totals."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from shapely.geometry import Point, Polygon, shape

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MEASURE_CRS: Final = "EPSG:4545"
GEOGRAPHIC_CRS: Final = "EPSG:4490"

# The one township total that is published: 观音镇, 7th census. The other thirty are not to be had.
TOWNSHIP_TOTALS: Final[Mapping[str, int]] = {"511724109": 39_163}


@dataclass(frozen=True, slots=True)
class Township:
    """One row of the official list; its centre (longitude, latitude) is approximate."""

    code: str
    name: str
    kind: str
    communities: int
    villages: int
    centre: Point


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts that the synthetic rows must agree with.

    Parameters
    ----------
    boundary
        County line in degrees of EPSG:4490.
    townships
        In order of their codes.
    urban, rural
        Residents, persons, census 2020.
    children_u3
        Children under three, persons, the middle estimate.
    elsewhere
        Residents who live in a township other than that of registration, persons, census 2020.
    """

    boundary: Polygon
    townships: tuple[Township, ...]
    urban: int
    rural: int
    children_u3: int
    elsewhere: int

    @property
    def population(self) -> int:
        """All residents, persons."""
        return self.urban + self.rural


def read_facts(folder: Path) -> Facts:
    """Return the facts that lie in a folder.

    Parameters
    ----------
    folder
        With ``county_boundary.geojson``, ``townships.csv`` and ``key_figures_2020.csv``.

    Returns
    -------
    Facts
        Checked against the census total.

    Raises
    ------
    ValueError
        If urban and rural residents do not make up the county's total.
    """
    figures = _read_figures(folder / "key_figures_2020.csv")
    facts = Facts(
        boundary=_read_line(folder / "county_boundary.geojson"),
        townships=_read_townships(folder / "townships.csv"),
        urban=figures["urban resident population"],
        rural=figures["rural resident population"],
        children_u3=figures["children under 3 (middle)"],
        elsewhere=figures["living in a township other than that of registration (same county)"]
        + figures["registered elsewhere in Sichuan"]
        + figures["registered outside Sichuan"],
    )
    if facts.population != figures["resident population (常住人口)"]:
        raise ValueError("key_figures_2020.csv: urban and rural residents miss the county's total")
    return facts


def _read_figures(path: Path) -> dict[str, int]:
    with path.open(encoding="utf-8", newline="") as file:
        return {
            row["figure"]: int(row["value"])
            for row in csv.DictReader(file)
            if row["value"].isdecimal()
        }


def _read_line(path: Path) -> Polygon:
    text = path.read_text(encoding="utf-8")
    (polygon,) = shape(json.loads(text)["features"][0]["geometry"]).geoms
    return polygon


def _read_townships(path: Path) -> tuple[Township, ...]:
    with path.open(encoding="utf-8", newline="") as file:
        found = [
            Township(
                code=row["township_code"],
                name=row["name"],
                kind=row["kind"],
                communities=int(row["communities"]),
                villages=int(row["villages"]),
                centre=Point(float(row["approx_lon"]), float(row["approx_lat"])),
            )
            for row in csv.DictReader(file)
        ]
    return tuple(sorted(found, key=lambda each: each.code))
