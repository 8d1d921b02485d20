"""Review maps that open without a network: a county page and a page for each township."""

from __future__ import annotations

from typing import TYPE_CHECKING

from capacity_planner.assessment import assess
from capacity_planner.mapper.basemap import BASE_MAPS, BaseMap, choose_base_map
from capacity_planner.mapper.moments import Story, outlook_story, plan_story
from capacity_planner.mapper.payload import Pages
from capacity_planner.mapper.review import (
    Decision,
    manifest_hash,
    minutes_table,
    read_review,
    write_minutes,
)
from capacity_planner.planning import Outlook, Plan
from capacity_planner.texts import label

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import Any

    from capacity_planner.assessment import Gaps
    from capacity_planner.mapper.page import ReviewMap
    from capacity_planner.texts import Lang

__all__ = [
    "BASE_MAPS",
    "BaseMap",
    "Decision",
    "Story",
    "choose_base_map",
    "manifest_hash",
    "map_gaps",
    "minutes_table",
    "outlook_story",
    "plan_story",
    "read_review",
    "write_maps",
    "write_minutes",
    "write_township_pages",
]


def map_gaps(
    gaps: Gaps | Plan | Outlook,
    *,
    township: str | None = None,
    lang: Lang = "zh",
    base_map: str | BaseMap | None = None,
) -> ReviewMap:
    """Return the review map, which shows itself in a notebook cell without a network.

    Parameters
    ----------
    gaps
        A result; or a plan, for a map with its sites and a switch before / after; or a forecast,
        for a map with a slider over its years.
    township
        Code or name of a township, for its page instead of the county's.
    lang
        Language that the page opens in.
    base_map
        As for :func:`write_maps`.

    Returns
    -------
    ReviewMap
        A :class:`folium.Map`.

    Raises
    ------
    UnknownNameError
        If there is no such township.
    OutputError
        If the base map is unknown.
    """
    today, story = _told(gaps)
    base = choose_base_map(base_map)
    pages = Pages(today, lang=lang, base_map=base, story=story, alone=True)
    if township is None:
        return _page(pages, pages.county(), today.county.source.name)
    row = today.township(township)
    return _page(pages, pages.township(str(row["township_code"])), str(row["name"]))


def _told(given: Gaps | Plan | Outlook) -> tuple[Gaps, Story | None]:
    """Return the result that a page opens with, and its further moments."""
    if isinstance(given, Plan):
        return given.before, plan_story(given)
    if isinstance(given, Outlook):
        today = assess(given.county)
        return today, outlook_story(today, [given])
    return given, None


def write_maps(
    gaps: Gaps,
    folder: Path,
    *,
    lang: Lang = "zh",
    run_hash: str = "",
    base_map: str | BaseMap | None = None,
    story: Story | None = None,
    whole: bool = True,
) -> list[Path]:
    """Write ``index.html`` and ``townships/<code>.html`` and return their paths.

    Parameters
    ----------
    gaps
        A result.
    folder
        Where the pages go; made if it is not there.
    lang
        Language that the pages open in; each switches without reloading.
    run_hash
        Hash of the run's manifest, see :func:`capacity_planner.mapper.review.manifest_hash`;
        review notes are bound to it.
    base_map
        One of :data:`BASE_MAPS`, a tile address or a :class:`BaseMap`; by default none, so that a
        page fetches nothing.
    story
        Further moments of the same county, from :func:`plan_story` (a switch before / after, and the
        plan's sites) or :func:`outlook_story` (a slider over the years).
    whole
        Whether to write everything; if not, ``index.html`` is an overview of the townships that
        says how to get the page of one, see :func:`write_township_pages`.

    Returns
    -------
    list of pathlib.Path
        The county page first, then the townships by code.

    Raises
    ------
    OutputError
        If a page would hold an address that nobody asked for, or the base map is unknown.
    """
    base = choose_base_map(base_map)
    pages = Pages(
        gaps, lang=lang, run_hash=run_hash, base_map=base, overview=not whole, story=story
    )
    index = _write(_page(pages, pages.county(), gaps.county.source.name), folder / "index.html")
    return [index, *_write_townships(pages, folder, list(pages.files) if whole else [])]


def write_township_pages(
    gaps: Gaps, folder: Path, codes: Sequence[str], *, lang: Lang = "zh", run_hash: str = ""
) -> list[Path]:
    """Write the pages of some townships beside an overview and return their paths.

    Parameters
    ----------
    gaps
        A result.
    folder
        Where ``index.html`` lies.
    codes
        Of the townships.
    lang, run_hash
        As for :func:`write_maps`.

    Returns
    -------
    list of pathlib.Path
        In the order of the codes.

    Raises
    ------
    OutputError
        If a page would hold an address that nobody asked for.
    """
    return _write_townships(Pages(gaps, lang=lang, run_hash=run_hash, overview=True), folder, codes)


def _write_townships(pages: Pages, folder: Path, codes: Sequence[str]) -> list[Path]:
    gaps, written = pages.gaps, []
    names = dict(zip(gaps.townships["township_code"], gaps.townships["name"], strict=True))
    for code in codes:
        page = _page(pages, pages.township(code), str(names[code]))
        written.append(_write(page, folder / "townships" / pages.files[code]))
    return written


def _page(pages: Pages, data: dict[str, Any], place: str) -> ReviewMap:
    # Here, so that a run that writes no page does not load what lays it out.
    from capacity_planner.mapper.page import ReviewMap  # noqa: PLC0415

    title = label("page.title", pages.lang, place=place)
    return ReviewMap(title=title, lang=pages.lang, data=data, base_map=pages.base_map)


def _write(page: ReviewMap, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page.get_root().render(), encoding="utf-8", newline="\n")
    return path
