"""What the READMEs show is what the tool gives."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import capacity_planner as cp

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def gaps():
    return cp.assess(cp.load_county("dazhu"))


@pytest.mark.parametrize(("name", "lang"), [("README.md", "en"), ("README.zh.md", "zh")])
def test_the_worked_example_is_what_explain_prints(gaps, name, lang):
    text = (ROOT / name).read_text(encoding="utf-8")
    example = text.split("<!-- worked example -->")[1].split("<!-- end of worked example -->")[0]
    zone_id = re.search(r"explain --county dazhu (\S+?)[` ]", example).group(1)
    shown = re.search(r"```text\n(.*?)\n```", example, re.DOTALL).group(1)
    assert shown == cp.explain_zone(gaps, zone_id).text(lang)
    row = gaps.zone(zone_id)
    for figure in ("required", "attributed", "shortfall"):
        assert f"**{row[figure]}" in example.split("```")[2]


@pytest.mark.parametrize("name", ["README.md", "README.zh.md"])
def test_both_readmes_give_the_same_two_commands(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    commands = re.findall(r"^python3 -m venv .*$", text, re.MULTILINE)
    assert len(commands) == 2
    assert commands[0].endswith("plan-gaps --county dazhu")
    assert commands[1].endswith("-m pytest")


@pytest.mark.parametrize("name", ["README.md", "README.zh.md"])
def test_the_table_of_choices_gives_the_defaults_in_force(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    shown = dict(re.findall(r"^\| `(\w+)` \| `?([^`|]+?)`? \|", text, re.MULTILINE))
    choices = cp.load_county("dazhu").choices.of({})
    for name_, value, _ in choices.rows():
        if name_ in shown:
            assert shown[name_] == (
                {"README.md": "none"}.get(name, "无") if value is None else str(value)
            )
    assert {"radius_m", "basis", "facility_presence", "unknown_accepts_migrants"} <= set(shown)


@pytest.mark.parametrize("name", ["README.md", "README.zh.md"])
def test_every_file_that_a_readme_points_to_is_there(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        assert (ROOT / target).exists(), target
