"""Static maps of a run: county and townships as PNG, SVG or PDF, and the small ones of the report."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
import shapely
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from capacity_planner.policy import announce
from capacity_planner.report import classes
from capacity_planner.report.drawing import (
    FACILITY_LOOKS,
    add_facilities,
    add_lines,
    add_north,
    add_polygons,
    add_scale,
    clear,
    fit,
    new_figure,
    strict_glyphs,
    to_png,
)
from capacity_planner.texts import label

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from capacity_planner.assessment import Gaps
    from capacity_planner.texts import Lang

Ints: TypeAlias = "NDArray[np.int64]"

__all__ = ["FORMATS", "Atlas", "save_figure", "write_figures"]

FORMATS: Final = ("png", "svg", "pdf")
_METADATA: Final[dict[str, dict[str, Any]]] = {
    "png": {"Software": None},
    "svg": {"Date": None},
    "pdf": {"CreationDate": None},
}
_PRINT_DPI: Final = 200
_SMALL_DPI: Final = 130
_SMALLEST_DPI: Final = 165
_LEAST_VIEW_M: Final = 1_500.0
_LINE: Final = "#3b4252"


@dataclass(frozen=True)
class Atlas:
    """The maps of one result.

    Parameters
    ----------
    gaps
        A result.
    lang
        Language of titles and legends.
    """

    gaps: Gaps
    lang: Lang = "zh"

    def county(self) -> Figure:
        """Return the county's map on A4: townships by shortfall, facilities, legend, status.

        Returns
        -------
        matplotlib.figure.Figure
            To be saved under :func:`~capacity_planner.report.drawing.strict_glyphs`.
        """
        source = self.gaps.county.source
        name = source.name if self.lang == "zh" else source.name_en
        figure, axes = self._sheet(name, self.gaps.totals)
        fit(axes, self._county_bounds)
        self._draw_county(axes, name_size=5.5, marker=14)
        self._add_legend(figure, classes.TOWNSHIPS, self._township_class)
        return figure

    def township(self, code: str) -> Figure:
        """Return one township's map on A4: its zones by shortfall.

        Parameters
        ----------
        code
            Code or name of the township.

        Returns
        -------
        matplotlib.figure.Figure
            As :meth:`county`.

        Raises
        ------
        UnknownNameError
            If there is no such township.
        """
        row = self.gaps.township(code)
        figure, axes = self._sheet(str(row["name"]), row)
        inside = self._inside(str(row["township_code"]))
        fit(axes, self._view(row, inside), least_m=_LEAST_VIEW_M)
        self._draw_zones(axes, row, marker=30)
        self._add_legend(figure, classes.ZONES, self._zone_class[inside])
        return figure

    def county_picture(self) -> bytes:
        """Return the county's map for the report, PNG without legend."""
        with strict_glyphs():
            figure = new_figure(150, 135)
            axes = figure.add_axes((0, 0, 1, 1))
            fit(axes, self._county_bounds, margin=0.02)
            self._draw_county(axes, name_size=5, marker=7)
            return to_png(figure, dpi=_SMALL_DPI)

    def township_pictures(self) -> Iterator[tuple[str, bytes]]:
        """Yield each township's code and its map for the report, PNG without names.

        No text but digits and ``N`` is drawn, so that any machine can make the report.
        """
        with strict_glyphs(chinese=False):
            figure = new_figure(60, 44)
            axes = figure.add_axes((0, 0, 1, 1))
            for _, row in self.gaps.townships.iterrows():
                clear(axes)
                code = str(row["township_code"])
                fit(axes, self._view(row, self._inside(code)), least_m=_LEAST_VIEW_M)
                self._draw_zones(axes, row, marker=9, dots=False)
                yield code, to_png(figure, dpi=_SMALLEST_DPI)

    @cached_property
    def _zone_class(self) -> Ints:
        zones = self.gaps.zones
        missing = zones["shortfall"].fillna(0).to_numpy(dtype=np.int64)
        return classes.ZONES.of(missing, zones["required"].notna().to_numpy(dtype=bool))

    @cached_property
    def _township_class(self) -> Ints:
        townships = self.gaps.townships
        missing = townships["shortfall"].to_numpy(dtype=np.int64)
        return classes.TOWNSHIPS.of(missing, townships["required"].to_numpy(dtype=np.int64) > 0)

    @cached_property
    def _zone_tree(self) -> shapely.STRtree:
        return shapely.STRtree(self.gaps.zones.geometry.to_numpy())

    @cached_property
    def _county_bounds(self) -> Sequence[float]:
        return [float(each) for each in self.gaps.zones.total_bounds]

    def _inside(self, code: str) -> NDArray[np.bool_]:
        return np.asarray(self.gaps.zones["township_code"] == code, dtype=bool)

    def _view(self, row: pd.Series[Any], inside: NDArray[np.bool_]) -> Sequence[float]:
        """Return the bounds of a township's zones that have a number, else of all, else its own."""
        polygons = self.gaps.zones.geometry.to_numpy()
        urban = inside & self.gaps.zones["required"].notna().to_numpy(dtype=bool)
        shown = polygons[urban] if urban.any() else polygons[inside]
        if not len(shown) and row.geometry is not None:
            shown = np.array([row.geometry], dtype=object)
        return list(shapely.total_bounds(shown)) if len(shown) else self._county_bounds

    def _draw_county(self, axes: Axes, *, name_size: float, marker: float) -> None:
        townships = self.gaps.townships
        polygons = self.gaps.township_shapes.shapes
        fills = [classes.TOWNSHIPS.fills[each] for each in self._township_class]
        add_polygons(axes, polygons, fills, hatched=self._township_class == 0)
        boundary = self.gaps.county.tables.boundary
        if boundary is not None:
            add_lines(axes, boundary.geometry.to_numpy(), colour=_LINE, width=1.1)
        add_facilities(axes, self.gaps.facilities, size=marker)
        for name, missing, polygon in zip(
            townships["name"], townships["shortfall"], polygons, strict=True
        ):
            if polygon is not None:
                place = shapely.point_on_surface(polygon)
                self._write(axes, place.x, place.y, f"{name}\n{missing}", size=name_size)
        add_scale(axes, size=name_size + 1)
        add_north(axes)

    def _write(self, axes: Axes, x: float, y: float, text: str, *, size: float) -> None:
        axes.text(
            x,
            y,
            text,
            ha="center",
            va="center",
            fontsize=size,
            linespacing=1.0,
            zorder=8,
            parse_math=False,
            bbox={"facecolor": "white", "alpha": 0.65, "pad": 0.4, "edgecolor": "none"},
        )

    def _draw_zones(
        self, axes: Axes, row: pd.Series[Any], *, marker: float, dots: bool = True
    ) -> None:
        (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
        seen = np.sort(self._zone_tree.query(shapely.box(west, south, east, north)))
        kinds = self._zone_class[seen]
        polygons = self.gaps.zones.geometry.to_numpy()[seen]
        fills = [classes.ZONES.fills[each] for each in kinds]
        add_polygons(axes, polygons, fills, hatched=(kinds == 0) & dots)
        if row.geometry is not None:
            line = np.array([row.geometry], dtype=object)
            add_lines(axes, line, colour=_LINE, width=0.9, style="--")
        add_facilities(axes, self.gaps.facilities, size=marker)
        add_scale(axes, size=5)
        add_north(axes, size=6)

    def _sheet(self, place: str, figures: Any) -> tuple[Figure, Axes]:  # noqa: ANN401
        """Return an A4 page with title, the plain numbers and what must be said, and its map's axes."""
        figure = new_figure(297, 210)
        axes = figure.add_axes((0.02, 0.11, 0.70, 0.78))
        as_of = self.gaps.as_of.isoformat()
        title = label("figure.title", self.lang, place=place, as_of=as_of)
        figure.text(0.02, 0.945, title, fontsize=17, fontweight="bold", parse_math=False)
        numbers = {
            name: f"{int(figures[name]):,}"
            for name in ("required", "attributed", "in_reach", "out_of_reach", "shortfall")
        }
        said = label("figure.numbers", self.lang, **numbers)
        figure.text(0.02, 0.91, said, fontsize=9.5, parse_math=False)
        figure.text(
            0.02, 0.02, "\n".join(self._remarks()), fontsize=7.5, va="bottom", parse_math=False
        )
        return figure, axes

    def _remarks(self) -> list[str]:
        source, choices = self.gaps.county.source, self.gaps.choices
        ratios = [each for each in self.gaps.standings if each.rule.kind == "ratio"]
        remarks = list(announce(ratios, self.lang))
        if source.demonstration:
            words = (label("notice.demonstration", each) for each in ("zh", "en"))
            remarks.append(f"※ {' / '.join(words)}")
        statuses = sorted(set(self.gaps.zones["data_status"].fillna("")) - {""})
        names = "、".join(label(f"data_status.{each}", self.lang) for each in statuses)
        remarks.append(
            label(
                "figure.status",
                self.lang,
                statuses=names or "–",
                crs=self.gaps.zones.crs.to_string(),
                radius_m=choices.radius_m,
            )
        )
        return remarks

    def _lines(self) -> Iterator[tuple[tuple[int, int], str]]:
        """Yield the dashes and the label of each kind of line that the county gave."""
        drawn = self.gaps.township_shapes
        if self.gaps.county.tables.boundary is not None:
            yield (1, 0), "figure.county_line"
        if drawn.schematic.any():
            yield (4, 2), "figure.township_line_schematic"
        elif drawn.outlined.any():
            yield (4, 2), "figure.township_line"

    def _add_legend(self, figure: Figure, kind: classes.Classes, of: Ints) -> None:
        words = kind.words(self.lang)
        counts = np.bincount(of, minlength=len(words))
        handles: list[Any] = [
            Patch(
                facecolor=fill,
                edgecolor="#8a8f98",
                hatch="...." if at == 0 else None,
                label=f"{word}　({count})",
            )
            for at, (fill, word, count) in enumerate(zip(kind.fills, words, counts, strict=True))
        ]
        handles += [
            Line2D(
                [],
                [],
                linestyle="none",
                marker=look["marker"],
                markerfacecolor=look["facecolor"],
                markeredgecolor="#444444",
                label=label(f"figure.facility.{name}", self.lang),
            )
            for name, look in FACILITY_LOOKS.items()
        ]
        handles += [
            Line2D([], [], color=_LINE, dashes=dashes, label=label(key, self.lang))
            for dashes, key in self._lines()
        ]
        figure.legend(
            handles=handles,
            loc="upper left",
            bbox_to_anchor=(0.735, 0.89),
            fontsize=8.5,
            title=label("figure.legend", self.lang),
            title_fontsize=10,
            frameon=False,
            alignment="left",
            labelspacing=0.7,
        )


def write_figures(
    gaps: Gaps,
    folder: Path,
    *,
    lang: Lang = "zh",
    formats: Sequence[str] = ("png",),
    townships: Sequence[str] = (),
) -> list[Path]:
    """Write the county's map, and those of the named townships, in each format.

    Parameters
    ----------
    gaps
        A result.
    folder
        Made if it is not there.
    lang
        Language of titles and legends.
    formats
        Of :data:`FORMATS`.
    townships
        Codes or names.

    Returns
    -------
    list of pathlib.Path
        ``county.<format>`` and ``<township code>.<format>``; equal figures give equal bytes.

    Raises
    ------
    OutputError
        If no Chinese font is installed, or a character is in none of the fonts: nothing is drawn as
        an empty box.
    UnknownNameError
        If there is no such township.
    """
    atlas = Atlas(gaps, lang)
    codes = [str(gaps.township(each)["township_code"]) for each in townships]
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    with strict_glyphs():
        for name in ("county", *codes):
            figure = atlas.county() if name == "county" else atlas.township(name)
            written += [_save(figure, folder / f"{name}.{form}") for form in formats]
    return written


def save_figure(figure: Figure, path: Path) -> Path:
    """Write one figure and return its path.

    Parameters
    ----------
    figure
        A map or chart.
    path
        Ends with one of :data:`FORMATS`.

    Returns
    -------
    pathlib.Path
        The file; equal figures give equal bytes.

    Raises
    ------
    OutputError
        If no Chinese font is installed, or a character is in none of the fonts.
    """
    with strict_glyphs():
        return _save(figure, path)


def _save(figure: Figure, path: Path) -> Path:
    figure.savefig(path, dpi=_PRINT_DPI, metadata=_METADATA[path.suffix[1:]])
    return path
