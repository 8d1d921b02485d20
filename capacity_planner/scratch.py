"""Temporary folders that leave nothing behind: what a killed process left, the next one clears."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["hold", "scratch_folder"]

_PREFIX: Final = "capacity_planner_"
_LOCK: Final = "lock"
_BORN_SECONDS: Final = 3600
"""How old a folder without a lock must be to count as left behind: a living one gets its lock at once."""


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Yield an empty folder among the system's temporary files and remove it at the end.

    Yields
    ------
    pathlib.Path
        Of this process alone.

    Examples
    --------
    >>> with scratch_folder() as folder:
    ...     _ = (folder / "a.txt").write_text("a")
    >>> folder.exists()
    False
    """
    _clear_abandoned(Path(tempfile.gettempdir()))
    with tempfile.TemporaryDirectory(prefix=_PREFIX, ignore_cleanup_errors=True) as name:
        home = Path(name)
        (home / "files").mkdir()
        with (home / "fresh").open("ab") as lock:
            hold(lock)
            if sys.platform != "win32":  # there an open file keeps its name
                # Locked before it has the name by which others judge whether we live.
                (home / "fresh").rename(home / _LOCK)
            yield home / "files"


def hold(file: BinaryIO) -> bool:
    """Return whether this process now holds an open file alone, until it is closed or the process ends.

    Parameters
    ----------
    file
        Open for writing.
    """
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415 (only there)

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415 (not on Windows)

            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _clear_abandoned(place: Path) -> None:
    """Remove the folders of processes that are no more; what is not ours to remove stays."""
    for home in place.glob(f"{_PREFIX}*"):
        with suppress(OSError):  # somebody else's, or cleared by another just now
            if home.is_symlink() or not home.is_dir():
                continue
            if not (home / _LOCK).exists():
                if time.time() - home.stat().st_mtime > _BORN_SECONDS:
                    shutil.rmtree(home, ignore_errors=True)
                continue
            with (home / _LOCK).open("ab") as lock:
                if hold(lock):
                    shutil.rmtree(home, ignore_errors=True)
