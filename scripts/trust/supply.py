"""What the package brings along: licences it may use, and no known hole in it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, distribution
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from trust.evidence import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.metadata import Distribution

    from trust.evidence import Size

PROJECT = "capacity_planner"
ALLOWED = re.compile(
    r"MIT|BSD|Apache|Python Software Foundation|PSF-2|ISC|MPL-2|Mozilla Public License 2|HPND|Zlib|CC0|0BSD|BSL-1|Boost",
    re.IGNORECASE,
)
REFUSED = re.compile(r"\b(A?GPL|GNU (Affero )?General Public)", re.IGNORECASE)
"""LGPL is not refused: importing such a library binds nobody who uses this one."""
AUDIT_SECONDS = 600


def gather(_size: Size) -> Iterator[Evidence]:
    """Yield a row for licences and one for advisories."""
    found = {each.name: _licence(each) for each in _brought()}
    bad = tuple(
        f"{name}: {licence or 'says nothing'}"
        for name, licence in found.items()
        if REFUSED.search(licence) or not ALLOWED.search(licence)
    )
    yield Evidence(
        "packages brought along under a licence that allows it",
        held=len(found) - len(bad),
        tried=len(found),
        failures=bad,
    )
    yield _advisories()


def _brought() -> list[Distribution]:
    """Return all that an installation brings: what the project needs, what that needs, and so on."""
    seen: dict[str, Distribution] = {}
    waiting = [PROJECT]
    while waiting:
        name = waiting.pop()
        try:
            found = distribution(name)
        except PackageNotFoundError:  # for another system or Python
            continue
        if found.name in seen:
            continue
        seen[found.name] = found
        for text in found.requires or ():
            needed = Requirement(text)
            if needed.marker is None or needed.marker.evaluate({"extra": ""}):
                waiting.append(needed.name)
    del seen[distribution(PROJECT).name]
    return list(seen.values())


def _licence(package: Distribution) -> str:
    """Return what a package says of its licence: the expression, else the classifiers, else the text."""
    meta = package.metadata
    classified = [
        each.rpartition(" :: ")[2]
        for each in meta.get_all("Classifier", [])
        if each.startswith("License ::")
    ]
    said = meta.get("License-Expression") or "; ".join(classified)
    return said or meta.get("License", "").partition("\n")[0]


def _advisories() -> Evidence:
    name = "packages without a known vulnerability"
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pip_audit", "--format", "json", "--progress-spinner", "off"],
            capture_output=True,
            check=False,
            timeout=AUDIT_SECONDS,
        )
        packages = json.loads(done.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, ValueError) as error:
        return Evidence(name, skipped=f"pip-audit gave no answer: {type(error).__name__}")
    audited = [each for each in packages if "vulns" in each]
    if not audited:
        return Evidence(
            name, skipped=f"no advisory source reached for any of {len(packages)} packages"
        )
    holes = tuple(
        f"{each['name']} {each['version']}: {', '.join(hole['id'] for hole in each['vulns'])}"
        for each in audited
        if each["vulns"]
    )
    return Evidence(
        name,
        held=len(audited) - len(holes),
        tried=len(audited),
        detail=f"{len(packages) - len(audited)} not known to the source",
        failures=holes,
    )
