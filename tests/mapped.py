"""A county of squares rich enough for every part of a page, and a browser without a network."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import shapely
from playwright.sync_api import sync_playwright
from squares import county, middle, square

from capacity_planner.assessment import assess
from capacity_planner.schemas import FACILITY_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

CATEGORIES = ("existing", "new", "old_town", "rural")
NAMES = ("竹阳街道", "东柳街道", "石河镇", "观音镇")
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
POSITIONS = {char: at for at, char in enumerate(ALPHABET)}


def squares_gaps(n: int = 60, *, side: int = 20, seed: int = 7, **options: Any) -> Any:
    """Return a result of n square zones in townships of ten columns, with facilities of all types."""
    rng = np.random.default_rng(seed)
    people = rng.integers(150, 6_000, n)
    zones = [
        {
            "zone_id": f"Z{at:05d}",
            "name": f"示例柳月里{at}",
            "population": int(people[at]),
            "geometry": square(at % side * 1.5, at // side * 1.5),
            "township_code": f"5117240{at % side // 10 + at // (side * 40) * (side // 10):02d}",
            "category": CATEGORIES[int(rng.integers(4))],
            "children_u3": 60,
            "migrant_u3": int(rng.integers(0, 20)),
            "data_status": "synthetic",
            "delivered_on": f"{rng.integers(1985, 2028)}-05-01",
        }
        for at in range(n)
    ]
    facilities = [
        {
            "facility_id": f"F{at:04d}",
            "name": f"示例托育园{at}",
            "type": FACILITY_TYPES[at % len(FACILITY_TYPES)],
            "slots": int(rng.integers(5, 60)),
            "geometry": None if at == 1 else middle(int(rng.integers(side)) * 1.5, 0, east=30),
            "status": ("operating", "operating", "building", "planned", "closed")[at // 7 % 5],
            "enrolled_u3": 4,
            "accepts_migrants": bool(rng.integers(2)),
            "data_status": "synthetic",
        }
        for at in range(max(35, n // 30))
    ]
    return assess(county(zones, facilities, townships=townships_around(zones), **options))


def townships_around(zones: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a schematic township around the zones of each code."""
    codes = sorted({zone["township_code"] for zone in zones})
    return [
        {
            "township_code": code,
            "name": NAMES[at % len(NAMES)] + ("" if at < len(NAMES) else str(at)),
            "data_status": "derived",
            "geometry": shapely.box(
                *shapely.total_bounds(
                    [zone["geometry"] for zone in zones if zone["township_code"] == code]
                )
            ).buffer(25, join_style="mitre"),
        }
        for at, code in enumerate(codes)
    ]


@dataclass
class Watched:
    """A page and everything that it should not have done."""

    page: Page
    requests: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def assert_quiet(self) -> None:
        """Fail if the page fetched, complained, opened a dialog or broke its own policy."""
        broken = self.page.evaluate("window.policyBroken")
        faults = [*self.told, *broken]
        assert not faults, faults
        assert [each for each in self.requests if not each.startswith(("file:", "blob:"))] == []


@contextmanager
def chromium() -> Iterator[Browser]:
    """Give Debian's Chromium, in which no host can be found."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("chromium is not installed")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=flags)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def watched_page(
    browser: Browser, width: int = 1366, height: int = 768, **options: Any
) -> Iterator[Watched]:
    """Give a new page with storage of its own; on leaving, it must have been quiet."""
    context = browser.new_context(viewport={"width": width, "height": height}, **options)
    context.set_default_timeout(20_000)
    page = context.new_page()
    watched = Watched(page)
    page.add_init_script(
        "window.policyBroken = []; document.addEventListener('securitypolicyviolation',"
        "(event) => window.policyBroken.push(event.violatedDirective + event.blockedURI));"
    )
    page.on("request", lambda request: watched.requests.append(request.url))
    page.on("pageerror", lambda error: watched.told.append(f"error {error}"))
    page.on("dialog", lambda dialog: (watched.told.append("dialog"), dialog.dismiss()))
    page.on("console", lambda message: watched.told.append(f"{message.type} {message.text}"))
    try:
        yield watched
        watched.assert_quiet()
    finally:
        context.close()


def open_page(watched: Watched, path: Path, hash_: str = "") -> Page:
    """Open a written page and wait until it has drawn itself."""
    watched.page.goto(f"{path.as_uri()}{hash_}")
    watched.page.locator("#table tbody tr").first.wait_for(state="attached")
    return watched.page


def unpack(text: str) -> list[int]:
    """Return the numbers of a packed text: the page script's way, told independently."""
    numbers, value, shift = [], 0, 0
    for char in text:
        digit = POSITIONS[char]
        value |= (digit & 31) << shift
        shift += 5
        if not digit & 32:
            numbers.append(-((value + 1) >> 1) if value & 1 else value >> 1)
            value = shift = 0
    return numbers


def unpacked(page: dict[str, Any], table: str, name: str) -> list[Any]:
    """Return one column of a page's table as a list."""
    packed, n = page[table]["columns"][name], page[table]["n"]
    if "all" in packed:
        return [packed["all"]] * n
    if "list" in packed:
        return packed["list"]
    if "of" in packed:
        return ["" if at < 0 else packed["of"][at] for at in unpack(packed["at"])]
    return [None if value < 0 else value for value in unpack(packed["pack"])]
