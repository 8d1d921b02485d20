"""Which counties a batch has: folders with ``county.toml``, or one dataset partitioned by county."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Final

from capacity_planner.errors import CountyError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["find_counties"]

_SETTINGS: Final = "county.toml"
_PARTITION: Final = "county="


def find_counties(folder: Path, workshop: Path) -> list[Path]:
    """Return the county folders of a batch, sorted by name.

    Parameters
    ----------
    folder
        Either a folder of county folders, each with ``county.toml``; or a folder with one
        ``county.toml`` for all and tables as GeoParquet partitioned by county
        (``zones/county=511724/*.parquet``), each partition becoming a county of that name.
    workshop
        Where the county folders of a partitioned dataset are laid out.

    Returns
    -------
    list of pathlib.Path
        At least one.

    Raises
    ------
    CountyError
        If there is no county.
    """
    if (folder / _SETTINGS).is_file():
        found = _lay_out(folder, workshop)
    else:
        found = sorted(path.parent for path in folder.glob(f"*/{_SETTINGS}"))
    if not found:
        raise CountyError.of("batch_no_county", file=str(folder))
    return found


def _lay_out(folder: Path, workshop: Path) -> list[Path]:
    """Make one county folder a partition: the shared settings and the partition's own files."""
    partitions: dict[str, list[Path]] = {}
    for path in sorted(folder.glob(f"*/{_PARTITION}*/*.parquet")):
        partitions.setdefault(path.parent.name.removeprefix(_PARTITION), []).append(path)
    made = []
    for county, files in partitions.items():
        target = workshop / county
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        shutil.copyfile(folder / _SETTINGS, target / _SETTINGS)
        for extra in folder.glob("*.toml"):
            shutil.copyfile(extra, target / extra.name)
        for path in files:
            table = target / f"{path.parent.parent.name}.parquet"
            if table.exists():
                raise CountyError.of("batch_two_parts", file=str(path), value=table.stem)
            shutil.copyfile(path, table)
        made.append(target)
    return made
