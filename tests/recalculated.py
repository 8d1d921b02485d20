"""Workbooks as spreadsheet programs compute them: cached values taken away, then recalculated."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
import warnings
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

HEAD_ROW = 5
OFFICE = shutil.which("soffice") or shutil.which("libreoffice")
needs_office = pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed")


def without_values(
    source: Path, target: Path, *, edits: dict[str, str] | None = None, instead: str = ""
) -> Path:
    """Copy a workbook without the cached values of formulas, with texts of its XML replaced."""
    cached = f"<v>{instead}</v>" if instead else ""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name.startswith("xl/worksheets/sheet"):
                text = re.sub(r"(</f>)<v>[^<]*</v>", rf"\1{cached}", content.decode("utf-8"))
                for pattern, replacement in (edits or {}).items():
                    text = re.sub(pattern, replacement, text)
                content = text.encode("utf-8")
            new.writestr(name, content)
    return target


def convert(source: Path, folder: Path, to: str) -> Path:
    """Let LibreOffice convert a file into a folder."""
    assert OFFICE is not None
    with tempfile.TemporaryDirectory() as profile:
        subprocess.run(
            [
                OFFICE,
                f"-env:UserInstallation={Path(profile).as_uri()}",
                "--headless",
                "--convert-to",
                to,
                "--outdir",
                str(folder),
                str(source),
            ],
            check=True,
            capture_output=True,
            timeout=240,
        )
    return folder / f"{source.stem}.{to}"


def open_workbook(path: Path, *, values: bool) -> Any:
    """Return a workbook by openpyxl, which drops data bars and says so."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return openpyxl.load_workbook(path, data_only=values)


def formula_cells(path: Path) -> list[tuple[str, str, str]]:
    """Return every formula: sheet, cell and text."""
    book = open_workbook(path, values=False)
    return [
        (sheet.title, cell.coordinate, cell.value)
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    ]


def english(heading: object) -> str:
    """Return the English line of a heading."""
    lines = str(heading).split("\n")
    return lines[1] if len(lines) > 1 else lines[0]


def sheet_rows(book: Any, sheet: str) -> list[dict[str, Any]]:
    """Return a sheet's records by their English headings."""
    table = book[sheet]
    heads = [english(cell.value) for cell in table[HEAD_ROW]]
    rows = table.iter_rows(min_row=HEAD_ROW + 1, values_only=True)
    return [dict(zip(heads, row, strict=True)) for row in rows if row[0] is not None]
