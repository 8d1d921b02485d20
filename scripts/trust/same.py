"""The same county everywhere: equal bytes, and where a file's bytes may differ, equal figures.

What changes around the same input files (hash seed, locale, time zone, threads) must change no byte
of any output. What changes in the input files themselves (order of rows and columns, file format)
changes their hashes and row numbers, which outputs carry; there the figures must stay. Other Pythons
and versions of the libraries must give the same figures; files whose bytes they change are listed.
"""

from __future__ import annotations

import csv
import importlib
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trust.environments import environments
from trust.evidence import Evidence
from trust.small import TESTS, tree, write_office

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from trust.evidence import Size

ROOT = Path(__file__).parents[2]
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "ARROW_NUM_THREADS", "GDAL_NUM_THREADS")
PLACES_OF_ROWS = ("source_file", "source_row")
TABLES = ("zones.csv", "townships.csv", "links.csv")


def gather(size: Size) -> Iterator[Evidence]:
    """Yield a row for surroundings, one for forms of the same data, one for each environment."""
    sys.path.insert(0, str(TESTS))
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        folder = write_office(home / "plain", lambda _: None)
        base = _run(folder, home / "base")
        yield _surroundings(size, home, folder, base)
        yield _forms(size, home, base)
        for environment in environments(size):
            if environment.missing:
                yield Evidence(f"same figures: {environment.name}", skipped=environment.missing)
                continue
            out = _run(folder, home / environment.slug, python=environment.python)
            yield _elsewhere(environment.name, base, out)


def _run(
    folder: Path, out: Path, *, python: str = sys.executable, **surroundings: str
) -> Path | str:
    """Return the run's folder, or what the command said where it failed."""
    done = subprocess.run(
        [python, "-m", "capacity_planner", "--county", str(folder), "--out", str(out)],
        env={**os.environ, "PYTHONPATH": str(ROOT), **surroundings},
        capture_output=True,
        check=False,
    )
    return out if done.returncode == 0 else done.stderr.decode(errors="replace")[-1500:]


def _surroundings(size: Size, home: Path, folder: Path, base: Path | str) -> Evidence:
    gbk = _gbk_locale(home)
    each = {
        **{f"hash seed {n}": {"PYTHONHASHSEED": str(n)} for n in (0, 1, 4242)},
        "locale C": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        **({"locale zh_CN.GBK": {"LC_ALL": "zh_CN.GBK", "PYTHONUTF8": "0", **gbk}} if gbk else {}),
        **{f"zone {zone}": {"TZ": zone} for zone in ("UTC", "Asia/Shanghai", "America/St_Johns")},
        "zone Pacific/Kiritimati": {"TZ": "Pacific/Kiritimati"},
        **{f"{n} threads": dict.fromkeys(THREADS, str(n)) for n in (1, 7)},
    }
    if size == "small":  # as many changes in one run as go together
        first = ("hash seed 1", "locale C", "zone America/St_Johns", "1 threads")
        second = ("hash seed 4242", "locale zh_CN.GBK", "zone Pacific/Kiritimati", "7 threads")
        each = {
            ", ".join(names): {
                key: value for name in names for key, value in each.get(name, {}).items()
            }
            for names in (first, second)
        }
    whys = {}
    for at, (name, changed) in enumerate(each.items()):
        whys[name] = _difference(base, _run(folder, home / f"around_{at}", **changed))
    detail = "hash seeds, locales C and zh_CN.GBK, time zones, threads: every byte of every file"
    return _row(
        "same bytes: surroundings", whys, detail if gbk else f"{detail}; no localedef for GBK"
    )


def _gbk_locale(home: Path) -> dict[str, str]:
    """Return what makes programs find zh_CN.GBK, made for this run; nothing where it cannot be made."""
    place = home / "locales"
    place.mkdir()
    try:
        subprocess.run(
            ["localedef", "-i", "zh_CN", "-f", "GBK", str(place / "zh_CN.GBK")],
            check=True,
            capture_output=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return {}
    return {"LOCPATH": str(place)}


def _forms(size: Size, home: Path, base: Path | str) -> Evidence:
    chance = random.Random(8888)  # noqa: S311  # not for secrets
    files, tables = (importlib.import_module(name) for name in ("faults_files", "faults_tables"))
    text = importlib.import_module("faults").csv_text
    forms: dict[str, Callable[[Any], object]] = {
        "rows in another order": lambda o: _shuffle_rows(o, chance),
        "columns in another order": lambda o: _shuffle_columns(o, chance),
        "GeoPackage": files.geopackage,
        "Shapefile": lambda o: files.write_shapefile(o, "UTF-8", cpg="UTF-8"),
        "Shapefile, zipped": files.shapefile_zipped,
        "FlatGeobuf": files.flatgeobuf,
        "FileGDB": files.file_geodatabase,
        "GeoParquet": files.geoparquet,
        "KML": files.keyhole_markup,
        "CSV with WKT": lambda o: o.put("zones", "zones.csv", text(o.zones), crs="EPSG:4326"),
        "Excel": lambda o: tables.send(o, tables.book({"机构": tables.facilities(o)})),
        "CSV in GBK": lambda o: o.put(
            "facilities", "facilities.csv", text(o.facilities).encode("gbk")
        ),
        "tabs": lambda o: o.put(
            "facilities", "facilities.txt", text(o.facilities).replace(",", "\t")
        ),
    }
    if size == "small":
        forms = {name: forms[name] for name in ("rows in another order", "Shapefile", "Excel")}
    whys = {}
    for at, (name, change) in enumerate(forms.items()):
        out = _run(write_office(home / f"form_{at}", change), home / f"run_{at}")
        whys[name] = _other_figures(base, out)
    return _row("same figures: forms of the same data", whys, ", ".join(forms))


def _shuffle_rows(office: Any, chance: random.Random) -> None:  # noqa: ANN401  # of the tests
    for rows in (office.zones, office.facilities, office.townships):
        chance.shuffle(rows)


def _shuffle_columns(office: Any, chance: random.Random) -> None:  # noqa: ANN401  # of the tests
    for rows in (office.zones, office.facilities, office.townships):
        names = chance.sample(list(rows[0]), len(rows[0]))
        rows[:] = [{name: row[name] for name in names} for row in rows]


def _elsewhere(name: str, base: Path | str, out: Path | str) -> Evidence:
    why = _other_figures(base, out, also=PLACES_OF_ROWS)
    detail = ""
    if isinstance(base, Path) and isinstance(out, Path):
        ours, theirs = tree(base), tree(out)
        other = [file for file in ours if theirs.get(file) != ours[file]]
        detail = f"{len(ours) - len(other)} of {len(ours)} files equal to the byte"
        detail += f"; not: {', '.join(other)}" if other else ""
    return _row(f"same figures: {name}", {name: why}, detail)


def _row(name: str, whys: dict[str, str], detail: str) -> Evidence:
    failures = tuple(f"{each}: {why}" for each, why in whys.items() if why)
    return Evidence(
        name, held=len(whys) - len(failures), tried=len(whys), detail=detail, failures=failures
    )


def _difference(one: Path | str, other: Path | str) -> str:
    """Return which files of two runs differ, empty if none does."""
    if isinstance(one, str) or isinstance(other, str):
        return f"a run failed: {one if isinstance(one, str) else other}"
    left, right = tree(one), tree(other)
    return ", ".join(name for name in sorted({*left, *right}) if left.get(name) != right.get(name))


def _other_figures(one: Path | str, other: Path | str, *, also: tuple[str, ...] = ()) -> str:
    """Return where the tables of two runs differ but for the places of their rows in the input."""
    if isinstance(one, str) or isinstance(other, str):
        return f"a run failed: {one if isinstance(one, str) else other}"
    for name in TABLES:
        left, right = (_rows(folder / name, also) for folder in (one, other))
        if left != right:
            return f"{name}: {next((pair for pair in zip(left, right, strict=False) if pair[0] != pair[1]), 'rows')}"
    return ""


def _rows(path: Path, also: tuple[str, ...]) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as source:
        rows = list(csv.DictReader(source))
    left_out = set(PLACES_OF_ROWS) - set(also)
    return [{name: cell for name, cell in row.items() if name not in left_out} for row in rows]
