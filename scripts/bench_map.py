"""Measure the review map against stock ``folium.GeoJson`` on the same zones, as ratios.

Run ``python scripts/bench_map.py [zones …]`` (default 2,000 and 20,000). Zones are random polygons
of 4 to 30 corners in clustered towns; both pages hold the same outlines and carry nothing that they
would fetch (the stock page gets Leaflet from this package, as it would from its network address).
First draw is the time until Chromium has run the page's scripts and painted every zone; above
:data:`MOST_COMPARED` zones, where our county page leaves the zones to the township pages, both of
ours are measured alone.
"""

from __future__ import annotations

import re
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import folium
import numpy as np
import shapely

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from squares import CRS, ORIGIN, county

from capacity_planner.assessment import assess
from capacity_planner.mapper import map_gaps
from capacity_planner.mapper.vendored import LEAFLET_CSS, LEAFLET_JS, asset

if TYPE_CHECKING:
    from collections.abc import Callable

    import geopandas as gpd

REPEATS = 3
TOWNS = 40
MOST_COMPARED = 40_000
ALL_ZONES = "#level=zones"


def random_zones(n: int, seed: int = 1) -> list[dict[str, Any]]:
    """Return n zones: star-shaped polygons of 30 to 120 m around places in clustered towns."""
    rng = np.random.default_rng(seed)
    towns = rng.uniform(0, 40_000, (TOWNS, 2))
    of = rng.integers(0, TOWNS, n)
    places = towns[of] + rng.normal(0, 1_500, (n, 2)) + np.array(ORIGIN)
    zones = []
    for at in range(n):
        corners = int(rng.integers(4, 31))
        angle = np.sort(rng.uniform(0, 2 * np.pi, corners))
        far = rng.uniform(30, 120, corners)
        ring = places[at] + np.column_stack([far * np.cos(angle), far * np.sin(angle)])
        zones.append(
            {
                "zone_id": f"Z{at:06d}",
                "name": f"示例小区{at}",
                "population": int(rng.integers(50, 5_000)),
                "township_code": f"T{of[at]:03d}",
                "children_u3": 30,
                "migrant_u3": 5,
                "geometry": shapely.make_valid(shapely.Polygon(ring)),
            }
        )
    return zones


def random_facilities(zones: list[dict[str, Any]], seed: int = 2) -> list[dict[str, Any]]:
    """Return one facility for about thirty zones, each inside a zone."""
    rng = np.random.default_rng(seed)
    chosen = rng.choice(len(zones), max(1, len(zones) // 30), replace=False)
    return [
        {
            "facility_id": f"F{at:05d}",
            "name": f"示例托育园{at}",
            "slots": int(rng.integers(10, 90)),
            "geometry": zones[zone]["geometry"].representative_point(),
        }
        for at, zone in enumerate(chosen.tolist())
    ]


def stock_page(zones: gpd.GeoDataFrame) -> str:
    """Return the page that folium makes by itself: one GeoJson layer with a tooltip, no tiles."""
    shown = zones[["zone_id", "name", "shortfall", "geometry"]].to_crs(4326)
    shown["shortfall"] = shown["shortfall"].astype(float)
    west, south, east, north = shown.total_bounds
    page = folium.Map(
        [(south + north) / 2, (west + east) / 2], tiles=None, prefer_canvas=True, zoom_start=10
    )
    folium.GeoJson(shown, tooltip=folium.GeoJsonTooltip(["name", "shortfall"])).add_to(page)
    return str(page.get_root().render())


def seconds(make: Callable[[], object]) -> float:
    """Return the median of some runs in seconds of processor time."""
    times = []
    for _ in range(REPEATS):
        start = time.process_time()
        make()
        times.append(time.process_time() - start)
    return statistics.median(times)


def first_draw(page_text: str, at: str = "") -> float:
    """Return the seconds from opening a page to its first paint after all scripts have run.

    Raises
    ------
    RuntimeError
        If the page has drawn nothing, so that there is nothing to measure.
    """
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 (only if a browser is there)

    def serve(route: Any) -> None:  # noqa: ANN401 (a playwright route)
        address = route.request.url
        body = asset(LEAFLET_JS) if address.endswith("leaflet.js") else ""
        body = asset(LEAFLET_CSS) if address.endswith("leaflet.css") else body
        route.fulfill(body=body)

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        path = Path(folder) / "page.html"
        path.write_text(page_text, encoding="utf-8")
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--headless", "--no-sandbox", "--disable-gpu"],
        )
        times = []
        for _ in range(REPEATS):
            page = browser.new_page(viewport={"width": 1366, "height": 768})
            page.route(re.compile("^https?:"), serve)
            start = time.perf_counter()
            page.goto(path.as_uri() + at, timeout=180_000)
            page.screenshot(timeout=180_000)
            times.append(time.perf_counter() - start)
            if not page.locator(".leaflet-pane canvas").count():
                raise RuntimeError("the page has drawn nothing")
            page.close()
        browser.close()
    return statistics.median(times)


def bench(n: int) -> None:
    """Print both pages' build time, size and first draw, and the ratios."""
    zones = random_zones(n)
    gaps = assess(county(zones, random_facilities(zones)))
    print(f"{n:,} zones in {CRS}")
    if n > MOST_COMPARED:
        alone("county page", lambda: map_gaps(gaps).get_root().render())
        name = gaps.townships.loc[gaps.townships["zones"].idxmax(), "township_code"]
        alone("largest township", lambda: map_gaps(gaps, township=name).get_root().render())
        return
    ours, stock = map_gaps(gaps).get_root().render(), stock_page(gaps.zones)
    rows = {
        "build CPU s": (seconds(lambda: map_gaps(gaps).get_root().render()),
                    seconds(lambda: stock_page(gaps.zones))),
        "size MB": (len(ours.encode()) / 1e6, len(stock.encode()) / 1e6),
    }  # fmt: skip
    if shutil.which("chromium"):
        rows["first draw s"] = (first_draw(ours, ALL_ZONES), first_draw(stock))
    for name, (own, other) in rows.items():
        print(f"  {name:13} ours {own:7.2f}   folium.GeoJson {other:7.2f}   {other / own:5.1f} x")


def alone(name: str, make: Callable[[], str]) -> None:
    """Print build time, size and first draw of one of our pages."""
    start = time.process_time()
    text = make()
    built = time.process_time() - start
    drawn = f"   first draw s {first_draw(text):7.2f}" if shutil.which("chromium") else ""
    print(f"  {name:17} build CPU s {built:7.2f}   size MB {len(text.encode()) / 1e6:7.2f}{drawn}")


if __name__ == "__main__":
    for wanted in sys.argv[1:] or ["2000", "20000"]:
        bench(int(wanted))
