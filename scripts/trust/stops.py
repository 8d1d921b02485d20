"""Runs stopped by everything but SIGKILL: full disk, no rights, no memory, signals, deaf readers, rivals."""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
from trust.evidence import Evidence
from trust.small import Ended, Stage, other

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from trust.evidence import Size

TRIES = {"small": 3, "full": 40}
MEMORY_MORE = 10 << 20
"""Bytes of address space beyond what a process has when it starts: a run needs about half."""
AT_WORK_CPU = 0.01
"""CPU seconds after which a process has surely begun the command; before, a signal just ends it."""
SAID = "out_not_writable"
DONE, FAILED, INTERRUPTED, TERMINATED = 0, 1, 130, 143


def gather(size: Size) -> Iterator[Evidence]:
    """Yield one row for each way to be stopped."""
    chance = random.Random(88)  # noqa: S311  # not for secrets
    tries = TRIES[size]
    with tempfile.TemporaryDirectory() as home:
        stage = Stage(Path(home))
        with _own_disk(stage) as disk:
            yield _row("full disk", tries, _no_disk(disk) or (lambda: _full_disk(stage, chance)))
            yield _row("read-only disk", 1, _no_disk(disk) or (lambda: _read_only(stage)))
        yield _row("files not allowed to grow", tries, lambda: _file_limit(stage, chance))
        yield _row("too little memory", tries, lambda: _memory_limit(stage, chance))
        yield _row("Ctrl-C", tries, lambda: _signal(stage, chance, signal.SIGINT, INTERRUPTED))
        yield _row("SIGTERM", tries, lambda: _signal(stage, chance, signal.SIGTERM, TERMINATED))
        for streams in ((1,), (2,), (1, 2)):
            name = " and ".join({1: "stdout", 2: "stderr"}[each] for each in streams)
            yield _row(f"nobody reads {name}", 1, lambda each=streams: _deaf(stage, each))
        yield _row("two runs at once", tries, lambda: _rivals(stage, chance))


def _row(name: str, tries: int, once: Callable[[], tuple[str, str]] | str) -> Evidence:
    """Try so many times; ``once`` returns how it ended and what is wrong, empty if nothing is."""
    if isinstance(once, str):
        return Evidence(f"stopped: {name}", skipped=once)
    counts: Counter[str] = Counter()
    failures = []
    for number in range(tries):
        ended, why = once()
        counts[ended] += 1
        failures += [f"{name} {number}: {why}"] if why else []
    return Evidence(
        f"stopped: {name}",
        held=tries - len(failures),
        tried=tries,
        detail=", ".join(f"{count} {ended}" for ended, count in sorted(counts.items())),
        failures=tuple(failures),
    )


def _judge(
    stage: Stage, earlier: str, ended: Ended, *, codes: tuple[int, ...], litter: int = 0
) -> tuple[str, str]:
    """Return how a run ended and what is wrong: code, traceback, what lies there, litter."""
    lies = stage.lies()
    told = "the new one whole" if lies == other(earlier) else "the earlier run untouched"
    beside = stage.litter()
    if lies not in stage.whole:
        return lies, f"{lies} lies there"
    if ended.code not in codes or ended.traceback:
        return told, f"exit {ended.code}: {ended.said[-1500:]}"
    if ended.code == DONE and lies == earlier:
        return told, "it says done, and the earlier run lies there"
    if len(beside) > litter or set(beside) - {stage.workshop.name}:
        return told, f"litter: {beside}"
    return told, ""


@contextmanager
def _own_disk(stage: Stage) -> Iterator[str]:
    """Put the runs' place on a disk of its own; yield why that cannot be, empty if it could."""
    if sys.platform != "linux" or os.geteuid() != 0 or not shutil.which("mount"):
        yield "only root on Linux can mount a small disk"
        return
    place = str(stage.place)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64m", "none", place], check=False, capture_output=True
    )
    if mounted.returncode:
        yield f"no disk can be mounted here: {mounted.stderr.decode().strip()}"
        return
    try:
        stage.wait(stage.start("a"))
        yield ""
    finally:
        subprocess.run(["umount", "-l", place], check=True)


def _no_disk(reason: str) -> str:
    return reason


def _remount(stage: Stage, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", str(stage.place)], check=True)


def _full_disk(stage: Stage, chance: random.Random) -> tuple[str, str]:
    earlier = stage.lies()
    used = shutil.disk_usage(stage.place).used
    _remount(stage, f"size={int(used * chance.uniform(1.0, 2.2))}")
    ended = stage.wait(stage.start(other(earlier)))
    told, why = _judge(stage, earlier, ended, codes=(DONE, FAILED))
    _remount(stage, "size=64m")
    if ended.code and SAID not in ended.said:
        why = why or f"does not name the disk: {ended.said[-500:]}"
    return told, why


def _read_only(stage: Stage) -> tuple[str, str]:
    earlier = stage.lies()
    _remount(stage, "ro")
    ended = stage.wait(stage.start(other(earlier)))
    told, why = _judge(stage, earlier, ended, codes=(FAILED,))
    _remount(stage, "rw")
    return told, why or ("" if SAID in ended.said else f"does not name the place: {ended.said}")


def _file_limit(stage: Stage, chance: random.Random) -> tuple[str, str]:
    earlier = stage.lies()
    largest = max(path.stat().st_size for path in stage.out.rglob("*"))
    most = int(chance.uniform(0, 1.2) * largest)
    prepare = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))  # noqa: E731
    ended = stage.wait(stage.start(other(earlier), prepare))
    return _judge(stage, earlier, ended, codes=(DONE, FAILED))


def _memory_limit(stage: Stage, chance: random.Random) -> tuple[str, str]:
    """Run with little memory; a library in C may then end the process, and all is whole the same."""
    earlier = stage.lies()
    most = psutil.Process().memory_info().vms + int(chance.uniform(0, MEMORY_MORE))
    prepare = lambda: resource.setrlimit(resource.RLIMIT_AS, (most, most))  # noqa: E731
    ended = stage.wait(stage.start(other(earlier), prepare))
    crashes = (-signal.SIGABRT, -signal.SIGSEGV, -signal.SIGKILL)
    told, why = _judge(stage, earlier, ended, codes=(DONE, FAILED, *crashes), litter=1)
    said = {DONE: "there was enough", FAILED: "said so"}.get(ended.code, "died of it")
    return f"{said}, {told}", why


def _signal(
    stage: Stage, chance: random.Random, number: signal.Signals, code: int
) -> tuple[str, str]:
    earlier = stage.lies()
    pid = stage.start(other(earlier))
    stage.watch(pid, cpu=chance.uniform(AT_WORK_CPU, stage.cpu))
    os.kill(pid, number)
    return _judge(stage, earlier, stage.wait(pid), codes=(DONE, code), litter=1)


def _deaf(stage: Stage, streams: tuple[int, ...]) -> tuple[str, str]:
    earlier = stage.lies()

    def prepare() -> None:
        reading, writing = os.pipe()
        os.close(reading)
        for stream in streams:
            os.dup2(writing, stream)

    ended = stage.wait(stage.start(other(earlier), prepare))
    return _judge(stage, earlier, ended, codes=(DONE, FAILED))


def _rivals(stage: Stage, chance: random.Random) -> tuple[str, str]:
    """Start the other version, and this one again while it is at work."""
    earlier = stage.lies()
    first = stage.start(other(earlier))
    stage.watch(first, cpu=chance.uniform(0, stage.cpu))
    second = stage.wait(stage.start(earlier))
    ended = [stage.wait(first), second]
    won = [each.code == DONE for each in ended]
    beside, lies = stage.litter(), stage.lies()
    if not any(won) or lies not in stage.whole or beside:
        return (
            "nobody won",
            f"{[each.code for each in ended]}, {lies} lies there, beside it {beside}",
        )
    if all(won):
        return "came one after the other", "" if lies == earlier else "the later run is not there"
    wanted = other(earlier) if won[0] else earlier
    loser = ended[won.index(False)]
    if lies != wanted or loser.code != FAILED or loser.traceback:
        return "one won", f"{lies} lies there instead of {wanted}; the loser ended {loser}"
    return "one won, the other said so", "" if "out_busy" in loser.said else f"said {loser.said}"
