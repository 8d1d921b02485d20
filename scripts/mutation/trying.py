"""A pytest plugin that tries mutants: tests are collected once, each mutant gets a fork of its own.

It runs inside the copy that :mod:`mutation.making` lays out. First every test runs on the original
and is seen to pass; what each runs of the package and how long it takes is noted. Then, for each
mutant, a fork wakes it and runs the tests that reach its function, the quickest first, until one
fails. Nothing of pytest's start is paid again: about ten times cheaper than a run of pytest each.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from mutmut.mutation.trampoline import set_mutant_under_test
from mutmut.state import state

if TYPE_CHECKING:
    from collections.abc import Iterator

SURVIVED, KILLED = 0, 1
SECONDS = 5
"""CPU time that a test may take beyond ten times its own; then the mutant counts as killed."""
MEMORY = 4 << 30
DEAR = "test_equal_to_highs"
"""A thousand counties for every survivor would cost hours; what only they notice counts as alive."""


@dataclass
class _Reach:
    """A test, its time on the original, and the mutated functions that it runs."""

    test: pytest.Item
    seconds: float
    functions: frozenset[str]


@dataclass
class Trials:
    """Try the mutants of a list (JSON) and write which were killed (JSON)."""

    asked: Path
    answer: Path
    workers: int
    failed: bool = False
    told: dict[str, int] = field(default_factory=dict)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a failure."""
        self.failed = self.failed or report.failed

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Take the place of pytest's own loop."""
        tests = [self._reach(item) for item in session.items]
        tests.sort(key=lambda each: each.seconds)
        running: dict[int, str] = {}
        for name in json.loads(self.asked.read_text("utf-8")):
            function = name.partition("__mutmut_")[0]
            reaching = [each for each in tests if function in each.functions]
            while len(running) >= self.workers:
                self._wait(running)
            running[self._fork(name, reaching)] = name
        while running:
            self._wait(running)
        self.answer.write_text(json.dumps(self.told, indent=1), "utf-8")
        return True

    def _reach(self, item: pytest.Item) -> _Reach:
        set_mutant_under_test("stats")
        state()._stats.clear()  # noqa: SLF001  # where mutmut notes what ran
        start = time.process_time()
        self._run(item)
        if self.failed:
            pytest.exit(f"fails without any mutant: {item.nodeid}", returncode=2)
        return _Reach(item, time.process_time() - start, frozenset(state()._stats))  # noqa: SLF001

    def _run(self, item: pytest.Item) -> None:
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)

    def _fork(self, name: str, reaching: list[_Reach]) -> int:
        child = os.fork()
        if child:
            return child
        try:
            os._exit(self._try(name, reaching))
        finally:  # whatever else came out of the tests is a kill
            os._exit(KILLED)

    def _try(self, name: str, reaching: list[_Reach]) -> int:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        set_mutant_under_test(name)
        for each in reaching:
            allowed = int(time.process_time() + SECONDS + 10 * each.seconds)
            resource.setrlimit(resource.RLIMIT_CPU, (allowed, resource.RLIM_INFINITY))
            self._run(each.test)
            if self.failed:
                return KILLED
        return SURVIVED

    def _wait(self, running: dict[int, str]) -> None:
        child, status = os.wait()
        name, code = running.pop(child), os.waitstatus_to_exitcode(status)
        self.told[name] = code
        if code == SURVIVED:
            sys.__stderr__.write(f"survived  {name}\n")
        if len(self.told) % 100 == 0:
            sys.__stderr__.write(f"… {len(self.told)} tried\n")


def _arguments() -> Iterator[str]:
    yield from ("-q", "-p", "no:cacheprovider", "-p", "no:doctest", "-o", "addopts=")
    yield from ("-k", f"not {DEAR}")
    # a failure is only counted, so nothing is spent on telling it
    yield from ("-s", "--assert=plain", "--tb=native", "--hypothesis-profile=mutants")


def main() -> int:
    """Run the trials: ``asked answer workers test …``."""
    asked, answer, workers, *tests = sys.argv[1:]
    trials = Trials(Path(asked), Path(answer), int(workers))
    return int(pytest.main([*_arguments(), *tests], plugins=[trials]))


if __name__ == "__main__":
    sys.exit(main())
