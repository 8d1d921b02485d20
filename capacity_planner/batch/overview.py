"""``index.html`` of a batch: every county's shortfall on one page, made from partial results.

The page is still: no script, nothing to fetch. Outlines come from what the counties were given and
are thinned; they show where a county lies, not where its border runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias
from urllib.parse import quote

import numpy as np
import pyproj
import shapely

from capacity_planner.mapper.page import content_policy, embed_text
from capacity_planner.report.classes import COUNTIES
from capacity_planner.texts import label

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray

    from capacity_planner.batch.national import BatchResult
    from capacity_planner.batch.task import Outcome
    from capacity_planner.texts import Lang

Shapes: TypeAlias = "NDArray[np.object_]"

__all__ = ["write_overview"]

_WIDE: Final = 1_000
"""Width of the drawing in its own units; a unit is about a pixel."""
_MOST_NAMED: Final = 60
"""More counties on one picture would write their names over one another."""
_ROOM_FOR_NAMES: Final = (70, 16)
"""Units beside and above the counties, so that names near the edge are read whole."""
_COLUMNS: Final = (
    "population",
    "counted",
    "required",
    "attributed",
    "in_reach",
    "out_of_reach",
    "shortfall",
)
_STYLE: Final = """
body { font-family: "Noto Sans CJK SC", "Microsoft YaHei", sans-serif; margin: 1.5rem; color: #1c2733; }
svg { width: 100%; max-height: 75vh; background: #f5f7f9; }
path { stroke: #4d5b68; stroke-width: .7; vector-effect: non-scaling-stroke; fill-rule: evenodd; }
a:focus path, a:hover path { stroke: #0b57d0; stroke-width: 2.5; }
text { font-size: 16px; text-anchor: middle; paint-order: stroke; stroke: #fff; stroke-width: 3px; pointer-events: none; }
.notice { font-weight: bold; color: #8c1d18; }
.key { display: inline-block; width: 1.4em; height: 1em; border: 1px solid #4d5b68; margin: 0 .3em 0 1em; vertical-align: -.15em; }
table { border-collapse: collapse; margin-top: 1rem; }
th, td { border-bottom: 1px solid #ccd3da; padding: .25rem .7rem; text-align: right; }
th:first-child, td:first-child { text-align: left; }
th small { display: block; font-weight: normal; }
"""


def write_overview(result: BatchResult, out: Path, *, lang: Lang = "zh") -> Path:
    """Write the overview map of a batch and return its path.

    Parameters
    ----------
    result
        A batch, of which only the counties' partial results are used.
    out
        The batch's folder, with a folder for each county's run.
    lang
        Language that stands first.

    Returns
    -------
    pathlib.Path
        ``index.html``. Counties link to their own maps; those that failed are listed.
    """
    style = _STYLE + "".join(
        f".c{at} {{ fill: {fill}; background: {fill}; }}\n"
        for at, fill in enumerate(COUNTIES.fills)
    )
    title = label("batch.overview", lang)
    body = "\n".join(
        [
            f"<h1>{embed_text(title)}</h1>",
            *_notices(result),
            f"<p>{embed_text(_totals(result, lang))}</p>",
            _drawing(result, out, lang),
            _legend(lang),
            _table(result, out, lang),
            *_problems(result, lang),
        ]
    )
    page = (
        f'<!DOCTYPE html>\n<html lang="{"zh-CN" if lang == "zh" else "en"}">\n<head>\n'
        '<meta charset="utf-8">\n<!--policy-->\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{embed_text(title)}</title>\n<style>{style}</style>\n</head>\n"
        f"<body>\n{body}\n</body>\n</html>\n"
    )
    policy = content_policy(page, ())
    page = page.replace(
        "<!--policy-->", f'<meta http-equiv="Content-Security-Policy" content="{policy}">', 1
    )
    path = out / "index.html"
    path.write_text(page, encoding="utf-8", newline="\n")
    return path


def _notices(result: BatchResult) -> Iterable[str]:
    if any(each.demonstration for each in result.usable):
        said = " / ".join(label("notice.demonstration", lang) for lang in ("zh", "en"))
        yield f'<p class="notice">{embed_text(said)}</p>'


def _totals(result: BatchResult, lang: Lang) -> str:
    sums = {name: sum(each.totals[name] for each in result.usable) for name in _COLUMNS}
    return label("batch.totals", lang, counties=len(result.usable), **sums)


def _drawing(result: BatchResult, out: Path, lang: Lang) -> str:
    """Return the counties' outlines as one picture, each with its figures and a link."""
    shown = [each for each in result.usable if each.outline]
    shapes = _projected(np.array([shapely.from_wkt(each.outline) for each in shown], dtype=object))
    west, south, east, north = shapely.total_bounds(shapes) if shown else (0.0, 0.0, 1.0, 1.0)
    unit = max(east - west, north - south, 1.0) / _WIDE
    drawn = shapely.simplify(shapes, unit / 2, preserve_topology=True)
    parts = [
        _linked(each, out, _shape(shape, each, (west, north, unit), lang))
        for each, shape in zip(shown, drawn, strict=True)
    ]
    if len(shown) <= _MOST_NAMED:
        parts += [
            _name(each, shape, (west, north, unit))
            for each, shape in zip(shown, drawn, strict=True)
        ]
    beside, above = _ROOM_FOR_NAMES
    wide, high = (east - west) / unit + 2 * beside, (north - south) / unit + 2 * above
    view = f"{-beside} {-above} {wide:.0f} {high:.0f}"
    name = embed_text(label("batch.overview", lang))
    return "\n".join([f'<svg viewBox="{view}" role="group" aria-label="{name}">', *parts, "</svg>"])


def _projected(shapes: Shapes) -> Shapes:
    """Return shapes in longitude and latitude on an equal-area plane about their middle, metres."""
    if not len(shapes):
        return shapes
    west, south, east, north = shapely.total_bounds(shapes)
    plane = pyproj.CRS.from_dict(
        {"proj": "laea", "lat_0": (south + north) / 2, "lon_0": (west + east) / 2, "datum": "WGS84"}
    )
    moved = pyproj.Transformer.from_crs("EPSG:4326", plane, always_xy=True)
    xy = np.column_stack(moved.transform(*shapely.get_coordinates(shapes).T))
    out: Shapes = shapely.set_coordinates(shapes.copy(), xy)
    return out


def _shape(
    shape: Any,  # noqa: ANN401 (a shapely polygon)
    outcome: Outcome,
    frame: tuple[float, float, float],
    lang: Lang,
) -> str:
    west, north, unit = frame
    rings = shapely.get_rings(shapely.get_parts(shape))
    outline = "".join(
        "M"
        + " ".join(f"{(x - west) / unit:.1f},{(north - y) / unit:.1f}" for x, y in corners[:-1])
        + "Z"
        for corners in map(shapely.get_coordinates, rings)
    )
    missing = np.array([outcome.totals["shortfall"]], dtype=np.int64)
    known = np.array([outcome.totals["required"] > 0])
    said = label("batch.county", lang, county=outcome.name, **_figures(outcome))
    return (
        f'<path class="c{COUNTIES.of(missing, known)[0]}" d="{outline}">'
        f"<title>{embed_text(said)}</title></path>"
    )


def _name(
    outcome: Outcome,
    shape: Any,  # noqa: ANN401 (a shapely polygon)
    frame: tuple[float, float, float],
) -> str:
    west, north, unit = frame
    at = shape.representative_point()
    x, y = (at.x - west) / unit, (north - at.y) / unit
    return f'<text x="{x:.1f}" y="{y:.1f}">{embed_text(outcome.name)}</text>'


def _figures(outcome: Outcome) -> dict[str, int]:
    return {name: outcome.totals[name] for name in _COLUMNS}


def _linked(outcome: Outcome, out: Path, inner: str) -> str:
    """Return a part of the page as a link to the county's own map, where it has one."""
    if not (out / outcome.county / "index.html").is_file():
        return inner
    return f'<a href="./{quote(outcome.county)}/index.html">{inner}</a>'


def _legend(lang: Lang) -> str:
    keys = "".join(
        f'<span class="key c{at}"></span>{embed_text(words)}'
        for at, words in enumerate(COUNTIES.words(lang))
    )
    heading, note = label("batch.legend", lang), label("batch.outlines", lang)
    return f"<p>{embed_text(heading)}{keys}</p>\n<p><small>{embed_text(note)}</small></p>"


def _table(result: BatchResult, out: Path, lang: Lang) -> str:
    other: Lang = "en" if lang == "zh" else "zh"

    def head(key: str) -> str:
        first, second = (embed_text(label(key, each)) for each in (lang, other))
        return f'<th scope="col">{first}<small>{second}</small></th>'

    heads = [head("noun.county"), *(head(f"quantity.{name}") for name in _COLUMNS)]
    rows = [
        f"<tr><td>{_linked(each, out, embed_text(each.name))}</td>"
        + "".join(f"<td>{each.totals[name]:,}</td>" for name in _COLUMNS)
        + "</tr>"
        for each in result.usable
    ]
    return "\n".join(["<table>", f"<tr>{''.join(heads)}</tr>", *rows, "</table>"])


def _problems(result: BatchResult, lang: Lang) -> Iterable[str]:
    """Yield what a reader of the sums must know: counties that are not in them, slots claimed twice."""
    for failed in result.failed:
        yield f'<p class="notice">{embed_text(failed.told(lang))}</p>'
    for twice in result.claimed_twice:
        yield f'<p class="notice">{embed_text(twice.told(lang))}</p>'
