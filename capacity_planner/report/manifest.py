"""``run.json``: everything that a run rests on, so that anyone can repeat and check it."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from capacity_planner.texts import label

if TYPE_CHECKING:
    from pathlib import Path

    from capacity_planner.assessment import Gaps
    from capacity_planner.county import County

__all__ = ["build_manifest", "list_inputs", "write_manifest"]

_PACKAGES: Final = (
    "capacity_planner",
    "folium",
    "geopandas",
    "numpy",
    "ortools",
    "pandas",
    "pyogrio",
    "pyproj",
    "scipy",
    "shapely",
)


def build_manifest(gaps: Gaps) -> dict[str, Any]:
    """Return the manifest of a run: county, date, rules, choices, inputs, versions, totals, warnings.

    Parameters
    ----------
    gaps
        A result.

    Returns
    -------
    dict
        Plain data; ``run_hash`` is the SHA-256 of all the rest, by which maps, workbook and review
        notes say to which run they belong.
    """
    source = gaps.county.source
    manifest: dict[str, Any] = {
        "schema": 1,
        "county": {"name": source.name, "name_en": source.name_en, "code": source.code},
        "as_of": gaps.as_of.isoformat(),
        "demonstration": source.demonstration,
        "policy": gaps.county.policy.id,
        "measure_crs": gaps.zones.crs.to_string(),
        "rules": [_rule(standing) for standing in gaps.standings],
        "choices": [
            {
                "choice": name,
                "value": str(value),
                "origin": origin,
                "decided": "decided by project",
            }
            for name, value, origin in gaps.choices.rows(fixed=True)
        ],
        "inputs": list_inputs(gaps.county),
        "packages": {name: _version(name) for name in _PACKAGES},
        "totals": dict(gaps.totals),
        "indicators": json.loads(gaps.indicators.to_json(orient="records")),
        "warnings": _warnings(gaps),
    }
    if source.demonstration:
        manifest["data_notice"] = {
            lang: label("notice.demonstration", lang) for lang in ("zh", "en")
        }
    manifest["run_hash"] = hashlib.sha256(_canonical(manifest)).hexdigest()
    return manifest


@cache
def _version(package: str) -> str:
    """Return a package's version, looked up once: it does not change while a process lives."""
    return version(package)


def list_inputs(county: County) -> list[dict[str, str]]:
    """Return everything that a county was read from: its data, its settings and its policies.

    Parameters
    ----------
    county
        As loaded.

    Returns
    -------
    list of dict
        ``path`` in the county folder (of a policy ``<id>.toml``), ``table`` and ``sha256``.
    """
    source = county.source
    files = [(each.path, each.table, each.sha256) for each in county.tables.files]
    files.append(("county.toml", "settings", source.sha256))
    files += [(f"{each.id}.toml", "policy", each.sha256) for each in source.policy.chain]
    return [{"path": path, "table": table, "sha256": sha256} for path, table, sha256 in files]


def _rule(standing: Any) -> dict[str, Any]:  # noqa: ANN401 (a policy.Standing)
    rule = standing.rule
    return {
        "rule": rule.id,
        "value": None if rule.value is None else str(rule.value),
        "unit": rule.unit,
        "clause": standing.citation("zh"),
        "standing": standing.standing,
        "from": rule.from_date.isoformat(),
        "until": None if rule.until is None else rule.until.isoformat(),
        "confidence": rule.confidence,
        "decided": "decided by rule",
    }


def _warnings(gaps: Gaps) -> list[dict[str, Any]]:
    counted = Counter((each.severity, each.code) for each in gaps.problems)
    return [
        {"severity": severity, "code": code, "count": count}
        for (severity, code), count in sorted(counted.items())
    ]


def _canonical(manifest: dict[str, Any]) -> bytes:
    text = json.dumps(manifest, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8")


def write_manifest(manifest: dict[str, Any], folder: Path) -> Path:
    """Write ``run.json`` and return its path.

    Parameters
    ----------
    manifest
        From :func:`build_manifest`.
    folder
        An existing folder.

    Returns
    -------
    pathlib.Path
        The file written.
    """
    path = folder / "run.json"
    text = json.dumps(manifest, ensure_ascii=False, indent=2)
    path.write_text(f"{text}\n", encoding="utf-8", newline="\n")
    return path
