"""Static maps: same bytes, fixed classes, and no character drawn as an empty box."""

import numpy as np
import pytest
from squares import county, middle, square

from capacity_planner.assessment import assess
from capacity_planner.errors import OutputError, UnknownNameError
from capacity_planner.report import drawing
from capacity_planner.report.classes import TOWNSHIPS, ZONES
from capacity_planner.report.drawing import cjk_font
from capacity_planner.report.figures import FORMATS, Atlas, write_figures

STARTS = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}


def has_font():
    try:
        cjk_font()
    except OutputError:
        return False
    return True


needs_font = pytest.mark.skipif(not has_font(), reason="no Chinese font is installed")


def result(name="甲镇", zone="$x$"):
    zones = [
        {"zone_id": "a", "name": zone, "population": 4000, "geometry": square(0, 0)},
        {"zone_id": "b", "population": 900, "category": "rural", "geometry": square(9, 0)},
        {"zone_id": "c", "population": 90, "township_code": "T2", "geometry": square(30, 0)},
    ]
    facilities = [
        {"facility_id": "f", "slots": 5, "geometry": middle(0, 0)},
        {"facility_id": "g", "slots": 5, "filed": False, "geometry": middle(9, 0)},
        {"facility_id": "h", "slots": 5, "status": "planned", "geometry": None},
    ]
    townships = [
        {"township_code": "T1", "name": name, "geometry": square(0, 0).buffer(900)},
        {"township_code": "T2", "name": "乙镇", "geometry": None},
        {"township_code": "T3", "name": "无居住区镇", "geometry": None},
    ]
    return assess(county(zones, facilities, townships=townships))


@needs_font
def test_every_format_twice_the_same_bytes(tmp_path):
    gaps = result()
    one, two = (
        write_figures(gaps, tmp_path / place, formats=FORMATS, townships=["甲镇", "T2"])
        for place in ("one", "two")
    )
    assert [path.name for path in one] == [
        f"{name}.{form}" for name in ("county", "T1", "T2") for form in FORMATS
    ]
    for first, second in zip(one, two, strict=True):
        content = first.read_bytes()
        assert content == second.read_bytes()
        assert content.startswith(STARTS[first.suffix[1:]])


@needs_font
def test_a_missing_glyph_ends_the_run(tmp_path):
    with pytest.raises(OutputError) as raised:
        write_figures(result(name="甲\ue123镇"), tmp_path)
    assert raised.value.complaints[0].code == "figure_glyph_missing"


def test_without_a_font_the_remedy_is_told(tmp_path, monkeypatch):
    drawing.cjk_font.cache_clear()
    monkeypatch.setattr(drawing, "_CJK_FONTS", ("No Such Font",))
    with pytest.raises(OutputError) as raised:
        write_figures(result(), tmp_path)
    drawing.cjk_font.cache_clear()
    assert raised.value.complaints[0].code == "figure_no_font"


@needs_font
def test_an_unknown_township_is_told(tmp_path):
    with pytest.raises(UnknownNameError):
        write_figures(result(), tmp_path, townships=["丙镇"])


def test_small_pictures_need_no_chinese_font(monkeypatch):
    monkeypatch.setattr(drawing, "_CJK_FONTS", ("No Such Font",))
    pictures = dict(Atlas(result(name="甲\ue123镇")).township_pictures())
    assert list(pictures) == ["T1", "T2", "T3"]
    assert all(each.startswith(b"\x89PNG") for each in pictures.values())


def test_classes_meet_at_their_bounds():
    known = np.ones(7, dtype=bool)
    of = ZONES.of(np.array([0, 1, 5, 6, 20, 50, 51]), known)
    assert of.tolist() == [1, 2, 2, 3, 4, 5, 6]
    assert ZONES.of(np.array([9]), np.array([False])).tolist() == [0]
    for kind in (ZONES, TOWNSHIPS):
        assert len(kind.words("zh")) == len(kind.fills) == len(kind.bounds) + 2
