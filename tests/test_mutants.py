"""The list of mutants that live on purpose fits the code, and the trials tell one from the other."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

HOME = Path(__file__).parents[1]
sys.path.insert(0, str(HOME / "scripts"))

from mutate import trial  # noqa: E402  # lies with the scripts
from mutation.listed import judge, read_list  # noqa: E402
from mutation.making import ROOMS, Mutant  # noqa: E402

LISTED = read_list()


def _functions(room):
    """Return the stripped lines of every function and method of a room, by its name in the list."""
    found = {}
    for path in sorted((HOME / "capacity_planner" / room).glob("*.py")):
        source = path.read_text("utf-8")
        tree = ast.parse(source)
        for holder in [tree, *(each for each in tree.body if isinstance(each, ast.ClassDef))]:
            of = f"{holder.name}." if isinstance(holder, ast.ClassDef) else ""
            for each in holder.body:
                if isinstance(each, ast.FunctionDef):
                    lines = ast.get_source_segment(source, each).splitlines()
                    name = f"{room}.{path.stem}.{of}{each.name}"
                    found[name] = [line.strip() for line in lines]
    return found


FUNCTIONS = {name: lines for room in ROOMS for name, lines in _functions(room).items()}


@pytest.mark.parametrize(
    "place", LISTED, ids=[f"{at}-{place[0]}" for at, place in enumerate(LISTED)]
)
def test_what_the_list_argues_about_still_stands_in_the_code(place):
    where, was, now = place
    assert set(was.splitlines()) <= set(FUNCTIONS[where]), "changed: try the mutants anew"
    assert was != now


def test_every_reason_is_a_sentence():
    for why in set(LISTED.values()):
        assert why[0].isupper()
        assert why.endswith(".")
        assert len(why.split()) > 5


def test_killed_listed_open_and_stale_are_told_apart():
    place = next(iter(LISTED))
    room = place[0].partition(".")[0]
    mutants = [Mutant("listed", *place), Mutant("open", place[0], "a", "b"), Mutant("dead", *place)]
    found = judge(mutants, ["listed", "open"], [room])
    assert (found.tried, found.killed, found.listed) == (3, 1, 1)
    assert [each.name for each in found.unlisted] == ["open"]
    assert place not in found.stale
    others = [each for each in LISTED if each[0].startswith(f"{room}.") and each != place]
    assert set(found.stale) == set(others)


def test_mutants_are_made_woken_and_killed():
    found = trial(["calculator"], only=("x_sum_by",), workers=2)
    assert found.tried >= 10
    assert found.killed == found.tried
