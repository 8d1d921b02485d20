"""Accessibility of the pages, judged by axe-core (fetched from npm for the test, never shipped)."""

from __future__ import annotations

import shutil
import subprocess
import tarfile

import pytest
from mapped import chromium, open_page, squares_gaps, watched_page
from test_mapper_moments import folders, gaps, outlooks, plan  # noqa: F401 (fixtures)

from capacity_planner.mapper import write_maps

pytestmark = pytest.mark.browser

AXE = "axe-core@4.14.1"


@pytest.fixture(scope="module")
def axe(tmp_path_factory):
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed, so axe-core cannot be fetched")
    folder = tmp_path_factory.mktemp("axe")
    command = [npm, "pack", AXE, "--silent", "--pack-destination", str(folder)]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=60)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        pytest.skip("axe-core could not be fetched")
    with tarfile.open(next(folder.glob("*.tgz"))) as packed:
        return packed.extractfile("package/axe.min.js").read().decode("utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("run")
    write_maps(squares_gaps(), out, run_hash="ab" * 32)
    return out


@pytest.fixture(scope="module")
def browser():
    with chromium() as opened:
        yield opened


def _violations(page, axe):
    page.evaluate(axe)
    found = page.evaluate("axe.run(document)")
    assert len(found["passes"]) > 20
    return [
        (each["id"], node["target"], node["failureSummary"])
        for each in found["violations"]
        for node in each["nodes"]
    ]


@pytest.mark.parametrize(
    ("file", "state", "width"),
    [
        ("index.html", "#zone=Z00003", 1366),
        ("index.html", "#facility=F0000&lang=en", 390),
        ("townships/511724000.html", "#", 1366),
        ("townships/511724000.html", "#zone=Z00003&lang=en&theme=duty", 390),
    ],
)
def test_no_violation(browser, axe, folder, file, state, width):
    # Only the tester's script needs the page's policy lifted.
    with watched_page(browser, width, 800, bypass_csp=True) as watched:
        assert _violations(open_page(watched, folder / file, state), axe) == []


@pytest.mark.parametrize("button", ["open-terms", "open-review"])
def test_no_violation_in_dialogs(browser, axe, folder, button):
    with watched_page(browser, bypass_csp=True) as watched:
        page = open_page(watched, folder / "index.html")
        page.locator(f"#{button}").click()
        assert _violations(page, axe) == []


def test_no_violation_while_searching(browser, axe, folder):
    with watched_page(browser, bypass_csp=True) as watched:
        page = open_page(watched, folder / "index.html")
        page.locator("#search").fill("zy")
        page.locator("#found li").first.wait_for()
        assert _violations(page, axe) == []


@pytest.mark.parametrize(("kind", "lang"), [("plan", "zh"), ("plan", "en"), ("years", "zh")])
def test_no_violation_with_a_switch_or_a_slider(browser, axe, folders, kind, lang):  # noqa: F811
    with watched_page(browser, bypass_csp=True) as watched:
        page = open_page(watched, folders / kind / "index.html", f"#lang={lang}")
        if kind == "plan":
            page.locator("#moments input").last.check()
        else:
            page.locator("#year").press("End")
        assert _violations(page, axe) == []
