"""Workbooks (xlsx, xls, et), looked at before they are opened and read in a process with limits.

A workbook of one kilobyte can name a cell at the far corner of a sheet and make a reader ask for
gigabytes; such a reader dies, and must not take the run with it.
"""

from __future__ import annotations

import datetime as dt
import importlib.util
import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeAlias

from capacity_planner.loaders.files import limits
from capacity_planner.loaders.files.sniff import check_archive, check_size, refuse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from capacity_planner.errors import Complaints

__all__ = ["EPOCH", "Cell", "Sheet", "read_workbook"]

Cell: TypeAlias = str | int | float | bool | dt.date | dt.datetime | None

EPOCH: Final = dt.date(1899, 12, 30)
_EPOCH_1904: Final = dt.date(1904, 1, 1)
_CHILD: Final = Path(__file__).with_name("_sheets.py")


@dataclass(frozen=True)
class Sheet:
    """One grid of cells from A1 on, and what calamine does not say about it.

    Parameters
    ----------
    name
        Its tab; empty for a text table.
    rows
        Cells by row; ``None`` for empty ones.
    lines
        The office's own number of each row.
    merged
        Rectangles ``(top, left, bottom, right)``, counted from 0, ends included.
    hidden_rows, hidden_columns
        Numbers from 1.
    errors
        Cells such as ``B7`` with what they show (``#REF!``).
    formulas
        Cells whose formula was never calculated.
    lettered
        Whether columns have letters.
    epoch
        Day 0 of bare date serials.
    """

    name: str
    rows: list[list[Cell]]
    lines: list[int]
    merged: tuple[tuple[int, int, int, int], ...] = ()
    hidden_rows: tuple[int, ...] = ()
    hidden_columns: tuple[int, ...] = ()
    errors: dict[str, str] = field(default_factory=dict)
    formulas: tuple[str, ...] = ()
    lettered: bool = False
    epoch: dt.date = EPOCH


def read_workbook(
    path: Path, file: str, *, sheet: str | None, complaints: Complaints
) -> list[Sheet]:
    """Return the visible sheets of a workbook, or the one that is named.

    Parameters
    ----------
    path
        The file.
    file
        Its name as the county folder gives it.
    sheet
        Name of the sheet, or ``None``.
    complaints
        Grows by hidden sheets.

    Returns
    -------
    list[Sheet]
        In the workbook's order; at least one.

    Raises
    ------
    InputError
        If the file is a bomb, broken, encrypted, beyond a limit, or has no such sheet.
    """
    check_size(path, file)
    with path.open("rb") as stream:
        zipped = stream.read(2) == b"PK"
    if zipped:
        check_archive(path, file, unpacked=limits.WORKBOOK_BYTES, suffixes=None)
    answer = _ask_child(path, file, sheet or "")
    entries = answer["sheets"]
    if sheet is not None and not any(entry["wanted"] for entry in entries):
        refuse("sheet_missing", file, value=sheet, names=", ".join(e["name"] for e in entries))
    for entry in entries:
        if not entry["visible"] and not entry["wanted"]:
            complaints.add("sheet_hidden", file=file, sheet=entry["name"])
        if "too_large" in entry:
            height, width = entry["too_large"]
            refuse(
                "sheet_too_large", file, value=entry["name"], rows=height, columns=width,
                row_limit=limits.SHEET_ROWS, column_limit=limits.SHEET_COLUMNS,
            )  # fmt: skip
    found = [_sheet(e, date1904=answer["date1904"]) for e in entries if e.get("rows")]
    return found or refuse("sheet_none", file)


def _ask_child(path: Path, file: str, sheet: str) -> dict[str, Any]:
    """Return the child's answer; a child that dies or lingers is a refusal."""
    spec = importlib.util.find_spec("python_calamine")
    home = str(Path(spec.origin).parents[1]) if spec and spec.origin else ""
    numbers = (
        limits.SHEET_ROWS, limits.SHEET_COLUMNS, limits.SHEET_CELLS,
        limits.WORKBOOK_MEMORY, limits.WORKBOOK_SECONDS,
    )  # fmt: skip
    command = [sys.executable, "-I", "-X", "utf8", str(_CHILD), home, str(path.resolve()), sheet]
    try:
        done = subprocess.run(  # noqa: S603  # our own script, no shell
            [*command, *map(str, numbers)],
            capture_output=True, check=False, timeout=limits.WORKBOOK_SECONDS, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        refuse("workbook_too_slow", file, seconds=limits.WORKBOOK_SECONDS)
    if done.returncode != 0:
        _refuse_dead(done, file)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _refuse_dead(done: subprocess.CompletedProcess[bytes], file: str) -> NoReturn:
    reason = done.stderr.decode("utf-8", "replace").strip().rsplit("\n", 1)[-1][:200]
    if "assword" in reason or "ncrypt" in reason:
        refuse("workbook_encrypted", file)
    if done.returncode < 0 or "memory" in reason.lower() or "capacity overflow" in reason:
        refuse("workbook_too_large", file, memory_mb=limits.WORKBOOK_MEMORY >> 20)
    refuse("workbook_unreadable", file, reason=reason)


def _sheet(entry: dict[str, Any], *, date1904: bool) -> Sheet:
    rows = [[_cell(value) for value in row] for row in entry["rows"]]
    for address, text in entry.get("padded", {}).items():
        row, column = _position(address)
        if row < len(rows) and column < len(rows[row]):
            rows[row][column] = text
    ranges = entry.get("hidden_columns", ())
    return Sheet(
        name=entry["name"],
        rows=rows,
        lines=list(range(1, len(rows) + 1)),
        merged=tuple((a, b, c, d) for (a, b), (c, d) in entry.get("merged", ())),
        hidden_rows=tuple(entry.get("hidden_rows", ())),
        hidden_columns=tuple(_numbers(ranges)),
        errors=dict(entry.get("errors", ())),
        formulas=tuple(entry.get("formulas", ())),
        lettered=True,
        epoch=_EPOCH_1904 if date1904 else EPOCH,
    )


def _numbers(ranges: Iterable[tuple[int, int]]) -> list[int]:
    return [
        number for low, high in ranges for number in range(low, min(high, limits.SHEET_COLUMNS) + 1)
    ]


def _cell(value: Any) -> Cell:  # noqa: ANN401  # whatever JSON holds
    if not isinstance(value, dict):
        cell: Cell = value
        return cell
    if "date" not in value:
        return str(value["text"])
    moment = dt.datetime.fromisoformat(value["date"])
    return moment.date() if moment.time() == dt.time() else moment


def _position(address: str) -> tuple[int, int]:
    """Return row and column of an address, counted from 0.

    >>> _position("AB12")
    (11, 27)
    """
    letters = address.rstrip("0123456789")
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return int(address[len(letters) :]) - 1, column - 1
