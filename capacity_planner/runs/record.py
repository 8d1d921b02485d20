"""A run as it lies in its folder: the manifest and the tables that it wrote."""

from __future__ import annotations

import csv
import hashlib
import json
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from capacity_planner.errors import InputError
from capacity_planner.runs.folder import MANIFEST

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Record", "hash_file", "read_run", "read_table"]


@dataclass(frozen=True)
class Record:
    """A run's folder and what its manifest says."""

    folder: Path
    manifest: dict[str, Any]

    @property
    def as_of(self) -> date:
        """The date that the run is for."""
        return date.fromisoformat(self.manifest["as_of"])

    @property
    def choices(self) -> dict[str, str]:
        """Every choice by id, as text."""
        return {each["choice"]: each["value"] for each in self.manifest["choices"]}

    @property
    def rule_values(self) -> dict[str, str]:
        """Value of every rule that has one, by id, as text; the last of two wins (its stand-in)."""
        return {
            each["rule"]: each["value"]
            for each in self.manifest["rules"]
            if each["value"] is not None
        }

    def digest(self, name: str) -> str | None:
        """Return the SHA-256 of one of the run's files as it is now, ``None`` if it is gone."""
        path = self.folder / name
        return hash_file(path) if path.is_file() else None


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file, read by parts."""
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def read_run(folder: Path) -> Record:
    """Return a run that ``plan-gaps`` wrote.

    Parameters
    ----------
    folder
        The run's folder.

    Returns
    -------
    Record
        Its manifest has all parts that later steps need.

    Raises
    ------
    InputError
        If the folder holds no run of this tool.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        record = Record(folder, manifest)
        # Read here what later steps need, so that a damaged manifest is told as one.
        _ = (record.as_of, record.choices, record.rule_values)
        _ = [manifest[name] for name in ("county", "inputs", "outputs", "totals", "run_hash")]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError.of("run_unreadable", file=folder.name) from error
    return record


def read_table(path: Path) -> list[dict[str, str]]:
    """Return the rows of one of a run's CSV tables, every cell as text.

    Parameters
    ----------
    path
        The file, UTF-8 with BOM.

    Returns
    -------
    list of dict
        Heading to cell.

    Raises
    ------
    InputError
        If the file cannot be read as such a table.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as source:
            return list(csv.DictReader(source))
    except (OSError, ValueError, csv.Error) as error:
        raise InputError.of("run_unreadable", file=path.name) from error
