"""The reference pages are what the code says; the index leads to every page."""

from __future__ import annotations

import importlib.util
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from capacity_planner.cli.app import plan_gaps

ROOT = Path(__file__).parents[1]
_SPEC = importlib.util.spec_from_file_location("make_docs", ROOT / "scripts" / "make_docs.py")
make_docs = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(make_docs)


@pytest.mark.parametrize("name", sorted(make_docs.PAGES))
def test_a_reference_page_is_what_the_code_says(name):
    written = (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8")
    assert written == make_docs.PAGES[name](), f"run scripts/make_docs.py ({name})"


def test_the_commands_page_is_the_same_after_a_command_has_run_in_the_process():
    before = make_docs.PAGES["commands.md"]()
    assert CliRunner().invoke(plan_gaps, ["rules", "--help"]).exit_code == 0
    assert make_docs.PAGES["commands.md"]() == before
    assert "  --help" not in before.replace("-h, --help", "")


def test_every_room_of_the_contract_stands_in_contributing():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    layers = project["tool"]["importlinter"]["contracts"][0]["layers"]
    rooms = {room.strip() for layer in layers for room in layer.split("|")} - {"__main__"}
    assert {room for room in rooms if f"`{room}`" not in text} == set()
