"""Runs killed at random moments: the earlier run stays, or the new one is whole, never a mix."""

from __future__ import annotations

import os
import random
import signal
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from trust.evidence import Evidence
from trust.small import Stage, other

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trust.evidence import Size

TRIES = {"small": 20, "full": 500}
CLOSING = 3
"""Every third kill falls after the last file is written: while syncing, renaming, clearing up."""
CLOSING_SECONDS = (0.002, 1.0)
"""Bounds of the time that a run takes from its last file to its end, on whatever disk."""


def gather(size: Size) -> Iterator[Evidence]:
    """Yield one row over SIGKILL at random moments of a run that replaces another."""
    chance = random.Random(8)  # noqa: S311  # not for secrets
    counts: Counter[str] = Counter()
    failures: list[str] = []
    with tempfile.TemporaryDirectory() as home:
        trial = _Trial(Stage(Path(home)), chance, counts)
        while counts["killed"] < TRIES[size]:
            why = trial.once()
            failures += [f"kill {counts['killed']} {trial.moment}: {why}"] if why else []
        if why := trial.unhurt():
            failures.append(f"the run after the last kill: {why}")
    yield Evidence(
        "kills (SIGKILL) survived",
        held=counts["killed"] - len(failures),
        tried=counts["killed"],
        detail=f"{counts['earlier']} left the earlier run, {counts['new']} the new one whole; "
        f"{counts['litter']} left the one temporary folder, gone after each of the "
        f"{counts['unhurt']} runs in between that ended by themselves",
        failures=tuple(failures),
    )


class _Trial:
    """Kills on one stage, each run replacing what the last one left."""

    def __init__(self, stage: Stage, chance: random.Random, counts: Counter[str]) -> None:
        self.stage, self.chance, self.counts = stage, chance, counts
        self.closing = CLOSING_SECONDS[1]
        self.moment = ""

    def once(self) -> str:
        """Start a run of the other version, kill it, and return what is wrong, empty if nothing is."""
        earlier = self.stage.lies()
        pid = self.stage.start(other(earlier))
        if self.counts["killed"] % CLOSING == 0:
            self._wait_for_closing(pid)
        else:
            cpu = self.chance.uniform(0, self.stage.cpu)
            self.stage.watch(pid, cpu=cpu)
            self.moment = f"after {cpu:.3f} CPU s"
        os.kill(pid, signal.SIGKILL)
        code = self.stage.wait(pid).code
        return (
            self._judge_killed(earlier) if code == -signal.SIGKILL else self._judge(earlier, code)
        )

    def _wait_for_closing(self, pid: int) -> None:
        self.stage.watch(pid, path=self.stage.workshop / "run" / "run.json")
        start = time.perf_counter()
        wait = self.chance.uniform(0, self.closing)
        self.stage.watch(pid, seconds=wait)
        took = time.perf_counter() - start
        # The window differs from disk to disk: it shrinks to what ended before the kill, and grows again.
        self.closing = min(took, self.closing) if took < wait else self.closing * 1.1
        self.closing = min(max(self.closing, CLOSING_SECONDS[0]), CLOSING_SECONDS[1])
        self.moment = f"{wait * 1000:.1f} ms after the last file"

    def _judge_killed(self, earlier: str) -> str:
        lies, litter = self.stage.lies(), self.stage.litter()
        self.counts["killed"] += 1
        self.counts["earlier" if lies == earlier else "new"] += 1
        self.counts["litter"] += bool(litter)
        if lies not in self.stage.whole:
            return f"{lies} lies there"
        return f"litter: {litter}" if set(litter) - {self.stage.workshop.name} else ""

    def _judge(self, earlier: str, code: int) -> str:
        """Judge a run that ended before it could be killed: it clears what the others left."""
        self.counts["unhurt"] += 1
        if code or self.stage.lies() != other(earlier):
            return f"a run ended by itself with {code} and {self.stage.lies()} lies there"
        return f"litter after a whole run: {self.stage.litter()}" if self.stage.litter() else ""

    def unhurt(self) -> str:
        """Run to the end and return what is wrong then."""
        earlier = self.stage.lies()
        return self._judge(earlier, self.stage.wait(self.stage.start(other(earlier))).code)
