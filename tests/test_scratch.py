"""Temporary folders: gone at the end, and cleared by the next one when their process was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import textwrap

import pytest
from squares import county, square

from capacity_planner.assessment import assess
from capacity_planner.report import write_workbook
from capacity_planner.scratch import scratch_folder

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is not known there")


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def _holder(place):
    """Start a process that sits in a scratch folder with a file in it."""
    script = textwrap.dedent("""
        import time
        from capacity_planner.scratch import scratch_folder
        with scratch_folder() as folder:
            (folder / "half").write_text("half")
            print("writing", flush=True)
            time.sleep(60)
    """)
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(place)},
    )
    assert process.stdout.readline().strip() == b"writing"
    return process


def test_a_folder_is_empty_at_first_and_gone_at_the_end(place):
    with scratch_folder() as folder:
        assert list(folder.iterdir()) == []
        (folder / "deep").mkdir()
    assert list(place.iterdir()) == []


def test_the_next_one_clears_what_a_killed_process_left_and_spares_the_living(place):
    with _holder(place) as killed, _holder(place) as living:
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        assert len(list(place.iterdir())) == 2
        with scratch_folder():
            left = list(place.rglob("half"))
            assert len(left) == 1
        living.send_signal(signal.SIGKILL)
    with scratch_folder():
        assert list(place.rglob("half")) == []


def test_a_stranger_without_a_lock_is_cleared_only_when_old(place):
    young, old = place / "capacity_planner_young", place / "capacity_planner_old"
    young.mkdir()
    old.mkdir()
    os.utime(old, (0, 0))
    target = place / "elsewhere"
    target.mkdir()
    (place / "capacity_planner_link").symlink_to(target)
    with scratch_folder():
        assert young.exists()
        assert not old.exists()
        assert target.exists()


def test_a_workbook_is_made_in_its_own_folder_alone(tmp_path, monkeypatch):
    gaps = assess(county([{"zone_id": "a", "population": 900, "geometry": square(0, 0)}], []))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    (tmp_path / "run").mkdir()
    write_workbook(gaps, tmp_path / "run", lang="zh", run_hash="ab")
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["gaps.xlsx"]
