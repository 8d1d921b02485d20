"""The scripts and styles that a page carries within itself, read from the package."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Final

__all__ = [
    "LEAFLET_CSS",
    "LEAFLET_JS",
    "SCRIPTS",
    "asset",
    "page_body",
    "page_script",
    "page_style",
    "versions",
]

LEAFLET_JS: Final = "assets/leaflet/leaflet.js"
LEAFLET_CSS: Final = "assets/leaflet/leaflet.css"
SCRIPTS: Final = (
    "state",
    "words",
    "data",
    "moments",
    "classes",
    "symbols",
    "drawing",
    "labels",
    "map",
    "view",
    "legend",
    "filters",
    "search",
    "table",
    "why",
    "detail",
    "proposals",
    "review",
    "printing",
    "numbers",
    "links",
    "start",
)
"""The parts of our own page script, in the order in which they are joined."""


def _read(path: str) -> str:
    return files(__package__).joinpath(*path.split("/")).read_text(encoding="utf-8")


@cache
def asset(name: str) -> str:
    """Return the text of a vendored file, with nothing in it that a browser would fetch.

    Parameters
    ----------
    name
        :data:`LEAFLET_JS` or :data:`LEAFLET_CSS`.

    Raises
    ------
    KeyError
        If no such file is vendored.
    """
    if name == LEAFLET_JS:
        return _leaflet_script()
    if name == LEAFLET_CSS:
        return _leaflet_style()
    raise KeyError(name)


def _leaflet_script() -> str:
    script = re.sub(r"//# sourceMappingURL=\S+", "", _read(LEAFLET_JS))
    # Leaflet signs maps with a link to its site; the page names it in words instead.
    return f"/*\n{_read('assets/leaflet/LICENSE')}*/\n{script.replace('https://', '')}"


def _leaflet_style() -> str:
    # Comments cite bug trackers; the pictures belong to controls that the page does not use.
    style = re.sub(r"/\*.*?\*/", "", _read(LEAFLET_CSS), flags=re.DOTALL)
    return re.sub(r"url\([^)]*\)", "none", style)


@cache
def page_script() -> str:
    """Return our own page script, its parts joined in one closed scope."""
    parts = "\n".join(_read(f"assets/script/{name}.js") for name in SCRIPTS)
    return f'(() => {{\n"use strict";\n{parts}}})();\n'


@cache
def page_style() -> str:
    """Return our own styles: for the screen and for paper."""
    return _read("assets/style/screen.css") + _read("assets/style/paper.css")


@cache
def page_body() -> str:
    """Return the still part of the page, without any data."""
    return _read("assets/page.html")


@cache
def versions() -> dict[str, str]:
    """Return name and version of each vendored npm package."""
    recorded = tomllib.loads(_read("assets/vendored.toml"))
    return {name: str(entry["version"]) for name, entry in recorded.items()}
