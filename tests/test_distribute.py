"""Larger totals and rasters in whole persons to zones, against sharing by hand and by brute force."""

from __future__ import annotations

import builtins
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from space import EAST, MEASURE, NORTH, codes, counts, square, table, texts, zones

from capacity_planner.errors import Complaints, InputError
from capacity_planner.loaders.joining.distribute import apportion, distribute, distribute_raster

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd


# rasterio multiplies affine's matrices with *, which affine is about to deprecate.
pytestmark = pytest.mark.filterwarnings("ignore:Use `@` matmul:PendingDeprecationWarning")


def by_hand(total: int, weights: list[int]) -> list[int]:
    """Share by exact fractions: whole parts first, then the largest remainders in order."""
    weights = weights if sum(weights) else [1] * len(weights)
    exact = [Fraction(total * weight, sum(weights)) for weight in weights]
    shares = [int(each) for each in exact]
    order = sorted(range(len(weights)), key=lambda at: (shares[at] - exact[at], at))
    for at in order[: total - sum(shares)]:
        shares[at] += 1
    return shares


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 10**7), st.lists(st.integers(0, 10**12), min_size=1, max_size=6)),
        max_size=4,
    )
)
def test_shares_are_those_by_hand(groups: list[tuple[int, list[int]]]) -> None:
    totals = np.array([total for total, _ in groups], dtype=np.int64)
    weights = np.array([each for _, own in groups for each in own], dtype=np.int64)
    group = np.array([at for at, (_, own) in enumerate(groups) for _ in own], dtype=np.int64)
    expected = [share for total, own in groups for share in by_hand(total, own)]
    assert apportion(totals, weights, group).tolist() == expected


def test_people_are_not_parted() -> None:
    # 1,250 in 11 parts: 113.6… each.
    shares = apportion(np.array([1250]), np.ones(11, dtype=np.int64), np.zeros(11, dtype=np.int64))
    assert shares.tolist() == [114] * 7 + [113] * 4


def test_a_group_without_members_cannot_share() -> None:
    with pytest.raises(ValueError, match="without members"):
        apportion(np.array([5]), np.array([], dtype=np.int64), np.array([], dtype=np.int64))


def totals(*names: str, **columns: Any) -> pd.DataFrame:
    frame = table("population.csv", None, township_code=texts(*names), **columns)
    return pd.DataFrame(frame.drop(columns="geometry"))


def shared(
    homes: gpd.GeoDataFrame, rows: pd.DataFrame
) -> tuple[gpd.GeoDataFrame, list[str], Complaints]:
    told = Complaints()
    out = distribute(homes, rows, complaints=told)
    return out, codes(told), told


TWO = {"geometry": [square(0, 0), square(2, 0)], "township_code": texts("1", "1")}


def test_dwellings_come_first() -> None:
    homes = zones(**TWO, dwellings=counts(1, 3), floor_area_m2=pd.Series([300.0, 100.0]))
    out, told, _ = shared(homes, totals("1", population=counts(10)))
    assert out["population"].tolist() == [3, 7]  # 2.5 and 7.5: equal remainders, the earlier zone
    assert out["population_origin"].tolist() == ["distributed"] * 2
    assert told == ["population_by_dwellings"]


def test_then_floor_area() -> None:
    homes = zones(**TWO, dwellings=counts(1, None), floor_area_m2=pd.Series([300.0, 100.0]))
    out, told, _ = shared(homes, totals("1", population=counts(8)))
    assert out["population"].tolist() == [6, 2]
    assert told == ["population_by_floor_area"]


def test_then_area() -> None:
    homes = zones([square(0, 0, 200), square(4, 0)], township_code=texts("1", "1"))
    out, told, _ = shared(homes, totals("1", population=counts(10)))
    assert out["population"].tolist() == [8, 2]
    assert told == ["population_by_area"]


def test_dwellings_that_are_all_zero_weigh_nothing() -> None:
    homes = zones(**TWO, dwellings=counts(0, 0))
    _, told, _ = shared(homes, totals("1", population=counts(10)))
    assert told == ["population_by_area"]


def test_each_township_by_what_it_has() -> None:
    homes = zones(
        [square(2 * at, 0) for at in range(4)],
        township_code=texts("1", "2", "1", "2"),
        dwellings=counts(1, None, 4, 7),
    )
    out, told, _ = shared(homes, totals("2", "1", population=counts(9, 10)))
    assert out["population"].tolist() == [2, 5, 8, 4]
    assert told == ["population_by_dwellings", "population_by_area"]


def test_parts_follow_their_whole_and_never_outgrow_it() -> None:
    homes = zones(**TWO, dwellings=counts(1, 3))
    rows = totals("1", population=counts(10), children_u3=counts(3), migrant_u3=counts(2))
    out, _, _ = shared(homes, rows)
    assert out["children_u3"].tolist() == [1, 2]
    assert out["migrant_u3"].tolist() == [1, 1]


def test_a_part_that_is_not_given_stays_empty() -> None:
    homes = zones([square(0, 0), square(2, 0)], township_code=texts("1", "2"))
    rows = totals("1", "2", population=counts(10, 20), children_u3=counts(None, 4))
    out, _, _ = shared(homes, rows)
    assert out["children_u3"].isna().tolist() == [True, False]


def test_zones_with_their_own_count_keep_it() -> None:
    homes = zones(**TWO, population=counts(4, None))
    out, _, _ = shared(homes, totals("1", population=counts(10)))
    assert out["population"].tolist() == [4, 6]
    assert out["population_origin"].tolist()[1] == "distributed"


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        (totals("1", "9", population=counts(10, 5)), "total_without_zone"),
        (totals("1", population=counts(3)), "total_below_zones"),
        (totals("1", "1", population=counts(10, 10)), "total_twice"),
        (totals("1", "9", population=counts(10, None)), "total_missing"),
    ],
)
def test_totals_that_cannot_be_shared_are_refused(rows: pd.DataFrame, code: str) -> None:
    _, told, found = shared(zones(**TWO, population=counts(4, None)), rows)
    assert code in told
    assert found.has_errors


def test_zones_without_a_total_are_told() -> None:
    homes = zones([square(0, 0), square(2, 0)], township_code=texts("1", "2"))
    out, told, _ = shared(homes, totals("1", population=counts(10)))
    assert "zone_without_total" in told
    assert out["population"].isna().tolist() == [False, True]


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.tuples(st.sampled_from("123"), st.integers(0, 400)), min_size=1, max_size=10),
    st.tuples(*[st.integers(0, 5_000)] * 3),
)
def test_totals_stay_exact(homes: list[tuple[str, int]], people: tuple[int, int, int]) -> None:
    frame = zones(
        [square(2 * at, 0) for at in range(len(homes))],
        township_code=texts(*[town for town, _ in homes]),
        dwellings=counts(*[n for _, n in homes]),
    )
    children = [n // 3 for n in people]
    rows = totals("1", "2", "3", population=counts(*people), children_u3=counts(*children))
    out, _, found = shared(frame, rows)
    lost = sum(each.params["people"] for each in found if each.code == "total_without_zone")
    assert int(out["population"].sum()) + lost == sum(people)
    assert (out["children_u3"].fillna(0) <= out["population"].fillna(0)).all()


# --- rasters


def raster(path: Path, cells: Any, *, crs: Any = MEASURE, nodata: float | None = -9999.0) -> Path:
    """Write persons per cell of 100 m, the first row furthest north."""
    values = np.array(cells, dtype=np.float32)
    place = rasterio.transform.from_origin(EAST, NORTH + 100 * len(values), 100, 100)
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=values.shape[0],
        width=values.shape[1],
        count=1,
        dtype="float32",
        crs=crs,
        transform=place,
        nodata=nodata,
    ) as sink:
        sink.write(values, 1)
    return path


def from_raster(shapes: list[Any], path: Path) -> tuple[list[int], Complaints]:
    told = Complaints()
    out = distribute_raster(zones(shapes), path, complaints=told)
    assert out["population_origin"].eq("distributed").all()
    return out["population"].tolist(), told


def test_cells_go_to_zones_by_the_part_covered(tmp_path: Path) -> None:
    path = raster(tmp_path / "people.tif", [[10, 20], [30, 40]])
    people, told = from_raster([square(0, 0), square(1, 0, 200).intersection(square(1, 0.5))], path)
    assert people == [30, 30]  # a whole cell; half of 40 and half of 20
    assert codes(told) == ["population_by_raster", "raster_outside_zones"]
    assert list(told)[1].params == {"people": 40, "total": 100}


def test_a_raster_of_another_place_has_nobody_here(tmp_path: Path) -> None:
    path = raster(tmp_path / "people.tif", [[10, 20]])
    told = Complaints()
    distribute_raster(zones([square(50, 50)]), path, complaints=told)
    assert {"raster_outside_zones"} <= set(codes(told))


def test_the_raster_s_total_is_kept(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    cells = rng.uniform(0, 9, (6, 6))
    path = raster(tmp_path / "people.tif", cells)
    people, told = from_raster([square(x, y) for x in range(6) for y in range(6)], path)
    assert sum(people) == round(float(cells.astype(np.float32).sum()))
    assert codes(told) == ["population_by_raster"]


def test_overlapping_zones_do_not_count_people_twice(tmp_path: Path) -> None:
    path = raster(tmp_path / "people.tif", [[100]])
    people, _ = from_raster([square(0, 0), square(0, 0)], path)
    assert people == [50, 50]


def test_cells_without_data_hold_nobody(tmp_path: Path) -> None:
    path = raster(tmp_path / "people.tif", [[-9999, 7], [np.nan, 8]])
    people, told = from_raster([square(0, 0, 200)], path)
    assert people == [15]
    assert codes(told) == ["population_by_raster"]


@pytest.mark.parametrize("placed", [(-100, 0, 100), (100, 5, -100), (100, 0, 100)])
def test_a_raster_that_does_not_stand_upright_is_refused(tmp_path: Path, placed: tuple) -> None:
    path = raster(tmp_path / "people.tif", [[10]])
    across, tilted, down = placed
    with rasterio.open(path, "r+") as file:
        file.transform = rasterio.Affine(across, tilted, EAST, 0, down, NORTH)
    with pytest.raises(InputError) as caught:
        from_raster([square(0, 0)], path)
    assert codes(caught.value.complaints) == ["raster_not_upright"]


def test_a_raster_in_degrees(tmp_path: Path) -> None:
    path = tmp_path / "people.tif"
    zone = zones([square(0, 0, 1000)])
    west, south, east, north = zone.to_crs(4326).total_bounds
    with rasterio.open(
        path, "w", driver="GTiff", height=4, width=4, count=1, dtype="float32", crs="EPSG:4326",
        transform=rasterio.transform.from_bounds(west, south, east, north, 4, 4),
    ) as sink:  # fmt: skip
        sink.write(np.full((4, 4), 10, dtype=np.float32), 1)
    told = Complaints()
    out = distribute_raster(zone, path, complaints=told)
    inside = int(out["population"].iloc[0])
    outside = [each.params["people"] for each in told if each.code == "raster_outside_zones"]
    assert 155 <= inside <= 160
    assert inside + sum(outside) == 160


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("not a raster", "raster_unreadable"),
        ("no system", "raster_without_crs"),
        ("negative", "raster_negative"),
    ],
)
def test_rasters_that_cannot_be_used_are_refused(tmp_path: Path, fault: str, code: str) -> None:
    path = tmp_path / "people.tif"
    if fault == "not a raster":
        path.write_bytes(b"<VRTDataset/>")
    elif fault == "no system":
        raster(path, [[1]], crs=None)
    else:
        raster(path, [[-1, 2]], nodata=None)
    with pytest.raises(InputError) as refusal:
        distribute_raster(zones([square(0, 0)]), path, complaints=Complaints())
    assert refusal.value.complaints[0].code == code


def test_without_the_extra_it_says_which(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def missing(name: str, *rest: Any, **keys: Any) -> Any:
        if name == "exactextract":
            raise ImportError(name)
        return real(name, *rest, **keys)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(InputError, match="raster") as refusal:
        distribute_raster(zones([square(0, 0)]), tmp_path / "x.tif", complaints=Complaints())
    assert refusal.value.complaints[0].code == "raster_extra_missing"


def test_given_frames_are_not_changed() -> None:
    homes = zones(**TWO, population=counts(None, None))
    distribute(homes, totals("1", population=counts(10)), complaints=Complaints())
    assert homes["population"].isna().all()
    assert shapely.equals(homes.geometry.iloc[0], square(0, 0))
