"""Review notes that come back from the map: read, checked against the run, written as minutes."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from capacity_planner.errors import Complaint, InputError, OutputError
from capacity_planner.texts import FORMULA_STARTS, inert_text, label

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from capacity_planner.texts import Lang

__all__ = [
    "DECISIONS",
    "MEANS",
    "Decision",
    "manifest_hash",
    "minutes_table",
    "read_review",
    "write_minutes",
]

DECISIONS: Final = ("agree", "query", "defer", "means")
MEANS: Final = ("build", "purchase", "swap", "lease")

_FORMAT: Final = 1
_LONGEST_NOTE: Final = 2000
_LARGEST_FILE: Final = 64 * 1024 * 1024
_FIGURES: Final = ("name", "township", "required", "attributed", "shortfall", "duty")
_COLUMNS: Final = ("zone_id", *_FIGURES, "decision", "means", "note")


@dataclass(frozen=True, slots=True)
class Decision:
    """What the office decided on one zone, beside the run's figures.

    Parameters
    ----------
    zone_id
        The zone.
    decision
        One of :data:`DECISIONS`, or empty where only a note was made.
    means
        One of :data:`MEANS` where the decision is ``means``, else empty.
    note
        The reader's own words.
    name, township, required, attributed, shortfall, duty
        As they stand in the run's ``zones.csv``, text.
    """

    zone_id: str
    decision: str
    means: str
    note: str
    name: str = ""
    township: str = ""
    required: str = ""
    attributed: str = ""
    shortfall: str = ""
    duty: str = ""


def manifest_hash(run_folder: Path) -> str:
    """Return the hash of a run's manifest, by which notes are bound to its figures.

    Parameters
    ----------
    run_folder
        Folder of a run, with ``run.json``.

    Returns
    -------
    str
        SHA-256 in hex, as ``run.json`` states it.

    Raises
    ------
    InputError
        If the folder holds no readable ``run.json``.
    """
    try:
        manifest = json.loads((run_folder / "run.json").read_text(encoding="utf-8"))
        return str(manifest["run_hash"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError.of("review_no_run", file=run_folder.name) from error


def read_review(file: Path, run_folder: Path) -> list[Decision]:
    """Return the decisions of an exported review, sorted by zone.

    Parameters
    ----------
    file
        The JSON that the page's export gave.
    run_folder
        The run that was reviewed.

    Returns
    -------
    list of Decision
        One a zone, with the run's figures beside it.

    Raises
    ------
    InputError
        If the file is no review, speaks about another run's figures, or holds a note that the page
        could not have made: every such note is told.
    """
    sent = _read_json(file)
    ours = manifest_hash(run_folder)
    if sent["run"] != ours:
        theirs = str(sent["run"])[:12]
        raise InputError.of("review_other_run", file=file.name, value=theirs, ours=ours[:12])
    figures = _zone_figures(run_folder)
    complaints = list(_complaints(sent["decisions"], figures, file.name))
    if complaints:
        raise InputError(complaints)
    made = [
        Decision(
            zone_id=each["zone_id"],
            decision=each["decision"],
            means=each["means"],
            note=each["note"],
            **figures[each["zone_id"]],
        )
        for each in sent["decisions"]
    ]
    return sorted(made, key=lambda each: each.zone_id)


def _read_json(file: Path) -> dict[str, Any]:
    fault = InputError.of("review_unreadable", file=file.name)
    try:
        if file.stat().st_size > _LARGEST_FILE:
            raise fault
        sent = json.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise fault from error
    whole = isinstance(sent, dict) and sent.get("format") == _FORMAT
    if not whole or not isinstance(sent.get("decisions"), list) or "run" not in sent:
        raise fault
    return dict(sent)


def _zone_figures(run_folder: Path) -> dict[str, dict[str, str]]:
    """Return what ``zones.csv`` says about each zone.

    Raises
    ------
    InputError
        If the run holds no such file.
    """
    try:
        text = (run_folder / "zones.csv").read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise InputError.of("review_no_run", file=run_folder.name) from error
    known: dict[str, dict[str, str]] = {}
    for row in csv.DictReader(io.StringIO(text, newline="")):
        figures = {name: row[name] for name in _FIGURES}
        known[row["zone_id"]] = figures
        known.setdefault(_active(row["zone_id"]), figures)
    return known


def _active(written: str) -> str:
    """Return an id as it was before the run's tables put a quote before what looks like a formula."""
    return written[1:] if written[:1] == "'" and written[1:2] in FORMULA_STARTS else written


def _complaints(
    decisions: list[Any], known: dict[str, dict[str, str]], file: str
) -> Iterator[Complaint]:
    seen: set[str] = set()
    for number, each in enumerate(decisions, start=1):
        wrong = _broken_field(each)
        if wrong:
            value = str(each.get(wrong, "") if isinstance(each, dict) else each)[:60]
            params = {"number": number}
            yield Complaint("review_entry_broken", file, column=wrong, value=value, params=params)
            continue
        zone = each["zone_id"]
        if zone not in known or zone in seen:
            params = {"number": number}
            yield Complaint("review_zone_unknown", file, value=zone[:60], params=params)
        seen.add(zone)


def _broken_field(each: Any) -> str:  # noqa: ANN401 (whatever the file holds)
    """Return the field that the page could not have written so, empty if all are sound."""
    if not isinstance(each, dict):
        return "decisions"
    for name in ("zone_id", "decision", "means", "note"):
        if not isinstance(each.get(name), str):
            return name
    if each["decision"] not in {"", *DECISIONS}:
        return "decision"
    if each["means"] not in {"", *MEANS} or (each["means"] != "") != (each["decision"] == "means"):
        return "means"
    return "note" if len(each["note"]) > _LONGEST_NOTE else ""


def minutes_table(decisions: Iterable[Decision], *, lang: Lang = "zh") -> pd.DataFrame:
    """Return the minutes as a table for a report: a row a zone, headings and words in one language.

    Parameters
    ----------
    decisions
        From :func:`read_review`.
    lang
        Language of headings, decisions, means and duties.

    Returns
    -------
    pandas.DataFrame
        Text only; the same rows as ``minutes.csv``.
    """
    rows = [[_words(each, name, lang) for name in _COLUMNS] for each in decisions]
    return pd.DataFrame(rows, columns=[label(f"minutes.{name}", lang) for name in _COLUMNS])


def write_minutes(decisions: Iterable[Decision], folder: Path, *, lang: Lang = "zh") -> Path:
    """Write ``minutes.csv`` (UTF-8 with BOM, for Excel) and return its path.

    Parameters
    ----------
    decisions
        From :func:`read_review`.
    folder
        Where to write; made if it is not there.
    lang
        Language of decisions, means and duties.

    Returns
    -------
    pathlib.Path
        The file written.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    path = folder / "minutes.csv"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8-sig", newline="") as out:
            table = minutes_table(decisions, lang=lang)
            writer = csv.writer(out, lineterminator="\r\n")
            writer.writerow(table.columns)
            writer.writerows(
                [inert_text(cell) for cell in row] for row in table.to_numpy().tolist()
            )
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError.of("out_not_writable", file=str(path), value=reason) from error
    return path


def _words(made: Decision, name: str, lang: Lang) -> str:
    value = str(getattr(made, name))
    prefixes = {"decision": "page.decision", "means": "page.means", "duty": "duty"}
    return label(f"{prefixes[name]}.{value}", lang) if value and name in prefixes else value
