"""Damaged files: only the tool's own errors come out of the readers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fuzz_readers import fuzz
from trust.evidence import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trust.evidence import Size

TRIES = {"small": 600, "full": 100_000}


def gather(size: Size) -> Iterator[Evidence]:
    """Yield one row over readers, cells, ``county.toml`` and policies."""
    counts, failures = fuzz(TRIES[size])
    sums = {
        end: sum(n for (_, ended), n in counts.items() if ended == end)
        for end in ("read", "refused", "escaped", "crashed")
    }
    yield Evidence(
        "damaged files read or refused",
        held=sums["read"] + sums["refused"],
        tried=sum(sums.values()),
        detail=f"{sums['refused']:,} refused, {len({kind for kind, _ in counts})} kinds",
        failures=tuple(failures),
    )
