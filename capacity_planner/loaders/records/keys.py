"""Records without a name or a needed value, and names used twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from capacity_planner.loaders.matching import ascend
from capacity_planner.loaders.records.examples import example_of
from capacity_planner.loaders.tell import id_column, tell_rows
from capacity_planner.schemas import INPUT_TABLES

if TYPE_CHECKING:
    import pandas as pd

    from capacity_planner.errors import Complaints

__all__ = ["check_example", "check_keys", "check_required"]

_MOST: Final = 20


def check_required(frame: pd.DataFrame, *, table: str, complaints: Complaints) -> None:
    """Tell of records without a required value, unless the cell has been told of already."""
    told = {(c.file, c.row, c.column) for c in complaints if c.severity == "error"}
    for column in INPUT_TABLES[table].columns:
        if not column.required or column.blank or column.kind == "geometry":
            continue
        heading = frame.attrs.get("headings", {}).get(column.name)
        if heading is None or not frame[column.name].hasnans:
            continue
        code = {"id": "id_missing", "text": "text_missing"}.get(column.kind, "value_missing")
        missing = frame.loc[
            frame[column.name].isna(), ["source_file", "source_sheet", "source_row"]
        ]
        for file, sheet, row in missing.itertuples(index=False):
            if (file, row, heading) not in told:
                complaints.add(
                    code, file=file, sheet=sheet, row=row, column=heading, our=column.name
                )


def check_keys(frame: pd.DataFrame, *, table: str, complaints: Complaints) -> pd.DataFrame:
    """Tell of ids that several records bear, with the rows of all of them.

    Parameters
    ----------
    frame
        Typed records.
    table
        Name of the input table.
    complaints
        Grows by an error for each id.

    Returns
    -------
    pd.DataFrame
        The records with an id, the first of each: so the checks that follow can go on.
    """
    key = id_column(table)
    if not key or key not in frame:
        return frame
    if ascend(frame[key]) or (frame[key].is_unique and not frame[key].hasnans):
        return frame
    present = frame[frame[key].notna()]
    doubled = present[present[key].duplicated(keep=False)]
    for value, rows in doubled.groupby(key, sort=True):
        _tell_doubled(str(value), rows, frame, key, complaints)
    return present.drop_duplicates(key).reset_index(drop=True)


def check_example(frame: pd.DataFrame, *, table: str, complaints: Complaints) -> None:
    """Tell of a template's example row that still stands among the office's own.

    Parameters
    ----------
    frame
        Typed records.
    table
        Name of the input table.
    complaints
        Grows by a warning.
    """
    example, key = example_of(table), id_column(table)
    if not example or len(frame) < 2 or key not in frame:  # noqa: PLR2004  # one is a fresh template
        return
    at = np.flatnonzero(frame[key].array == example[key])
    if len(at):
        at = at[frame["name"].iloc[at].isin(example["name"])]
        tell_rows(complaints, "example_left", frame, at=at, column=key, value=str(example[key]))


def _tell_doubled(
    value: str, rows: pd.DataFrame, frame: pd.DataFrame, key: str, complaints: Complaints
) -> None:
    lines = [int(line) for line in rows["source_row"]]
    shown = ", ".join(map(str, lines[:_MOST])) + (" …" if len(lines) > _MOST else "")
    complaints.add(
        "id_doubled",
        file=rows["source_file"].iloc[0],
        sheet=rows["source_sheet"].iloc[0],
        row=lines[1],
        column=frame.attrs.get("headings", {}).get(key, key),
        value=value,
        rows=shown,
    )
