"""Ctrl-C and SIGTERM end a command wherever they fall, and nothing disturbs its way out."""

from __future__ import annotations

import os
import signal
import sys
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from capacity_planner.cli import app, main, rules
from capacity_planner.cli.stopping import stoppable

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals differ there")

STOPS = pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
PATIENCE_SECONDS = 30


@pytest.fixture(autouse=True)
def heard_at_first():
    """Hear Ctrl-C, which a process that a shell has started in the background ignores."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def press(number):
    os.kill(os.getpid(), number)
    for _ in range(1000):  # Python hears signals between its own steps
        pass


def in_a_callback(number):
    """Lose the signal as Python loses what falls into a callback."""

    class Thing:
        pass

    thing = Thing()
    watched = weakref.ref(thing, lambda _: press(number))
    del thing
    return watched


def cleared(number):
    """Lose the signal as libraries in C that clear whatever is raised."""
    with suppress(BaseException):
        press(number)


def as_another_error(number):
    """Make another error of it, which does not tell where it came from."""
    with suppress(BaseException):
        press(number)
    raise ImportError("initialization failed")


def go_on(_=None):
    """Work on, and never notice by oneself."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        time.sleep(0.01)


@pytest.fixture
def command(monkeypatch):
    """Let ``plan-gaps rules`` do something else, and return its exit code."""

    def run(does):
        monkeypatch.setattr(rules, "load_policy", lambda _: does())
        with pytest.raises(SystemExit) as ended:
            main(["rules", "--lang", "en"])
        return ended.value.code

    return run


@STOPS
@pytest.mark.parametrize("lose", [in_a_callback, cleared])
def test_a_stop_that_was_lost_is_told_again(number, code, lose, command, capsys):
    assert command(lambda: (lose(number), go_on())) == code
    assert capsys.readouterr().err.strip() == ""


@STOPS
def test_a_stop_of_which_a_library_makes_its_own_error_is_no_fault(number, code, command, capsys):
    assert command(lambda: as_another_error(number)) == code
    assert capsys.readouterr().err.strip() == ""


@STOPS
def test_a_stop_is_heard_before_the_command_has_begun(number, code, monkeypatch, capsys):
    monkeypatch.setattr(app, "run_command", lambda *_: press(number))
    with pytest.raises(SystemExit) as ended:
        main([])
    assert ended.value.code == code
    assert capsys.readouterr().err == ""


@STOPS
def test_what_is_cleaned_up_on_the_way_out_is_not_disturbed(number, code, command):
    cleaned = []

    def work():
        try:
            press(number)
            go_on()
        finally:
            cleaned.append("begun")
            time.sleep(0.5)  # longer than until a lost signal is told again
            try:
                int("an error of the cleaning's own")
            except ValueError:
                time.sleep(0.5)
            cleaned.append("done")

    assert command(work) == code
    assert cleaned == ["begun", "done"]


def test_what_else_falls_into_a_callback_is_told_as_ever(command, capsys):
    class Faulty:
        def __del__(self):
            raise ValueError("in a callback")

    assert command(lambda: Faulty() and sys.exit(0)) == 0
    assert "ValueError: in a callback" in capsys.readouterr().err


def test_whoever_ignores_ctrl_c_keeps_ignoring_it(command):
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        assert command(lambda: press(signal.SIGINT) or sys.exit(5)) == 5
    finally:
        signal.signal(signal.SIGINT, before)


def test_beside_the_main_thread_a_command_runs_without_hearing_signals():
    with ThreadPoolExecutor(1) as pool:
        ended = pool.submit(main, ["--version"]).exception()
    assert isinstance(ended, SystemExit)
    assert ended.code == 0


def test_signals_are_as_before_afterwards():
    heard = (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)
    before = [signal.getsignal(number) for number in heard]
    with stoppable() as stop:
        with suppress(KeyboardInterrupt):
            press(signal.SIGINT)
        assert stop.code == 130
    assert [signal.getsignal(number) for number in heard] == before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
