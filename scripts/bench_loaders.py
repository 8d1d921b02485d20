"""Time that loading 50,000 zones with all checks takes, against reading the file alone.

``python scripts/bench_loaders.py [ZONES]`` prints a line for each format: seconds that pyogrio
needs to read the file, seconds that ``load_county`` needs for the whole county, and their ratio.
Each is the best of three.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pyogrio
import shapely

from capacity_planner.loaders import load_county

if TYPE_CHECKING:
    from collections.abc import Callable

COUNTY = """schema = 1
name = "基准县"
code = "511724"
as_of = 2025-12-31
policy = "dazhu-2021-57"
[zones]
file = "zones.{suffix}"
[facilities]
file = "facilities.csv"
crs = "EPSG:4326"
[townships]
file = "townships.geojson"
"""
FORMATS = {"geojson": "GeoJSON", "gpkg": "GPKG", "fgb": "FlatGeobuf", "shp": "ESRI Shapefile"}
SHORT = {"township_code": "town_code", "permitted_on": "permitted", "children_u3": "child_u3"}


def grid(count: int) -> gpd.GeoDataFrame:
    """Return ``count`` octagonal zones side by side in 30 townships, attributes as offices send."""
    side = int(np.ceil(np.sqrt(count)))
    index = np.arange(count)
    row, column = np.divmod(index, side)
    angle = np.arange(9) * (np.pi / 4)
    x = 107.0 + column[:, None] * 0.001 + 0.0004 * np.cos(angle)
    y = 30.5 + row[:, None] * 0.001 + 0.0004 * np.sin(angle)
    rings = np.stack([x, y], axis=-1)
    rings[:, -1] = rings[:, 0]
    population = 200 + index % 1_800
    return gpd.GeoDataFrame(
        {
            "zone_id": [f"5117240{number:06d}" for number in index],
            "name": [f"第{number}小区" for number in index],
            "township_code": [f"5117240{number:02d}" for number in row * 30 // side],
            "category": np.array(["new", "existing", "old_town", "existing"])[index % 4],
            "permitted_on": np.where(index % 4 == 0, "2022-03-01", "2010-05-01"),
            "dwellings": population // 2,
            "population": population,
            "children_u3": population // 45,
            "migrant_u3": population // 300,
        },
        geometry=shapely.polygons(rings),
        crs=4326,
    )


def write(folder: Path, zones: gpd.GeoDataFrame, suffix: str) -> Path:
    """Write a county folder with the zones in one format; return the zones' file."""
    text = COUNTY.format(suffix=suffix)
    if suffix == "shp":
        zones = zones.rename(columns=SHORT)
        lines = [f'{ours} = "{theirs}"' for ours, theirs in SHORT.items()]
        text += "[zones.columns]\n" + "\n".join(lines) + "\n"
    path = folder / f"zones.{suffix}"
    pyogrio.write_dataframe(zones, path, driver=FORMATS[suffix])
    (folder / "county.toml").write_text(text, "utf-8")
    (folder / "facilities.csv").write_text(
        "facility_id,name,type,slots,filed,status,lon,lat\n"
        + "\n".join(
            f"F{i:03d},托育园{i},centre,60,是,operating,{107.001 + i * 0.001},30.501"
            for i in range(60)
        ),
        "utf-8",
    )
    west, south, east, north = zones.total_bounds
    edges = np.linspace(south, north, 31)
    outlines = gpd.GeoDataFrame(
        {
            "township_code": [f"5117240{number:02d}" for number in range(30)],
            "name": [f"第{number}镇" for number in range(30)],
        },
        geometry=shapely.box(west, edges[:-1], east, edges[1:]),
        crs=4326,
    )
    pyogrio.write_dataframe(outlines, folder / "townships.geojson", driver="GeoJSON")
    return path


def best_of_three(task: Callable[[], object]) -> float:
    """Return the shortest of three runs in seconds."""
    times = []
    for _ in range(3):
        start = time.perf_counter()
        task()
        times.append(time.perf_counter() - start)
    return min(times)


def main() -> None:
    """Print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    zones = grid(count)
    print(f"{count:,} zones")
    print(f"{'format':<10}{'pyogrio s':>10}{'load s':>10}{'ratio':>8}")
    for suffix in FORMATS:
        with tempfile.TemporaryDirectory() as name:
            path = write(Path(name), zones, suffix)
            alone = best_of_three(lambda path=path: pyogrio.read_dataframe(path))
            whole = best_of_three(lambda name=name: load_county(Path(name)))
        print(f"{suffix:<10}{alone:>10.2f}{whole:>10.2f}{whole / alone:>8.2f}")


if __name__ == "__main__":
    main()
