"""What was written, read back before it gets its name: all outputs must tell the same totals.

The laws of :mod:`capacity_planner.assessment.laws` hold the tables in memory together. Here each
written file is asked for the figures that it carries, so that a writer's fault, a disk that lied or
a cut file ends the run instead of reaching an office.
"""

from __future__ import annotations

import json
import sqlite3
import zipfile
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final, NoReturn

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import csv
from python_calamine import CalamineError, CalamineWorkbook

from capacity_planner.errors import BrokenLawError
from capacity_planner.texts import label

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from capacity_planner.runs.outputs import Outputs
    from capacity_planner.texts import Lang

__all__ = ["check_agreement"]

_SUMS: Final = ("population", "required", "attributed", "in_reach", "out_of_reach", "shortfall")
_TABLES: Final = {"zones": _SUMS, "townships": _SUMS, "links": ("slots",)}
_HEADINGS_END: Final = 5
_BLOCK: Final = 1 << 20
"""Bytes of a table read at once, many of them ahead; no row is longer."""
_PAGE: Final = b'<script type="application/json" id="page-data">'


def check_agreement(
    folder: Path,
    totals: Mapping[str, int],
    *,
    run_hash: str,
    lang: Lang = "zh",
    outputs: Outputs = "all",
) -> int:
    """Check that tables, layers, workbook, report and maps of a run tell the same totals.

    Parameters
    ----------
    folder
        With everything but the manifest written.
    totals
        The result's totals in persons and slots, from :attr:`Gaps.totals`.
    run_hash
        Of the manifest; every page must carry it.
    lang
        Language in which the workbook's sheets are named.
    outputs
        Which of them the run was to write; each of those must be there.

    Returns
    -------
    int
        How many figures were compared.

    Raises
    ------
    BrokenLawError
        Naming the file and the first figure that differs, or a file that cannot be read back.
    """
    expected = {**totals, "slots": totals["attributed"]}
    compared = 0
    telling: list[Callable[[Path], Iterator[tuple[str, str, int]]]] = [_in_tables]
    if outputs == "all":
        telling += [_in_layers, lambda at: _in_workbook(at, lang)]
        _check_archive(folder / "report.docx")
    else:
        telling.append(_in_geoparquet)
    for told in telling:
        for file, name, found in _readable(folder, told(folder)):
            if found != expected[name]:
                _refuse(f"{file}: {name}", found, expected[name])
            compared += 1
    pages = 0 if outputs == "tables" else _check_pages(folder, totals, run_hash)
    return compared + pages


def _readable(
    folder: Path, figures: Iterator[tuple[str, str, int]]
) -> Iterator[tuple[str, str, int]]:
    try:
        yield from figures
    except (
        ValueError,
        KeyError,
        IndexError,
        TypeError,
        pa.ArrowException,
        sqlite3.Error,
        CalamineError,
    ) as error:
        _refuse(f"{folder.name}: {type(error).__name__} {error}", 0, 1)


def _in_tables(folder: Path) -> Iterator[tuple[str, str, int]]:
    for table, names in _TABLES.items():
        file = f"{table}.csv"
        sums = _add_up(folder / file, names)
        yield from ((file, name, each) for name, each in zip(names, sums, strict=True))


def _add_up(path: Path, names: Sequence[str]) -> list[int]:
    """Return the sums of some columns of a CSV file, read by parts."""
    wanted = csv.ConvertOptions(
        include_columns=list(names),
        column_types=dict.fromkeys(names, pa.int64()),
        strings_can_be_null=True,
    )
    read = csv.ReadOptions(block_size=_BLOCK)
    lines = csv.ParseOptions(newlines_in_values=True)
    sums = [0] * len(names)
    with csv.open_csv(
        path, read_options=read, parse_options=lines, convert_options=wanted
    ) as parts:
        for part in parts:
            sums = [
                before + int(pc.sum(part[name]).as_py() or 0)
                for before, name in zip(sums, names, strict=True)
            ]
    return sums


def _in_layers(folder: Path) -> Iterator[tuple[str, str, int]]:
    path = folder / "gaps.gpkg"
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as base:
        for table, names in _TABLES.items():
            sums = ", ".join(f"COALESCE(SUM({name}), 0)" for name in names)
            found = base.execute(f"SELECT {sums} FROM {table}").fetchone()  # noqa: S608 (our own names)
            for name, each in zip(names, found, strict=True):
                yield path.name, f"{name}", int(each)


def _in_geoparquet(folder: Path) -> Iterator[tuple[str, str, int]]:
    for table, names in _TABLES.items():
        path = folder / "gis_parquet" / f"{table}.parquet"
        with pq.ParquetFile(path) as file:
            read = file.read(list(names), use_threads=False)  # small: threads would take longer
        for name in names:
            yield path.name, name, int(pc.sum(read[name]).as_py() or 0)


def _in_workbook(folder: Path, lang: Lang) -> Iterator[tuple[str, str, int]]:
    book = CalamineWorkbook.from_path(folder / "gaps.xlsx")
    for table in ("zones", "townships"):
        rows = book.get_sheet_by_name(label(f"sheet.{table}", lang)).to_python(
            skip_empty_area=False
        )
        heads = [str(each).partition("\n")[0] for each in rows[_HEADINGS_END - 1]]
        data = [row for row in rows[_HEADINGS_END:] if row[0] != ""]
        for name in _SUMS:
            place = heads.index(label(f"col.{name}", lang))
            yield "gaps.xlsx", name, sum(int(_number(row[place])) for row in data)


def _number(cell: Any) -> float:  # noqa: ANN401 (whatever a sheet's cell holds)
    return cell if isinstance(cell, (int, float)) else 0


def _check_archive(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
    except zipfile.BadZipFile:
        damaged = path.name
    if damaged:
        _refuse(f"{path.name}: {damaged}", 0, 1)


def _check_pages(folder: Path, totals: Mapping[str, int], run_hash: str) -> int:
    """Check the county page's figures, and on every page the run that it belongs to."""
    figures = _page_data(folder / "index.html").get("totals", {})
    for name, value in totals.items():
        if figures.get(name) != value:
            _refuse(f"index.html: {name}", figures.get(name), value)
    for path in sorted((folder / "townships").glob("*.html")):
        if f'"run":"{run_hash}"'.encode() not in path.read_bytes():
            _refuse(f"{path.name}: run", 0, 1)
    return len(totals)


def _page_data(path: Path) -> dict[str, Any]:
    _, _, rest = path.read_bytes().partition(_PAGE)
    try:
        data: dict[str, Any] = json.loads(rest.partition(b"</script>")[0])
    except ValueError:
        _refuse(path.name, 0, 1)
    return data


def _refuse(law: str, left: Any, right: Any) -> NoReturn:  # noqa: ANN401 (figures as found)
    raise BrokenLawError.of("law_broken", law=law, left=left, right=right)
