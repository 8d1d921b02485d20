"""Damage real files at random and read them: only the tool's own errors may come out.

``python scripts/fuzz_readers.py [TRIES] [SEED] [KIND]`` writes a clean county in every format,
then reads TRIES damaged copies (bytes flipped, cut, doubled, spliced with awkward pieces) through
the readers and the typed columns, one in six through the whole loading, in worker processes, so
that a crash or a hang is seen and named. It prints a line for each format and every failure with its number, and ends with 1 if
there was any. ``python scripts/fuzz_readers.py 1 SEED KIND`` with the same seed repeats one.
"""

from __future__ import annotations

import faulthandler
import importlib
import multiprocessing
import random
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from capacity_planner.county import open_county
from capacity_planner.errors import Complaints, PlannerError
from capacity_planner.loaders import load_county
from capacity_planner.loaders.records.inputs import read_records

if TYPE_CHECKING:
    from types import FrameType

TESTS = Path(__file__).parents[1] / "tests"
WORKERS = 2
BATCH = 2_000
SECONDS = 30
"""Longest that one try may take."""
PIECES = (
    b"\x00", b"\xff", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b'"', b",", b"\r\n", b"\n" * 50, b"\t",
    b"nan", b"inf", b"-1", b"1e999", b"9" * 40, b"{}", b"[[[[", b"]]", b"null", b'"crs":{"type":"link"}',
    "约１．２万人".encode(), "二〇二一年十三月".encode(), "合计".encode(), "—".encode(), "无".encode("gbk"),
    b"<!DOCTYPE x>", b"<c r='XFD1048576'/>", b"../", b"%s%n", b"{{7*7}}", b"\xed\xa0\x80", "\u202e".encode(),
    b"2021-02-30", b"POLYGON EMPTY", b"POINT (nan nan)", b"\xe2\x91\xa0", b"=1+1", b"A" * 5_000,
)  # fmt: skip
KINDS = (
    "csv", "gbk", "tsv", "wkt", "geojson", "gpkg", "shp", "dbf", "zip", "fgb", "parquet", "kml",
    "html", "xls", "xlsx", "tif", "toml", "policy", "cells",
)  # fmt: skip
FACILITIES = {"csv": "csv", "gbk": "csv", "tsv": "txt", "html": "xls", "xls": "xls", "xlsx": "xlsx"}
"""Kinds of which the facilities are damaged, and the ending of their file; of others the zones."""
WEIGHTS = (14, 8, 5, 6, 14, 4, 6, 8, 4, 5, 3, 5, 6, 1, 1, 2, 6, 6, 20)
WHOLE = 6
"""Of so many damaged copies that can be read one is taken through the whole loading of a county."""
POLICY = "dazhu-2021-57"


Answer = tuple[str, int, str, str]
"""Kind, seed, how it ended, and why."""


def write_seeds(home: Path) -> None:
    """Write one clean county folder for each kind."""
    sys.path.insert(0, str(TESTS))
    faults = importlib.import_module("faults")
    files = importlib.import_module("faults_files")
    tables = importlib.import_module("faults_tables")
    doubts = importlib.import_module("faults_doubts")
    for kind in KINDS:
        office = faults.clean_office(home / kind)
        cells = tables.facilities(office)
        text = faults.csv_text(office.facilities)
        rows = "".join(f"<tr>{''.join(f'<td>{c}</td>' for c in row)}</tr>" for row in cells)
        contents = {
            "gbk": text.encode("gbk"),
            "tsv": text.replace(",", "\t"),
            "html": f"<html><table>{rows}</table></html>",
            "xls": files.biff(cells),
        }
        if kind in contents:
            office.put("facilities", target(kind, office.folder)[0].name, contents[kind])
        writers = {
            "wkt": lambda o: o.put("zones", "zones.csv", faults.csv_text(o.zones), crs="EPSG:4326"),
            "xlsx": lambda o: tables.send(o, tables.book({"机构": tables.facilities(o)})),
            "gpkg": files.geopackage,
            "fgb": files.flatgeobuf,
            "shp": lambda o: files.write_shapefile(o, "UTF-8", cpg="UTF-8"),
            "dbf": lambda o: files.write_shapefile(o, "UTF-8", cpg="UTF-8"),
            "zip": files.shapefile_zipped,
            "parquet": files.geoparquet,
            "kml": files.keyhole_markup,
            "tif": doubts.population_from_a_raster,
            "policy": with_policy,
        }
        writers.get(kind, lambda _: None)(office)
        office.write()


def with_policy(office: Any) -> None:  # noqa: ANN401  # of the tests
    """Give a county a policy file of its own, a copy of the shipped one."""
    source = resources.files("capacity_planner.policies") / f"{POLICY}.toml"
    office.path("policy.toml").write_bytes(source.read_bytes())
    office.config["policy"] = "policy.toml"


def target(kind: str, folder: Path) -> tuple[Path, str]:
    """Return the file to damage, and the table to read."""
    if kind in {"toml", "policy"}:
        return folder / {"toml": "county.toml", "policy": "policy.toml"}[kind], ""
    if kind == "tif":
        return folder / "people.tif", "population"
    if kind in FACILITIES:
        return folder / f"facilities.{FACILITIES[kind]}", "facilities"
    return folder / f"zones.{'csv' if kind == 'wkt' else kind}", "zones"


def damaged(data: bytes, chance: random.Random) -> bytes:
    """Return a copy with one to six wounds."""
    body = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 2, 2, 3, 6))):
        at = chance.randrange(len(body) + 1)
        piece = chance.choice(PIECES)
        start = chance.randrange(len(body) + 1)
        wound = chance.choice(("flip", "byte", "cut", "insert", "over", "double"))
        if wound in {"flip", "byte"} and at < len(body):
            body[at] = (
                body[at] ^ 1 << chance.randrange(8) if wound == "flip" else chance.randrange(256)
            )
        elif wound == "cut":
            del body[at : at + chance.randint(1, 60)]
        elif wound == "insert":
            body[at:at] = piece
        elif wound == "over":
            body[at : at + len(piece)] = piece
        elif wound == "double":
            body[at:at] = body[start : start + chance.randint(1, 200)]
    return bytes(body[: chance.randrange(len(body) + 1)] if chance.randrange(30) == 0 else body)


def try_cells(chance: random.Random) -> None:
    """Read random cells by the grammar of values, and random headings."""
    dates = importlib.import_module("capacity_planner.loaders.cells.dates")
    headings = importlib.import_module("capacity_planner.loaders.records.headings")
    values = importlib.import_module("capacity_planner.loaders.cells.values")
    tables = importlib.import_module("capacity_planner.schemas").INPUT_TABLES
    letters = "0123456789.,-+eE/年月日〇一二三十百千万亿约余人户个 　①½無无—％()[]'\"=#\u200b\u202e\U0001f600"
    for _ in range(20):
        text = "".join(chance.choice(letters) for _ in range(chance.randint(0, 14)))
        cell = chance.choice(
            [
                text,
                text,
                text,
                chance.uniform(-1e20, 1e20),
                float("nan"),
                chance.getrandbits(80),
                True,
            ]
        )
        table = chance.choice(list(tables.values()))
        for column in table.columns:
            if column.kind in {"count", "number"}:
                values.read_number(cell, column)
            elif column.kind in {"one_of", "yes_no"}:
                values.read_word(cell, column, table.name)
        values.read_id(cell)
        values.read_text(cell)
        dates.read_date(cell)
        headings.read_heading(text, table.name, "resident")


def one_try(kind: str, home: Path, chance: random.Random) -> str:
    """Read one damaged copy and return how it ended: ``read`` or ``refused``."""
    if kind == "cells":
        try_cells(chance)
        return "read"
    folder = home / kind
    path, table = target(kind, folder)
    sound = path.with_name(path.name + ".sound")
    if not sound.exists():
        path.rename(sound)
    path.write_bytes(damaged(sound.read_bytes(), chance))
    found = Complaints()
    try:
        county = open_county(folder)
        if kind == "tif" or (table and chance.randrange(WHOLE) == 0):
            load_county(county, complaints=found)
        elif table:
            read_records(county, table, complaints=found)
    except PlannerError as refusal:
        refusal.tell("zh")
        return "refused"
    finally:
        path.unlink(missing_ok=True)
        if kind in {"toml", "policy"}:
            sound.rename(path)
    for each in found:
        each.line("en")
    return "refused" if found.has_errors else "read"


def _too_slow(_signal: int, _frame: FrameType | None) -> None:
    raise TimeoutError("too slow")


def work(seeds: list[tuple[str, int]], answers: multiprocessing.Queue[Answer]) -> None:
    """Try each seed in a folder of this process's own and send how it ended."""
    faulthandler.enable()
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGALRM, _too_slow)
    with tempfile.TemporaryDirectory() as name:
        write_seeds(Path(name))
        for kind, seed in seeds:
            answers.put((kind, seed, "started", ""))
            signal.alarm(SECONDS)
            try:
                ended, why = one_try(kind, Path(name), random.Random(seed)), ""  # noqa: S311
            except BaseException:  # noqa: BLE001  # whatever escapes is what we look for
                ended, why = "escaped", traceback.format_exc(limit=-4)
            signal.alarm(0)
            answers.put((kind, seed, ended, why))


def run_batch(seeds: list[tuple[str, int]]) -> list[Answer]:
    """Run seeds in one worker; where it dies, name the seed and go on behind it."""
    results: list[Answer] = []
    while seeds:
        answers: multiprocessing.Queue[Answer] = multiprocessing.Queue()
        worker = multiprocessing.Process(target=work, args=(seeds, answers))
        worker.start()
        done: list[Answer] = []
        running = None
        while worker.is_alive() or not answers.empty():
            try:
                answer = answers.get(timeout=0.2)
            except Exception:  # noqa: BLE001, S112  # the queue is empty for now
                continue
            running = answer[:2] if answer[2] == "started" else None
            if answer[2] != "started":
                done.append(answer)
        worker.join()
        results += done
        if worker.exitcode and running:
            results.append((*running, "crashed", f"exit {worker.exitcode}"))
        seeds = seeds[len(done) + 1 :] if worker.exitcode else []
    return results


def fuzz(tries: int, first: int = 0, only: str = "") -> tuple[Counter[tuple[str, str]], list[str]]:
    """Return how often each kind ended in which way, and the failures with their seeds.

    Parameters
    ----------
    tries
        How many damaged copies to read.
    first
        Seed of the first; the same seed and kind damage the same bytes.
    only
        One of :data:`KINDS`, by default all by their weights.
    """
    kinds = [only] * tries if only else random.Random(first).choices(KINDS, WEIGHTS, k=tries)  # noqa: S311  # not for secrets
    seeds = [(kind, first + number) for number, kind in enumerate(kinds)]
    counts: Counter[tuple[str, str]] = Counter()
    failures = []
    batches = [seeds[at : at + BATCH] for at in range(0, tries, BATCH)]
    with ThreadPoolExecutor(WORKERS) as pool:
        for results in pool.map(run_batch, batches):
            for kind, seed, ended, why in results:
                counts[kind, ended] += 1
                if ended in {"escaped", "crashed"}:
                    failures.append(f"{kind} {seed} {ended}\n{why}")
    return counts, failures


def main() -> int:
    """Run the tries and print the counts."""
    tries, first, only = (*sys.argv[1:4], *("2000", "0", "")[len(sys.argv) - 1 :])
    start = time.perf_counter()
    counts, failures = fuzz(int(tries), int(first), only)
    ends = ("read", "refused", "escaped", "crashed")
    print(f"{'kind':<10}" + "".join(f"{end:>10}" for end in ends))
    for kind in KINDS:
        print(f"{kind:<10}" + "".join(f"{counts[kind, end]:>10}" for end in ends))
    total = [sum(n for (_, e), n in counts.items() if e == end) for end in ends]
    print(
        f"{'all':<10}"
        + "".join(f"{n:>10}" for n in total)
        + f"  in {time.perf_counter() - start:.0f} s"
    )
    print("\n".join(failures[:20]))
    return int(bool(failures))


if __name__ == "__main__":
    sys.exit(main())
