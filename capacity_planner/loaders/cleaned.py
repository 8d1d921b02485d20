"""A cleaned copy of a county's inputs, every repair marked, for the office to take back.

The copy is a county folder of its own: it loads, and loads to the same figures.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
import tomllib
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import pyogrio
import shapely
import xlsxwriter
from pyogrio.errors import DataSourceError
from xlsxwriter.exceptions import XlsxWriterException

from capacity_planner.errors import OutputError
from capacity_planner.loaders.template import BOOK_OPTIONS, heading_of
from capacity_planner.schemas import INPUT_TABLES
from capacity_planner.texts import label

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    import geopandas as gpd

    from capacity_planner.county import County
    from capacity_planner.errors import Complaint
    from capacity_planner.texts import Lang

__all__ = ["write_cleaned", "write_complaints"]

_BOOK: Final = "cleaned.xlsx"
_COMPLAINTS: Final = "complaints.xlsx"
_LAYERS: Final = ("zones", "townships", "boundary", "roads")
_POINTS: Final = ("facilities", "candidates", "gates")
_CRS: Final = "EPSG:4326"
_CREATED: Final = dt.datetime(2000, 1, 1)  # noqa: DTZ001  # a fixed date, for equal bytes
_LONGEST: Final = 30_000
_DROPPED: Final = {"category_origin", "population_origin"}


def write_cleaned(county: County, folder: Path, *, lang: Lang = "zh") -> Path:
    """Write a county's tables as they were understood, and what was changed.

    Parameters
    ----------
    county
        As loaded.
    folder
        A new or empty folder. It receives ``cleaned.xlsx`` (a sheet for each table with the
        changed cells coloured and their raw values as comments, and the list of changes), a
        GeoPackage for each layer, and ``county.toml``.
    lang
        Language of headings, comments and the list.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    OutputError
        If the folder holds anything already or cannot be written.
    """
    _make_empty(folder)
    try:
        _write_layers(county, folder)
        _write_book(county, folder / _BOOK, lang)
        _write_settings(county, folder, lang)
    except (OSError, DataSourceError, XlsxWriterException) as fault:
        raise OutputError.of("template_unwritable", value=str(folder), reason=str(fault)) from fault
    return folder


def write_complaints(complaints: Sequence[Complaint], folder: Path, *, lang: Lang = "zh") -> Path:
    """Write the list of what is wrong with inputs that could not be loaded, for the office to mend.

    Parameters
    ----------
    complaints
        Errors, repairs and warnings.
    folder
        A new or empty folder; it receives ``complaints.xlsx``.
    lang
        Language of the list.

    Returns
    -------
    Path
        The workbook.

    Raises
    ------
    OutputError
        If the folder holds anything already or cannot be written.
    """
    _make_empty(folder)
    path = folder / _COMPLAINTS
    try:
        with xlsxwriter.Workbook(str(path), BOOK_OPTIONS) as book:
            book.set_properties({"created": _CREATED})
            sheet = book.add_worksheet(label("cleaned.complaints", lang))
            _write_list(sheet, complaints, lang, _formats(book))
    except (OSError, XlsxWriterException) as fault:
        raise OutputError.of("template_unwritable", value=str(folder), reason=str(fault)) from fault
    return path


def _make_empty(folder: Path) -> None:
    """Make the folder, which must not hold anything."""
    if folder.exists() and any(folder.iterdir()):
        raise OutputError.of("cleaned_not_empty", value=str(folder))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise OutputError.of("template_unwritable", value=str(folder), reason=str(fault)) from fault


def _formats(book: xlsxwriter.Workbook) -> dict[str, Any]:
    return {
        "heading": book.add_format({"bold": True, "bg_color": "#E7EEF4", "border": 1}),
        "changed": book.add_format({"bg_color": "#FFF2B3"}),
        "date": book.add_format({"num_format": "yyyy-mm-dd"}),
        "changed_date": book.add_format({"bg_color": "#FFF2B3", "num_format": "yyyy-mm-dd"}),
        "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
    }


def _frames(county: County) -> dict[str, Any]:
    """Return the tables that the county has, as they would be sent anew."""
    found: dict[str, Any] = {}
    for name in (*_LAYERS, *_POINTS, "distances"):
        frame = getattr(county.tables, name)
        if frame is not None:
            found[name] = frame
    return found


def _write_layers(county: County, folder: Path) -> None:
    for name, frame in _frames(county).items():
        if name in _LAYERS and _has_shapes(frame):
            plain = frame.drop(columns=["source_row", *_DROPPED], errors="ignore")
            _write_layer(plain, folder / f"{name}.gpkg", name)


def _has_shapes(frame: pd.DataFrame) -> bool:
    return "geometry" in frame and not shapely.is_missing(np.asarray(frame["geometry"])).any()


def _write_layer(frame: gpd.GeoDataFrame, path: Path, name: str) -> None:
    stamp = {"OGR_CURRENT_DATE": "2000-01-01T00:00:00.000Z"}
    pyogrio.set_gdal_config_options(stamp)
    try:
        pyogrio.write_dataframe(frame.to_crs(_CRS), path, layer=name, driver="GPKG")
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def _write_book(county: County, path: Path, lang: Lang) -> None:
    told = _by_cell(county.tables.complaints)
    with xlsxwriter.Workbook(str(path), BOOK_OPTIONS) as book:
        book.set_properties({"created": _CREATED})
        formats = _formats(book)
        for name, frame in _frames(county).items():
            if name not in {"roads", "boundary"}:
                sheet = book.add_worksheet(_sheet_name(name, lang))
                _write_table(sheet, name, _with_places(frame, name), told, lang, formats)
        sheet = book.add_worksheet(label("cleaned.changes", lang))
        _write_list(sheet, county.tables.complaints, lang, formats)


def _sheet_name(table: str, lang: Lang) -> str:
    return label(f"template.{table}", lang)


def _with_places(frame: Any, table: str) -> Any:  # noqa: ANN401  # a frame of either kind
    """Return a frame of points with their longitude and latitude as columns."""
    if table not in _POINTS or "geometry" not in frame:
        return frame
    placed = frame.copy()
    degrees = frame.geometry.to_crs(_CRS)
    placed["lon"] = degrees.x.astype("Float64").round(9)
    placed["lat"] = degrees.y.astype("Float64").round(9)
    return placed


def _by_cell(complaints: Iterable[Complaint]) -> dict[tuple[str, int, str], Complaint]:
    """Return the complaints that are about one cell, by file, row and our column."""
    found: dict[tuple[str, int, str], Complaint] = {}
    for each in complaints:
        column = str(each.params.get("our", each.column))
        if each.row is not None and column:
            found.setdefault((each.file, each.row, column), each)
    return found


def _write_table(
    sheet: Any,  # noqa: ANN401  # xlsxwriter has no types
    table: str,
    frame: pd.DataFrame,
    told: Mapping[tuple[str, int, str], Complaint],
    lang: Lang,
    formats: dict[str, Any],
) -> None:
    """Write a table's sheet; a changed cell is coloured and bears its raw value as a comment."""
    names = {column.name: column for column in INPUT_TABLES[table].columns}
    shown = [
        n
        for n in frame.columns
        if n in names and n not in {"geometry", "source_file", "source_row"}
    ]
    sheet.freeze_panes(1, 1)
    sheet.set_column(0, len(shown), 16)
    files, rows = frame["source_file"].tolist(), frame["source_row"].tolist()
    for index, name in enumerate(shown):
        sheet.write_string(0, index, heading_of(names[name], table, lang), formats["heading"])
        for row, value in enumerate(frame[name].tolist()):
            complaint = told.get((files[row], rows[row], name))
            _write_cell(sheet, row + 1, index, value, formats, changed=complaint is not None)
            if complaint is not None:
                text = label(
                    "cleaned.raw", lang, value=complaint.value, message=complaint.message(lang)
                )
                sheet.write_comment(row + 1, index, text[:_LONGEST])


def _write_cell(
    sheet: Any,  # noqa: ANN401  # xlsxwriter has no types
    row: int,
    column: int,
    value: Any,  # noqa: ANN401  # a cell
    formats: dict[str, Any],
    *,
    changed: bool,
) -> None:
    shape = formats["changed"] if changed else None
    if value is None or value is pd.NaT or (not isinstance(value, str) and pd.isna(value)):
        sheet.write_blank(row, column, None, shape)
    elif isinstance(value, dt.date):
        sheet.write_datetime(row, column, value, formats["changed_date" if changed else "date"])
    elif isinstance(value, bool):
        sheet.write_string(row, column, "是" if value else "否", shape)
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value, shape)
    else:
        sheet.write_string(row, column, str(value)[:_LONGEST], shape)


def _write_list(
    sheet: Any,  # noqa: ANN401  # xlsxwriter has no types
    complaints: Sequence[Complaint],
    lang: Lang,
    formats: dict[str, Any],
) -> None:
    keys = ("severity", "code", "file", "sheet", "row", "column", "value", "message", "remedy")
    for column, key in enumerate(keys):
        sheet.write_string(0, column, label(f"cleaned.{key}", lang), formats["heading"])
    sheet.set_column(0, 6, 16)
    sheet.set_column(7, 8, 60, formats["wrap"])
    sheet.freeze_panes(1, 0)
    for row, each in enumerate(complaints, start=1):
        cells = (
            label(f"severity.{each.severity}", lang), each.code, each.file, each.sheet,
            "" if each.row is None else str(each.row), each.column, each.value,
            each.message(lang), each.remedy(lang),
        )  # fmt: skip
        for column, cell in enumerate(cells):
            sheet.write_string(row, column, cell[:_LONGEST])
    sheet.autofilter(0, 0, max(len(complaints), 1), len(keys) - 1)


def _write_settings(county: County, folder: Path, lang: Lang) -> None:
    """Write ``county.toml`` anew: the same settings, the cleaned files."""
    raw = tomllib.loads((county.source.folder / "county.toml").read_text("utf-8-sig"))
    for name in INPUT_TABLES:
        raw.pop(name, None)
    policy = county.source.folder / raw["policy"]
    if policy.is_file():
        shutil.copyfile(policy, folder / policy.name)
        raw["policy"] = policy.name
    if raw.get("choices", {}).get("population_base") == "registered":
        # Migrants have been added: the copy's population is that of residents.
        raw["choices"]["population_base"] = "resident"
    for name, frame in _frames(county).items():
        raw[name] = _table_settings(name, frame, lang)
    text = f"# {label('cleaned.county', lang)}\n{toml_text(raw)}"
    (folder / "county.toml").write_text(text, encoding="utf-8", newline="\n")


def _table_settings(name: str, frame: pd.DataFrame, lang: Lang) -> dict[str, Any]:
    if name in _LAYERS and _has_shapes(frame):
        return {"file": f"{name}.gpkg", "layer": name}
    crs = {"crs": _CRS} if name in _POINTS else {}
    return {"file": _BOOK, "sheet": _sheet_name(name, lang), **crs}


def toml_text(tree: Mapping[str, Any]) -> str:
    """Return a nested mapping as TOML, plain values first.

    Examples
    --------
    >>> print(toml_text({"a": 1, "b": {"c": "x", "d": [True]}}), end="")
    a = 1
    <BLANKLINE>
    [b]
    c = "x"
    d = [true]
    """
    lines: list[str] = []
    _table_lines(tree, (), lines)
    return "\n".join(lines) + "\n"


def _table_lines(tree: Mapping[str, Any], path: tuple[str, ...], lines: list[str]) -> None:
    if path:
        lines.extend(("", f"[{'.'.join(map(_key, path))}]"))
    lines.extend(f"{_key(k)} = {_value(v)}" for k, v in tree.items() if not isinstance(v, dict))
    for key, value in tree.items():
        if isinstance(value, dict):
            _table_lines(value, (*path, key), lines)


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key, ensure_ascii=False)


def _value(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_value(each) for each in value)}]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items()) + " }"
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Decimal | float):
        return repr(float(value))
    return json.dumps(value, ensure_ascii=False)
