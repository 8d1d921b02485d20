"""Text that tries to run, and files that try to break out, reach out or swell: all inert or refused."""

from __future__ import annotations

import csv
import re
import sys
import tempfile
import zipfile
from collections import Counter
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trust.evidence import Evidence
from trust.small import TESTS, Stage, write_office

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trust.evidence import Size

FORMULAS = (
    "=cmd|' /C calc'!A0", '=HYPERLINK("http://evil.example","x")', "+1+1", "-1+1", "@SUM(1+1)",
    "\t=1+1", "\r=1+1", "＝1+1", "=1+1;=2+2", '=1+1","=2+2',
)  # fmt: skip
STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
MARKS = re.compile(r"cmd\||evil\.example|1\+1|7\*7|alert\(")
"""What no formula of ours holds."""
NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
COMMANDS = (
    ["--gis", "geojson", "--outputs", "all"],
    ["explain", "001", "--format", "html"],
    ["explain", "F01"],
    ["check"],
)
"""What is asked of each hostile county, besides what it writes."""


def gather(size: Size) -> Iterator[Evidence]:
    """Yield a row for text in every field."""
    sys.path.insert(0, str(TESTS))
    hostile = [*FORMULAS, *import_module("test_mapper_safety").HOSTILE]
    with tempfile.TemporaryDirectory() as name:
        stage = Stage(Path(name))
        clean = _census(stage.out)
        counts: Counter[str] = Counter()
        failures: list[str] = []
        failed: set[str] = set()
        chosen = hostile[::6] if size == "small" else hostile
        for at, text in enumerate(chosen):
            whys = _attack(stage, Path(name) / str(at), text, clean, counts)
            found = [f"{text!r}: {why}" for why in whys]
            failures += found
            failed |= {text} if found else set()
        yield Evidence(
            "hostile texts in every field inert in every output",
            held=len(chosen) - len(failed),
            tried=len(chosen),
            detail=f"{counts['refused']} refused by the loaders; {counts['files']:,} files and "
            f"{counts['cells']:,} cells looked through (CSV, Excel, Word, HTML)",
            failures=tuple(failures),
        )


def _attack(
    stage: Stage, home: Path, text: str, clean: Counter[str], counts: Counter[str]
) -> Iterator[str]:
    """Write a county whose every text is hostile, run it, and yield what is not inert."""
    out = home / "out" / "run"
    folder = write_office(home / "county", lambda office: _spoil(office, text))
    for command in COMMANDS:
        words = [*command, "--county", str(folder)]
        if command[0].startswith("-"):
            words += ["--out", str(out)]
        ended = stage.wait(stage.fork(words))
        if ended.traceback or ended.code not in {0, 1}:
            yield f"{' '.join(command)}: exit {ended.code}: {ended.said[-500:]}"
        if ended.code == 0 and command[-1] == "html":
            yield from _strange_tags(ended.said, "explain")
    if out.exists():
        yield from _look_through(out, text, clean, counts)
    else:
        counts["refused"] += 1


def _look_through(out: Path, text: str, clean: Counter[str], counts: Counter[str]) -> Iterator[str]:
    if [path.name for path in out.parent.iterdir()] != ["run"]:
        yield f"files beside the run: {sorted(out.parent.iterdir())}"
    for path in sorted(out.rglob("*")):
        counts["files"] += path.is_file()
        if path.suffix == ".csv":
            yield from _live_cells(path, counts)
        elif path.suffix == ".xlsx":
            yield from _live_sheets(path, text, counts)
        elif path.suffix == ".docx":
            yield from _live_parts(path)
    if (tags := _census(out)) != clean:
        yield f"tags differ from the clean county's: {(tags - clean) or (clean - tags)}"


def _spoil(office: Any, text: str) -> None:  # noqa: ANN401  # of the tests
    """Put the text into every field that takes words."""
    office.config |= {"name": text, "name_en": text}
    for number, rows in enumerate((office.zones, office.facilities, office.townships)):
        for at, row in enumerate(rows):
            row["name"] = f"{text}{at or ''}"
            if number == 0:
                row["unit_id"] = text if at < 2 else ""  # noqa: PLR2004  # two in one unit
            if number == 1 and at:
                row["facility_id"] = f"{text}{at}"


def _live_cells(path: Path, counts: Counter[str]) -> Iterator[str]:
    with path.open(encoding="utf-8-sig", newline="") as source:
        for row in csv.reader(source):
            counts["cells"] += len(row)
            for cell in row:
                if cell.startswith(STARTS) and not NUMBER.fullmatch(cell):
                    yield f"{path.name}: {cell!r}"


def _live_sheets(path: Path, text: str, counts: Counter[str]) -> Iterator[str]:
    """Yield formulas that hold what only the attacker wrote, and links out of the book."""
    marks = set(MARKS.findall(text))
    with zipfile.ZipFile(path) as book:
        for name in book.namelist():
            content = book.read(name).decode("utf-8", "replace")
            counts["cells"] += content.count("<c r=")
            formulas = re.findall(r"<f>(.*?)</f>", content)
            yield from (f"{name}: {f}" for f in formulas if any(mark in f for mark in marks))
            if 'TargetMode="External"' in content or "<ddeLink" in content:
                yield f"{name}: a link out of the book"


def _live_parts(path: Path) -> Iterator[str]:
    """Yield links out of a document, and fields other than page numbers and contents."""
    with zipfile.ZipFile(path) as document:
        for name in document.namelist():
            content = document.read(name).decode("utf-8", "replace")
            if name.endswith(".rels") and 'TargetMode="External"' in content:
                yield f"{name}: a link out of the document"
            fields = re.findall(r"<w:instrText[^>]*>(.*?)</w:instrText>", content)
            known = ("PAGE", "NUMPAGES", "TOC", "SEQ", "REF")
            yield from (f"{name}: field {f}" for f in fields if not f.strip().startswith(known))


class _Tags(HTMLParser):
    """Counts tags, handlers and addresses of a page as it is before any script runs."""

    def __init__(self) -> None:
        super().__init__()
        self.found: Counter[str] = Counter()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Count one tag with the attributes that can run or fetch something."""
        risky = [key for key, _ in attrs if key.startswith("on") or key in {"src", "srcdoc"}]
        self.found["<" + " ".join([tag, *risky]) + ">"] += 1


def _census(out: Path) -> Counter[str]:
    """Return the tags of all a run's pages; the data are not among them, so they must not differ."""
    found: Counter[str] = Counter()
    for path in out.rglob("*.html"):
        tags = _Tags()
        tags.feed(path.read_text(encoding="utf-8"))
        found += tags.found
    return found


def _strange_tags(page: str, where: str) -> Iterator[str]:
    tags = _Tags()
    tags.feed(page)
    risky = [tag for tag in tags.found if " " in tag or tag in {"<img>", "<iframe>", "<object>"}]
    if risky or tags.found["<script>"]:
        yield f"{where}: {risky or 'a script'}"
