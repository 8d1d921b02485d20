"""One table of the county folder, from its file to typed records."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from capacity_planner.errors import Complaints, PlannerError
from capacity_planner.loaders.files.layers import LAYER_KINDS, read_layer
from capacity_planner.loaders.files.raw import Teller
from capacity_planner.loaders.files.sniff import kind_of
from capacity_planner.loaders.files.tables import read_sheets
from capacity_planner.loaders.records.columns import typed_frame
from capacity_planner.loaders.records.grids import choose_sheet, table_of
from capacity_planner.loaders.records.headings import complain, match
from capacity_planner.loaders.records.keys import check_example, check_keys, check_required
from capacity_planner.loaders.records.together import part_places
from capacity_planner.loaders.records.totals import check_totals, leave_out_sums, named_rows
from capacity_planner.schemas import InputFile

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd
    import pyproj
    from numpy.typing import NDArray

    from capacity_planner.county import CountyFolder, TableConfig
    from capacity_planner.loaders.files.raw import RawTable
    from capacity_planner.loaders.files.sniff import Kind
    from capacity_planner.loaders.records.headings import Matching
    from capacity_planner.stored import StoredShapes

__all__ = ["Records", "read_records", "source_of"]

_CHUNK: Final = 1 << 20
_LARGE: Final = 1 << 23
"""Bytes of a file whose fingerprint takes longer than to call another core for it."""


@dataclass(frozen=True)
class Records:
    """Typed records of one file, their shapes, what it says of coordinates, and its fingerprint."""

    frame: pd.DataFrame
    geometry: NDArray[np.object_] | None
    crs: pyproj.CRS | None
    source: InputFile
    raw_shapes: RawShapes | None = None

    def without_shapes(self) -> Records:
        """Return the records without what was placed by now, which is the most of them."""
        return replace(self, geometry=None, raw_shapes=None)


@dataclass(frozen=True)
class RawShapes:
    """The shapes of a layer as read, and where its file holds them, entry ``i`` for row ``i + 1``."""

    geometry: NDArray[np.object_]
    stored: StoredShapes


def read_records(folder: CountyFolder, table: str, *, complaints: Complaints) -> Records | None:
    """Return one table's records, every change and doubt noted.

    Parameters
    ----------
    folder
        The county folder.
    table
        Name of a table that ``county.toml`` describes.
    complaints
        Grows; a file that cannot be read at all leaves its refusal here.

    Returns
    -------
    Records or None
        ``None`` where the file was refused.
    """
    try:
        return _read(folder, table, complaints)
    except PlannerError as refusal:
        complaints.extend(refusal.complaints)
        return None


def _read(folder: CountyFolder, table: str, complaints: Complaints) -> Records:
    config = folder.tables[table]
    path = folder.path_of(table)
    kind = kind_of(path, config.file)
    if path.stat().st_size < _LARGE:
        frame, crs, shapes = _typed(folder, table, path, kind, complaints)
        source = _source(config.file, table, path)
    else:
        # The fingerprint needs no interpreter: it is taken beside the reading, on another core.
        with ThreadPoolExecutor(max_workers=1) as beside:
            later = beside.submit(_source, config.file, table, path)
            frame, crs, shapes = _typed(folder, table, path, kind, complaints)
            source = later.result()
    geometry = frame.pop("geometry").to_numpy() if "geometry" in frame else None
    return Records(frame, geometry, crs, source, shapes)


def _typed(
    folder: CountyFolder, table: str, path: Path, kind: Kind, complaints: Complaints
) -> tuple[pd.DataFrame, pyproj.CRS | None, RawShapes | None]:
    """Return a file's typed records, what it says of its coordinates, and its stored shapes."""
    config = folder.tables[table]
    raw = _raw(path, kind, config, table, folder.choices.population_base, complaints)
    raw = part_places(raw, table=table, named=config.columns, complaints=complaints)
    shapes = None
    if raw.geometry is not None and raw.stored is not None:
        shapes = RawShapes(raw.geometry, raw.stored)
    base = folder.choices.population_base
    matching = match(
        raw.headings, table=table, named=config.columns, base=base, cut=raw.cut, units=raw.units
    )
    complain(
        matching,
        raw.headings,
        table=table,
        named=config.columns,
        defaults=config.defaults,
        base=base,
        teller=Teller(complaints, raw.file, raw.sheet),
    )
    frame = _records(raw, matching, table, config, complaints)
    if not len(frame):
        code = "no_facility_listed" if table == "facilities" else "table_without_rows"
        complaints.add(code, file=raw.file, sheet=raw.sheet, value=table)
    check_required(frame, table=table, complaints=complaints)
    frame = check_keys(frame, table=table, complaints=complaints)
    check_example(frame, table=table, complaints=complaints)
    frame.attrs["defaults"] = tuple(config.defaults)
    return frame, raw.crs, shapes


def _records(
    raw: RawTable,
    matching: Matching,
    table: str,
    config: TableConfig,
    complaints: Complaints,
) -> pd.DataFrame:
    """Return the typed records; totals, and parts of others, are checked, told and left out."""
    totals, parts = named_rows(raw, matching)
    for at in np.flatnonzero(parts).tolist():
        complaints.add(
            "part_row_skipped", file=raw.file, sheet=raw.sheet, row=int(raw.rows[at]),
            value=raw.shown(at),
        )  # fmt: skip
    kept = raw.keep(~(totals | parts))
    frame = typed_frame(
        kept, matching, table=table, defaults=config.defaults, complaints=complaints
    )
    if totals.any():
        left_out = typed_frame(
            raw.keep(totals), matching, table=table, defaults={}, complaints=Complaints()
        )
        check_totals(frame, left_out, table=table, complaints=complaints)
    return leave_out_sums(frame, table=table, complaints=complaints)


def source_of(folder: CountyFolder, table: str) -> InputFile:
    """Return a table's file with its fingerprint, as the manifest of a run names it."""
    return _source(folder.tables[table].file, table, folder.path_of(table))


def _source(file: str, table: str, path: Path) -> InputFile:
    return InputFile(path=file, table=table, sha256=_digest(path))


def _raw(
    path: Path, kind: Kind, config: TableConfig, table: str, base: str, complaints: Complaints
) -> RawTable:
    if kind in LAYER_KINDS:
        layer = config.layer or config.sheet

        def needed(headings: Sequence[str]) -> set[int]:
            """Return the columns with a meaning, and the first, where totals are named."""
            found = match(headings, table=table, named=config.columns, base=base)
            return {*found.columns.values(), *range(min(1, len(headings)))}

        return read_layer(
            path, config.file, kind=kind, layer=layer, complaints=complaints, needed=needed
        )
    wanted = config.sheet or config.layer
    sheets = read_sheets(
        path,
        config.file,
        kind=kind,
        sheet=wanted,
        encoding=config.encoding,
        complaints=complaints,
    )
    sheet = choose_sheet(sheets, config.file, table=table, named=config.columns, base=base)
    return table_of(
        sheet,
        config.file,
        table=table,
        named=config.columns,
        base=base,
        header_row=config.header_row,
        complaints=complaints,
    )


def _digest(path: Path) -> str:
    """Return the SHA-256 of a file, or of all files of a folder in the order of their names."""
    total = hashlib.sha256()
    for each in sorted(path.rglob("*")) if path.is_dir() else _companions(path):
        if each.is_file():
            with each.open("rb") as stream:
                while block := stream.read(_CHUNK):
                    total.update(block)
    return total.hexdigest()


def _companions(path: Path) -> list[Path]:
    """Return a file alone, or a Shapefile with those beside it that change what is read."""
    if path.suffix.lower() != ".shp":
        return [path]
    beside = (path.with_suffix(suffix) for suffix in (".dbf", ".prj", ".cpg"))
    return [path, *(each for each in beside if each.is_file())]
