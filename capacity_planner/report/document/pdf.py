"""A document as PDF, by LibreOffice where it is installed."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Final

from capacity_planner.errors import OutputError
from capacity_planner.scratch import scratch_folder

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

__all__ = ["convert_to_pdf"]

_SECONDS: Final = 180
_PLACE: Final = {"TZ": "UTC", "LC_ALL": "C.UTF-8"}
"""LibreOffice writes its time zone, and takes fonts by the locale: neither is the reader's business."""

_CLOCK: Final = re.compile(rb"(?<=/CreationDate\(D:)\d{14}[^)]*")
_SUMS: Final = re.compile(rb"[0-9A-F]{32}")


def convert_to_pdf(document: Path, *, when: date) -> Path:
    """Write the document as PDF beside it and return the path.

    Parameters
    ----------
    document
        A ``.docx`` or ``.xlsx``.
    when
        Date that stands in the file in place of the clock.

    Returns
    -------
    pathlib.Path
        The PDF. The same document, LibreOffice and fonts give the same bytes.

    Raises
    ------
    OutputError
        If LibreOffice is not installed or does not write the file.
    """
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        raise OutputError.of("pdf_no_office", file=document.name)
    with scratch_folder() as profile:
        # A profile of its own, so that an open LibreOffice does not swallow the job.
        command = [
            office,
            f"-env:UserInstallation={profile.as_uri()}",
            "--headless",
            "--convert-to",
            "pdf",
            "--outdir",
            str(document.parent),
            str(document),
        ]
        try:
            subprocess.run(  # noqa: S603 (no shell, our own path)
                command,
                check=True,
                capture_output=True,
                timeout=_SECONDS,
                env={**os.environ, **_PLACE},
            )
        except (subprocess.SubprocessError, OSError) as error:
            raise OutputError.of(
                "pdf_failed", file=document.name, value=type(error).__name__
            ) from error
    made = document.with_suffix(".pdf")
    if not made.exists():
        raise OutputError.of("pdf_failed", file=document.name, value="–")
    made.write_bytes(_settled(made.read_bytes(), when))
    return made


def _settled(content: bytes, when: date) -> bytes:
    """Return the PDF with its date and checksums made from what it says; no offset moves."""

    def day(found: re.Match[bytes]) -> bytes:
        return f"{when:%Y%m%d}000000Z".encode().ljust(len(found[0]), b"'")

    head, mark, tail = _CLOCK.sub(day, content).rpartition(b"/ID [")
    own = hashlib.sha256(head).hexdigest()[:32].upper().encode()
    return head + mark + _SUMS.sub(own, tail)
