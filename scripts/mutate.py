"""Try every mutant of the rooms that decide a figure, and hold the survivors against the list.

``python scripts/mutate.py [ROOM …] [--only TEXT …] [--workers N]`` prints the score, every survivor
that ``tests/mutants.toml`` does not argue to be equal to the original, and every entry of the list
that no longer holds; it ends with 1 if there are any.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from mutation.listed import Judgement, judge
from mutation.making import ROOMS, Mutant, lay_out
from sessions import own_environment

__all__ = ["trial"]

SCRIPTS = Path(__file__).parent


def trial(rooms: list[str], *, only: tuple[str, ...] = ("",), workers: int = 1) -> Judgement:
    """Try the mutants of some rooms; ``only`` takes those whose name holds one of some texts."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as name:
        folder = Path(name) / "copy"
        made = lay_out(folder, rooms)
        mutants = [each for each in made if any(text in each.name for text in only)]
        tests = [f"tests/{test}" for room in rooms for test in ROOMS[room]]
        survived = _survivors(folder, mutants, tests, workers)
    return judge(mutants, survived, rooms)


def _survivors(folder: Path, mutants: list[Mutant], tests: list[str], workers: int) -> list[str]:
    asked, answer = folder / "asked.json", folder / "answer.json"
    asked.write_text(json.dumps([each.name for each in mutants]), "utf-8")
    paths = os.pathsep.join([str(folder), str(SCRIPTS)])
    subprocess.run(
        [sys.executable, "-m", "mutation.trying", str(asked), str(answer), str(workers), *tests],
        cwd=folder,
        env={**own_environment(), "PYTHONPATH": paths, "PY_IGNORE_IMPORTMISMATCH": "1"},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return [name for name, code in json.loads(answer.read_text("utf-8")).items() if code == 0]


def main() -> int:
    """Print the score and what is open."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rooms", nargs="*", choices=[[], *ROOMS], default=[])
    parser.add_argument("--only", nargs="+", help="mutants whose name holds one of these texts")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    asked = parser.parse_args()
    only = tuple(asked.only or [""])
    found = trial(asked.rooms or list(ROOMS), only=only, workers=asked.workers)
    for each in found.unlisted:
        print(f"survived  {each.where}\n  - {each.was}\n  + {each.now}")
    for place in () if asked.only else found.stale:
        print("no longer survives, take it off the list  ", *place, sep="\n  ")
    print(
        f"{found.killed} of {found.tried} killed, {found.listed} listed as equal, "
        f"{len(found.unlisted)} open"
    )
    return int(bool(found.unlisted or (found.stale and not asked.only)))


if __name__ == "__main__":
    sys.exit(main())
