"""What an assessment gives: a frozen set of tables that agree with one another."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from capacity_planner.assessment.case import positions
from capacity_planner.assessment.shapes import TownshipShapes, township_shapes
from capacity_planner.errors import UnknownNameError
from capacity_planner.schemas import OUTPUT_TABLES
from capacity_planner.texts import label

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    import geopandas as gpd
    import numpy as np
    from numpy.typing import NDArray

    from capacity_planner.assessment.case import Ints
    from capacity_planner.attribution import Pairs
    from capacity_planner.county import Choices, County
    from capacity_planner.errors import Complaint
    from capacity_planner.policy import Standing
    from capacity_planner.texts import Lang

__all__ = ["Gaps", "complaint_table"]


def complaint_table(complaints: Iterable[Complaint], lang: Lang) -> pd.DataFrame:
    """Return complaints as the table that ``complaints.csv`` holds.

    Parameters
    ----------
    complaints
        In the order in which they were found.
    lang
        Language of message and remedy.

    Returns
    -------
    pandas.DataFrame
        Columns of the output table ``complaints``; errors first, then by file and row.
    """
    order = {"error": 0, "repaired": 1, "warning": 2}
    ranked = sorted(
        complaints,
        key=lambda each: (order[each.severity], each.file, each.sheet, each.row or 0, each.code),
    )
    rows = [each.record(lang) for each in ranked]
    table = pd.DataFrame(rows, columns=list(OUTPUT_TABLES["complaints"].names))
    table["row"] = table["row"].astype("Int64")
    return table


@dataclass(frozen=True)
class Gaps:
    """Required, served and missing slots of a county at a date.

    Parameters
    ----------
    county
        What was assessed.
    as_of
        The date for which rules and slots hold.
    choices
        The choices in force, each with its origin.
    standings
        The rules that hold at the date, each with its standing; as a table: :attr:`rules`.
    zones, townships, facilities
        One row each, sorted by id, in the measuring CRS; columns as ``docs/tables.md`` says.
    links
        Slots that flow from a facility to a zone, with whole metres.
    pairs
        Who could serve whom, by position in ``facilities`` and ``zones``.
    inner_xy
        A point inside each zone, to which distances go, metres in the measuring CRS, ``float64[z, 2]``.
    totals
        The county's sums in whole numbers.
    indicators
        One row an indicator: numerator, denominator, value and unit.
    problems
        Repairs and warnings of loading and assessment.
    """

    county: County
    as_of: date
    choices: Choices
    standings: tuple[Standing, ...]
    zones: gpd.GeoDataFrame
    townships: gpd.GeoDataFrame
    facilities: gpd.GeoDataFrame
    links: pd.DataFrame
    pairs: Pairs
    inner_xy: NDArray[np.float64]
    totals: Mapping[str, int]
    indicators: pd.DataFrame
    problems: tuple[Complaint, ...]

    @property
    def rules(self) -> pd.DataFrame:
        """The rules that hold at the date, a row each: value, unit, citation, standing."""
        columns = ("rule", "value", "unit", "citation", "standing", "confidence", "zh", "en")
        rows = [
            (
                each.rule.id,
                each.rule.value,
                each.rule.unit,
                each.citation("zh"),
                each.standing,
                each.rule.confidence,
                each.rule.zh,
                each.rule.en,
            )
            for each in self.standings
        ]
        return pd.DataFrame(rows, columns=list(columns))

    @cached_property
    def link_ends(self) -> tuple[Ints, Ints]:
        """Position in ``facilities`` and in ``zones`` of each link, ``int64[n]``, -1 for no row."""
        return (
            positions(self.links["facility_id"], self.facilities["facility_id"]),
            positions(self.links["zone_id"], self.zones["zone_id"]),
        )

    @cached_property
    def township_shapes(self) -> TownshipShapes:
        """What stands for each township on a map: its outline, or a disc where none was given."""
        return township_shapes(self.townships, self.zones)

    @property
    def complaints(self) -> pd.DataFrame:
        """Repairs and warnings as a table, in Chinese."""
        return complaint_table(self.problems, "zh")

    def zone(self, zone_id: str) -> pd.Series[Any]:
        """Return one zone's row.

        Raises
        ------
        UnknownNameError
            If there is no such zone.
        """
        return _row(self.zones, "zone_id", zone_id, "zone")

    def township(self, code_or_name: str) -> pd.Series[Any]:
        """Return one township's row, by code or name.

        Raises
        ------
        UnknownNameError
            If there is no such township.
        """
        by_name = self.townships["name"] == code_or_name
        if by_name.sum() == 1:
            return _row(self.townships, "name", code_or_name, "township")
        return _row(self.townships, "township_code", code_or_name, "township")

    def facility(self, facility_id: str) -> pd.Series[Any]:
        """Return one facility's row.

        Raises
        ------
        UnknownNameError
            If there is no such facility.
        """
        return _row(self.facilities, "facility_id", facility_id, "facility")


def _row(frame: pd.DataFrame, column: str, value: str, kind: str) -> pd.Series[Any]:
    found = frame[frame[column] == value]
    if found.empty:
        from difflib import get_close_matches  # noqa: PLC0415 (only on the way to an error)

        named = [*frame[column].tolist(), *dict.fromkeys(frame["name"].dropna())]
        near = get_close_matches(value, named, n=3)
        raise UnknownNameError.of(
            "id_unknown",
            value=value,
            kind=label(f"noun.{kind}", "zh"),
            kind_en=label(f"noun.{kind}", "en"),
            nearest="、".join(near) or "–",
        )
    row: pd.Series[Any] = found.iloc[0]
    return row
