"""The data of one page: what the page script reads, nothing that a browser would run."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import shapely

from capacity_planner.explanation import Facilities, Townships, Zones, choice_rows
from capacity_planner.mapper.derivations import derivation_table
from capacity_planner.mapper.files import township_files
from capacity_planner.mapper.moments import moment_rows
from capacity_planner.mapper.pinyin import syllables
from capacity_planner.mapper.proposals import closed_columns, proposal_table
from capacity_planner.mapper.shapes import QUANTUM_DEG, Drawing, pack_polygons
from capacity_planner.mapper.statements import notices, page_words, rule_rows
from capacity_planner.mapper.tables import (
    facility_table,
    link_table,
    township_table,
    zone_table,
)

if TYPE_CHECKING:
    from capacity_planner.assessment import Gaps
    from capacity_planner.assessment.shapes import TownshipShapes
    from capacity_planner.explanation import Explanation
    from capacity_planner.mapper.basemap import BaseMap
    from capacity_planner.mapper.moments import Story
    from capacity_planner.texts import Lang

__all__ = ["MOST_DERIVATIONS", "MOST_EXPLAINED", "MOST_ZONES", "Pages"]

MOST_ZONES: Final = 40_000
"""A county page with more zones shows townships; their zones are on the township pages."""

MOST_DERIVATIONS: Final = 3_000
"""A county page with more zones leaves the derivations to the township pages."""

MOST_EXPLAINED: Final = 30_000
"""A result with more zones leaves the derivations to ``plan-gaps explain``."""

MOST_FACILITIES: Final = 20_000
"""An overview with more facilities leaves them to the township pages."""

_PIXELS_ACROSS: Final = 20_000
_REVIEWED: Final = ["zone_id", "population", "required", "attributed", "shortfall", "duty"]


@dataclass(frozen=True)
class Pages:
    """Everything that the pages of one result share.

    Parameters
    ----------
    gaps
        The result.
    lang
        Language that the pages open in.
    run_hash
        Hash of the run's manifest, to which review notes are bound; empty for a page outside a run,
        whose notes are bound to the zones' figures themselves.
    base_map
        Tiles beneath, only if asked for.
    story
        Further moments, by a switch or a slider.
    overview
        Whether the county page shows townships only, and their pages are made on demand.
    alone
        Whether a page stands by itself, as in a notebook's cell: it leads to no other.
    """

    gaps: Gaps
    lang: Lang = "zh"
    run_hash: str = ""
    base_map: BaseMap | None = None
    story: Story | None = None
    overview: bool = False
    alone: bool = False

    @cached_property
    def files(self) -> dict[str, str]:
        """File name of each township's page, by code."""
        return township_files(self.gaps.townships["township_code"])

    @cached_property
    def _zones_of(self) -> dict[str, np.ndarray[Any, Any]]:
        grouped = self.gaps.zones.groupby("township_code", sort=False)
        return dict(grouped.indices)

    @cached_property
    def _zone_derivations(self) -> list[Explanation]:
        return list(Zones(self.gaps))

    @cached_property
    def _other_derivations(self) -> dict[tuple[str, str], Explanation]:
        """Derivations of townships and facilities, each made once for all pages."""
        told = (*Townships(self.gaps), *Facilities(self.gaps))
        return {(each.kind, each.id): each for each in told}

    def county(self) -> dict[str, Any]:
        """Return the data of the county page."""
        gaps = self.gaps
        many = self.overview or len(gaps.zones) > MOST_ZONES
        crowded = self.overview and len(gaps.facilities) > MOST_FACILITIES
        rows = np.arange(0 if many else len(gaps.zones), dtype=np.int64)
        townships = np.arange(len(gaps.townships))
        facilities = np.arange(0 if crowded else len(gaps.facilities))
        data = self._page(rows, townships, facilities, whole=True)
        elsewhere = len(gaps.zones) if many else 0
        data["page"] = {**data["page"], "kind": "county", "zones_elsewhere": elsewhere}
        return data

    def township(self, code: str) -> dict[str, Any]:
        """Return the data of one township's page: its zones and whoever serves them."""
        gaps = self.gaps
        rows = self._zones_of.get(code, np.zeros(0, dtype=np.int64))
        inside = gaps.facilities["township_code"].fillna("") == code
        ids = gaps.zones["zone_id"].iloc[rows]
        givers = gaps.links.loc[gaps.links["zone_id"].isin(ids), "facility_id"]
        shown = np.flatnonzero(inside | gaps.facilities["facility_id"].isin(givers))
        township = np.flatnonzero(gaps.townships["township_code"] == code)
        data = self._page(rows, township, shown, whole=False)
        data["page"] = {**data["page"], "kind": "township", "code": code, "zones_elsewhere": 0}
        return data

    def _page(
        self,
        rows: np.ndarray[Any, Any],
        township_rows: np.ndarray[Any, Any],
        facility_rows: np.ndarray[Any, Any],
        *,
        whole: bool,
    ) -> dict[str, Any]:
        gaps = self.gaps
        zones = gaps.zones.iloc[rows]
        townships = gaps.townships.iloc[township_rows]
        facilities = gaps.facilities.iloc[facility_rows]
        links = gaps.links
        if len(zones) < len(gaps.zones):
            links = links[links["zone_id"].isin(zones["zone_id"])]
        codes = [str(code) for code in townships["township_code"]]
        shapes = gaps.township_shapes.take(township_rows, discs=whole)
        drawing = self._drawing(zones, shapes, whole=whole)
        linked = self.story.linked if self.story else links["zone_id"]
        tables = {
            "zones": zone_table(zones, codes, gaps.as_of, drawing, linked=linked),
            "townships": township_table(townships, shapes, self.files, drawing),
            "facilities": facility_table(facilities, codes, drawing),
            "links": link_table(links, facilities["facility_id"], zones["zone_id"]),
        }
        names = pd.concat([zones["name"], townships["name"], facilities["name"]])
        return {
            **self._about,
            **tables,
            "boundary": self._boundary(drawing) if whole else None,
            "why": self._why(rows, codes, facilities, whole=whole),
            "story": self._told(zones, codes, facilities, drawing, whole=whole),
            "pinyin": syllables(names.fillna("").astype(str)),
        }

    @cached_property
    def _bound_to(self) -> str:
        """What review notes are bound to, so that none is ever taken for other figures."""
        if self.run_hash:
            return self.run_hash
        figures = pd.DataFrame(self.gaps.zones[_REVIEWED]).astype(str)
        hashes = pd.util.hash_pandas_object(figures, index=False).to_numpy()
        return hashlib.sha256(hashes.tobytes()).hexdigest()

    @cached_property
    def _about(self) -> dict[str, Any]:
        """What every page of the result carries alike."""
        gaps, source = self.gaps, self.gaps.county.source
        base = self.base_map
        return {
            "page": {
                "lang": self.lang,
                "run": self._bound_to,
                "quantum": QUANTUM_DEG,
                "on_demand": self.overview,
                "alone": self.alone,
            },
            "county": {
                "name": source.name,
                "name_en": source.name_en,
                "code": source.code,
                "as_of": gaps.as_of.isoformat(),
                "policy": source.policy.name,
                "policy_en": source.policy.name_en,
            },
            "totals": dict(gaps.totals),
            "words": page_words(),
            "notices": notices(gaps),
            "rules": rule_rows(gaps),
            "choices": choice_rows(gaps),
            "problems": {
                severity: sum(each.severity == severity for each in gaps.problems)
                for severity in ("repaired", "warning")
            },
            "radius_m": int(gaps.choices.radius_m),
            "explained": len(gaps.zones) <= MOST_EXPLAINED,
            "straight": gaps.choices.distance == "straight",
            "all_townships": [
                [str(code), str(name), self.files[code]]
                for code, name in zip(
                    gaps.townships["township_code"], gaps.townships["name"], strict=True
                )
            ],
            "base_map": base
            and {
                "layers": base.layers,
                "attribution": base.attribution,
                "approval": base.approval,
                "zoom_offset": base.zoom_offset,
                "subdomains": base.subdomains,
            },
        }

    def _drawing(self, zones: pd.DataFrame, townships: TownshipShapes, *, whole: bool) -> Drawing:
        """Return how a page's coordinates are made: finer than a pixel at any useful zoom."""
        boxes = shapely.total_bounds(np.append(np.asarray(zones.geometry), townships.shapes))
        across = 0.0 if np.isnan(boxes).any() else float(max(boxes[2:] - boxes[:2]))
        tolerance = max(1.0, across / _PIXELS_ACROSS) if whole else 1.0
        moved = self.base_map is not None and self.base_map.gcj02
        return Drawing(self.gaps.zones.crs, tolerance, gcj02=moved)

    def _boundary(self, drawing: Drawing) -> dict[str, str] | None:
        line = self.gaps.county.tables.boundary
        if line is None:
            return None
        return pack_polygons(np.asarray(line.geometry.to_numpy(), dtype=object), drawing)

    def _told(
        self,
        zones: pd.DataFrame,
        codes: list[str],
        facilities: pd.DataFrame,
        drawing: Drawing,
        *,
        whole: bool,
    ) -> dict[str, Any] | None:
        """Return the page's moments and the plan's sites, if there are any."""
        story = self.story
        if story is None:
            return None
        ids = zones["zone_id"]
        told: dict[str, Any] = {
            "kind": story.kind,
            "moments": moment_rows(story, ids, codes, facilities["facility_id"]),
        }
        if story.plan is not None:
            told["proposals"] = proposal_table(story.plan, ids, codes, drawing, whole=whole)
            told["closed"] = closed_columns(story.plan, ids, codes)
        return told

    def _why(
        self,
        rows: np.ndarray[Any, Any],
        codes: list[str],
        facilities: pd.DataFrame,
        *,
        whole: bool,
    ) -> dict[str, Any]:
        if (whole and len(rows) > MOST_DERIVATIONS) or len(self.gaps.zones) > MOST_EXPLAINED:
            return {}
        told = self._other_derivations
        return {
            "zone": derivation_table(self._zone_derivations[row] for row in rows),
            "township": derivation_table(told["township", code] for code in codes),
            "facility": derivation_table(
                told["facility", name] for name in facilities["facility_id"]
            ),
        }
