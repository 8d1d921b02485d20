"""Fetch the vendored map library from npm by package name and record what was fetched.

Run ``python scripts/refresh_assets.py`` (needs ``npm``) after changing a version below; it writes
the published files unchanged into ``capacity_planner/mapper/assets/`` together with the licence and
``vendored.toml``, where version, licence, npm integrity and the SHA-256 of each file stand.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Final

ASSETS: Final = Path(__file__).parents[1] / "capacity_planner" / "mapper" / "assets"
PACKAGES: Final = {
    "leaflet": ("1.9.4", ("dist/leaflet.js", "dist/leaflet.css", "LICENSE")),
}


def _npm(*arguments: str) -> str:
    """Return what ``npm`` prints.

    Raises
    ------
    FileNotFoundError
        If npm is not installed.
    """
    program = shutil.which("npm")
    if program is None:
        raise FileNotFoundError("npm is needed to refresh the vendored assets")
    done = subprocess.run([program, *arguments], check=True, capture_output=True, text=True)
    return done.stdout


def _pack(name: str, version: str, folder: Path) -> tuple[Path, str]:
    """Return the package's archive in ``folder`` and its integrity, checked against the bytes.

    Raises
    ------
    ValueError
        If the archive is not the one that npm vouches for.
    """
    told = json.loads(
        _npm("pack", f"{name}@{version}", "--json", "--pack-destination", str(folder))
    )[0]
    archive = folder / str(told["filename"])
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode("ascii")
    if f"sha512-{digest}" != told["integrity"]:
        raise ValueError(f"{archive.name} does not match its published integrity")
    return archive, str(told["integrity"])


def _record(name: str, version: str, licence: str, integrity: str, files: dict[str, str]) -> str:
    """Return one package's section of ``vendored.toml``."""
    lines = [
        f"[{name}]",
        f'version = "{version}"',
        f'licence = "{licence}"',
        f'integrity = "{integrity}"',
        *(f'"{path}" = "{digest}"' for path, digest in sorted(files.items())),
    ]
    return "\n".join(lines) + "\n"


def refresh() -> None:
    """Fetch every package and write its files and the record."""
    sections = ["# Written by scripts/refresh_assets.py: npm packages, file names with SHA-256.\n"]
    for name, (version, wanted) in sorted(PACKAGES.items()):
        target = ASSETS / name
        target.mkdir(parents=True, exist_ok=True)
        digests = {}
        with tempfile.TemporaryDirectory() as scratch:
            archive, integrity = _pack(name, version, Path(scratch))
            with tarfile.open(archive) as packed:
                about = json.loads(_member(packed, "package.json"))
                for path in wanted:
                    content = _member(packed, path)
                    (target / Path(path).name).write_bytes(content)
                    digests[Path(path).name] = hashlib.sha256(content).hexdigest()
        sections.append(_record(name, version, str(about["license"]), integrity, digests))
        print(f"{name} {version} ({about['license']})")
    (ASSETS / "vendored.toml").write_text("\n".join(sections), encoding="utf-8", newline="\n")


def _member(packed: tarfile.TarFile, path: str) -> bytes:
    """Return one file of an npm archive.

    Raises
    ------
    FileNotFoundError
        If the package no longer holds it.
    """
    held = packed.extractfile(f"package/{path}")
    if held is None:
        raise FileNotFoundError(path)
    return held.read()


if __name__ == "__main__":
    refresh()
