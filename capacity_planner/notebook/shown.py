"""County, result, outlook and plan as a notebook shows them."""

from __future__ import annotations

from dataclasses import fields
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

from capacity_planner import explanation
from capacity_planner.assessment import Gaps
from capacity_planner.county import County
from capacity_planner.explanation import Explanation
from capacity_planner.notebook import cells
from capacity_planner.notebook.pictures import (
    Picture,
    picture_of_gaps,
    picture_of_outlook,
    picture_of_plan,
)
from capacity_planner.planning import Outlook, Plan

if TYPE_CHECKING:
    from capacity_planner.texts import Lang

__all__ = ["ShownCounty", "ShownExplanation", "ShownGaps", "ShownOutlook", "ShownPlan"]


def _values(given: Any) -> dict[str, Any]:  # noqa: ANN401 (any dataclass)
    """Return a dataclass's fields as they are."""
    return {each.name: getattr(given, each.name) for each in fields(given)}


class ShownExplanation(Explanation):
    """A derivation that prints itself in both languages and shows itself as a list."""

    __slots__ = ()

    @classmethod
    def of(cls, given: Explanation) -> Self:
        """Return a derivation that shows itself."""
        return cls(**_values(given))

    def __str__(self) -> str:
        """Return the lines, Chinese first."""
        return f"{self.text('zh')}\n\n{self.text('en')}"

    def _repr_html_(self) -> str:
        return cells.show_explanation(self)


class ShownCounty(County):
    """A county that says in a cell what was read, and what was mended on the way."""

    @classmethod
    def of(cls, given: County) -> Self:
        """Return a county that shows itself."""
        return cls(**_values(given))

    def _repr_html_(self) -> str:
        return cells.show_county(self)


class ShownGaps(Gaps):
    """A result that shows, explains and draws itself."""

    @classmethod
    def of(cls, given: Gaps) -> Self:
        """Return a result that shows itself."""
        return given if isinstance(given, cls) else cls(**_values(given))

    def explain(self, name: str) -> ShownExplanation:
        """Return why a zone, facility or township has its figures.

        Parameters
        ----------
        name
            A zone's or facility's id, a township's code or name.

        Returns
        -------
        ShownExplanation
            Lines that lead to clauses and source rows.

        Raises
        ------
        UnknownNameError
            If nothing is called that; with the nearest known name.
        """
        return ShownExplanation.of(explanation.explain(self, name))

    def plot(self, township: str | None = None, *, lang: Lang = "zh") -> Picture:
        """Return the map of the shortfall, of the county or of one township.

        Parameters
        ----------
        township
            Code or name; the county if not given.
        lang
            Language of title and legend.

        Returns
        -------
        Picture
            With legend, scale, north arrow and the data's status.

        Raises
        ------
        UnknownNameError
            If there is no such township.
        OutputError
            If no Chinese font is installed, or a character is in none of the fonts.
        """
        return picture_of_gaps(self, township, lang)

    def _repr_html_(self) -> str:
        return cells.show_gaps(self)


class ShownOutlook(Outlook):
    """A forecast that shows and draws itself."""

    @classmethod
    def of(cls, given: Outlook) -> Self:
        """Return a forecast that shows itself, its years too."""
        years = {year: ShownGaps.of(gaps) for year, gaps in given.years.items()}
        return cls(**{**_values(given), "years": MappingProxyType(years)})

    def plot(self, township: str | None = None, *, lang: Lang = "zh") -> Picture:
        """Return required, counted and served slots by year, of the county or of one township.

        Parameters
        ----------
        township
            Code or name; the county if not given.
        lang
            Language of the words.

        Returns
        -------
        Picture
            A chart.

        Raises
        ------
        UnknownNameError
            If there is no such township.
        OutputError
            If no Chinese font is installed.
        """
        return picture_of_outlook(self, township, lang)

    def _repr_html_(self) -> str:
        return cells.show_outlook(self)


class ShownPlan(Plan):
    """A plan that shows and draws itself."""

    @classmethod
    def of(cls, given: Plan) -> Self:
        """Return a plan that shows itself, and so do the results before and after it."""
        before, after = ShownGaps.of(given.before), ShownGaps.of(given.after)
        return cls(**{**_values(given), "before": before, "after": after})

    def plot(self, *, lang: Lang = "zh") -> Picture:
        """Return the shortfall of each township before and after the plan.

        Parameters
        ----------
        lang
            Language of the words.

        Returns
        -------
        Picture
            A chart.

        Raises
        ------
        OutputError
            If no Chinese font is installed.
        """
        return picture_of_plan(self, lang)

    def _repr_html_(self) -> str:
        return cells.show_plan(self)
