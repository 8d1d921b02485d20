"""How many examples a property is tried on: few by default, many with ``--hypothesis-profile``."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, settings

USUAL = 100
PROFILES = {"usual": USUAL, "large": 20 * USUAL}


def register() -> None:
    """Make the profiles known; the usual one holds where none is asked for."""
    for name, examples in PROFILES.items():
        settings.register_profile(
            name,
            max_examples=examples,
            deadline=None,  # no timed tests
            suppress_health_check=[HealthCheck.too_slow],
        )
    # for trials of mutants: the same examples every time, and a failure is only counted
    settings.register_profile(
        "mutants",
        max_examples=USUAL // 2,
        deadline=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    settings.load_profile("usual")


def trials(examples: int) -> settings:
    """Return settings for a property that is dear: so many examples usually, in proportion else."""
    return settings(max_examples=max(1, examples * settings.default.max_examples // USUAL))
