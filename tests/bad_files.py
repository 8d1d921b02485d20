"""Settings files with one mistake each: what their first line expects, held against what is told."""

from __future__ import annotations

from pathlib import Path

from capacity_planner.texts import LANGUAGES

HOME = Path(__file__).parent / "bad"


def bad_files(kind):
    """Return the bad files of a kind (``policies`` or ``counties``), sorted."""
    return sorted((HOME / kind).glob("*.toml"))


def check_told(path, complaints):
    """Hold complaints against ``# expect: CODE KEY ~ NEAREST; …``; all of them, and no others."""
    found = {(fault.code, fault.column): fault for fault in complaints}
    expected = list(_expected(path))
    assert set(found) == {(code, key) for code, key, _ in expected}
    for code, key, near in expected:
        fault = found[code, key]
        assert fault.file.endswith(".toml")
        assert not near or fault.params["nearest"] == near
        for lang in LANGUAGES:
            line = fault.line(lang)
            assert fault.remedy(lang)
            assert "{" not in line.replace("{…}", "")
            assert len(line) < 2_000


def _expected(path):
    raw = path.read_bytes()
    text = raw.decode("utf-16" if raw[:2] == b"\xff\xfe" else "utf-8", "replace")
    for fault in text.splitlines()[0].removeprefix("# expect: ").split("; "):
        place, _, near = fault.partition(" ~ ")
        code, _, key = place.partition(" ")
        yield code, key, near
