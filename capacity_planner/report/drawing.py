"""Maps drawn with Matplotlib: polygons by class, facilities, scale, north arrow, no text unless asked."""

from __future__ import annotations

import io
import warnings
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import matplotlib as mpl
import numpy as np
import shapely
from matplotlib import font_manager
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, PatchCollection
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path as DrawnPath
from PIL import Image

from capacity_planner.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import geopandas as gpd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

Geometries: TypeAlias = "NDArray[np.object_]"

__all__ = [
    "FACILITY_LOOKS",
    "add_facilities",
    "add_lines",
    "add_north",
    "add_polygons",
    "add_scale",
    "cjk_font",
    "clear",
    "facility_look",
    "fit",
    "new_figure",
    "strict_glyphs",
    "to_png",
]

_CJK_FONTS: Final = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Microsoft YaHei",
    "SimHei",
    "PingFang SC",
    "Noto Sans CJK JP",
)
FACILITY_LOOKS: Final[dict[str, dict[str, Any]]] = {
    "counted": {"marker": "o", "facecolor": "#08519c", "edgecolor": "white"},
    "pipeline": {"marker": "^", "facecolor": "#41ab5d", "edgecolor": "white"},
    "not_counted": {"marker": "X", "facecolor": "white", "edgecolor": "#444444"},
}
"""Marker of each kind of facility; kinds differ in shape, not in colour alone."""
_EDGE: Final = "#8a8f98"
_PALETTE: Final = 96


@cache
def cjk_font() -> str:
    """Return the name of an installed font with Chinese characters.

    Returns
    -------
    str
        The first of the usual ones.

    Raises
    ------
    OutputError
        If there is none.
    """
    installed = {each.name for each in font_manager.fontManager.ttflist}
    for name in _CJK_FONTS:
        if name in installed:
            return name
    raise OutputError.of("figure_no_font", value="、".join(_CJK_FONTS[:6]))


@contextmanager
def strict_glyphs(*, chinese: bool = True) -> Iterator[None]:
    """Draw with a Chinese font; a character that no font has ends the run.

    Parameters
    ----------
    chinese
        Whether any text but digits and Latin letters is drawn.

    Raises
    ------
    OutputError
        If no Chinese font is installed, or a character is in none of the fonts.
    """
    family = [cjk_font(), "DejaVu Sans"] if chinese else ["DejaVu Sans"]
    settings: dict[Any, Any] = {
        "font.family": family,
        "svg.fonttype": "path",
        "svg.hashsalt": "capacity_planner",
        "pdf.fonttype": 42,
        "hatch.linewidth": 0.4,
        "hatch.color": "#b5bac2",
    }
    if "text.language" in mpl.rcParams:  # else the shaper asks the locale, and glyphs move
        settings["text.language"] = "zh-CN"
    with mpl.rc_context(settings), warnings.catch_warnings():
        warnings.filterwarnings("error", message="Glyph .* missing")
        try:
            yield
        except UserWarning as missing:
            said = str(missing).split(" missing")[0]
            raise OutputError.of("figure_glyph_missing", value=said, font=family[0]) from None


def clear(axes: Axes) -> None:
    """Take everything off the axes but their extent; far quicker than new ones."""
    for artist in (*axes.collections, *axes.texts):
        artist.remove()


def new_figure(width_mm: float, height_mm: float) -> Figure:
    """Return an empty figure of that size on paper, drawn by Agg."""
    figure = Figure(figsize=(width_mm / 25.4, height_mm / 25.4))
    FigureCanvasAgg(figure)
    return figure


def _outline(polygon: Any) -> PathPatch:  # noqa: ANN401 (a shapely polygon or multipolygon)
    """Return one patch for a polygon with its holes and parts."""
    rings = shapely.get_rings(shapely.get_parts(polygon))
    paths = [DrawnPath(shapely.get_coordinates(ring), closed=True) for ring in rings]
    return PathPatch(DrawnPath.make_compound_path(*paths))


def add_polygons(
    axes: Axes,
    polygons: Geometries,
    fills: Sequence[str],
    *,
    width: float = 0.4,
    edge: str = _EDGE,
    hatched: Sequence[bool] = (),
) -> None:
    """Draw polygons in their colours.

    Parameters
    ----------
    axes
        Where to draw.
    polygons
        ``object[n]`` in metres; ``None`` and empty ones are left out.
    fills
        Colour of each, or ``"none"``.
    width
        Line width in points.
    edge
        Line colour.
    hatched
        Which ones get dots, none if empty.
    """
    there = ~(shapely.is_missing(polygons) | shapely.is_empty(polygons))
    dots = np.asarray(hatched, dtype=bool) if len(hatched) else np.zeros(len(polygons), dtype=bool)
    colours = np.asarray(fills, dtype=object)
    for with_dots in (False, True):
        at = np.flatnonzero(there & (dots == with_dots))
        if len(at):
            collection = PatchCollection(
                [_outline(each) for each in polygons[at]],
                facecolor=list(colours[at]),
                edgecolor=edge,
                linewidth=width,
                hatch="...." if with_dots else None,
            )
            axes.add_collection(collection, autolim=False)


def add_lines(
    axes: Axes, polygons: Geometries, *, colour: str, width: float, style: str = "-"
) -> None:
    """Draw the outlines of polygons."""
    rings = shapely.get_rings(shapely.get_parts(polygons[~shapely.is_missing(polygons)]))
    lines = [shapely.get_coordinates(ring) for ring in rings]
    axes.add_collection(
        LineCollection(lines, colors=colour, linewidths=width, linestyles=style), autolim=False
    )


def facility_look(facilities: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Return for each facility ``counted``, ``pipeline`` or ``not_counted``, ``object[f]``."""
    return np.select(
        [facilities["counted_slots"] > 0, facilities["pipeline_slots"] > 0],
        ["counted", "pipeline"],
        default="not_counted",
    ).astype(object)


def add_facilities(axes: Axes, facilities: gpd.GeoDataFrame, *, size: float) -> None:
    """Draw the facilities that have a place, by whether they count.

    Parameters
    ----------
    axes
        Where to draw.
    facilities
        As in a result.
    size
        Marker area in points².
    """
    looks = facility_look(facilities)
    points = facilities.geometry.to_numpy()
    placed = ~(shapely.is_missing(points) | shapely.is_empty(points))
    (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
    placed &= shapely.intersects(shapely.box(west, south, east, north), points)
    for name, look in reversed(FACILITY_LOOKS.items()):
        at = placed & (looks == name)
        if at.any():
            xy = shapely.get_coordinates(points[at])
            axes.scatter(xy[:, 0], xy[:, 1], s=size, linewidth=0.6, zorder=5, **look)


def fit(axes: Axes, bounds: Sequence[float], *, margin: float = 0.05, least_m: float = 0) -> None:
    """Set the extent to bounds (metres: west, south, east, north) in the axes' own shape.

    Parameters
    ----------
    axes
        Fills its part of the figure; one metre is as long in both directions.
    bounds
        What must be seen.
    margin
        Share of the extent to leave on each side.
    least_m
        Least width and height in metres.
    """
    west, south, east, north = bounds
    box = axes.get_window_extent()
    width = max(east - west, least_m) * (1 + 2 * margin)
    height = max(north - south, least_m) * (1 + 2 * margin)
    scale = max(width / box.width, height / box.height)
    middle = ((west + east) / 2, (south + north) / 2)
    axes.set_xlim(middle[0] - scale * box.width / 2, middle[0] + scale * box.width / 2)
    axes.set_ylim(middle[1] - scale * box.height / 2, middle[1] + scale * box.height / 2)
    axes.set_axis_off()


def _round_length(width_m: float) -> int:
    """Return 1, 2 or 5 times a power of ten, about a fifth of the width."""
    wanted = max(width_m / 5, 1)
    power = int(10 ** np.floor(np.log10(wanted)))
    return max(power * step for step in (1, 2, 5) if power * step <= wanted)


def add_scale(axes: Axes, *, size: float = 6) -> None:
    """Draw a scale bar of a round length at the lower left."""
    (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
    length = _round_length(east - west)
    x, y = west + (east - west) * 0.03, south + (north - south) * 0.04
    tick = (north - south) * 0.012
    line = [(x, y + tick), (x, y), (x + length, y), (x + length, y + tick)]
    bar = LineCollection([line, line], colors=["white", "black"], linewidths=[3, 1], zorder=6)
    axes.add_collection(bar, autolim=False)
    kilometre = 1000
    said = f"{length // kilometre} km" if length >= kilometre else f"{length} m"
    axes.text(
        x + length / 2,
        y + tick * 1.6,
        said,
        ha="center",
        va="bottom",
        fontsize=size,
        zorder=7,
        bbox={"facecolor": "white", "alpha": 0.7, "pad": 0.5, "edgecolor": "none"},
    )


def add_north(axes: Axes, *, size: float = 7) -> None:
    """Draw an arrow to grid north at the upper right."""
    arrow = DrawnPath([(0.965, 0.97), (0.95, 0.9), (0.965, 0.915), (0.98, 0.9), (0.965, 0.97)])
    axes.add_collection(
        PatchCollection([PathPatch(arrow)], facecolor="black", transform=axes.transAxes, zorder=7),
        autolim=False,
    )
    axes.text(
        0.965,
        0.885,
        "N",
        transform=axes.transAxes,
        ha="center",
        va="top",
        fontsize=size,
        fontweight="bold",
        zorder=7,
    )


def to_png(figure: Figure, *, dpi: int) -> bytes:
    """Return the figure as a PNG of few colours, the same bytes for the same drawing."""
    canvas: Any = FigureCanvasAgg(figure)
    figure.set_dpi(dpi)
    canvas.draw()
    picture = Image.frombuffer("RGBA", canvas.get_width_height(), canvas.buffer_rgba())
    few = picture.convert("RGB").quantize(_PALETTE, method=Image.Quantize.FASTOCTREE)
    out = io.BytesIO()
    few.save(out, "PNG", dpi=(dpi, dpi))
    return out.getvalue()
