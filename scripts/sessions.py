"""Sessions of pytest that a script starts for itself."""

from __future__ import annotations

import os

__all__ = ["own_environment"]


def own_environment() -> dict[str, str]:
    """Return the environment without what the caller adds to pytest: options, workers, plug-ins."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
