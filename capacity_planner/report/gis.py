"""The layers in other GIS formats on request, each with a note of what the format cannot hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pandas as pd
import pyogrio

from capacity_planner.report.geoparquet import write_geoparquet, write_lines
from capacity_planner.report.layers import dated, link_lines, link_places, plain_columns
from capacity_planner.texts import label

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import geopandas as gpd

    from capacity_planner.assessment import Gaps
    from capacity_planner.texts import Lang

__all__ = ["GIS_FORMATS", "write_gis"]

GIS_FORMATS: Final = ("shp", "fgb", "parquet", "geojson")
_DBF_NAME: Final = 10
_DBF_BYTES: Final = 254
_SHORT: Final[Mapping[str, str]] = {
    "township_code": "town_code",
    "ratio_per_1000": "ratio_1000",
    "out_of_reach": "out_reach",
    "attributed": "attrib",
    "attributed_min": "attrib_min",
    "attributed_max": "attrib_max",
    "attributed_slots": "attr_slots",
    "shortfall_certain": "short_cert",
    "shortfall_possible": "short_poss",
    "has_facility": "has_fac",
    "children_u3": "child_u3",
    "migrant_required": "migr_req",
    "migrant_status": "migr_stat",
    "migrant_population": "migr_pop",
    "migrant_shortfall_certain": "migr_cert",
    "migrant_shortfall_at_risk": "migr_risk",
    "handover_days": "hand_days",
    "handover_facility_id": "hand_fac",
    "rural_childcare_considered": "rural_cons",
    "population": "population",
    "population_origin": "pop_origin",
    "population_own": "pop_own",
    "category_origin": "cat_origin",
    "counted_slots": "counted",
    "pipeline_slots": "pipeline",
    "unused_slots": "unused",
    "slots_per_1000": "slots_1000",
    "required_pooled": "req_pooled",
    "not_counted_reason": "why_not",
    "facility_id": "fac_id",
    "accepts_migrants": "acc_migr",
    "demonstration": "demo",
}


def write_gis(gaps: Gaps, folder: Path, form: str, *, lang: Lang = "zh") -> list[Path]:
    """Write zones, townships, facilities and links in one more format.

    Parameters
    ----------
    gaps
        A result.
    folder
        An existing folder; the files go to ``gis_<form>`` within.
    form
        Of :data:`GIS_FORMATS`.
    lang
        Language of the note ``README.txt`` on the format's limits.

    Returns
    -------
    list of pathlib.Path
        The layers' files and the note. GeoJSON is in longitude and latitude of WGS 84, the others
        in the measuring CRS. Equal figures give equal bytes.

    Raises
    ------
    ValueError
        If the format is not one of these.
    """
    if form not in GIS_FORMATS:
        raise ValueError(f"form must be one of {GIS_FORMATS}, not {form!r}")
    place = folder / f"gis_{form}"
    place.mkdir(parents=True, exist_ok=True)
    renamed: dict[str, str] = {}
    if form == "parquet":
        stored = {"zones": gaps.county.tables.zones_stored}
        for name, frame in _layers(gaps):
            write_geoparquet(frame, place / f"{name}.parquet", stored=stored.get(name))
        starts, ends = link_places(gaps)
        crs = gaps.zones.crs
        write_lines(gaps.links, place / "links.parquet", starts=starts, ends=ends, crs=crs)
    else:
        with dated(gaps.as_of):
            for name, frame in (*_layers(gaps), ("links", link_lines(gaps))):
                _WRITERS[form](plain_columns(frame), place / f"{name}.{form}", renamed)
    note = [label(f"gis.about.{form}", lang)]
    if gaps.county.source.demonstration:
        note.append(
            f"※ {label('notice.demonstration', 'zh')} / {label('notice.demonstration', 'en')}"
        )
    note += [f"{short} = {full}" for full, short in sorted(renamed.items())]
    (place / "README.txt").write_text("\n".join(note) + "\n", encoding="utf-8", newline="\n")
    return sorted(place.iterdir())


def _layers(gaps: Gaps) -> list[tuple[str, gpd.GeoDataFrame]]:
    """Return the layers that are there, by name: all but the links' lines."""
    return [("zones", gaps.zones), ("townships", gaps.townships), ("facilities", gaps.facilities)]


def _write_shp(frame: gpd.GeoDataFrame, path: Path, renamed: dict[str, str]) -> None:
    """Write a Shapefile: short names, texts cut to 254 bytes, only rows with a geometry."""
    names = {name: _SHORT.get(name, name) for name in frame.columns.drop("geometry")}
    names = {name: short[:_DBF_NAME] for name, short in names.items()}
    renamed |= {name: short for name, short in names.items() if name != short}
    out = _placed(frame).rename(columns=names)
    for name in out.columns.drop("geometry"):
        if not pd.api.types.is_numeric_dtype(out[name].dtype):
            out[name] = out[name].map(_fitting, na_action="ignore")
    if len(out):
        pyogrio.write_dataframe(out, path, driver="ESRI Shapefile", encoding="UTF-8")


def _placed(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return frame[frame.geometry.notna() & ~frame.geometry.is_empty]


def _fitting(text: Any) -> str:  # noqa: ANN401 (a cell)
    return str(text).encode("utf-8")[:_DBF_BYTES].decode("utf-8", "ignore")


def _write_fgb(frame: gpd.GeoDataFrame, path: Path, _: dict[str, str]) -> None:
    out = _placed(frame)
    if len(out):
        pyogrio.write_dataframe(out, path, driver="FlatGeobuf", promote_to_multi=_is_area(out))


def _write_geojson(frame: gpd.GeoDataFrame, path: Path, _: dict[str, str]) -> None:
    pyogrio.write_dataframe(
        frame.to_crs("EPSG:4326"),
        path,
        driver="GeoJSON",
        RFC7946="YES",
        COORDINATE_PRECISION="7",
        WRITE_NAME="NO",
    )


def _is_area(frame: gpd.GeoDataFrame) -> bool:
    return bool(frame.geometry.geom_type.dropna().str.endswith("Polygon").any())


_WRITERS: Final = {
    "shp": _write_shp,
    "fgb": _write_fgb,
    "geojson": _write_geojson,
}
