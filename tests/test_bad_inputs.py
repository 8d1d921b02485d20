"""Every bad input is refused cleanly, or repaired and told, or read as if it were clean."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

import faults_doubts  # noqa: F401  # each of these registers its cases
import faults_files  # noqa: F401
import faults_layers  # noqa: F401
import faults_lists  # noqa: F401
import faults_security  # noqa: F401
import faults_settings  # noqa: F401
import faults_tables  # noqa: F401
import faults_values  # noqa: F401
import faults_walks  # noqa: F401
import pytest
from faults import FAULTS, run_fault

if TYPE_CHECKING:
    from pathlib import Path

if importlib.util.find_spec("faults_space"):
    import faults_space  # noqa: F401  # geometry, coordinates, joins, consistency


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_bad_input_ends_as_it_should(name: str, tmp_path: Path):
    verdict = run_fault(FAULTS[name], tmp_path / "county")
    assert not verdict.why, f"{verdict.why} (told: {', '.join(verdict.codes)})"
