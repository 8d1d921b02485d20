"""The example row of each template: written by it, and told where it still stands among real ones."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

__all__ = ["example_of"]

_OUTLINE: Final = (
    "POLYGON ((107.204 30.736, 107.207 30.736, 107.207 30.739, 107.204 30.739, 107.204 30.736))"
)
_EXAMPLES: Final[dict[str, dict[str, Any]]] = {
    "zones": {
        "zone_id": "511724001001-01",
        "name": ("示例小区", "Example Estate"),
        "township_code": "511724001",
        "category": "new",
        "permitted_on": dt.date(2022, 3, 1),
        "accepted_on": dt.date(2024, 5, 20),
        "delivered_on": dt.date(2024, 6, 30),
        "dwellings": 520,
        "floor_area_m2": 62_400,
        "population": 1_200,
        "children_u3": 27,
        "migrant_u3": 4,
        "migrant_population": 160,
        "data_status": "synthetic",
        "geometry": _OUTLINE,
    },
    "facilities": {
        "facility_id": "T001",
        "name": ("示例托育园", "Example Nursery"),
        "township": ("示例街道", "Example Subdistrict"),
        "type": "centre",
        "slots": 12,
        "registered": True,
        "filed": True,
        "status": "operating",
        "opened_on": dt.date(2024, 9, 1),
        "accepted_on": dt.date(2024, 5, 20),
        "handed_over_on": dt.date(2024, 6, 30),
        "enrolled_u3": 9,
        "inclusive": True,
        "demonstration": False,
        "accepts_migrants": True,
        "zone_id": "511724001001-01",
        "exclusive": False,
        "lon": 107.2055,
        "lat": 30.7375,
        "data_status": "synthetic",
    },
    "townships": {
        "township_code": "511724001",
        "name": ("示例街道", "Example Subdistrict"),
        "kind": "subdistrict",
        "population": 1_200,
        "data_status": "synthetic",
    },
}


def example_of(table: str) -> dict[str, Any]:
    """Return the example row of a table's template, empty where it has none.

    Examples
    --------
    >>> example_of("townships")["township_code"], example_of("roads")
    ('511724001', {})
    """
    return _EXAMPLES.get(table, {})
