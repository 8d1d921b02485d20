"""Map datums against an independent converter, survey grids and measuring systems by hand."""

from __future__ import annotations

import coordTransform
import numpy as np
import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capacity_planner import crs

METRES_PER_DEGREE = 111_320.0
in_china_lon = st.floats(73.5, 134.5)
in_china_lat = st.floats(4.0, 53.0)


@given(in_china_lon, in_china_lat)
def test_there_and_back_closes_to_a_micrometre(lon: float, lat: float) -> None:
    place = np.array([[lon, lat]])
    for there, back in (
        (crs.wgs84_to_gcj02, crs.gcj02_to_wgs84),
        (crs.gcj02_to_bd09, crs.bd09_to_gcj02),
        (crs.wgs84_to_bd09, crs.bd09_to_wgs84),
    ):
        assert np.abs(back(there(place)) - place).max() * METRES_PER_DEGREE < 1e-6


def test_forward_agrees_with_an_independent_converter() -> None:
    rng = np.random.default_rng(7)
    places = np.column_stack([rng.uniform(74, 134, 400), rng.uniform(4, 53, 400)])
    for ours, theirs in (
        (crs.wgs84_to_gcj02, coordTransform.wgs84_to_gcj02),
        (crs.gcj02_to_bd09, coordTransform.gcj02_to_bd09),
        (crs.wgs84_to_bd09, coordTransform.wgs84_to_bd09),
    ):
        expected = np.array([theirs(lon, lat) for lon, lat in places.tolist()])
        assert np.abs(ours(places) - expected).max() * METRES_PER_DEGREE < 1e-6


def test_the_shift_over_dazhu_is_what_was_measured() -> None:
    # 398–451 m east and 240–306 m south over the county.
    places = np.array([[107.0, 30.5], [107.2, 30.7], [107.4, 30.9]])
    shift = (crs.wgs84_to_gcj02(places) - places) * METRES_PER_DEGREE
    shift[:, 0] *= np.cos(np.radians(places[:, 1]))
    assert ((shift[:, 0] > 390) & (shift[:, 0] < 460)).all()
    assert ((shift[:, 1] < -235) & (shift[:, 1] > -310)).all()


def test_outside_the_shifted_box_nothing_moves() -> None:
    toronto = np.array([[-79.4, 43.7]])
    assert crs.wgs84_to_gcj02(toronto).tolist() == toronto.tolist()
    assert crs.gcj02_to_wgs84(toronto).tolist() == toronto.tolist()


def test_nan_stays_nan_and_shapes_stay() -> None:
    places = np.array([[np.nan, np.nan], [107.2, 30.7]])
    back = crs.gcj02_to_wgs84(places)
    assert np.isnan(back[0]).all()
    assert np.isfinite(back[1]).all()
    assert crs.bd09_to_wgs84(np.empty((0, 2))).shape == (0, 2)


def test_input_is_not_changed() -> None:
    places = np.array([[107.2, 30.7]])
    given_places = places.copy()
    for datum in crs.DATUMS:
        crs.to_wgs84(places, datum)
    assert (places == given_places).all()


def test_unknown_datum_is_refused() -> None:
    with pytest.raises(ValueError, match="xian80"):
        crs.to_wgs84(np.zeros((1, 2)), "xian80")


@pytest.mark.parametrize(
    ("lon", "lat", "code"),
    [
        (107.2, 30.7, 4545),
        (106.49, 30.7, 4544),
        (106.51, 30.7, 4545),
        (116.4, 39.9, 4548),
        (87.6, 43.8, 4538),
        (121.4, 31.2, 4549),
        (110.3, 20.0, 4546),
        (-79.4, 43.7, 32617),
        (127.0, 37.5, 32652),
        (105.8, 21.0, 32648),
        (151.2, -33.9, 32756),
        (180.0, 0.0, 32601),
    ],
)
def test_each_county_is_measured_in_its_zone(lon: float, lat: float, code: int) -> None:
    assert crs.measure_crs_for(lon, lat).to_epsg() == code


@pytest.mark.parametrize("place", [(181.0, 0.0), (0.0, 91.0), (float("nan"), 0.0)])
def test_no_measuring_system_off_the_earth(place: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="no place on earth"):
        crs.measure_crs_for(*place)


def test_every_survey_grid_is_the_one_it_says() -> None:
    for width, meridians in ((3, range(75, 136, 3)), (6, range(75, 136, 6))):
        for meridian in meridians:
            for prefixed in (False, True):
                grid = crs.gauss_crs(meridian, width=width, prefixed=prefixed)
                values = {each.name: each.value for each in grid.coordinate_operation.params}
                zone = meridian // 3 if width == 3 else (meridian + 3) // 6
                false_easting = 500_000 + prefixed * zone * 1_000_000
                assert values["Longitude of natural origin"] == meridian
                assert values["False easting"] == false_easting


@pytest.mark.parametrize(("meridian", "width"), [(107, 3), (72, 3), (138, 3), (108, 6), (108, 4)])
def test_other_grids_do_not_exist(meridian: int, width: int) -> None:
    with pytest.raises(ValueError, match="no CGCS2000 zone"):
        crs.gauss_crs(meridian, width=width)


def test_a_known_place_of_dazhu_in_its_grid() -> None:
    to_grid = pyproj.Transformer.from_crs(4490, crs.gauss_crs(108), always_xy=True)
    assert to_grid.transform(107.204, 30.736) == pytest.approx((423768.80, 3401976.03), abs=0.01)


@pytest.mark.parametrize(
    ("name", "datum"),
    [
        ("EPSG:4610", "xian80"),
        ("EPSG:2361", "xian80"),
        ("EPSG:2333", "xian80"),
        ("EPSG:4214", "beijing54"),
        ("EPSG:2434", "beijing54"),
        ("EPSG:4555", "beijing54"),
        ("EPSG:4490", None),
        ("EPSG:4545", None),
        ("EPSG:4326", None),
        ("EPSG:32648", None),
        ("EPSG:3857", None),
    ],
)
def test_old_datums_are_recognised(name: str, datum: str | None) -> None:
    assert crs.refused_datum(pyproj.CRS(name)) == datum


def test_old_datums_are_recognised_in_a_bureau_s_own_prj() -> None:
    prj = (
        'PROJCS["Custom_GK_108",GEOGCS["GCS_Xian_1980",DATUM["D_Xian_1980",'
        'SPHEROID["Xian_1980",6378140.0,298.257]],PRIMEM["Greenwich",0.0],'
        'UNIT["Degree",0.0174532925199433]],PROJECTION["Gauss_Kruger"],'
        'PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],'
        'PARAMETER["Central_Meridian",108.0],PARAMETER["Scale_Factor",1.0],'
        'PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]'
    )
    assert crs.refused_datum(pyproj.CRS.from_wkt(prj)) == "xian80"
    krasovsky = prj.replace("GCS_Xian_1980", "GCS_Krasovsky_1940").replace(
        'DATUM["D_Xian_1980",SPHEROID["Xian_1980",6378140.0,298.257]]',
        'DATUM["D_Krasovsky_1940",SPHEROID["Krasovsky_1940",6378245.0,298.3]]',
    )
    assert crs.refused_datum(pyproj.CRS.from_wkt(krasovsky)) == "beijing54"
