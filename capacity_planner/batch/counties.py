"""Which counties a batch has: folders with ``county.toml``, or one dataset partitioned by county."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.parquet as pq

from capacity_planner.errors import CountyError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["find_counties"]

_SETTINGS: Final = "county.toml"
_PARTITION: Final = "county="
_NAME: Final = "{county}"


def find_counties(folder: Path, workshop: Path) -> list[Path]:
    """Return the county folders of a batch, sorted by name.

    Parameters
    ----------
    folder
        Either a folder of county folders, each with ``county.toml``; or a folder with one
        ``county.toml`` for all and tables as GeoParquet partitioned by county
        (``zones/county=511724/*.parquet``), each partition becoming a county of that name. In the
        common file ``{county}`` stands for it; a county with a policy or choices of its own has
        ``settings/511724.toml`` instead.
    workshop
        Where the county folders of a partitioned dataset are laid out.

    Returns
    -------
    list of pathlib.Path
        At least one.

    Raises
    ------
    CountyError
        If there is no county, a partition's name is no file name, or its parts do not fit together.
    """
    if (folder / _SETTINGS).is_file():
        found = _lay_out(folder, workshop)
    else:
        found = sorted(path.parent for path in folder.glob(f"*/{_SETTINGS}"))
    if not found:
        raise CountyError.of("batch_no_county", file=str(folder))
    return found


def _lay_out(folder: Path, workshop: Path) -> list[Path]:
    """Make one county folder a partition: its settings and its tables."""
    partitions: dict[str, dict[str, list[Path]]] = {}
    for path in sorted(folder.glob(f"*/{_PARTITION}*/*.parquet")):
        county, table = _named(path), path.parent.parent.name
        partitions.setdefault(county, {}).setdefault(table, []).append(path)
    made = []
    for county, tables in sorted(partitions.items()):
        target = workshop / county
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        for extra in folder.glob("*.toml"):
            shutil.copyfile(extra, target / extra.name)
        _settle(folder, county, target / _SETTINGS)
        for table, parts in tables.items():
            _join(parts, target / f"{table}.parquet")
        made.append(target)
    return made


def _named(path: Path) -> str:
    """Return the county of a partition, which must be usable as a folder's name."""
    name = unquote(path.parent.name.removeprefix(_PARTITION))
    if not name.strip(".") or {"/", "\\", "\0"} & set(name):
        raise CountyError.of("batch_partition_name", file=str(path.parent), value=name)
    return name


def _settle(folder: Path, county: str, target: Path) -> None:
    """Write a county's settings: its own where there are any, else the common ones."""
    own = folder / "settings" / f"{county}.toml"
    text = (own if own.is_file() else folder / _SETTINGS).read_text(encoding="utf-8")
    target.write_text(text.replace(_NAME, county), encoding="utf-8", newline="\n")


def _join(parts: list[Path], target: Path) -> None:
    """Put the parts of one table into one file, rows in the order of the parts' names."""
    if len(parts) == 1:
        shutil.copyfile(parts[0], target)
        return
    try:
        # Without partitioning, else Arrow would add the folder's name as a column.
        tables = [pq.read_table(part, partitioning=None) for part in parts]
        whole = pa.concat_tables(table.cast(tables[0].schema) for table in tables)
    except (pa.ArrowException, ValueError) as error:
        raise CountyError.of(
            "batch_parts_differ", file=str(parts[0].parent), value=str(error)[:200]
        ) from error
    pq.write_table(whole, target)
