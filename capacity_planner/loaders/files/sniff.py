"""What a file is by its first bytes, and whether it is safe to hand to a reader.

GDAL picks a driver by a file's content: text named ``zones.geojson`` can be a virtual layer that
opens another file or fetches a page. So the kind is settled here, from the bytes, and the reader
of just that kind is called; whatever is not known is refused.
"""

from __future__ import annotations

import json
import re
import stat
import zipfile
from typing import TYPE_CHECKING, Final, Literal, NoReturn, TypeAlias

from capacity_planner.errors import Complaint, InputError
from capacity_planner.loaders.files import limits

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Kind", "check_archive", "check_geojson", "check_kml", "check_size", "kind_of", "refuse"]

Kind: TypeAlias = Literal[
    "geojson", "gpkg", "shapefile", "zip", "flatgeobuf", "geoparquet", "filegdb", "kml",
    "workbook", "html", "text",
]  # fmt: skip

_HEAD: Final = 65_536
_LAYER_SUFFIXES: Final = {".geojson", ".json", ".gpkg", ".shp", ".fgb", ".kml", ".parquet"}
_CRS_KEY: Final = re.compile(rb'"crs"\s*:\s*(?=[{\[])')
_ESCAPED_LETTER: Final = re.compile(rb"\\u00[4-7][0-9a-fA-F]")
_SAFE_CRS: Final = re.compile(
    r"(urn:(ogc|x-ogc|EPSG):(def:)?crs:[\w:.\-]+|(EPSG|ESRI|OGC|CRS):[\w:]+"
    r"|https?://www\.opengis\.net/def/crs/[\w/.\-]+)",
    re.IGNORECASE,
)
_KML_ROOT: Final = re.compile(
    rb"^(\xef\xbb\xbf)?\s*(<\?xml[^<>]*\?>\s*)?(<!--((?!-->|<).)*-->\s*)*<(kml:)?kml[\s>]",
    re.DOTALL,
)


def refuse(code: str, file: str, *, value: object = "", **params: object) -> NoReturn:
    """Raise the refusal of a whole file.

    Raises
    ------
    InputError
        Always, with this one complaint.
    """
    raise InputError(Complaint(code, file, value=str(value), params=params))


def check_size(path: Path, file: str, *, limit: int = limits.FILE_BYTES) -> int:
    """Return a file's size in bytes.

    Raises
    ------
    InputError
        If it is missing, not a plain file, empty, or larger than ``limit``.
    """
    if not path.exists():
        refuse("file_missing", file)
    if not path.is_file():
        refuse("file_not_a_file", file)
    size = path.stat().st_size
    if size == 0:
        refuse("file_empty", file)
    if size > limit:
        refuse("file_too_large", file, size_mb=size >> 20, limit_mb=limit >> 20)
    return size


def kind_of(path: Path, file: str) -> Kind:
    """Return what the bytes of a file or folder say that it is.

    Parameters
    ----------
    path
        File, or folder ``*.gdb``.
    file
        Its name as the county folder gives it, for the complaint.

    Returns
    -------
    Kind
        One of the kinds that the room can read.

    Raises
    ------
    InputError
        If it is missing, empty, too large, or of no known kind.
    """
    if path.is_dir():
        return _folder_kind(path, file)
    check_size(path, file)
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    _refuse_foreign(path, head, file)
    return _binary_kind(path, head, file) or _text_kind(path, head, file)


def _folder_kind(path: Path, file: str) -> Kind:
    catalogue = path / "a00000001.gdbtable"
    if path.suffix.lower() != ".gdb" or not catalogue.is_file():
        refuse("file_not_a_file", file)
    with catalogue.open("rb") as stream:
        version = int.from_bytes(stream.read(4), "little")
    if version not in (3, 4):
        refuse("file_kind_unknown", file, value=f"gdbtable {version}")
    return "filegdb"


def _binary_kind(path: Path, head: bytes, file: str) -> Kind | None:
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_kind(path, file)
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    return None


_MAGIC: Final[tuple[tuple[bytes, Kind], ...]] = (
    (b"SQLite format 3\x00", "gpkg"),
    (b"\x00\x00\x27\x0a", "shapefile"),
    (b"fgb\x03", "flatgeobuf"),
    (b"PAR1", "geoparquet"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "workbook"),
)


_FOREIGN: Final[tuple[tuple[bytes, str, str], ...]] = (
    (b"%PDF", "PDF", "pdf"),
    (b"Rar!", "RAR", "archive"),
    (b"7z\xbc\xaf", "7z", "archive"),
    (b"\x1f\x8b", "gzip", "archive"),
    (b"AC10", "AutoCAD DWG", "drawing"),
    (b"\x00\x01\x00\x00Standard", "Access", "database"),
    (b"\x89PNG", "PNG", "picture"),
    (b"\xff\xd8\xff", "JPEG", "picture"),
    (b"II*\x00", "TIFF", "picture"),
    (b"MM\x00*", "TIFF", "picture"),
)
"""Formats that offices send and nobody can read figures from: first bytes, name, what to do."""
_PARTS: Final = {".dbf", ".shx", ".prj", ".cpg", ".sbn", ".sbx"}


def _refuse_foreign(path: Path, head: bytes, file: str) -> None:
    """Refuse a file of a known format that holds no table or layer, saying which it is."""
    if path.suffix.lower() in _PARTS:
        refuse("shapefile_part", file, value=path.suffix, main=f"{path.stem}.shp")
    for magic, name, what in _FOREIGN:
        if head.startswith(magic):
            refuse(f"file_is_{what}", file, value=name)
    if re.match(rb"\s*0\s+SECTION", head):
        refuse("file_is_drawing", file, value="AutoCAD DXF")


def _zip_kind(path: Path, file: str) -> Kind:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return "zip"
    if any(name.startswith(("word/", "ppt/")) for name in names):
        refuse("file_is_pdf", file, value="Word / PowerPoint")
    office = {"[Content_Types].xml", "xl/workbook.xml", "content.xml"}
    return "workbook" if names & office else "zip"


def _text_kind(path: Path, head: bytes, file: str) -> Kind:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        head = head.decode("utf-16", "ignore").encode()
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    suffix = path.suffix.lower()
    if text.startswith((b"{", b"[")):
        return _json_kind(text, file)
    if text.startswith(b"<"):
        return _markup_kind(text, file)
    if suffix in _LAYER_SUFFIXES or (b"\x00" in head and not _is_utf16(head)):
        refuse("file_kind_unknown", file, value=head[:24].decode("latin-1"))
    return "text"


def _json_kind(text: bytes, file: str) -> Kind:
    if b'"gdal_streamed_alg"' in text:
        refuse("file_unsafe", file, value=text[:60].decode("latin-1"))
    for mark, name in _OTHER_JSON:
        if re.match(mark, text):
            refuse("json_is_other", file, value=name)
    return "geojson"


_OTHER_JSON: Final = (
    (rb'(?s).{0,2000}"type"\s*:\s*"Topology"', "TopoJSON"),
    (rb'(?s).{0,2000}"(geometryType|esriGeometryPolygon|esriFieldType\w+|rings)"', "ArcGIS JSON"),
    (rb"\[", "JSON []"),
    (rb'\{[^\n]*"Feature"[^\n]*\}\s*\n\s*\{', "GeoJSON Lines"),
)
"""Kinds of JSON that are not GeoJSON, by what stands near their beginning."""


def _markup_kind(text: bytes, file: str) -> Kind:
    lowered = text.lower()
    if b"<ogr" in lowered or b"<vrt" in lowered or b"<gdal" in lowered or b"wfs_" in lowered:
        refuse("file_unsafe", file, value=text[:60].decode("latin-1"))
    if _KML_ROOT.match(text):
        return "kml"
    if b"<table" in lowered or b"<html" in lowered:
        return "html"
    refuse("file_kind_unknown", file, value=text[:40].decode("latin-1"))


def _is_utf16(head: bytes) -> bool:
    """Return whether NULs come from UTF-16 without a mark: every other byte of a plain text."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    return min(even, odd) == 0 and max(even, odd) > len(head) // 20


def check_archive(path: Path, file: str, *, unpacked: int, suffixes: frozenset[str] | None) -> None:
    """Look at a zip's directory before anything is unpacked.

    Parameters
    ----------
    path
        The archive.
    file
        Its name for the complaint.
    unpacked
        Most bytes that it may hold.
    suffixes
        Allowed file endings in lower case; ``None`` for any.

    Raises
    ------
    InputError
        If it is broken, encrypted, holds too much, or names paths outside itself.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        refuse("archive_broken", file)
    if len(entries) > limits.ARCHIVE_ENTRIES:
        refuse("archive_too_many", file, count=len(entries), limit=limits.ARCHIVE_ENTRIES)
    size = sum(entry.file_size for entry in entries)
    if size > unpacked:
        refuse("archive_too_large", file, size_mb=size >> 20, limit_mb=unpacked >> 20)
    for entry in entries:
        _check_entry(entry, file, suffixes)


def _check_entry(entry: zipfile.ZipInfo, file: str, suffixes: frozenset[str] | None) -> None:
    if not entry.filename:
        refuse("archive_broken", file)
    name = entry.filename.replace("\\", "/")
    linked = stat.S_ISLNK(entry.external_attr >> 16)
    if name.startswith("/") or ".." in name.split("/") or ":" in name or linked:
        refuse("archive_path", file, value=entry.filename)
    if entry.flag_bits & 1:
        refuse("archive_encrypted", file, value=entry.filename)
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        refuse("archive_packing", file, value=entry.filename)
    ratio = entry.file_size // max(entry.compress_size, 1)
    if ratio > limits.ARCHIVE_RATIO and entry.file_size > 1024**2:
        refuse("archive_ratio", file, value=entry.filename, ratio=ratio, limit=limits.ARCHIVE_RATIO)
    if suffixes is not None and not entry.is_dir():
        ending = "." + name.rsplit("/", 1)[-1].rpartition(".")[2].lower()
        if ending not in suffixes:
            refuse("archive_foreign", file, value=entry.filename)


def check_geojson(data: bytes, file: str) -> None:
    """Refuse a GeoJSON whose ``crs`` member would make GDAL open a link or a file.

    Only ``{"type": "name"}`` with an authority's code passes. Letters written as escapes could
    hide the key, so a text with any is parsed to look at its keys as they really are.

    Raises
    ------
    InputError
        If a ``crs`` member is anything else.
    """
    members: list[object] = []
    decoder = json.JSONDecoder()
    for match in _CRS_KEY.finditer(data):
        piece = data[match.end() : match.end() + 4_096].decode("utf-8", "replace")
        try:
            members.append(decoder.raw_decode(piece)[0])
        except (ValueError, RecursionError):
            members.append("?")
    if _ESCAPED_LETTER.search(data):
        members += _every_crs(data, file)
    for member in members:
        if not _is_safe_crs(member):
            refuse("crs_member_unsafe", file, value=json.dumps(member, ensure_ascii=False)[:120])


def _every_crs(data: bytes, file: str) -> list[object]:
    """Return the value of every ``crs`` member at any depth, of repeated keys too."""
    found: list[object] = []

    def note(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found.extend(value for key, value in pairs if key == "crs" and isinstance(value, dict))
        return dict(pairs)

    try:
        json.loads(data, object_pairs_hook=note)
    except (ValueError, RecursionError):
        refuse("layer_unreadable", file, reason="JSON")
    return found


def _is_safe_crs(member: object) -> bool:
    if not isinstance(member, dict) or member.get("type") != "name":
        return False
    name = (member.get("properties") or {}).get("name")
    return isinstance(name, str) and _SAFE_CRS.fullmatch(name) is not None


def check_kml(data: bytes, file: str) -> None:
    """Refuse a KML that declares entities or points elsewhere.

    Raises
    ------
    InputError
        If it has a document type, entities, or network links.
    """
    lowered = data.lower()
    for mark in (b"<!doctype", b"<!entity", b"<networklink", b"<ogr", b"<schemaurl"):
        if mark in lowered:
            refuse("file_unsafe", file, value=mark.decode())
