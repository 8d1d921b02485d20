"""The tables of a whole batch, made from the counties' partial results."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from capacity_planner.report import write_csv

if TYPE_CHECKING:
    from pathlib import Path

    from capacity_planner.batch.task import Outcome

__all__ = ["BatchResult", "write_national"]


@dataclass(frozen=True)
class BatchResult:
    """The outcomes of a batch, by county name."""

    outcomes: tuple[Outcome, ...]

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """The counties whose input could not be used."""
        return tuple(each for each in self.outcomes if each.state == "failed")

    @property
    def usable(self) -> tuple[Outcome, ...]:
        """The counties that gave figures."""
        return tuple(each for each in self.outcomes if each.state != "failed")

    @property
    def claimed_twice(self) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
        """Facilities that more than one county counts: id, name and the counties.

        A facility belongs to one jurisdiction. The same name at the same place (five decimals of a
        degree, about a metre) in two counties is one facility whose slots would count twice.
        """
        found: dict[tuple[Any, ...], list[tuple[str, str]]] = defaultdict(list)
        for outcome in self.usable:
            for facility_id, name, _, lon, lat in outcome.facilities:
                if lon is not None:
                    found[name, lon, lat].append((outcome.county, facility_id))
        return tuple(
            (claims[0][1], str(key[0]), tuple(county for county, _ in claims))
            for key, claims in sorted(found.items(), key=lambda item: str(item[0]))
            if len({county for county, _ in claims}) > 1
        )

    def counties(self) -> pd.DataFrame:
        """Return one row a usable county: its name, code and totals."""
        return pd.DataFrame(
            [
                {"county": each.county, "code": each.code, "name": each.name, **each.totals}
                for each in self.usable
            ]
        )

    def townships(self) -> pd.DataFrame:
        """Return one row a township of every usable county."""
        return pd.DataFrame(
            [{"county": each.county, **row} for each in self.usable for row in each.townships]
        )

    def complaints(self) -> pd.DataFrame:
        """Return what is wrong with the counties that failed, a row each."""
        rows = [row for each in self.failed for row in each.complaints]
        return pd.DataFrame(rows, columns=list(rows[0]) if rows else ["county", "message"])


def write_national(result: BatchResult, out: Path) -> list[Path]:
    """Write ``counties.csv``, ``townships.csv`` and ``failed.csv``.

    Parameters
    ----------
    result
        A batch.
    out
        The batch's folder.

    Returns
    -------
    list of pathlib.Path
        The files written.
    """
    out.mkdir(parents=True, exist_ok=True)
    demonstration = any(each.demonstration for each in result.usable)
    written = [
        write_csv(frame, out / name, demonstration=demonstration)
        for name, frame in (
            ("counties.csv", result.counties()),
            ("townships.csv", result.townships()),
        )
    ]
    written.append(write_csv(result.complaints(), out / "failed.csv"))
    return written
