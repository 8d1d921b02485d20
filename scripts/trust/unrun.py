"""The list of what the tests do not run, each group with its reason, held against a measurement."""

from __future__ import annotations

import tomllib
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["LIST", "deviations", "place_of", "read_list"]

LIST: Final = Path(__file__).parents[2] / "tests" / "uncovered.toml"


def read_list(path: Path = LIST) -> dict[str, str]:
    """Return the reason of each listed place, a function such as ``runs.folder._swap``."""
    groups = tomllib.loads(path.read_text("utf-8"))["unrun"]
    return {place: group["why"] for group in groups for place in group["places"]}


def place_of(file: str, function: str) -> str:
    """Return a function's name in the list.

    Parameters
    ----------
    file
        A module, such as ``capacity_planner/runs/folder.py``.
    function
        Its name in there with the classes and functions around it; empty for the module's own lines.
    """
    module = PurePosixPath(file.replace("\\", "/")).with_suffix("").parts[1:]
    return ".".join([*module, function] if function else module)


def deviations(files: Mapping[str, Any], known: Mapping[str, str]) -> Iterator[str]:
    """Yield a line for each function that is not wholly run and not listed, or the other way round.

    Parameters
    ----------
    files
        What coverage.py's JSON report says of each file.
    known
        Reasons by place.
    """
    stale = dict(known)
    for file, said in files.items():
        for name, part in said["functions"].items():
            if not part["missing_lines"] and not part["missing_branches"]:
                continue
            place = place_of(file, name)
            if stale.pop(place, None) is None:
                lines = {*part["missing_lines"], *(start for start, _ in part["missing_branches"])}
                yield f"{place} is not wholly run: lines {', '.join(map(str, sorted(lines)))}"
    for place in stale:
        yield f"{place} is listed, but wholly run or gone"
