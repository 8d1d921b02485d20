"""Shapes that lie in a file as bytes: what is drawn from it, and what a changed file does."""

from __future__ import annotations

import os

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capacity_planner import stored as storing
from capacity_planner.stored import ChangedFileError, StoredShapes

ROWS = 40_000


@pytest.fixture(scope="module", autouse=True, params=["held", "read again"])
def large(request):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(storing, "_LARGE", 0 if request.param == "read again" else storing._LARGE)
        yield request.param


@pytest.fixture(scope="module")
def values():
    return [f"shape {row}".encode() if row % 7 else None for row in range(ROWS)]


@pytest.fixture(scope="module")
def file(values, tmp_path_factory):
    path = tmp_path_factory.mktemp("stored") / "a.parquet"
    table = pa.table({"geometry": pa.array(values, pa.binary()), "other": np.arange(ROWS)})
    pq.write_table(table, path, row_group_size=9_000)
    return path


def drawn(stored, size):
    return [each for part in stored.parts(size) for each in part.to_pylist()]


@pytest.mark.parametrize("size", [1_000, 16_384, 50_000])
def test_every_row_comes_once_and_in_order(file, values, size):
    stored = StoredShapes.of(file, "geometry", ROWS)
    assert drawn(stored, size) == values
    assert [len(part) for part in stored.parts(size)][:-1] == [size] * ((ROWS - 1) // size)


@given(
    wanted=st.lists(st.integers(0, ROWS - 1), unique=True, min_size=1, max_size=30).map(sorted),
    gaps=st.sets(st.integers(0, 29), max_size=5),
    size=st.integers(1, 12),
)
def test_some_rows_and_gaps_between_them(file, values, wanted, gaps, size):
    rows = np.array(wanted, dtype=np.int64)
    for gap in sorted(gaps):
        rows = np.insert(rows, min(gap, len(rows)), -1)
    stored = StoredShapes.of(file, "geometry", ROWS).only(rows)
    assert drawn(stored, size) == [None if row < 0 else values[row] for row in rows.tolist()]


def test_only_the_shapes_of_a_large_file_are_read_again(file, large):
    held = StoredShapes.of(file, "geometry", ROWS).only(np.array([1, 5])).held
    assert sum(map(len, held)) == (ROWS if large == "held" else 0)


def test_a_file_is_never_read_to_and_fro(file):
    stored = StoredShapes.of(file, "geometry", ROWS)
    assert stored.only(np.array([3, 2])) is None
    assert stored.only(np.array([2, 2])) is None
    assert stored.only(np.array([-1, -1])) is None
    assert stored.only(np.array([], dtype=np.int64)) is None


def _replaced(path):
    path.write_bytes(path.read_bytes() + b"more")


def _touched(path):
    now = path.stat().st_mtime_ns
    os.utime(path, ns=(now, now + 1_000_000))


def _gone(path):
    path.unlink()


@pytest.mark.parametrize("change", [_replaced, _touched, _gone])
@pytest.mark.parametrize("when", ["before", "between"])
def test_a_changed_file_is_noticed_before_and_while_it_is_read(file, tmp_path, change, when):
    copy = tmp_path / "a.parquet"
    copy.write_bytes(file.read_bytes())
    parts = StoredShapes.of(copy, "geometry", ROWS).parts(ROWS // 2)
    if when == "between":
        assert len(next(parts)) == ROWS // 2
    change(copy)
    with pytest.raises(ChangedFileError):
        list(parts)


def test_a_file_with_fewer_rows_than_it_had_is_no_longer_what_was_read(file):
    with pytest.raises(ChangedFileError):
        drawn(StoredShapes.of(file, "geometry", ROWS + 1), 16_384)
