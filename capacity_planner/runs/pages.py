"""Township pages of a finished run, made when somebody asks for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from capacity_planner.errors import InputError
from capacity_planner.loaders import load_county
from capacity_planner.mapper import write_township_pages
from capacity_planner.report import build_manifest, write_manifest
from capacity_planner.runs.record import hash_file, read_run
from capacity_planner.runs.verify import county_of, recompute

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from capacity_planner.texts import Lang

__all__ = ["add_township_pages"]


def add_township_pages(
    run: Path, townships: Sequence[str], *, county: str | Path | None = None, lang: Lang = "zh"
) -> list[Path]:
    """Write the pages of some townships into a run's folder and return their paths.

    Parameters
    ----------
    run
        The folder of a run whose map is an overview.
    townships
        Codes or names.
    county
        The county's name or folder; by default the shipped county of the manifest's code.
    lang
        Language that the pages open in.

    Returns
    -------
    list of pathlib.Path
        One page a township; the run's manifest names them from now on.

    Raises
    ------
    InputError
        If the folder is no run, or inputs, settings or versions have changed since: its pages would
        tell other figures than its tables.
    UnknownNameError
        If there is no such township.
    """
    record = read_run(run)
    gaps = recompute(record, load_county(county if county is not None else county_of(record)))
    if build_manifest(gaps)["run_hash"] != record.manifest["run_hash"]:
        raise InputError.of("pages_of_another_run", file=run.name)
    codes = [str(gaps.township(each)["township_code"]) for each in townships]
    written = write_township_pages(
        gaps, run, codes, lang=lang, run_hash=record.manifest["run_hash"]
    )
    for path in written:
        record.manifest["outputs"][path.relative_to(run).as_posix()] = hash_file(path)
    outputs = dict(sorted(record.manifest["outputs"].items()))
    write_manifest({**record.manifest, "outputs": outputs}, run)
    return written
