"""A run's folder appears whole or not at all, also when the process is killed at any moment."""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, BinaryIO, Final

from capacity_planner.errors import OutputError
from capacity_planner.scratch import hold

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["MANIFEST", "whole_folder"]

MANIFEST: Final = "run.json"
_SWAP: Final = 2  # RENAME_EXCHANGE on Linux, RENAME_SWAP on macOS
_HERE: Final = -100  # AT_FDCWD
_TRIES: Final = 100
"""How often a lock that vanishes under the hand is asked for again."""


@contextmanager
def whole_folder(out: Path) -> Iterator[Path]:
    """Give an empty folder to write into; when the block ends well, it takes the place of ``out``.

    Parameters
    ----------
    out
        The run's folder; what an earlier run wrote there is replaced, what others put there is kept.

    Yields
    ------
    pathlib.Path
        A folder beside ``out`` on the same file system. It is synced to disk and renamed at the end,
        or removed if the block raises. A killed run leaves ``.<name>.writing``, which the next clears.

    Raises
    ------
    OutputError
        If the place cannot be written, holds something that is no run, or another run is at it.
    """
    out = out.resolve()
    workshop = out.parent / f".{out.name}.writing"
    try:
        _foreign_files(out)
        out.parent.mkdir(parents=True, exist_ok=True)
        with _claim(workshop, out):
            staging = workshop / "run"
            staging.mkdir()
            yield staging
            # Looked for again: somebody may have saved notes there while this run was at work.
            for name in _foreign_files(out):
                _carry_over(out / name, staging / name)
            _sync(staging)
            _put_in_place(staging, out)
    except OutputError:
        raise
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError.of("out_not_writable", file=str(out), value=reason) from error


def _foreign_files(out: Path) -> list[Path]:
    """Return what lies in an earlier run's folder and was not written by it."""
    if not out.exists():
        return []
    if not out.is_dir():
        raise OutputError.of("out_not_a_folder", file=str(out))
    present = [path.relative_to(out) for path in sorted(out.rglob("*")) if _is_leaf(path)]
    if not present:
        return []
    try:
        manifest = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
        written = set(manifest["outputs"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        raise OutputError.of("out_not_a_run", file=str(out)) from None
    return [path for path in present if path.as_posix() not in {*written, MANIFEST}]


def _is_leaf(path: Path) -> bool:
    return path.is_symlink() or not path.is_dir()


def _carry_over(source: Path, target: Path) -> None:
    if not target.exists() and not target.is_symlink():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target, follow_symlinks=False)


@contextmanager
def _claim(workshop: Path, out: Path) -> Iterator[None]:
    """Hold the workshop for this process alone, clearing what a killed run left."""
    try:
        with _held(workshop) as lock:
            try:
                _give_back(workshop / "earlier", out)
                _empty(workshop, keep=lock)
                yield
            finally:
                _empty(workshop, keep=lock)
                _leave(lock)
    finally:
        if sys.platform == "win32":  # there a file goes only once it is closed
            _leave(workshop / "lock")


@contextmanager
def _held(workshop: Path) -> Iterator[Path]:
    """Yield the lock's path once this process holds the very file that lies there."""
    lock = workshop / "lock"
    for _ in range(_TRIES):
        if not _is_ours(workshop, lock):
            raise OutputError.of("out_not_a_run", file=str(workshop))
        workshop.mkdir(exist_ok=True)
        try:
            file = lock.open("ab")
        except FileNotFoundError:  # its holder cleared the workshop between the two lines
            continue
        with file:
            if not hold(file):
                raise OutputError.of("out_busy", file=str(workshop))
            if _lies_there(file, lock):
                yield lock
                return
    raise OutputError.of("out_busy", file=str(workshop))


def _is_ours(workshop: Path, lock: Path) -> bool:
    """Return whether a run may clear this place: no link, and a lock in it or nothing."""
    if workshop.is_symlink() or lock.is_symlink():
        return False
    return not workshop.exists() or lock.is_file() or not any(workshop.iterdir())


def _lies_there(file: BinaryIO, lock: Path) -> bool:
    """Return whether a file that was opened by a name still has it."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), lock.stat())
    except FileNotFoundError:
        return False


def _leave(lock: Path) -> None:
    """Take the lock's name away while it is held, so that nobody can come to hold a dead file."""
    with suppress(OSError):
        if list(lock.parent.iterdir()) == [lock]:
            lock.unlink()
            lock.parent.rmdir()


def _give_back(earlier: Path, out: Path) -> None:
    """Put an earlier run back that stood aside when its successor was killed."""
    if earlier.is_dir() and not out.exists():
        earlier.rename(out)


def _empty(workshop: Path, *, keep: Path) -> None:
    """Remove what lies in the workshop; what cannot be removed stays for the next run."""
    for path in workshop.iterdir() if workshop.is_dir() else ():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        elif path != keep:
            with suppress(OSError):
                path.unlink()


def _sync(folder: Path) -> None:
    """Bring every file and folder to disk before it gets its name."""
    for path in sorted(folder.rglob("*"), reverse=True):
        _sync_one(path)
    _sync_one(folder)


def _sync_one(path: Path) -> None:
    if path.is_symlink() or (path.is_dir() and sys.platform == "win32"):
        return
    # Windows syncs only what is open for writing; elsewhere a read-only file must pass too.
    handle = os.open(path, os.O_RDWR if sys.platform == "win32" else os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _put_in_place(staging: Path, out: Path) -> None:
    if out.exists() and not _swap(staging, out):
        # No atomic exchange here: the earlier run steps aside first and is cleared with the workshop.
        out.rename(staging.with_name("earlier"))
    if not out.exists():
        staging.rename(out)
    _sync_one(out.parent)


def _swap(one: Path, other: Path) -> bool:
    """Exchange two folders in one step where the system can; return whether it did."""
    if sys.platform == "win32":
        return False
    libc = ctypes.CDLL(None)
    left, right = os.fsencode(one), os.fsencode(other)
    if sys.platform == "linux" and hasattr(libc, "renameat2"):
        return bool(libc.renameat2(_HERE, left, _HERE, right, _SWAP) == 0)
    if sys.platform == "darwin" and hasattr(libc, "renamex_np"):
        return bool(libc.renamex_np(left, right, _SWAP) == 0)
    return False
