"""The catalogue of complaints, its page and the code hold together."""

from __future__ import annotations

import ast
import importlib.util
import re
from pathlib import Path

import pytest

from capacity_planner.errors import SEVERITIES
from capacity_planner.texts import load_catalogue

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "capacity_planner"
CATALOGUE = load_catalogue("complaints")


def script():
    path = ROOT / "scripts" / "make_complaints_doc.py"
    spec = importlib.util.spec_from_file_location("make_complaints_doc", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_page_is_the_catalogue():
    module = script()
    assert module.PAGE.read_text("utf-8") == module.page(), "run scripts/make_complaints_doc.py"


def strings_in_code() -> set[str]:
    found = set()
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
    return found


def test_every_code_is_used():
    strings = strings_in_code()
    joined = "\n".join(strings)
    unused = [
        code for code in CATALOGUE if code not in strings and not re.search(rf"\b{code}\b", joined)
    ]
    assert [code for code in unused if not _made_up(code, strings)] == []


def _made_up(code: str, strings: set[str]) -> bool:
    """Return whether a code is put together from a beginning or an end that stands in the code."""
    parts = code.split("_")
    heads = {"_".join(parts[:n]) + "_" for n in range(1, len(parts))}
    tails = {"_" + "_".join(parts[n:]) for n in range(1, len(parts))}
    return bool((heads | tails) & strings)


def codes_told() -> set[tuple[str, str]]:
    """Return every literal code that is handed to a function that tells it, with its file."""
    tellers = {"add", "of", "refuse", "Complaint", "tell_rows"}
    found = set()
    for path in (SOURCE / "loaders").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            position = 1 if name == "tell_rows" else 0
            if name in tellers and len(node.args) > position:
                argument = node.args[position]
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    found.add((argument.value, path.name))
    return found


def test_every_code_told_is_in_the_catalogue():
    told = {
        (code, file) for code, file in codes_told() if re.fullmatch(r"[a-z]+(_[a-z0-9]+)+", code)
    }
    assert sorted(pair for pair in told if pair[0] not in CATALOGUE) == []


@pytest.mark.parametrize("code", sorted(CATALOGUE))
def test_entry_is_whole(code):
    entry = CATALOGUE[code]
    assert entry["severity"] in SEVERITIES
    assert re.fullmatch(r"[a-z][a-z0-9_]*", code)
    assert _names(entry["zh"]) == _names(entry["en"])
    for key in ("zh", "en", "remedy_zh", "remedy_en"):
        assert entry.get(key), key
    assert re.search(r"[\u4e00-\u9fff]", entry["zh"])
    assert not re.search(r"[\u4e00-\u9fff]", re.sub(r"“[^”]*”", "", entry["en"]))


def _names(template: str) -> set[str]:
    """Return the names to fill in; what has a form in each language counts as one."""
    found = re.findall(r"\{(\w+)\}", template)
    return {re.sub(r"(_zh|_en)$|^(zh_|en_)", "", name) for name in found}
