"""Large counties inside stated memory, many runs in one process, and a cancel that is heard at once."""

from __future__ import annotations

import gc
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pyarrow as pa
from synthetic_county import make_county
from synthetic_county import write_county as write_synthetic
from trust.evidence import Evidence
from trust.small import write_office

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trust.evidence import Size

ROOT = Path(__file__).parents[2]
SIZES = {"small": {2_000: 60}, "full": {50_000: 1_500, 300_000: 10_000}}
"""Facilities by zones."""
MEMORY_MIB = {2_000: 512, 50_000: 600, 300_000: 1_024}
"""Most memory that a whole command may ever hold, with the outputs that it writes by default: all of
them for a county, tables and an overview map from some ten thousand zones up."""
RUNS = {"small": 12, "full": 200}
SETTLED = 4
"""One in so many runs of a soak comes before memory is compared: caches fill, arenas grow."""
GROWTH_MIB = 8
THREADS = pa.cpu_count() + pa.io_thread_count()
"""Threads that may still come: native ones, made while writing, up to about the fiftieth run and none in 400 more."""
CANCELS = {"small": 3, "full": 20}
CANCEL_SECONDS = 1.0


def gather(size: Size) -> Iterator[Evidence]:
    """Yield a row for each large county, one for the soak, one for cancelling."""
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        cpu = 0.0
        for zones, facilities in SIZES[size].items():
            folder = home / f"county_{zones}"
            write_synthetic(make_county(zones, facilities), folder)
            row, cpu_here = _whole_run(folder, home / f"out_{zones}", zones)
            cpu = cpu or cpu_here
            yield row
        yield _cancels(home / f"county_{next(iter(SIZES[size]))}", home, CANCELS[size], cpu)
        yield _soak(home, RUNS[size])


def _start(folder: Path, out: Path, log: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "capacity_planner", "--county", str(folder), "--out", str(out)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=log,
        stderr=log,
    )


def _whole_run(folder: Path, out: Path, zones: int) -> tuple[Evidence, float]:
    start = time.perf_counter()
    with (folder / "log.txt").open("w+b") as log:
        process = _start(folder, out, log.fileno())
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        log.seek(0)
        said = log.read().decode(errors="replace")
    peak, cpu = used.ru_maxrss >> 10, used.ru_utime + used.ru_stime
    why = f"exit {process.returncode}: {said[-800:]}" if process.returncode else ""
    why = why or (f"peak {peak} MiB" if peak > MEMORY_MIB[zones] else "")
    return Evidence(
        f"{zones:,} zones run to the end within {MEMORY_MIB[zones]:,} MiB",
        held=int(not why),
        tried=1,
        detail=f"peak {peak:,} MiB, {time.perf_counter() - start:.0f} s ({cpu:.0f} CPU s)",
        failures=(why,) if why else (),
    ), cpu


def _cancels(folder: Path, home: Path, tries: int, cpu: float) -> Evidence:
    """Press Ctrl-C at random moments of a large run and see how long it goes on."""
    chance = random.Random(80)  # noqa: S311  # not for secrets
    waits, failures = [], []
    for number in range(tries):
        moment = chance.uniform(0.05, 0.95) * cpu
        while not (ended := _cancel(folder, home / f"cancelled_{number}", moment)):
            moment *= 0.8
        wall, used, left = ended
        waits.append((wall, used))
        if used > CANCEL_SECONDS or left:
            failures.append(
                f"{number} at {moment:.1f} CPU s: {wall:.2f} s, {used:.2f} CPU s; {left}"
            )
    return Evidence(
        "Ctrl-C ends a large run within a second",
        held=tries - len(failures),
        tried=tries,
        detail=f"longest {max(wait for wait, _ in waits):.2f} s, "
        f"{max(used for _, used in waits):.2f} CPU s; nothing left behind",
        failures=tuple(failures),
    )


def _cancel(folder: Path, place: Path, moment: float) -> tuple[float, float, str] | None:
    """Return the seconds and CPU seconds between the signal and the end, and what is left behind.

    ``None`` if the run had come to its end before.
    """
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    process = _start(folder, place / "run", subprocess.DEVNULL)
    watched = psutil.Process(process.pid)
    before = 0.0
    while before < moment and watched.status() != psutil.STATUS_ZOMBIE:
        before = sum(watched.cpu_times()[:2])
        time.sleep(0.002)
    if watched.status() == psutil.STATUS_ZOMBIE:
        process.wait()
        return None
    process.send_signal(signal.SIGINT)
    start = time.perf_counter()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - start
    # a folder that is there is whole: trust/stops.py looks into it
    left = [path.name for path in place.iterdir() if path.name != "run"]
    return wall, used.ru_utime + used.ru_stime - before, f"left: {left}" if left else ""


def _soak(home: Path, runs: int) -> Evidence:
    """Load, assess and write so many times in this process, and compare memory and open files."""
    load, assess, write = (
        getattr(import_module(f"capacity_planner.{room}"), name)
        for room, name in (
            ("loaders", "load_county"),
            ("assessment", "assess"),
            ("runs", "write_run"),
        )
    )
    folder = write_office(home / "soaked", lambda _: None)
    process = psutil.Process()
    seen = []
    for _ in range(runs):
        write(assess(load(folder)), home / "soak" / "run")
        gc.collect()
        seen.append((process.memory_info().rss >> 10, process.num_fds(), process.num_threads()))
    settled = seen[runs // SETTLED :]
    part = max(1, len(settled) // SETTLED)
    growth = (_middle(settled[-part:], 0) - _middle(settled[:part], 0)) / 1024
    files = _middle(settled[-part:], 1) - _middle(settled[:part], 1)
    threads = _middle(settled[-part:], 2) - _middle(settled[:part], 2)
    bad = growth > GROWTH_MIB or files > 0 or threads > THREADS
    told = f"{growth:+.1f} MiB, {files:+} open files, {threads:+} threads, from the first settled runs to the last"
    return Evidence(
        f"{runs} runs in one process leak nothing",
        held=0 if bad else runs,
        tried=runs,
        detail=told,
        failures=(told,) if bad else (),
    )


def _middle(rows: list[tuple[int, int, int]], at: int) -> int:
    return sorted(row[at] for row in rows)[len(rows) // 2]
