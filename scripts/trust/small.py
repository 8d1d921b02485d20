"""A small county in two versions that differ in every output, and runs of it in processes to be hurt.

A run is forked from a process that has imported everything: it is the same command in a process of
its own, and takes the time of the work alone, so that hurts fall on reading, computing and writing.
"""

from __future__ import annotations

import hashlib
import importlib
import os
import sys
import time
import traceback
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import psutil

if TYPE_CHECKING:
    from collections.abc import Callable

TESTS = Path(__file__).parents[2] / "tests"
IMPORTED = (
    "capacity_planner.cli", "capacity_planner.cli.app", "capacity_planner.cli.assess",
    "capacity_planner.loaders", "capacity_planner.runs", "docx", "pypinyin", "python_calamine",
)  # fmt: skip
"""What a run imports on its way, imported once before the first fork."""
POLL_SECONDS = 0.0005
PEOPLE_MORE = 500
"""Residents by which version ``b`` is larger, in every zone."""

Tree: TypeAlias = dict[str, str]
"""Path in a folder to the SHA-256 of what lies there."""

__all__ = ["Ended", "Stage", "Tree", "other", "tree", "write_office"]


def write_office(folder: Path, change: Callable[[Any], object]) -> Path:
    """Write the tests' clean county of six zones, changed in some way, and return its folder."""
    sys.path.insert(0, str(TESTS))
    office = importlib.import_module("faults").clean_office(folder)
    change(office)
    written: Path = office.write()
    return written


def _grow(office: Any) -> None:  # noqa: ANN401  # of the tests
    """Make the county larger in every figure."""
    for zone in office.zones:
        zone["population"] += PEOPLE_MORE
        zone["children_u3"] += PEOPLE_MORE // 50
    for facility in office.facilities:
        facility["slots"] = max(1, facility["slots"] - PEOPLE_MORE // 100)
        facility["enrolled_u3"] = min(facility["enrolled_u3"], facility["slots"])


def _zip(office: Any) -> None:  # noqa: ANN401  # of the tests
    """Send the zones as a zipped Shapefile, so that a run has to unpack something somewhere."""
    importlib.import_module("faults_files").shapefile_zipped(office)


def other(version: str) -> str:
    """Return the version that is not this one."""
    return "b" if version == "a" else "a"


def tree(folder: Path) -> Tree:
    """Return every file of a folder with its digest."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@dataclass(frozen=True)
class Ended:
    """How a process ended: exit code (negative: the signal), what it said, CPU seconds, peak MiB."""

    code: int
    said: str
    cpu: float
    peak_mib: int

    @property
    def traceback(self) -> bool:
        """Whether a reader was shown Python's own account."""
        return "Traceback" in self.said


class Stage:
    """A folder with both versions of the county and a place for their runs.

    Parameters
    ----------
    home
        An empty folder.
    """

    def __init__(self, home: Path) -> None:
        self.counties = {
            "a": write_office(home / "county_a", _zip),
            "b": write_office(home / "county_b", lambda office: (_grow(office), _zip(office))),
        }
        self.place = home / "place"
        self.place.mkdir()
        self.scratch = home / "scratch"
        self.scratch.mkdir()
        self.home = home
        self.whole: dict[str, Tree] = {}
        self.cpu = 0.0
        for version in ("b", "a"):
            ended = self.wait(self.start(version))
            if ended.code:
                raise RuntimeError(ended.said)
            self.whole[version] = tree(self.out)
            self.cpu = ended.cpu
        same = {name for name in self.whole["a"] if self.whole["a"][name] == self.whole["b"][name]}
        if same - {"complaints.csv"}:
            raise RuntimeError(f"the two versions do not differ in {sorted(same)}")

    @property
    def out(self) -> Path:
        """The run's folder."""
        return self.place / "run"

    @property
    def workshop(self) -> Path:
        """The one temporary folder that a killed run may leave."""
        return self.place / ".run.writing"

    def start(self, version: str, prepare: Callable[[], object] = lambda: None) -> int:
        """Start a run of a version in a process of its own and return the process's number.

        Parameters
        ----------
        version
            ``a`` or ``b``.
        prepare
            Called in the new process first, to set a limit or close a stream.
        """
        words = ["--county", str(self.counties[version]), "--out", str(self.out)]
        return self.fork(words, prepare)

    def fork(self, words: list[str], prepare: Callable[[], object] = lambda: None) -> int:
        """Start ``plan-gaps`` with these words in a process of its own and return its number."""
        command, *_ = map(importlib.import_module, IMPORTED)
        pid = os.fork()
        if pid:
            return pid
        log = os.open(self._log(os.getpid()), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.environ["TMPDIR"] = str(self.scratch)
        code = 99
        try:
            prepare()
            # Made anew: the parent's stream objects remember what they stood on.
            sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
            sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False)
            command.main(words)
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 1
        except BaseException:  # noqa: BLE001  # what escapes is told as the command would tell it
            traceback.print_exc()
        finally:
            os._exit(code)

    def wait(self, pid: int) -> Ended:
        """Wait for a process's end."""
        _, status, used = os.wait4(pid, 0)
        said = self._log(pid).read_text(encoding="utf-8", errors="replace")
        self._log(pid).unlink()
        cpu = used.ru_utime + used.ru_stime
        return Ended(os.waitstatus_to_exitcode(status), said, cpu, used.ru_maxrss >> 10)

    def _log(self, pid: int) -> Path:
        return self.home / f"{pid}.log"

    def lies(self) -> str:
        """Return which version's run lies in the folder: ``a``, ``b``, ``none`` or ``a mix``."""
        if not self.out.exists():
            return "none"
        found = tree(self.out)
        return next((name for name, whole in self.whole.items() if whole == found), "a mix")

    def litter(self) -> list[str]:
        """Return what lies about beside the run, the one temporary folder included."""
        beside = [path.name for path in self.place.iterdir() if path != self.out]
        return beside + [f"scratch/{path.name}" for path in self.scratch.iterdir()]

    def watch(
        self, pid: int, *, cpu: float = inf, seconds: float = inf, path: Path | None = None
    ) -> None:
        """Return once a process has used so many CPU seconds, or time is up, or a path is there, or it ended."""
        process = psutil.Process(pid)
        start = time.perf_counter()
        while process.status() != psutil.STATUS_ZOMBIE:
            if path is not None and path.exists():
                return
            if sum(process.cpu_times()[:2]) >= cpu or time.perf_counter() - start >= seconds:
                return
            time.sleep(POLL_SECONDS)
