"""Other Pythons, and the oldest and newest libraries that the project allows, where they can be had."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trust.evidence import Size

__all__ = ["Environment", "environments"]

ROOT = Path(__file__).parents[2]
KEPT = Path(tempfile.gettempdir()) / "capacity-planner-environments"
"""Environments are made once and used again by the next report on this machine."""
PYTHONS = ("3.11", "3.12", "3.13")


@dataclass(frozen=True)
class Environment:
    """A Python with the project's dependencies, or why it cannot be had."""

    name: str
    python: str = ""
    missing: str = ""

    @property
    def slug(self) -> str:
        """The name as a folder's name."""
        return re.sub(r"\W+", "_", self.name)


def environments(size: Size) -> Iterator[Environment]:
    """Yield the other Pythons, the floor and the newest libraries; none of them for a small report."""
    if size == "small":
        return
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    pinned = ("-c", str(ROOT / "constraints.txt"))
    for version in PYTHONS:
        if version != here:
            yield _made(f"Python {version}", version, pinned)
    yield _made("oldest libraries allowed", here, ("-c", str(_floor())))
    yield _made("newest libraries there are", here, ("--upgrade",))


def _floor() -> Path:
    """Return a file that holds each dependency to the lowest version that its range allows."""
    path = KEPT / "floor.txt"
    path.parent.mkdir(exist_ok=True)
    pairs = [re.match(r"([\w.-]+)>=([\d.]+)", each) for each in _dependencies()]
    # 9.11 means the 9.11 that there is, such as 9.11.4210.
    lines = [
        f"{pair[1]}=={pair[2]}{'' if pair[2].count('.') > 1 else '.*'}" for pair in pairs if pair
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def _dependencies() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [*project["dependencies"], *project["optional-dependencies"]["fast"]]


def _made(name: str, version: str, options: tuple[str, ...]) -> Environment:
    source = _interpreter(version)
    if source is None:
        return Environment(name, missing=f"no Python {version} on this machine")
    place = KEPT / Environment(name).slug
    python = place / "bin" / "python"
    if (place / "complete").exists():
        return Environment(name, str(python))
    shutil.rmtree(place, ignore_errors=True)
    subprocess.run([source, "-m", "venv", str(place)], check=True)
    done = subprocess.run(
        [str(python), "-m", "pip", "install", "-q", *options, f"{ROOT}[fast]"],
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        return Environment(name, missing=f"cannot be installed: {done.stderr.strip()[-300:]}")
    (place / "complete").touch()
    return Environment(name, str(python))


def _interpreter(version: str) -> str | None:
    """Return a Python of that version: the running one, one on the path, or one of pyenv's."""
    if version == f"{sys.version_info.major}.{sys.version_info.minor}":
        return sys.executable
    kept = sorted((Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python"))
    for found in (*map(str, kept), shutil.which(f"python{version}")):
        if found and subprocess.run([found, "-c", ""], check=False).returncode == 0:
            return found
    return None
