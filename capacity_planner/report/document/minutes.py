"""``minutes.docx``: what a review decided, as a table that stands in the report."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from capacity_planner.errors import InputError, OutputError
from capacity_planner.report.document.page import Note
from capacity_planner.texts import label

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from capacity_planner.texts import Lang

__all__ = ["write_minutes_document"]

_FILE: Final = "minutes.docx"
_NUMBERS: Final = (3, 4, 5)
_DECISION: Final = 7


def write_minutes_document(
    table: pd.DataFrame, run_folder: Path, folder: Path, *, lang: Lang = "zh"
) -> Path:
    """Write ``minutes.docx`` and return its path.

    Parameters
    ----------
    table
        The minutes as :func:`capacity_planner.mapper.minutes_table` gives them: text, a row a zone.
    run_folder
        The run that was reviewed, for its county, date, hash and data notice.
    folder
        An existing folder.
    lang
        Language of the document, as of the table.

    Returns
    -------
    pathlib.Path
        The file: how many zones got which decision, then the table, its head on every page. Equal
        minutes give equal bytes.

    Raises
    ------
    InputError
        If the folder holds no readable ``run.json``.
    OutputError
        If the file cannot be written.
    """
    run = _manifest(run_folder)
    place = run["county"]["name" if lang == "zh" else "name_en"]
    title = label("minutes.title", lang, place=place)
    note = Note(title=title, lang=lang, when=date.fromisoformat(run["as_of"]), wide=True)
    notice = f"※ {run['data_notice'][lang]}" if run["demonstration"] else ""
    if notice:
        note.alarm(notice)
    short = run["run_hash"][:12]
    note.caption(label("doc.subtitle", lang, as_of=run["as_of"], run=short))
    note.set_page_texts(head=title, foot=f"{notice}　{short}".strip())
    counts = Counter(table.iloc[:, _DECISION])
    undecided = label("minutes.undecided", lang)
    parts = [
        label("minutes.part", lang, decision=decision or undecided, count=count)
        for decision, count in counts.most_common()
    ]
    joined = label("minutes.joint", lang).join(parts)
    note.say(label("minutes.said", lang, count=len(table), parts=joined))
    note.caption(label("minutes.caption", lang))
    note.table(list(table.columns), table.to_numpy().tolist(), numbers=_NUMBERS)
    path = folder / _FILE
    try:
        return note.save(path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError.of("out_not_writable", file=str(path), value=reason) from error


def _manifest(run_folder: Path) -> dict[str, Any]:
    try:
        return dict(json.loads((run_folder / "run.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise InputError.of("review_no_run", file=run_folder.name) from error
