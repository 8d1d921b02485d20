"""``report.docx``: the run as a planning note, its sentences made from the figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from capacity_planner.errors import OutputError
from capacity_planner.report.document import chapters, findings
from capacity_planner.report.document.minutes import write_minutes_document
from capacity_planner.report.document.page import Note
from capacity_planner.report.document.pdf import convert_to_pdf
from capacity_planner.report.document.plans import add_plan
from capacity_planner.texts import label

if TYPE_CHECKING:
    from pathlib import Path

    from capacity_planner.assessment import Gaps
    from capacity_planner.planning import Plan
    from capacity_planner.report.figures import Atlas
    from capacity_planner.texts import Lang

__all__ = ["convert_to_pdf", "write_document", "write_minutes_document"]

_FILE: Final = "report.docx"
_MOST_PICTURES: Final = 100


def write_document(
    gaps: Gaps, folder: Path, *, lang: Lang = "zh", run_hash: str = "", plan: Plan | None = None
) -> Path:
    """Write ``report.docx`` and return its path.

    Parameters
    ----------
    gaps
        A result.
    folder
        An existing folder.
    lang
        Language of the report.
    run_hash
        Hash of the run's manifest, printed at the foot of every page.
    plan
        A plan for this result, for its sites and actions by department.

    Returns
    -------
    pathlib.Path
        The file; equal figures give equal bytes. Where no Chinese font is installed it has no
        county map, and says so; a county of very many townships has no township maps.
    """
    place = findings.place_name(gaps, lang)
    note = Note(title=label("doc.title", lang, place=place), lang=lang, when=gaps.as_of)
    notice = ""
    if gaps.county.source.demonstration:
        words = (label("notice.demonstration", each) for each in ("zh", "en"))
        notice = f"※ {' / '.join(words)}"
        note.alarm(notice)
    short = run_hash[:12]
    note.caption(
        label("doc.subtitle", lang, as_of=gaps.as_of.isoformat(), run=short or "–"), above=False
    )
    note.set_page_texts(
        head=label("doc.title", lang, place=place), foot=f"{notice}　{short}".strip()
    )
    # Here, so that a run that writes no pictures does not load what draws them.
    from capacity_planner.report.figures import Atlas  # noqa: PLC0415

    atlas = Atlas(gaps, lang)
    chapters.add_basis(note, gaps)
    chapters.add_data(note, gaps)
    chapters.add_method(note, gaps)
    chapters.add_county(note, gaps, _county_picture(atlas))
    few = len(gaps.townships) <= _MOST_PICTURES
    chapters.add_townships(note, gaps, dict(atlas.township_pictures()) if few else {})
    chapters.add_checks(note, gaps)
    chapters.add_duties(note, gaps)
    if plan is not None:
        add_plan(note, plan)
    chapters.add_limits(note, gaps)
    chapters.add_annexes(note, gaps)
    return note.save(folder / _FILE)


def _county_picture(atlas: Atlas) -> bytes | None:
    """Return the county's map, ``None`` where its names cannot be drawn on this machine."""
    try:
        return atlas.county_picture()
    except OutputError:
        return None
