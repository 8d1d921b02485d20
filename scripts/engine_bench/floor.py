"""The floor: read the same input and write the same output, and nothing else."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.csv
import pyarrow.parquet
import pyogrio
from child import folder, measure, tell

if TYPE_CHECKING:
    from collections.abc import Callable

county, run = folder(), Path(sys.argv[3])


def read() -> list[pyarrow.Table]:
    """Read every table of the county folder, shapes as the bytes that they are."""
    return [
        *(
            pyarrow.parquet.read_table(county / name)
            for name in ("zones.parquet", "facilities.parquet")
        ),
        pyarrow.csv.read_csv(county / "townships.csv"),
    ]


def writers(target: Path) -> list[Callable[[], object]]:
    """Return how each file of the run is written again, its content at hand."""
    found: list[Callable[[], object]] = []
    for path in sorted(each for each in run.rglob("*") if each.is_file()):
        copy = target / path.name
        if path.suffix == ".parquet":
            found.append(_parquet(path, copy))
        elif path.suffix == ".csv":
            table = pyarrow.csv.read_csv(path)
            found.append(lambda table=table, copy=copy: pyarrow.csv.write_csv(table, copy))
        elif path.suffix == ".gpkg":
            found += [
                _layer(path, str(name), copy) for name, kind in pyogrio.list_layers(path) if kind
            ]
        else:
            content = path.read_bytes()
            found.append(lambda content=content, copy=copy: copy.write_bytes(content))
    return found


def _parquet(path: Path, copy: Path) -> Callable[[], object]:
    table = pyarrow.parquet.read_table(path)
    group = pyarrow.parquet.ParquetFile(path).metadata.row_group(0)
    packed = group.column(0).compression.lower()
    short = [field.name for field in table.schema if field.type != pyarrow.binary()]
    return lambda: pyarrow.parquet.write_table(
        table, copy, compression=packed, use_dictionary=short, row_group_size=group.num_rows
    )


def _layer(path: Path, name: str, copy: Path) -> Callable[[], object]:
    meta, table = pyogrio.read_arrow(path, layer=name)
    return lambda: pyogrio.write_arrow(
        table, copy, layer=name, driver="GPKG", crs=meta["crs"], append=copy.exists(),
        geometry_type=meta["geometry_type"], geometry_name=meta["geometry_name"] or "wkb_geometry",
    )  # fmt: skip


read()  # whatever starts up on the way is no reading
reading = measure(read)
if run.is_dir():
    with tempfile.TemporaryDirectory(dir=run.parent) as name:
        target = Path(name)
        steps = writers(target)

        def clear() -> None:
            """Start each repetition with an empty folder."""
            for path in target.iterdir():
                path.unlink()

        writing = measure(lambda: [step() for step in steps], before=clear)
    tell(reading=reading, writing=writing)
else:
    tell(reading=reading)
