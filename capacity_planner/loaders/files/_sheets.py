"""Child process of :mod:`~capacity_planner.loaders.files.workbook`: reads one workbook, prints JSON.

Run by path, so that it starts in a few hundredths of a second and needs nothing of the package.
calamine drops what an office must hear of (hidden rows, error cells, formulas that were never
calculated, ids shown with leading zeros by a number format), so the sheets' XML is looked through
for those beside.
"""

from __future__ import annotations

import datetime as dt
import html
import io
import json
import re
import sys
import zipfile
from pathlib import Path
from typing import Any

_ROW = re.compile(rb"<(?:\w+:)?row\b([^>]*)>")
_CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)", re.DOTALL)
_COLUMN = re.compile(rb"<(?:\w+:)?col\b([^>]*)/>")
_NUMBER = re.compile(rb'\br="(\d+)"')
_ADDRESS = re.compile(rb'\br="([A-Z]+\d+)"')
_STYLE = re.compile(rb'\bs="(\d+)"')
_BOUND = re.compile(rb'\b(min|max)="(\d+)"')
_VALUE = re.compile(rb"<(?:\w+:)?v>([^<]+)</|<(?:\w+:)?t\b[^>]*>[^<]")
_FORMAT = re.compile(r'<(?:\w+:)?numFmt\b[^>]*numFmtId="(\d+)"[^>]*formatCode="(0{2,})"')
_XF = re.compile(r"<(?:\w+:)?xf\b[^>]*>")
_CELL_XFS = re.compile(r"<(?:\w+:)?cellXfs\b.*?</(?:\w+:)?cellXfs>", re.DOTALL)


def main(path: str, sheet: str, limits: list[int]) -> None:
    """Print the workbook's sheets, or the limit that one of them passes."""
    max_rows, max_columns, max_cells, memory, seconds = limits
    _limit(memory, seconds)
    from python_calamine import (  # noqa: PLC0415  # under the limits
        CalamineWorkbook,
        SheetTypeEnum,
        SheetVisibleEnum,
    )

    data = Path(path).read_bytes()
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    parts = _parts(data)
    shown = []
    for meta in book.sheets_metadata:
        visible = meta.visible == SheetVisibleEnum.Visible
        wanted = meta.name.strip() == sheet.strip() if sheet else visible
        entry = {"name": meta.name, "visible": visible, "wanted": wanted}
        if wanted and meta.typ == SheetTypeEnum.WorkSheet:
            found = book.get_sheet_by_name(meta.name)
            height, width = found.total_height, found.total_width
            if height > max_rows or width > max_columns or height * width > max_cells:
                entry["too_large"] = [height, width]
            else:
                entry["rows"] = [
                    [_plain(v) for v in row] for row in found.to_python(skip_empty_area=False)
                ]
                entry["merged"] = found.merged_cell_ranges or []
                entry.update(_told(parts, meta.name))
        shown.append(entry)
    sys.stdout.write(json.dumps({"sheets": shown, "date1904": parts.get("date1904", False)}))


def _limit(memory: int, seconds: int) -> None:
    """Set limits where the system knows them; elsewhere the parent's clock must do."""
    try:
        import resource  # noqa: PLC0415  # not everywhere
    except ImportError:
        return
    for kind, amount in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_CORE, 0),
    ):
        try:
            resource.setrlimit(kind, (amount, amount))
        except (ValueError, OSError):
            continue


def _plain(value: object) -> object:
    if isinstance(value, (str, bool, int, float)):
        return value if value != "" else None
    if isinstance(value, (dt.datetime, dt.date)):
        return {"date": value.isoformat()}
    return {"text": str(value)}


def _parts(data: bytes) -> dict[str, Any]:
    """Return what calamine does not tell: a sheet's XML by its name, zero-padding styles."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        book = archive.read("xl/workbook.xml").decode("utf-8", "replace")
        links = archive.read("xl/_rels/workbook.xml.rels").decode("utf-8", "replace")
    except (zipfile.BadZipFile, KeyError, ValueError):
        return {}
    targets = {}
    for tag in re.findall(r"<(?:\w+:)?Relationship\b[^>]*>", links):
        targets[_attribute(tag, "Id")] = _attribute(tag, "Target").lstrip("/").removeprefix("xl/")
    sheets = {}
    for tag in re.findall(r"<(?:\w+:)?sheet\b[^>]*>", book):
        reference = re.search(r':id="([^"]*)"', tag)
        target = targets.get(reference[1] if reference else "", "")
        if "xl/" + target in archive.namelist():
            sheets[html.unescape(_attribute(tag, "name"))] = archive.read("xl/" + target)
    styles = ""
    if "xl/styles.xml" in archive.namelist():
        styles = archive.read("xl/styles.xml").decode("utf-8", "replace")
    flag = re.search(r'\bdate1904="(1|true)"', book)
    return {"sheets": sheets, "zeros": _zeros(styles), "date1904": flag is not None}


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf'\b{name}="([^"]*)"', tag)
    return found[1] if found else ""


def _zeros(styles: str) -> dict[int, int]:
    """Return the digits to show by cell style, for styles whose number format is only zeros."""
    formats = {number: len(code) for number, code in _FORMAT.findall(styles)}
    section = _CELL_XFS.search(styles)
    if not formats or not section:
        return {}
    shown = {}
    for index, tag in enumerate(_XF.findall(section[0])):
        digits = formats.get(_attribute(tag, "numFmtId"))
        if digits:
            shown[index] = digits
    return shown


def _told(parts: dict[str, Any], name: str) -> dict[str, Any]:
    xml = parts.get("sheets", {}).get(name)
    if xml is None:
        return {}
    hidden = [
        int(n[1])
        for tag in _ROW.findall(xml)
        if b'hidden="1"' in tag and (n := _NUMBER.search(tag))
    ]
    columns = []
    for tag in _COLUMN.findall(xml):
        if b'hidden="1"' in tag:
            bounds = dict(_BOUND.findall(tag))
            low, high = int(bounds.get(b"min", 1)), int(bounds.get(b"max", 1))
            columns.append([low, min(high, 16_384)])
    told = {
        "hidden_rows": hidden,
        "hidden_columns": columns,
        "errors": [],
        "formulas": [],
        "padded": {},
    }
    zeros = parts["zeros"]
    if b't="e"' in xml or b"<f" in xml or b":f>" in xml or zeros:
        _look_at_cells(xml, zeros, told)
    return told


def _look_at_cells(xml: bytes, zeros: dict[int, int], told: dict[str, Any]) -> None:
    for attributes, body in _CELL.findall(xml):
        address = _ADDRESS.search(attributes)
        if not address:
            continue
        where = address[1].decode()
        value = _VALUE.search(body)
        if b't="e"' in attributes:
            told["errors"].append([where, (value[1] or b"").decode() if value else ""])
        elif not value and (b"<f" in body or b":f" in body):
            told["formulas"].append(where)
        elif zeros and value and value[1]:
            style = _STYLE.search(attributes)
            digits = zeros.get(int(style[1])) if style else None
            if digits and value[1].isdigit():
                told["padded"][where] = value[1].decode().zfill(digits)


if __name__ == "__main__":
    sys.path.append(sys.argv[1])
    main(sys.argv[2], sys.argv[3], [int(each) for each in sys.argv[4:]])
