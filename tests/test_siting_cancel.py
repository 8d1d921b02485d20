"""A search for sites that is told to stop stops while the solver is at work, not at its time limit."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

SCRIPT = textwrap.dedent("""
    import os, signal, sys, threading, time
    import numpy as np
    from capacity_planner.siting import highs

    chance, columns, rows = np.random.default_rng(1), 400, 200
    at = np.repeat(np.arange(rows), columns)
    found = highs.Rows()
    found.add(
        at, np.tile(np.arange(columns), rows),
        chance.integers(1, 50, columns * rows).astype(float),
        lower=np.full(rows, 2000.0), upper=np.full(rows, highs.INFINITY),
    )

    def interrupt():
        while not any(thread.daemon and thread.name.startswith("Thread-") and "run" in thread.name
                      for thread in threading.enumerate()):
            time.sleep(0.01)
        time.sleep(0.2)
        os.kill(os.getpid(), signal.SIGINT)

    signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Thread(target=interrupt, name="interrupt", daemon=True).start()
    try:
        highs.minimise(
            chance.integers(20, 60, columns).astype(float), found,
            upper=np.ones(columns), whole=np.ones(columns, dtype=bool), seconds=3600,
        )
    except KeyboardInterrupt:
        print("cancelled")
        sys.exit(130)
""")


@pytest.mark.skipif(sys.platform == "win32", reason="signals differ there")
def test_ctrl_c_is_heard_while_the_solver_works():
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False, timeout=300
    )
    assert (done.returncode, done.stdout) == (130, "cancelled\n"), done.stderr
