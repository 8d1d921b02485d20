"""A run's folder appears whole or not at all, and takes nothing with it that is not its own."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from capacity_planner.errors import OutputError
from capacity_planner.runs import folder as folder_room
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


def _taken(code, out, text="two"):
    with pytest.raises(OutputError) as caught:
        _run(out, text)
    assert caught.value.complaints[0].code == code


def test_an_empty_folder_is_taken(tmp_path):
    (tmp_path / "run" / "empty").mkdir(parents=True)
    _run(tmp_path / "run", "one")
    assert _content(tmp_path / "run")["zones.csv"] == "one"


def test_a_disk_that_is_full_leaves_the_earlier_run_and_says_so(tmp_path, monkeypatch):
    _run(tmp_path / "run", "one")

    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        _taken("out_not_writable", tmp_path / "run")
    assert set(_content(tmp_path / "run").values()) >= {"one"}
    assert [each.name for each in tmp_path.iterdir()] == ["run"]


def test_what_the_new_run_writes_itself_goes_before_what_was_put_there(tmp_path):
    _run(tmp_path / "run", "one")
    (tmp_path / "run" / "notes.txt").write_text("old", encoding="utf-8")
    with whole_folder(tmp_path / "run") as folder:
        _write(folder, "two")
        (folder / "notes.txt").write_text("new", encoding="utf-8")
    assert _content(tmp_path / "run")["notes.txt"] == "new"


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right there")
def test_a_workshop_that_is_a_link_or_somebody_s_folder_is_not_touched(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("mine", encoding="utf-8")
    workshop = tmp_path / ".run.writing"
    workshop.symlink_to(tmp_path / "mine")
    _taken("out_not_a_run", tmp_path / "run")
    workshop.unlink()
    (tmp_path / "mine").rename(workshop)
    _taken("out_not_a_run", tmp_path / "run")
    assert _content(workshop) == {"letter.txt": "mine"}


def test_litter_of_a_killed_run_goes_but_not_what_it_leads_to(tmp_path):
    workshop, kept = tmp_path / ".run.writing", tmp_path / "kept"
    (workshop / "run").mkdir(parents=True)
    kept.mkdir()
    (kept / "letter.txt").write_text("mine", encoding="utf-8")
    (workshop / "lock").touch()
    (workshop / "half.csv").write_text("half", encoding="utf-8")
    if sys.platform != "win32":
        (workshop / "link").symlink_to(kept)
    _run(tmp_path / "run", "one")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["kept", "run"]
    assert _content(kept) == {"letter.txt": "mine"}


def test_a_lock_that_vanishes_before_it_is_opened_is_asked_for_again(tmp_path, monkeypatch):
    gone = []
    real = Path.open

    def open_(path, mode="r", **more):
        if path.name == "lock" and not gone:
            gone.append(path)
            path.parent.rmdir()  # the other run clears up between the two lines
        return real(path, mode, **more)

    monkeypatch.setattr(Path, "open", open_)
    _run(tmp_path / "run", "one")
    assert gone
    assert _content(tmp_path / "run")["zones.csv"] == "one"


def test_a_lock_that_another_run_takes_away_while_it_is_opened_holds_nothing(tmp_path, monkeypatch):
    taken = []

    def held(file):
        if len(taken) < 200:
            taken.append(file.name)
            Path(file.name).unlink()
        return True

    monkeypatch.setattr(folder_room, "hold", held)
    _taken("out_busy", tmp_path / "run")  # after a hundred tries
    assert len(taken) == 100
    del taken[:]
    taken.extend([""] * 199)
    _run(tmp_path / "run", "one")  # the second try holds the file that lies there
    assert len(taken) == 200
    assert _content(tmp_path / "run")["zones.csv"] == "one"


def test_where_folders_cannot_be_exchanged_the_earlier_one_steps_aside(tmp_path, monkeypatch):
    _run(tmp_path / "run", "one")
    monkeypatch.setattr(folder_room, "_swap", lambda *_: False)
    _run(tmp_path / "run", "two")
    assert _content(tmp_path / "run")["zones.csv"] == "two"
    assert [each.name for each in tmp_path.iterdir()] == ["run"]


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right there")
def test_a_link_that_others_put_into_a_run_stays_a_link(tmp_path):
    _run(tmp_path / "run", "one")
    (tmp_path / "run" / "current").symlink_to("maps")
    _run(tmp_path / "run", "two")
    assert (tmp_path / "run" / "current").readlink() == Path("maps")


def test_a_file_that_cannot_be_removed_stays_for_the_next_run(tmp_path, monkeypatch):
    workshop = tmp_path / ".run.writing"
    workshop.mkdir()
    (workshop / "lock").touch()
    (workshop / "half.csv").write_text("half", encoding="utf-8")
    real = Path.unlink

    def unlink(path, **more):
        if path.name == "half.csv":
            raise PermissionError(errno.EACCES, "in use", str(path))
        real(path, **more)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", unlink)
        _run(tmp_path / "run", "one")
    assert (workshop / "half.csv").exists()
    _run(tmp_path / "run", "two")
    assert [each.name for each in tmp_path.iterdir()] == ["run"]
