"""The arrays that the arithmetic takes and gives."""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]
Words: TypeAlias = NDArray[np.str_]
Days: TypeAlias = NDArray[np.datetime64]

UNKNOWN: Final = -1
"""Stands for a count that was not given, in arrays that hold counts."""
