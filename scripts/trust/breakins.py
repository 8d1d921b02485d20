"""Inputs that try to break out of the folder, to reach the network or to swell: refused in bounds."""

from __future__ import annotations

import importlib
import io
import os
import resource
import select
import socket
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from trust.evidence import Evidence
from trust.small import TESTS, Ended, Stage, write_office

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from trust.evidence import Size

CPU_SECONDS = 60
PEAK_MIB = 2_048
LISTENED = ("127.0.0.1", 9)
"""Where the addresses in the tests' hostile files lead."""
COUNTIES = (
    "../../etc", "/etc/passwd", "/etc", "dazhu/../../../etc", "dazhu\n", "%2e%2e/%2e%2e/etc",
    "..\\..\\windows", "file:///etc", "/vsicurl/http://127.0.0.1:9/", "/vsizip/a.zip", "~root", "",
    ".", "a" * 5_000, "\u202euhzad", "dazhu;id", "$(id)", "-rf", "dazhu/.", "con",
)  # fmt: skip
ROWS = 1_000_000
CORNERS = 1_000_000
DAYS = ("0000-00-00", "0000-01-01", "0001-01-01", "9999-12-31", "99999-01-01", "-2021-01-01")
SHEET = "xl/worksheets/sheet1.xml"
LAUGHS = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10 if i else "ha"}">' for i in range(10))


def gather(size: Size) -> Iterator[Evidence]:
    """Yield rows for hostile files, ``--county``, and inputs that swell."""
    sys.path.insert(0, str(TESTS))
    with tempfile.TemporaryDirectory() as name, _listener() as ears:
        stage = Stage(Path(name))
        every = 8 if size == "small" else 1
        yield _row("hostile files refused or harmless", stage, ears, _files(Path(name), every))
        yield _row("--county stays where it may", stage, ears, _counties(every))
        yield _row("swollen inputs bounded", stage, ears, _swollen(Path(name), size))


def _listener() -> socket.socket:
    """Return a socket that hears whether anything calls; unbound where the port cannot be had."""
    ears = socket.socket()
    try:
        ears.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        ears.bind(LISTENED)
        ears.listen()
    except OSError:
        ears.close()
    return ears


def _row(
    name: str, stage: Stage, ears: socket.socket, trials: Iterator[tuple[str, list[str], set[int]]]
) -> Evidence:
    """Run each command in bounds; a trial is its name, its words and the exit codes it may have."""
    failures: list[str] = []
    tried, most_cpu, most_mib, refused = 0, 0.0, 0, 0
    for what, words, codes in trials:
        ended = stage.wait(stage.fork(words, _bounds))
        tried += 1
        refused += ended.code != 0
        most_cpu, most_mib = max(most_cpu, ended.cpu), max(most_mib, ended.peak_mib)
        if why := _judge(stage, ended, codes):
            failures.append(f"{what}: {why}")
    heard = ears.fileno() >= 0 and bool(select.select([ears], [], [], 0)[0])
    failures += ["something called the network"] if heard else []
    deaf = "" if ears.fileno() >= 0 else "; the network was not listened to"
    return Evidence(
        name,
        held=tried - len(failures),
        tried=tried,
        detail=f"{refused} refused, at most {most_cpu:.1f} CPU s and {most_mib:,} MiB{deaf}",
        failures=tuple(failures),
    )


def _bounds() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))


def _judge(stage: Stage, ended: Ended, codes: set[int]) -> str:
    if ended.code not in codes or ended.traceback:
        return f"exit {ended.code}: {ended.said[-600:]}"
    if ended.peak_mib > PEAK_MIB:
        return f"{ended.peak_mib} MiB"
    litter = stage.litter()
    return f"litter: {litter}" if litter else ""


def _files(home: Path, every: int) -> Iterator[tuple[str, list[str], set[int]]]:
    """Yield the security cases of the tests, and more of their kind."""
    faults = importlib.import_module("faults")
    importlib.import_module("faults_security")
    cases = [each for each in faults.FAULTS.values() if each.group == "security"]
    for case in cases[::every]:
        folder = write_office(home / "files" / case.name, case.build)
        codes = {1} if case.outcome == "refused" else {0}
        yield case.name, ["check", "--county", str(folder)], codes
    more = {
        "archive_that_climbs": _climbing_archive,
        "workbook_that_laughs_in_cells": lambda o: _laughing(o, SHEET, b"<worksheet"),
        "workbook_that_laughs_in_names": lambda o: _laughing(o, "xl/workbook.xml", b"<workbook"),
        "workbook_that_reads_files": lambda o: _laughing(
            o, SHEET, b"<worksheet", '<!ENTITY e9 SYSTEM "file:///etc/passwd">'
        ),
    }
    for name, change in more.items():
        folder = write_office(home / "files" / name, change)
        yield name, ["check", "--county", str(folder)], {0, 1}


def _climbing_archive(office: Any) -> None:  # noqa: ANN401  # of the tests
    files = importlib.import_module("faults_files")
    members = files.shapefile_members(office)
    climbing = {f"../../{name}": content for name, content in members.items()}
    files.pack(office, "zones.zip", climbing)


def _laughing(office: Any, part: str, root: bytes, entities: str = LAUGHS) -> None:  # noqa: ANN401
    """Send a workbook one part of which defines entities that grow ten times with each step."""
    tables = importlib.import_module("faults_tables")
    tables.send(office, tables.book({"机构": tables.facilities(office)}))
    path = office.path("facilities.xlsx")
    with zipfile.ZipFile(path) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    told = f"<!DOCTYPE x [{entities}]>".encode()
    parts[part] = parts[part].replace(root, told + root, 1)
    if part == SHEET:
        parts[part] = parts[part].replace(b"</t>", b"&e9;</t>", 1)
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in parts.items():
            book.writestr(name, content)
    path.write_bytes(sink.getvalue())


def _counties(every: int) -> Iterator[tuple[str, list[str], set[int]]]:
    for name in COUNTIES[::every]:
        yield f"--county {name[:40]!r}", ["check", "--county", name], {1, 2}


def _swollen(home: Path, size: Size) -> Iterator[tuple[str, list[str], set[int]]]:
    """Yield inputs that are long, many or far away; each is run to the end or refused."""
    scale = 20 if size == "small" else 1
    changes: dict[str, Callable[[Any], object]] = {
        "a name of 100,000 letters": lambda o: o.zones[0].update(name="长" * 100_000),
        "a million rows of junk": lambda o: _junk(o, ROWS // scale),
        "a zone of a million corners": lambda o: _corners(o, CORNERS // scale),
        **{f"dates {day}": lambda o, day=day: _dates(o, day) for day in DAYS},
        "a county of the year 9999": lambda o: o.config.update(as_of="9999-12-31"),
        "a county of the year 1": lambda o: o.config.update(as_of="0001-01-01"),
    }
    out = home / "swollen" / "out" / "run"
    for at, (name, change) in enumerate(changes.items()):
        folder = write_office(home / "swollen" / str(at), change)
        yield name, ["--county", str(folder), "--out", str(out)], {0, 1}
    folder = write_office(home / "swollen" / "days", lambda _: None)
    for day in ("9999-12-31", "0001-01-01"):
        words = ["--county", str(folder), "--out", str(out), "--as-of", day]
        yield f"--as-of {day}", words, {0, 1, 2}


def _junk(office: Any, rows: int) -> None:  # noqa: ANN401  # of the tests
    junk = "\n".join(f"{os.urandom(3).hex()},?{at},x,-1,2021-13-45" for at in range(rows))
    office.put("facilities", "facilities.csv", f"facility_id,slots,type,lon,lat\n{junk}\n")


def _corners(office: Any, corners: int) -> None:  # noqa: ANN401  # of the tests
    turn = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    middle = office.zones[0]["geometry"].centroid
    ring = np.column_stack([middle.x + 0.0015 * np.cos(turn), middle.y + 0.0015 * np.sin(turn)])
    office.zones[0]["geometry"] = shapely.Polygon(ring)


def _dates(office: Any, day: str) -> None:  # noqa: ANN401  # of the tests
    office.zones[0]["permitted_on"] = day
    office.facilities[0]["opened_on"] = day
