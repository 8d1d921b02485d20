"""Make Dazhu's demonstration data from the county's real facts: the same bytes every time.

``python scripts/make_dazhu.py`` rewrites the data files in ``data/dazhu``; ``county.toml`` there is
written by hand. What is real, derived and synthetic stands in ``data/README.md``.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

from dazhu_data.candidates import make_candidates
from dazhu_data.cells import to_metres
from dazhu_data.facilities import make_facilities
from dazhu_data.facts import TOWNSHIP_TOTALS, read_facts
from dazhu_data.files import (
    write_boundary,
    write_candidates,
    write_facilities,
    write_streets,
    write_townships,
    write_zones,
)
from dazhu_data.towns import draw_roads
from dazhu_data.zones import lay_towns, make_zones, township_cells

_DATA = Path(__file__).resolve().parents[1] / "data"


def make_dazhu(out: Path, *, facts_folder: Path = _DATA / "facts") -> str:
    """Write the six data files into a folder and return what they hold, a line each.

    Parameters
    ----------
    out
        Folder, made if it is missing.
    facts_folder
        Where the real facts lie.

    Returns
    -------
    str
        Counts for the console.

    Raises
    ------
    ValueError
        If the facts contradict each other or something finds no room in its township.
    """
    facts = read_facts(facts_folder)
    cells = township_cells(facts)
    towns = lay_towns(facts, cells)
    streets = [street for town in towns for street in town.streets]
    streets += draw_roads(cells, towns, to_metres(facts.boundary))
    zones = make_zones(facts, cells, towns)
    facilities = make_facilities(zones)
    candidates = make_candidates(zones)
    out.mkdir(parents=True, exist_ok=True)
    write_boundary(out / "boundary.geojson", facts)
    write_townships(out / "townships.geojson", facts, cells, TOWNSHIP_TOTALS)
    write_zones(out / "zones.geojson", zones)
    write_streets(out / "streets.geojson", streets)
    write_facilities(out / "facilities.csv", facilities)
    write_candidates(out / "candidates.csv", candidates)
    return "\n".join(
        [
            f"zones       {len(zones)} {dict(Counter(zone.category for zone in zones))}",
            f"residents   {sum(zone.population for zone in zones)}",
            f"facilities  {len(facilities)} {dict(Counter(each.type for each in facilities))}",
            f"candidates  {len(candidates)}",
            f"streets     {len(streets)}",
        ]
    )


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=_DATA / "dazhu", help="folder to write into")
    print(make_dazhu(parser.parse_args().out))


if __name__ == "__main__":
    _main()
