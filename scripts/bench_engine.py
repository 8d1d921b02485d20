"""Measure the engine against its peers and the floor: ``python scripts/bench_engine.py``.

Makes the synthetic counties, installs the peers into an environment of their own, measures every
program in a process of its own, prints what is found, and writes ``docs/benchmarks.md``. Each peer
runs to the size that it can bear.

    python scripts/bench_engine.py --sizes county city          # some sizes
    python scripts/bench_engine.py --repeat 3 --only ours floor  # some programs
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

import numpy as np
from engine_bench.page import goals, page
from synthetic_county import SIZES, make_county, write_county

HERE = Path(__file__).parent
PROGRAMS = HERE / "engine_bench"
PAGE = HERE.parent / "docs" / "benchmarks.md"
PEERS = ("ObjectNat==2.1.0", "access==1.1.10.post3", "geopandas==1.2.0", "ortools==9.15.6755",
         "pyarrow", "scipy==1.17.1")  # fmt: skip
ALL = tuple(SIZES)
BEARS = {
    "ours": ALL,
    "whole_job": ALL,
    "floor": ALL,
    "peer_ortools": ALL,
    "peer_highs": ("county", "city", "province"),
    "peer_objectnat": ("county", "city"),
    "peer_access": ALL,
    "peer_geopandas": ("county", "city", "province"),
}
"""The largest sizes: ObjectNat's dense matrix of a province takes 24 GB, HiGHS on a nation an hour."""


def install_peers(place: Path) -> Path:
    """Return the Python that has the peers, installed if it is not there yet."""
    python = place / "bin" / "python"
    if not python.exists():
        venv.create(place, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *PEERS], check=True)
    return python


def run(python: Path, program: str, *words: object) -> dict[str, Any]:
    """Return what a program measured."""
    command = [str(python), str(PROGRAMS / f"{program}.py"), *map(str, words)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    measured: dict[str, Any] = json.loads(done.stdout.strip().rsplit("\n", 1)[-1])
    return measured


def measure(size: str, work: Path, peers: Path, asked: argparse.Namespace) -> dict[str, Any]:
    """Return all measurements of one size."""
    county = work / size
    if not (county / "county.toml").exists():
        write_county(make_county(*SIZES[size]), county)
    found: dict[str, Any] = {}
    for program, sizes in BEARS.items():
        if size not in sizes or (asked.only and program not in asked.only):
            continue
        python = peers if program.startswith("peer_") else Path(sys.executable)
        print(f"{size}: {program} …", file=sys.stderr, flush=True)
        found |= run(python, program, county, asked.repeat, work / f"{size}_run")
    if "access" in found:
        ours, theirs = np.load(county / "by_ours.npy"), np.load(county / "by_access.npy")
        apart = np.abs(ours - theirs) / np.maximum(theirs, np.finfo(float).tiny)
        found["access"]["difference"] = float(apart.max())
    return found


def versions(python: Path) -> dict[str, str]:
    """Return the versions of the peers."""
    listed = subprocess.run(
        [str(python), "-m", "pip", "list", "--format=json"], stdout=subprocess.PIPE, check=True
    )
    wanted = {each.split("=")[0].lower() for each in PEERS}
    return {
        each["name"]: each["version"]
        for each in json.loads(listed.stdout)
        if each["name"].lower() in wanted
    }


def main() -> None:
    """Measure, print, write the page."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--sizes", nargs="+", choices=ALL, default=list(ALL))
    parser.add_argument("--only", nargs="+", choices=list(BEARS), help="programs, by default all")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument(
        "--work", type=Path, default=Path("out/bench"), help="where counties are made"
    )
    parser.add_argument("--page", type=Path, default=PAGE)
    asked = parser.parse_args()
    peers = install_peers(asked.work / "peers")
    results: dict[str, Any] = {}
    for size in asked.sizes:
        results[size] = measure(size, asked.work, peers, asked)
        # after each size: a large one may run for long
        text = page(results, SIZES, versions(peers), asked.repeat)
        asked.page.write_text(text, encoding="utf-8")
    print(text)
    missed = [each for each in goals(results) if not each.holds]
    print(f"{len(missed)} goals missed", file=sys.stderr)


if __name__ == "__main__":
    main()
