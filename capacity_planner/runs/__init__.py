"""One run from result to folder: tables, layers, maps and manifest, whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from capacity_planner.mapper import choose_base_map, write_maps
from capacity_planner.memory import release_memory
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
from capacity_planner.runs.outputs import OUTPUTS, choose_outputs
from capacity_planner.runs.pages import add_township_pages
from capacity_planner.runs.record import hash_file

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from capacity_planner.assessment import Gaps
    from capacity_planner.runs.outputs import Outputs
    from capacity_planner.texts import Lang

__all__ = ["OUTPUTS", "add_township_pages", "choose_outputs", "write_run"]


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
    outputs: Outputs | None = None,
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
    outputs
        Which files: ``"tables"``, ``"overview"`` or ``"all"``, see
        :data:`capacity_planner.runs.outputs.OUTPUTS`; by default by the number of zones.
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
    run_hash = manifest["run_hash"]
    base = choose_base_map(base_map, approval=map_approval)
    extent = choose_outputs(outputs, len(gaps.zones))
    forms = dict.fromkeys((*gis, *(["parquet"] if extent != "all" else [])))

    def begin(step: str) -> None:
        """Tell of the next output and start it without what the last one has freed."""
        progress(step)
        release_memory()

    with whole_folder(out) as folder, told_failures(out):
        begin("csv")
        write_csv_tables(gaps, folder, lang=lang)
        if extent != "tables":
            begin("html")
            write_maps(
                gaps, folder, lang=lang, run_hash=run_hash, base_map=base, whole=extent == "all"
            )
        if extent == "all":
            _write_for_offices(gaps, folder, lang, run_hash, begin)
        if pdf:
            begin("pdf")
            report = folder / "report.docx"
            if not report.exists():
                report = write_document(gaps, folder, lang=lang, run_hash=run_hash)
            convert_to_pdf(report, when=gaps.as_of)
        for form in forms:
            begin(form)
            write_gis(gaps, folder, form, lang=lang)
        release_memory()
        check_agreement(folder, gaps.totals, run_hash=run_hash, lang=lang, outputs=extent)
        manifest["outputs"] = {
            path.relative_to(folder).as_posix(): hash_file(path)
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }
        write_manifest(manifest, folder)
    return out


def _write_for_offices(
    gaps: Gaps, folder: Path, lang: Lang, run_hash: str, begin: Callable[[str], None]
) -> None:
    """Write layers, workbook and report: what people open one by one."""
    begin("gpkg")
    write_geopackage(gaps, folder, lang=lang, run_hash=run_hash)
    begin("xlsx")
    write_workbook(gaps, folder, lang=lang, run_hash=run_hash)
    begin("docx")
    write_document(gaps, folder, lang=lang, run_hash=run_hash)
