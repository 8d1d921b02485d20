"""A run recomputed from its manifest, and the first thing that does not agree."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Final

from capacity_planner.assessment import assess
from capacity_planner.county import open_county, shipped_counties
from capacity_planner.errors import Complaint, InputError
from capacity_planner.loaders import load_county
from capacity_planner.policy import load_choices
from capacity_planner.report import build_manifest, list_inputs, write_csv_tables
from capacity_planner.runs.record import Record, read_run, read_table
from capacity_planner.scratch import scratch_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from capacity_planner.assessment import Gaps
    from capacity_planner.county import County

__all__ = ["Verdict", "county_of", "recompute", "verify_run"]

_KEYS: Final = {
    "zones.csv": ("zone_id",),
    "townships.csv": ("township_code",),
    "links.csv": ("facility_id", "zone_id"),
}
_NOT_HASHED: Final = ("run_hash", "outputs")


@dataclass(frozen=True)
class Verdict:
    """What a verification found.

    Parameters
    ----------
    differences
        What does not agree, the first of each kind first: files changed after the run, inputs changed
        since, figures that come out differently. Empty if the run stands.
    remarks
        What explains a difference without being one, such as other package versions.
    files, inputs, figures
        How many of each were compared.
    """

    differences: tuple[Complaint, ...]
    remarks: tuple[Complaint, ...]
    files: int
    inputs: int
    figures: int

    @property
    def stands(self) -> bool:
        """Whether everything agrees."""
        return not self.differences


def verify_run(run: Path, *, county: str | Path | None = None) -> Verdict:
    """Return whether a run's files, inputs and figures are what its manifest and a fresh run say.

    Parameters
    ----------
    run
        The run's folder.
    county
        The county's name or folder; by default the shipped county of the manifest's code.

    Returns
    -------
    Verdict
        Nothing is written.

    Raises
    ------
    InputError
        If the folder is no run, no county is given and none is shipped under its code, or the
        county's data can no longer be used.
    """
    record = read_run(run)
    loaded = load_county(county if county is not None else county_of(record))
    differences = [*_changed_files(record), *_changed_inputs(record, loaded)]
    gaps = recompute(record, loaded)
    fresh = build_manifest(gaps)
    differences += _changed_rules(record, fresh)
    found, figures = _changed_figures(record, gaps)
    return Verdict(
        differences=(*differences, *found),
        remarks=tuple(_other_versions(record, fresh)),
        files=len(record.manifest["outputs"]),
        inputs=len(record.manifest["inputs"]),
        figures=figures,
    )


def county_of(record: Record) -> str:
    """Return the name of the shipped county that a run is of.

    Raises
    ------
    InputError
        If none has the manifest's code.
    """
    code = record.manifest["county"].get("code", "")
    for name in shipped_counties():
        if code and open_county(name).code == code:
            return name
    raise InputError.of("verify_county_needed", file=record.folder.name, value=code)


def _changed_files(record: Record) -> Iterator[Complaint]:
    """Yield the manifest itself if it was edited, and every file that is not as it was written."""
    kept = {key: value for key, value in record.manifest.items() if key not in _NOT_HASHED}
    text = json.dumps(kept, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    if hashlib.sha256(text.encode("utf-8")).hexdigest() != record.manifest["run_hash"]:
        yield Complaint("verify_manifest_edited", "run.json")
    for name, written in sorted(record.manifest["outputs"].items()):
        now = record.digest(name)
        if now is None:
            yield Complaint("verify_output_gone", name)
        elif now != written:
            yield Complaint("verify_output_changed", name)


def _changed_inputs(record: Record, county: County) -> Iterator[Complaint]:
    then, now = (
        {(each["path"], each["table"]): each["sha256"] for each in inputs}
        for inputs in (record.manifest["inputs"], list_inputs(county))
    )
    for path, table in sorted({*now, *then}):
        before, after = then.get((path, table)), now.get((path, table))
        if before != after:
            params = {
                "table": table,
                "before": (before or "–")[:12],
                "after": (after or "–")[:12],
            }
            yield Complaint("verify_input_changed", path, params=params)


def recompute(record: Record, county: County) -> Gaps:
    """Return the assessment of a county by the date and choices of a run's manifest."""
    known = load_choices()
    changed = {
        name: value
        for name, value, _ in county.choices.rows()
        if str(value) != record.choices.get(name, str(value))
    }
    told = {each["choice"] for each in record.manifest["choices"] if each["origin"] == "command"}
    wanted = {name: _typed(known[name].kind, record.choices[name]) for name in {*changed, *told}}
    given = {name: value for name, value in wanted.items() if value != "None"}
    return assess(county, as_of=record.as_of, **given)


def _typed(kind: str, text: str) -> object:
    return int(text) if kind == "whole" else text


def _changed_rules(record: Record, fresh: dict[str, Any]) -> Iterator[Complaint]:
    then, now = (
        {
            each["rule"]: (each["value"], each["standing"], each["clause"])
            for each in manifest["rules"]
        }
        for manifest in (record.manifest, fresh)
    )
    for rule in sorted({*then, *now}):
        if then.get(rule) != now.get(rule):
            params = {"before": _told(then.get(rule)), "after": _told(now.get(rule))}
            yield Complaint("verify_rule_changed", "run.json", column=rule, params=params)


def _told(rule: tuple[str | None, str, str] | None) -> str:
    return "–" if rule is None else " · ".join(part for part in rule if part)


def _changed_figures(record: Record, gaps: Gaps) -> tuple[list[Complaint], int]:
    """Return the first figure that differs in the totals and in each table, and how many were compared."""
    found, compared = [], 0
    for name, value in gaps.totals.items():
        compared += 1
        then = record.manifest["totals"].get(name)
        if then != value:
            found.append(_difference("run.json", "totals", name, then, value))
            break
    with scratch_folder() as place:
        write_csv_tables(gaps, place, lang="zh")
        for name, keys in _KEYS.items():
            if not (record.folder / name).is_file():
                continue
            then = read_table(record.folder / name)
            now = read_table(place / name)
            compared += sum(len(row) for row in now)
            found += _first_difference(name, keys, then, now)
    return found, compared


def _first_difference(
    file: str, keys: tuple[str, ...], then: list[dict[str, str]], now: list[dict[str, str]]
) -> list[Complaint]:
    nothing: dict[str, str] = {}
    for before, after in zip_longest(then, now, fillvalue=nothing):
        which = " → ".join((before or after).get(key, "") for key in keys)
        for column in after or before:
            if before.get(column) != after.get(column):
                return [_difference(file, which, column, before.get(column), after.get(column))]
    return []


def _difference(file: str, which: str, column: str, before: object, after: object) -> Complaint:
    params = {"which": which, "before": _shown(before), "after": _shown(after)}
    return Complaint("verify_figure_differs", file, column=column, params=params)


def _shown(value: object) -> str:
    return "–" if value is None or value == "" else str(value)


def _other_versions(record: Record, fresh: dict[str, Any]) -> Iterator[Complaint]:
    then = record.manifest.get("packages", {})
    for name, now in fresh["packages"].items():
        if then.get(name) != now:
            params = {"name": name, "before": _shown(then.get(name)), "after": now}
            yield Complaint("verify_other_version", "run.json", column=name, params=params)
