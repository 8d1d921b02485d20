"""A run's folder appears whole or not at all, and takes nothing with it that is not its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap

import pytest

from capacity_planner.errors import OutputError
from capacity_planner.runs.folder import whole_folder


def _write(folder, text):
    (folder / "maps").mkdir()
    (folder / "maps" / "a.html").write_text(text, encoding="utf-8")
    (folder / "zones.csv").write_text(text, encoding="utf-8")
    outputs = {"zones.csv": "", "maps/a.html": ""}
    (folder / "run.json").write_text(json.dumps({"outputs": outputs}), encoding="utf-8")


def _run(out, text):
    with whole_folder(out) as folder:
        _write(folder, text)


def _content(out):
    return {
        path.relative_to(out).as_posix(): path.read_text(encoding="utf-8")
        for path in out.rglob("*")
        if path.is_file()
    }


def test_a_new_run_appears_and_leaves_no_litter(tmp_path):
    _run(tmp_path / "out" / "dazhu", "one")
    assert _content(tmp_path / "out" / "dazhu")["maps/a.html"] == "one"
    assert [each.name for each in (tmp_path / "out").iterdir()] == ["dazhu"]


def test_a_second_run_replaces_the_first(tmp_path):
    _run(tmp_path / "run", "one")
    _run(tmp_path / "run", "two")
    assert set(_content(tmp_path / "run").values()) >= {"two"}
    assert "one" not in _content(tmp_path / "run").values()
    assert [each.name for each in tmp_path.iterdir()] == ["run"]


def test_a_failed_run_leaves_the_earlier_one_as_it_was(tmp_path):
    _run(tmp_path / "run", "one")
    before = _content(tmp_path / "run")

    def fail():
        with whole_folder(tmp_path / "run") as folder:
            _write(folder, "two")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert _content(tmp_path / "run") == before
    assert [each.name for each in tmp_path.iterdir()] == ["run"]


def test_what_others_put_into_a_run_is_kept(tmp_path):
    _run(tmp_path / "run", "one")
    (tmp_path / "run" / "notes").mkdir()
    (tmp_path / "run" / "notes" / "review.json").write_text("mine", encoding="utf-8")
    _run(tmp_path / "run", "two")
    assert _content(tmp_path / "run")["notes/review.json"] == "mine"
    assert _content(tmp_path / "run")["zones.csv"] == "two"


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    (tmp_path / "letters.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError) as caught:
        _run(tmp_path, "one")
    assert caught.value.complaints[0].code == "out_not_a_run"
    assert _content(tmp_path) == {"letters.txt": "mine"}


def test_a_file_in_the_way_is_refused(tmp_path):
    (tmp_path / "run").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError) as caught:
        _run(tmp_path / "run", "one")
    assert caught.value.complaints[0].code == "out_not_a_folder"


def test_a_second_run_at_the_same_time_says_so(tmp_path):
    with whole_folder(tmp_path / "run") as folder:
        _write(folder, "one")
        with pytest.raises(OutputError) as caught:
            _run(tmp_path / "run", "two")
    assert caught.value.complaints[0].code == "out_busy"
    assert _content(tmp_path / "run")["zones.csv"] == "one"


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is not known there")
def test_a_killed_run_leaves_the_earlier_one_and_the_next_clears_up(tmp_path):
    _run(tmp_path / "run", "one")
    script = textwrap.dedent("""
        import sys, time
        from pathlib import Path
        from capacity_planner.runs.folder import whole_folder
        with whole_folder(Path(sys.argv[1])) as folder:
            (folder / "half").write_text("half")
            print("writing", flush=True)
            time.sleep(60)
    """)
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "run")], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout.readline().strip() == b"writing"
        process.send_signal(signal.SIGKILL)
    assert _content(tmp_path / "run")["zones.csv"] == "one"
    assert sorted(each.name for each in tmp_path.iterdir()) == [".run.writing", "run"]
    _run(tmp_path / "run", "two")
    assert _content(tmp_path / "run")["zones.csv"] == "two"
    assert [each.name for each in tmp_path.iterdir()] == ["run"]


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is not known there")
def test_where_folders_cannot_be_exchanged_the_next_run_gives_the_earlier_one_back(tmp_path):
    _run(tmp_path / "run", "one")
    script = textwrap.dedent("""
        import os, signal, sys
        from pathlib import Path
        from capacity_planner.runs import folder
        folder._swap = lambda one, other: False
        rename = Path.rename
        def rename_and_die(self, target):
            rename(self, target)
            if Path(target).name == "earlier":
                os.kill(os.getpid(), signal.SIGKILL)
        Path.rename = rename_and_die
        with folder.whole_folder(Path(sys.argv[1])) as place:
            (place / "new").write_text("two")
    """)
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path / "run")], check=False)
    assert done.returncode == -signal.SIGKILL
    assert [each.name for each in tmp_path.iterdir()] == [".run.writing"]
    with pytest.raises(ZeroDivisionError), whole_folder(tmp_path / "run"):
        raise ZeroDivisionError
    assert _content(tmp_path / "run")["zones.csv"] == "one"
    assert [each.name for each in tmp_path.iterdir()] == ["run"]


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_place_that_cannot_be_written_is_named(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError) as caught:
        _run(tmp_path / "run", "one")
    assert caught.value.complaints[0].code == "out_not_writable"
