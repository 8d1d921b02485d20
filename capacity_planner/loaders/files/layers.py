"""One reader for all layers: the driver is settled by the file's bytes, never guessed by GDAL."""

from __future__ import annotations

import shutil
import warnings
import zipfile
import zlib
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyogrio
import pyproj
import shapely

from capacity_planner.errors import InputError
from capacity_planner.loaders.files import limits
from capacity_planner.loaders.files.dbf import look_at
from capacity_planner.loaders.files.encoding import decode_latin, decode_text, valid_texts
from capacity_planner.loaders.files.members import check_members
from capacity_planner.loaders.files.raw import RawTable
from capacity_planner.loaders.files.shapes import parts_of
from capacity_planner.loaders.files.sniff import (
    check_archive,
    check_geojson,
    check_kml,
    kind_of,
    refuse,
)
from capacity_planner.scratch import scratch_folder
from capacity_planner.stored import StoredShapes

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from capacity_planner.errors import Complaints
    from capacity_planner.loaders.files.sniff import Kind

__all__ = ["LAYER_KINDS", "read_layer"]

LAYER_KINDS: Final = frozenset(
    {"geojson", "gpkg", "shapefile", "zip", "flatgeobuf", "geoparquet", "filegdb", "kml"}
)
_PREFIX: Final = {"geojson": "GeoJSON:", "gpkg": "GPKG:"}
_ZIPPED: Final = frozenset(
    [
        ".shp",
        ".shx",
        ".dbf",
        ".prj",
        ".cpg",
        ".sbn",
        ".sbx",
        ".qix",
        ".qpj",
        ".xml",
        ".qmd",
        ".qml",
        ".fix",
        ".ain",
        ".aih",
        ".atx",
        ".freelist",
        ".gdbtable",
        ".gdbtablx",
        ".gdbindexes",
        ".spx",
        ".horizon",
        ".timestamps",
        ".gdb",
        ".gdbattachments",
        ".lock",
        ".geojson",
        ".json",
        ".gpkg",
        ".fgb",
        ".kml",
        ".parquet",
        ".txt",
        ".md",
        ".pdf",
        ".csv",
        ".",
    ]
) | {".cdf", ".gdbtable", ".lyr", ".mxd", ".dsw", ".ds_store"}
_KML_OWN: Final = (
    "id", "description", "timestamp", "begin", "end", "altitudeMode", "tessellate", "extrude",
    "visibility", "drawOrder", "icon", "snippet",
)  # fmt: skip
"""Columns that GDAL makes of KML's own tags."""
_CORNER_BYTES: Final = 16
"""Of well-known binary at least: two coordinates of eight bytes."""
_SHX_HEAD: Final = 100
_SHX_ENTRY: Final = 8
_MAIN: Final = (".shp", ".gpkg", ".geojson", ".json", ".fgb", ".kml", ".parquet")


def _all_of(headings: Sequence[str]) -> Collection[int]:
    """Return the positions of all headings."""
    return range(len(headings))


def read_layer(
    path: Path,
    file: str,
    *,
    kind: Kind,
    layer: str | None,
    complaints: Complaints,
    needed: Callable[[Sequence[str]], Collection[int]] = _all_of,
) -> RawTable:
    """Return one layer of a file as it stands.

    Parameters
    ----------
    path
        The file, or a folder ``*.gdb``.
    file
        Its name as the county folder gives it.
    kind
        What :func:`~capacity_planner.loaders.files.sniff.kind_of` found.
    layer
        Name of the layer; needed where a file holds several.
    complaints
        Grows by what was odd but readable.
    needed
        Which of the headings have a meaning, by position. Where a file holds its columns apart
        (GeoParquet), the others are named and not read.

    Returns
    -------
    RawTable
        Rows numbered from 1 in the file's order.

    Raises
    ------
    InputError
        If the file is unsafe, broken, beyond a limit, or the layer is not there.
    """
    if kind == "zip":
        with _unzipped(path, file) as inner:
            inner_kind = kind_of(inner, file)
            if inner_kind not in LAYER_KINDS - {"zip"}:
                refuse("archive_without_layer", file)
            return read_layer(inner, file, kind=inner_kind, layer=layer, complaints=complaints)
    if kind == "geoparquet":
        return _read_geoparquet(path, file, needed)
    if kind == "kml":
        check_kml(path.read_bytes(), file)
    if kind == "geojson":
        with _plain_geojson(path, file, complaints) as (plain, data):
            raw = _read_ogr(plain, file, kind=kind, layer=layer, complaints=complaints)
            check_members(data, raw, complaints)
            return raw
    return _read_ogr(path, file, kind=kind, layer=layer, complaints=complaints)


@contextmanager
def _plain_geojson(path: Path, file: str, complaints: Complaints) -> Iterator[tuple[Path, bytes]]:
    """Yield a GeoJSON that is safe to open, a copy in UTF-8 where it is not, and its bytes."""
    data = path.read_bytes()
    text, encoding = decode_text(data, file)
    if encoding == "utf-8":
        check_geojson(data, file)
        yield path, data
        return
    complaints.add("text_encoding_found", file=file, value=encoding)
    plain = text.encode()
    check_geojson(plain, file)
    with scratch_folder() as folder:
        copy = folder / "layer.geojson"
        copy.write_bytes(plain)
        yield copy, plain


@contextmanager
def _unzipped(path: Path, file: str) -> Iterator[Path]:
    """Unpack an archive into a folder of its own and yield the one layer file in it."""
    check_archive(path, file, unpacked=limits.ARCHIVE_BYTES, suffixes=_ZIPPED)
    with scratch_folder() as folder:
        try:
            with zipfile.ZipFile(path) as archive:
                for entry in archive.infolist():
                    _unpack(archive, entry, folder)
        except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, EOFError, ValueError):
            refuse("archive_broken", file)
        yield _main_member(folder, file)


def _unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path) -> None:
    name = entry.filename.replace("\\", "/")
    if not entry.flag_bits & 0x800:
        # Chinese Windows writes names in GBK without saying so; zipfile reads them as cp437.
        raw = name.encode("cp437", "replace")
        name = raw.decode("gb18030", "replace")
    target = folder / name
    if entry.is_dir():
        target.mkdir(parents=True, exist_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(entry) as source, target.open("wb") as sink:
        shutil.copyfileobj(source, sink)


def _main_member(folder: Path, file: str) -> Path:
    geodatabases = [each for each in folder.rglob("*.gdb") if each.is_dir()]
    layers = [
        each
        for each in sorted(folder.rglob("*"))
        if each.is_file()
        and each.suffix.lower() in _MAIN
        and not each.name.startswith(".")
        and "__MACOSX" not in each.parts
    ]
    found = geodatabases or layers
    if not found:
        refuse("archive_without_layer", file)
    if len(found) > 1:
        names = ", ".join(str(each.relative_to(folder)) for each in found[:10])
        refuse("archive_several_layers", file, value=names)
    return found[0]


def _read_ogr(
    path: Path, file: str, *, kind: Kind, layer: str | None, complaints: Complaints
) -> RawTable:
    source = _PREFIX.get(kind, "") + str(path.resolve())
    options: dict[str, Any] = {}
    if kind == "shapefile":
        _check_companions(path, file, complaints)
        options["encoding"] = "ISO-8859-1"
    if kind == "geojson":
        # GDAL would read 2022-02-30 and 22-03-01 as days without a word; we read the texts.
        options["DATE_AS_STRING"] = "YES"
    with _told(file):
        chosen = _choose_layer(source, file, layer)
        meta, table = pyogrio.read_arrow(
            source, layer=chosen, max_features=limits.FEATURES + 1, **options
        )
    if table.num_rows > limits.FEATURES:
        refuse("layer_too_many_features", file, limit=limits.FEATURES)
    if kind == "kml":
        table = table.drop_columns([name for name in _KML_OWN if name in table.column_names])
    sheet = chosen if kind in {"gpkg", "filegdb", "kml"} else ""
    try:
        raw = _split(meta, table, file, sheet=sheet)
    except NotImplementedError:
        with _told(file):
            table = _without_arcs(source, chosen, table, meta)
        complaints.add("geometry_arcs_straightened", file=file, sheet=sheet)
        raw = _split(meta, table, file, sheet=sheet)
    return decode_latin(raw, path, complaints) if kind == "shapefile" else raw


def _without_arcs(source: str, layer: str, table: pa.Table, meta: dict[str, Any]) -> pa.Table:
    """Return a table whose shapes are read anew with arcs as short lines, for GEOS knows no arcs."""
    _, _, shapes, _ = pyogrio.raw.read(source, layer=layer, columns=[])
    name = meta.get("geometry_name") or "wkb_geometry"
    return table.set_column(table.column_names.index(name), name, pa.array(shapes, pa.binary()))


@contextmanager
def _told(file: str) -> Iterator[None]:
    """Turn whatever GDAL, Arrow or GEOS raise on a broken file into a refusal."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except InputError:
        raise
    except MemoryError:
        refuse("file_too_large", file, size_mb="?", limit_mb="?")
    except Exception as fault:  # noqa: BLE001  # GDAL's errors have no common root
        refuse(
            "layer_unreadable", file, reason=str(fault).splitlines()[0][:200] if str(fault) else ""
        )


def _choose_layer(source: str, file: str, layer: str | None) -> str:
    listed = [(str(name), kind) for name, kind in pyogrio.list_layers(source)]
    names = [name for name, _ in listed]
    if layer is not None:
        if layer not in names:
            refuse("layer_missing", file, value=layer, names=", ".join(names[:20]))
        return layer
    visible = [name for name, kind in listed if kind is not None] or names
    if not visible:
        refuse("layer_none", file)
    if len(visible) > 1:
        refuse("layer_ambiguous", file, names=", ".join(visible[:20]))
    return visible[0]


def _check_companions(path: Path, file: str, complaints: Complaints) -> None:
    """Tell which companions of a Shapefile are missing; the index can be rebuilt, the table not."""
    beside = {each.suffix.lower(): each for each in path.parent.glob(f"{_escaped(path.stem)}.*")}
    if ".dbf" not in beside:
        refuse("shapefile_without_dbf", file)
    if ".shx" not in beside:
        pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": True})
        complaints.add("shapefile_without_shx", file=file)
    _check_table(beside[".dbf"], beside.get(".shx"), file, complaints)
    if ".prj" not in beside:
        complaints.add("shapefile_without_prj", file=file)


def _check_table(dbf: Path, shx: Path | None, file: str, complaints: Complaints) -> None:
    """Refuse a Shapefile whose index and table differ in length; tell what its readers pass over."""
    found = look_at(dbf)
    shapes = found.records if shx is None else (shx.stat().st_size - _SHX_HEAD) // _SHX_ENTRY
    if found.records != shapes or not found.whole:
        refuse("shapefile_cut", file, shapes=max(shapes, 0), records=found.records)
    if found.deleted:
        shown = ", ".join(map(str, found.deleted[:20]))
        complaints.add("shapefile_rows_deleted", file=file, value=shown, count=len(found.deleted))
    for name, row in found.overflowed:
        complaints.add("number_overflowed", file=file, row=row, column=name)


def _escaped(stem: str) -> str:
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in stem)


def _split(meta: dict[str, Any], table: pa.Table, file: str, *, sheet: str) -> RawTable:
    """Return attributes and geometry of an Arrow table from GDAL."""
    name = meta.get("geometry_name") or "wkb_geometry"
    geometry: NDArray[np.object_] | None = None
    if name in table.column_names:
        shapes = table.column(name)
        with _told(file):  # GDAL hands on the lengths that a damaged file gives
            shapes.validate(full=True)
        geometry = _from_wkb(_by_parts(shapes), table.num_rows, file)
        table = table.drop_columns([name])
    return _raw(table, file, sheet=sheet, geometry=geometry, crs=_crs(meta.get("crs"), file))


def _raw(
    table: pa.Table,
    file: str,
    *,
    geometry: NDArray[np.object_] | None,
    crs: pyproj.CRS | None,
    sheet: str = "",
    stored: StoredShapes | None = None,
) -> RawTable:
    """Return attributes of an Arrow table with their shapes."""
    return RawTable(
        file=file,
        sheet=sheet,
        headings=tuple(table.column_names),
        cells=tuple(valid_texts(_one_array(column), file) for column in table.columns),
        rows=np.arange(1, table.num_rows + 1, dtype=np.int64),
        geometry=geometry,
        stored=stored,
        crs=crs,
    )


def _by_parts(column: pa.ChunkedArray) -> Iterator[pa.Array]:
    """Yield a column of bytes without the mark of what they mean."""
    for chunk in column.chunks:
        plain = chunk.storage if isinstance(chunk.type, pa.BaseExtensionType) else chunk
        # As Python objects all bytes at once would be there a second time.
        yield from (plain[part] for part in parts_of(len(plain)))


def _from_wkb(parts: Iterable[pa.Array], count: int, file: str) -> NDArray[np.object_]:
    """Return shapely objects; ``None`` stays, what GEOS cannot read is refused by row."""
    geometry = np.full(count, None, dtype=object)
    end = size = 0
    for part in parts:
        start, end = end, end + len(part)
        size += part.nbytes
        values = part.to_numpy(zero_copy_only=False)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            geometry[start:end] = shapely.from_wkb(values, on_invalid="ignore")
        sent = part.is_valid().to_numpy(zero_copy_only=False)
        broken = np.flatnonzero(sent & shapely.is_missing(geometry[start:end]))
        if len(broken):
            raise InputError.of("geometry_unreadable", file=file, value=start + int(broken[0]) + 1)
    # few bytes hold no more corners than that: they need not be counted
    many = size > limits.VERTICES * _CORNER_BYTES
    if many and int(shapely.get_num_coordinates(geometry).sum()) > limits.VERTICES:
        refuse("layer_too_many_vertices", file, limit=limits.VERTICES)
    return geometry


def _one_array(column: pa.ChunkedArray) -> pa.Array:
    whole = column.combine_chunks()
    if isinstance(whole.type, pa.BaseExtensionType):
        whole = whole.storage  # GDAL marks columns of mixed types as JSON
    return whole.dictionary_decode() if pa.types.is_dictionary(whole.type) else whole


@cache
def _parsed(text: str) -> pyproj.CRS:
    """Return a reference system; most layers of a county have the same, and it takes long to read."""
    return pyproj.CRS.from_user_input(text)


def _crs(text: object, file: str) -> pyproj.CRS | None:
    if not text:
        return None
    try:
        return _parsed(str(text))
    except pyproj.exceptions.CRSError:
        refuse("crs_unreadable", file, value=str(text)[:120])


def _read_geoparquet(
    path: Path, file: str, needed: Callable[[Sequence[str]], Collection[int]]
) -> RawTable:
    import pyarrow.parquet as pq  # noqa: PLC0415  # only where such a file is sent

    with _told(file):
        found = pq.ParquetFile(path)
        if found.metadata.num_rows > limits.FEATURES:
            refuse("layer_too_many_features", file, limit=limits.FEATURES)
        name, crs = _geo_column(found.schema_arrow.metadata or {}, file)
        headings = [each for each in found.schema_arrow.names if each != name]
        read = {headings[index] for index in needed(headings)}
        stored = StoredShapes.of(path, name, found.metadata.num_rows)
        geometry = _from_wkb(stored.batches(), len(stored.rows), file)
        table = found.read(columns=[each for each in headings if each in read])
        for index, heading in enumerate(headings):
            if heading not in read:
                table = table.add_column(index, heading, pa.nulls(len(stored.rows)))
        table = table.replace_schema_metadata(None)
        return _raw(table, file, geometry=geometry, crs=_crs(crs, file), stored=stored)


def _geo_column(metadata: dict[bytes, bytes], file: str) -> tuple[str, object]:
    """Return name and CRS of the geometry column; GeoParquet without a ``crs`` means OGC:CRS84."""
    import json  # noqa: PLC0415

    if b"geo" not in metadata:
        refuse("parquet_without_geometry", file)
    geo = json.loads(metadata[b"geo"])
    name = geo["primary_column"]
    column = geo["columns"][name]
    if column.get("encoding") != "WKB":
        refuse("parquet_encoding", file, value=column.get("encoding"))
    crs = column.get("crs", "OGC:CRS84")
    return name, json.dumps(crs) if isinstance(crs, dict) else crs
