"""The rules that the tool understands: their kinds, units, and whom they bind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["KNOWN_RULES", "PER_1000", "KnownRule"]


@dataclass(frozen=True, slots=True)
class KnownRule:
    """What the tool understands by a rule id: its kind, its unit (none: a rule without number), whom it binds."""

    kind: str
    unit: str = ""
    applies_to: tuple[str, ...] = ()


_URBAN: Final = ("new", "existing", "old_town")
_BUILT: Final = ("existing", "old_town")
PER_1000: Final = "slots_per_1000_residents"
_CLASS: Final = "children_per_class"
_CARER: Final = "children_per_carer"

KNOWN_RULES: Final[dict[str, KnownRule]] = {
    "ratio_new": KnownRule("ratio", PER_1000, ("new",)),
    "ratio_existing": KnownRule("ratio", PER_1000, ("existing",)),
    "ratio_old_town": KnownRule("ratio", PER_1000, ("old_town",)),
    "duty_build_with_housing": KnownRule("duty", applies_to=("new",)),
    "duty_provide_by_deadline": KnownRule("duty", applies_to=_BUILT),
    "duty_top_up": KnownRule("benchmark", applies_to=_BUILT),
    "duty_consider": KnownRule("duty", applies_to=("rural",)),
    "check_migrant": KnownRule("check", applies_to=_URBAN),
    "check_handover": KnownRule("check", applies_to=("new",)),
    "benchmark_slots_per_1000": KnownRule("benchmark", PER_1000),
    "target_demonstration": KnownRule("benchmark", "institutions"),
    "target_coverage": KnownRule("benchmark"),
    "population_base": KnownRule("counting"),
    "counting_kindergarten_class": KnownRule("counting", applies_to=("kindergarten_class",)),
    "counting_home_based": KnownRule("counting", applies_to=("home_based",)),
    "counting_early_education": KnownRule("counting", applies_to=("early_education",)),
    "limit_home_based": KnownRule("limit", "children_per_point", ("home_based",)),
    "carers_home_based": KnownRule("limit", _CARER, ("home_based",)),
    "class_size_infant": KnownRule("class_size", _CLASS),
    "class_size_junior": KnownRule("class_size", _CLASS),
    "class_size_senior": KnownRule("class_size", _CLASS),
    "class_size_mixed": KnownRule("class_size", _CLASS),
    "carers_infant": KnownRule("limit", _CARER),
    "carers_junior": KnownRule("limit", _CARER),
    "carers_senior": KnownRule("limit", _CARER),
    "filing": KnownRule("check"),
    "facility_forms": KnownRule("means"),
    "inclusive": KnownRule("means"),
    "foresight": KnownRule("means"),
    "reuse_premises": KnownRule("means"),
    "land": KnownRule("means"),
    "department_land": KnownRule("department"),
    "department_housing": KnownRule("department"),
    "department_health": KnownRule("department"),
}
"""Every rule that some room of the tool reads; a policy file may state these and no others."""
