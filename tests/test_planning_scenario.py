"""What-if files: what they change, what they leave alone, and what they refuse."""

from datetime import date

import pytest
from click.testing import CliRunner
from squares import county, middle, square

from capacity_planner.assessment import assess
from capacity_planner.cli.app import plan_gaps
from capacity_planner.errors import CountyError
from capacity_planner.planning import apply_scenario, read_scenario

HEAD = 'schema = 1\nid = "{name}"\nzh = "情景{name}"\nen = "scenario {name}"\n'


@pytest.fixture
def made():
    return county(
        [
            {"zone_id": "a", "geometry": square(0, 0), "population": 5000, "category": "new"},
            {"zone_id": "b", "geometry": square(20, 0), "population": 5000},
        ],
        [{"facility_id": "f", "geometry": middle(0, 0), "slots": 30}],
    )


@pytest.fixture
def write(tmp_path):
    def put(name, text=""):
        path = tmp_path / f"{name}.toml"
        path.write_text(HEAD.format(name=name) + text, "utf-8")
        return path

    return put


def test_a_facility_is_added_where_it_says(made, write):
    point = made.tables.zones.geometry.iloc[1].centroid
    degrees = made.tables.zones.geometry.centroid.to_crs(4326).iloc[1]
    path = write(
        "add",
        f'[[add_facility]]\nfacility_id = "new"\nslots = 25\n'
        f"lon = {degrees.x:.6f}\nlat = {degrees.y:.6f}\n",
    )
    after = apply_scenario(made, path)
    row = assess(after).facilities.set_index("facility_id").loc["new"]
    assert row["attributed_slots"] == 25
    assert row["geometry"].distance(point) < 0.2
    assert row["data_status"] == "proposed"
    assert len(made.tables.facilities) == 1


def test_changes_closures_and_dates(made, write):
    change = write("more", '[[change_facility]]\nfacility_id = "f"\nslots = 44\n')
    assert assess(apply_scenario(made, change)).totals["counted"] == 44
    gone = write("gone", '[[close_facility]]\nfacility_id = "f"\n')
    assert assess(apply_scenario(made, gone)).totals["counted"] == 0
    later = write("later", '[[close_facility]]\nfacility_id = "f"\non = 2026-03-01\n')
    closed = apply_scenario(made, later)
    assert assess(closed, as_of=date(2026, 2, 28)).totals["counted"] == 30
    assert assess(closed, as_of=date(2026, 3, 1)).totals["counted"] == 0
    moved = write("moved", '[[change_facility]]\nfacility_id = "f"\nopened_on = 2027-01-01\n')
    assert assess(apply_scenario(made, moved)).totals["counted"] == 0


def test_zones_ratios_choices_and_the_date(made, write):
    path = write(
        "much",
        "as_of = 2026-06-30\n[choices]\nradius_m = 500\n[ratios]\nnew = 12\n"
        '[[change_zone]]\nzone_id = "b"\npopulation = 10000\n',
    )
    after = apply_scenario(made, path)
    gaps = assess(after)
    assert gaps.as_of == date(2026, 6, 30)
    assert gaps.choices.radius_m == 500
    assert gaps.zones.set_index("zone_id")["required"].to_dict() == {"a": 60, "b": 80}
    cited = {each.rule.id: each.citation("zh") for each in gaps.standings}
    assert "假设" in cited["ratio_new"]
    assert "假设" not in cited["ratio_existing"]
    told = [each for each in gaps.problems if each.code == "scenario_applied"]
    assert len(told) == 1
    assert told[0].params["count"] == 4
    assert after.tables.files[-1].table == "scenario"
    assert assess(made).totals["required"] == 90


def test_an_empty_scenario_changes_no_figure(made, write):
    assert assess(apply_scenario(made, write("none"))).totals == assess(made).totals


def test_scenarios_compose_each_once(made, write):
    write("one", '[[change_facility]]\nfacility_id = "f"\nslots = 10\n')
    write("two", 'after = ["one.toml"]\n[[change_zone]]\nzone_id = "b"\npopulation = 0\n')
    last = write("three", 'after = ["one.toml", "two.toml"]\n')
    scenario = read_scenario(last)
    assert [step[1].id for step in scenario.steps] == ["one", "two", "three"]
    assert scenario.name == "three"
    gaps = assess(apply_scenario(made, scenario))
    assert (gaps.totals["counted"], gaps.totals["required"]) == (10, 50)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[[change_facility]]\nfacility_id = "g"\nslots = 1\n', "g"),
        ('[[close_facility]]\nfacility_id = "g"\n', "g"),
        ('[[grow_facility]]\nfacility_id = "g"\nslots = 1\non = 2027-01-01\n', "g"),
        ('[[grow_facility]]\nfacility_id = "f"\nslots = 1\non = 2027-01-01\n', "forecast"),
        ('[[change_zone]]\nzone_id = "c"\n', "c"),
        ('[[add_facility]]\nfacility_id = "f"\nslots = 1\nlon = 1\nlat = 1\n', "已经存在"),
        (
            '[[add_facility]]\nfacility_id = "n"\nslots = 1\nlon = 1\nlat = 1\nzone_id = "c"\n',
            "add_facility.zone_id",
        ),
        ('[[add_facility]]\nfacility_id = "n"\nslots = -1\nlon = 1\nlat = 1\n', "slots"),
        ("[choices]\nradius = 5\n", "radius_m"),
        ("[ratios]\nrural = 5\n", "rural"),
        ("raduis = 5\n", "raduis"),
        ('after = ["../outside.toml"]\n', "outside"),
        ('after = ["bad.toml"]\n', "循环"),
    ],
)
def test_what_cannot_be_is_refused(made, write, text, told):
    with pytest.raises(CountyError, match=told):
        apply_scenario(made, write("bad", text))


def test_the_command_takes_scenarios(tmp_path, write):
    path = write("walk", "[choices]\nradius_m = 500\n")
    words = ["explain", "--county", "dazhu", "--scenario", str(path), "511724001"]
    done = CliRunner().invoke(plan_gaps, words)
    assert done.exit_code == 0, done.output
    missing = CliRunner().invoke(
        plan_gaps, ["check", "--county", "dazhu", "--scenario", str(tmp_path / "no.toml")]
    )
    assert "settings_no_file" in missing.output
    assert "no.toml" in missing.output
