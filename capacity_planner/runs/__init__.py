"""One run from result to folder: tables, layers, maps and manifest, whole or not at all."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from capacity_planner.mapper import choose_base_map, write_maps
from capacity_planner.report import (
    build_manifest,
    write_csv_tables,
    write_document,
    write_geopackage,
    write_manifest,
    write_workbook,
)
from capacity_planner.report.document import convert_to_pdf
from capacity_planner.report.gis import write_gis
from capacity_planner.runs.agreement import check_agreement
from capacity_planner.runs.failures import told_failures
from capacity_planner.runs.folder import whole_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from capacity_planner.assessment import Gaps
    from capacity_planner.texts import Lang

__all__ = ["write_run"]


def _silent(_: str) -> None:
    """Tell nobody."""


def write_run(
    gaps: Gaps,
    out: Path,
    *,
    lang: Lang = "zh",
    gis: Sequence[str] = (),
    pdf: bool = False,
    base_map: str | None = None,
    map_approval: str = "",
    progress: Callable[[str], None] = _silent,
) -> Path:
    """Write every output of an assessment into one folder and return it.

    Parameters
    ----------
    gaps
        A result.
    out
        The run's folder; an earlier run there is replaced in one step.
    lang
        Language of the report and of messages in tables, and the one in which maps open.
    gis
        Further GIS formats, of :data:`capacity_planner.report.gis.GIS_FORMATS`.
    pdf
        Whether to turn the report into PDF too; its bytes depend on LibreOffice and its fonts too.
    base_map
        Tiles beneath the maps, of :data:`capacity_planner.mapper.BASE_MAPS` or a tile address; by
        default none, and no page then fetches anything.
    map_approval
        Map approval number (审图号) of the base map, printed beside its attribution.
    progress
        Called with the name of each output before it is written.

    Returns
    -------
    pathlib.Path
        ``out``.

    Raises
    ------
    OutputError
        If the base map is unknown, the folder cannot be written, a page would not be safe to open, or LibreOffice is not there
        for a PDF; ``out`` is then as it was.
    BrokenLawError
        If a written file does not tell the result's totals; ``out`` is then as it was.
    """
    manifest = build_manifest(gaps)
    base = choose_base_map(base_map, approval=map_approval)
    with whole_folder(out) as folder, told_failures(out):
        progress("csv")
        write_csv_tables(gaps, folder, lang=lang)
        progress("gpkg")
        write_geopackage(gaps, folder, lang=lang, run_hash=manifest["run_hash"])
        progress("html")
        write_maps(gaps, folder, lang=lang, run_hash=manifest["run_hash"], base_map=base)
        progress("xlsx")
        write_workbook(gaps, folder, lang=lang, run_hash=manifest["run_hash"])
        progress("docx")
        report = write_document(gaps, folder, lang=lang, run_hash=manifest["run_hash"])
        if pdf:
            progress("pdf")
            convert_to_pdf(report, when=gaps.as_of)
        for form in gis:
            progress(form)
            write_gis(gaps, folder, form, lang=lang)
        check_agreement(folder, gaps.totals, run_hash=manifest["run_hash"], lang=lang)
        manifest["outputs"] = {
            path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }
        write_manifest(manifest, folder)
    return out
