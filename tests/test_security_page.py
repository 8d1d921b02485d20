"""The limits that SECURITY.md promises are those in force."""

from __future__ import annotations

from pathlib import Path

from capacity_planner.loaders.files import limits

PAGE = (Path(__file__).parents[1] / "SECURITY.md").read_text("utf-8")


def test_limits_are_those_in_force():
    gib, mib = 1024**3, 1024**2
    for promised in (
        f"| {limits.FILE_BYTES // gib} GiB; {limits.TEXT_BYTES // mib} MiB |",
        f"| {limits.WORKBOOK_BYTES // mib} MiB; {limits.ARCHIVE_BYTES // gib} GiB |",
        f"| {limits.ARCHIVE_ENTRIES:,}; {limits.ARCHIVE_RATIO} to 1 |",
        f"| {limits.SHEET_ROWS:,} rows, {limits.SHEET_COLUMNS} columns, {limits.SHEET_CELLS:,} cells |",
        f"| {limits.WORKBOOK_SECONDS} s, {limits.WORKBOOK_MEMORY // gib} GiB |",
        f"| {limits.FEATURES:,} features, {limits.VERTICES:,} corners |",
        f"| {limits.CELL_CHARACTERS:,}; 200 characters |",
    ):
        assert promised in PAGE
