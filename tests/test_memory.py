"""Letting a process hold less memory: what is set, and what is given back."""

from __future__ import annotations

import ctypes
import gc
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from capacity_planner.memory import peak_memory_mib, release_memory, save_memory

HOLES = 100_000


@pytest.fixture
def own_pool():
    before = pa.default_memory_pool()
    save_memory.cache_clear()
    yield
    pa.set_memory_pool(before)
    gc.unfreeze()


@pytest.mark.usefixtures("own_pool")
def test_a_program_takes_arrow_s_memory_from_the_system():
    save_memory()
    assert pa.default_memory_pool().backend_name == "system"
    assert gc.get_freeze_count() > 0


def _held_kib():
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


@pytest.mark.skipif(
    sys.platform != "linux" or not hasattr(ctypes.CDLL(None), "malloc_trim"),
    reason="holes are given back where the C library can",
)
def test_holes_between_small_objects_are_given_back():
    held = [bytes(2_000) for _ in range(HOLES)]
    # one in fifty stays, so that the heap cannot shrink from its end
    held = held[::50]
    before = _held_kib()
    release_memory(beyond_mib=peak_memory_mib())
    assert abs(before - _held_kib()) < 10_000, "of a process that held no more than it may"
    release_memory(beyond_mib=0)
    assert before - _held_kib() > 100_000
    assert peak_memory_mib() > HOLES * 2_000 >> 20
    assert len(held) == HOLES // 50


def test_a_system_that_cannot_is_left_alone(monkeypatch):
    monkeypatch.setattr(ctypes, "CDLL", lambda _: object())
    release_memory(beyond_mib=0)
    monkeypatch.setattr(sys, "platform", "darwin")
    release_memory(beyond_mib=0)
