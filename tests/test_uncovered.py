"""The list of what the tests do not run fits the code, and a measurement is told from it."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

HOME = Path(__file__).parents[1]
sys.path.insert(0, str(HOME / "scripts"))

from trust.unrun import deviations, place_of, read_list  # noqa: E402  # lies with the scripts

LISTED = read_list()


def _functions(holder, around=""):
    """Yield the names of the functions of a module, with the classes and functions around them."""
    for each in ast.iter_child_nodes(holder):
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            name = f"{around}{each.name}"
            if not isinstance(each, ast.ClassDef):
                yield name
            yield from _functions(each, f"{name}.")
        else:
            yield from _functions(each, around)


def _places():
    for path in (HOME / "capacity_planner").rglob("*.py"):
        file = path.relative_to(HOME).as_posix()
        tree = ast.parse(path.read_text("utf-8"))
        yield from (place_of(file, name) for name in ("", *_functions(tree)))


PLACES = frozenset(_places())


@pytest.mark.parametrize("place", LISTED)
def test_what_the_list_argues_about_still_stands_in_the_code(place):
    assert place in PLACES


def test_every_reason_is_a_sentence():
    for why in set(LISTED.values()):
        assert why[0].isupper()
        assert why.endswith(".")
        assert len(why.split()) > 5


def test_unlisted_and_stale_places_are_told_and_what_is_listed_is_not():
    def part(lines=(), branches=()):
        return {"missing_lines": list(lines), "missing_branches": [list(each) for each in branches]}

    functions = {"": part(), "_listed": part([3]), "_open": part([9], [(7, 9)]), "_run": part()}
    known = dict.fromkeys(("room.part._listed", "room.part._run", "room.part._gone"), "Why.")
    files = {"capacity_planner/room/part.py": {"functions": functions}}
    assert list(deviations(files, known)) == [
        "room.part._open is not wholly run: lines 7, 9",
        "room.part._run is listed, but wholly run or gone",
        "room.part._gone is listed, but wholly run or gone",
    ]
