"""The tables and the overview map of a whole batch, made from the counties' partial results."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from capacity_planner.batch.overview import write_overview
from capacity_planner.report import write_csv
from capacity_planner.texts import label

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from capacity_planner.batch.task import Outcome
    from capacity_planner.texts import Lang

__all__ = ["BatchResult", "Claim", "write_national"]

_SAME_M: Final = 50.0
_EARTH_M: Final = 6_371_000.0


@dataclass(frozen=True, slots=True)
class Claim:
    """A facility that several counties count as theirs."""

    facility_id: str
    name: str
    counties: tuple[str, ...]

    def told(self, lang: Lang) -> str:
        """Return what is wrong, and what to do."""
        counties = "、".join(self.counties)
        return label(
            "batch.twice", lang, facility=self.name, facility_id=self.facility_id, counties=counties
        )


def _same_facility(places: list[tuple[str, float, float]]) -> list[list[int]]:
    """Return groups of positions with the same name within :data:`_SAME_M` of one another."""
    codes, _ = pd.factorize(pd.Series([name for name, _, _ in places]))
    lon, lat = np.radians(np.array([place[1:] for place in places], dtype=np.float64)).T
    # A third axis holds names apart by more than any two can be near.
    where = np.stack([lon * np.cos(lat), lat, codes.astype(np.float64)], axis=1)
    where[:, :2] *= _EARTH_M
    where[:, 2] *= 2 * _SAME_M
    pairs = cKDTree(where).query_pairs(_SAME_M, output_type="ndarray")
    n, ones = len(places), np.ones(len(pairs), dtype=np.int8)
    _, group = connected_components(coo_matrix((ones, pairs.T), shape=(n, n)), directed=False)
    together: dict[int, list[int]] = defaultdict(list)
    for at, of in enumerate(group.tolist()):
        together[of].append(at)
    return [each for each in together.values() if len(each) > 1]


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
    def claimed_twice(self) -> tuple[Claim, ...]:
        """Facilities that more than one county counts.

        A facility belongs to one jurisdiction. The same name within 50 m in two counties is one
        facility whose slots would count twice.
        """
        claims = [(each.county, *facility) for each in self.usable for facility in each.facilities]
        placed = [claim for claim in claims if claim[4] is not None]
        if not placed:
            return ()
        groups = _same_facility([(name, lon, lat) for _, _, name, _, lon, lat in placed])
        found = []
        for group in groups:
            members = [placed[at] for at in group]
            counties = tuple(sorted({county for county, *_ in members}))
            if len(counties) > 1:
                found.append(Claim(members[0][1], members[0][2], counties))
        return tuple(sorted(found, key=lambda claim: (claim.name, claim.counties)))

    def counties(self) -> pd.DataFrame:
        """Return one row a usable county: its name, code and totals."""
        return _table(
            [
                {"county": each.county, "code": each.code, "name": each.name, **each.totals}
                for each in self.usable
            ],
            "name",
        )

    def townships(self) -> pd.DataFrame:
        """Return one row a township of every usable county."""
        return _table(
            [{"county": each.county, **row} for each in self.usable for row in each.townships],
            "name",
        )

    def complaints(self) -> pd.DataFrame:
        """Return what is wrong with the counties that failed, a row each."""
        return _table([row for each in self.failed for row in each.complaints], "message")


def _table(rows: Sequence[Mapping[str, object]], told: str) -> pd.DataFrame:
    """Return rows as a table that has headings even where no county has a row."""
    return pd.DataFrame(rows, columns=list(rows[0]) if rows else ["county", told])


def write_national(result: BatchResult, out: Path, *, lang: Lang = "zh") -> list[Path]:
    """Write ``counties.csv``, ``townships.csv``, ``failed.csv``, ``claimed_twice.csv`` and the map.

    Parameters
    ----------
    result
        A batch.
    out
        The batch's folder.
    lang
        Language that stands first on the map ``index.html``.

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
    twice = [
        (each.facility_id, each.name, "、".join(each.counties)) for each in result.claimed_twice
    ]
    claims = pd.DataFrame(twice, columns=["facility_id", "name", "counties"])
    written.append(write_csv(claims, out / "claimed_twice.csv"))
    written.append(write_overview(result, out, lang=lang))
    return written
