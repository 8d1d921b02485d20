"""A document as PDF, by LibreOffice where it is installed."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from capacity_planner.errors import OutputError

__all__ = ["convert_to_pdf"]

_SECONDS: Final = 180


def convert_to_pdf(document: Path) -> Path:
    """Write the document as PDF beside it and return the path.

    Parameters
    ----------
    document
        A ``.docx`` or ``.xlsx``.

    Returns
    -------
    pathlib.Path
        The PDF. Its bytes depend on LibreOffice and the fonts installed.

    Raises
    ------
    OutputError
        If LibreOffice is not installed or does not write the file.
    """
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        raise OutputError.of("pdf_no_office", file=document.name)
    with tempfile.TemporaryDirectory() as profile:
        # A profile of its own, so that an open LibreOffice does not swallow the job.
        command = [
            office,
            f"-env:UserInstallation={Path(profile).as_uri()}",
            "--headless",
            "--convert-to",
            "pdf",
            "--outdir",
            str(document.parent),
            str(document),
        ]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=_SECONDS)  # noqa: S603 (no shell, our own path)
        except (subprocess.SubprocessError, OSError) as error:
            raise OutputError.of(
                "pdf_failed", file=document.name, value=type(error).__name__
            ) from error
    made = document.with_suffix(".pdf")
    if not made.exists():
        raise OutputError.of("pdf_failed", file=document.name, value="–")
    return made
