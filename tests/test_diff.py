"""Ten edited copies of the demonstration county: each change is put down to what was edited."""

import csv
import json
import re
import shutil

import pytest
from faults import clean_office

from capacity_planner.assessment import assess
from capacity_planner.county import shipped_folder
from capacity_planner.errors import InputError
from capacity_planner.loaders import load_county
from capacity_planner.report import (
    build_manifest,
    write_csv_tables,
    write_geopackage,
    write_manifest,
)
from capacity_planner.runs.diff import CAUSES, compare_runs


def write_small_run(county_folder, out, **choices):
    """Write what a comparison needs of a run, without the maps."""
    gaps = assess(load_county(county_folder), **choices)
    out.mkdir(parents=True)
    write_csv_tables(gaps, out, lang="zh")
    write_geopackage(gaps, out)
    write_manifest({**build_manifest(gaps), "outputs": {}}, out)
    return gaps


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    place = tmp_path_factory.mktemp("base")
    folder = place / "county"
    shutil.copytree(shipped_folder("dazhu"), folder)
    write_small_run(folder, place / "run")
    return place


def edit_zones(folder, change):
    path = folder / "zones.geojson"
    data = json.loads(path.read_text(encoding="utf-8"))
    change(data["features"])
    path.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")


def edit_facilities(folder, change):
    path = folder / "facilities.csv"
    with path.open(encoding="utf-8-sig", newline="") as source:
        rows = list(csv.DictReader(source))
    heads = list(rows[0])
    change(rows)
    with path.open("w", encoding="utf-8", newline="") as target:
        writer = csv.DictWriter(target, heads)
        writer.writeheader()
        writer.writerows(rows)


def edit_settings(folder, pattern, replacement):
    path = folder / "county.toml"
    text, count = re.subn(
        pattern, replacement, path.read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    assert count == 1, pattern
    path.write_text(text, encoding="utf-8")


def urban(features):
    return [each["properties"] for each in features if each["properties"]["category"] != "rural"]


def counted(rows):
    return [row for row in rows if row["filed"] == "yes" and row["status"] == "operating"]


def more_people(folder):
    def change(features):
        for zone in urban(features)[:40]:
            zone["population"] = int(zone["population"] or 0) + 500

    edit_zones(folder, change)


def fewer_zones(folder):
    edit_zones(folder, lambda features: features.__delitem__(slice(0, 5)))


def another_category(folder):
    def change(features):
        for zone in urban(features):
            if zone["category"] == "old_town":
                zone["category"] = "existing"
        existing = [zone for zone in urban(features) if zone["category"] == "existing"][:30]
        for zone in existing:
            zone["category"] = "new"

    edit_zones(folder, change)


def more_slots(folder):
    def change(rows):
        for row in counted(rows):
            if row["type"] != "home_based":
                row["slots"] = str(int(row["slots"]) + 25)

    edit_facilities(folder, change)


def closed_facility(folder):
    edit_facilities(folder, lambda rows: counted(rows)[0].update(status="closed"))


def unfiled_facility(folder):
    edit_facilities(folder, lambda rows: counted(rows)[1].update(filed="no"))


def new_facility(folder):
    def change(rows):
        near = min(
            (row for row in counted(rows) if row["type"] == "kindergarten_class"),
            key=lambda row: int(row["slots"]),
        )
        added = {"facility_id": "SYN-F-999", "name": "示例新增", "zone_id": "", "slots": "60"}
        rows.append({**near, **added})

    edit_facilities(folder, change)


def moved_facility(folder):
    def change(rows):
        for row in counted(rows)[:5]:
            row["lon"] = f"{float(row['lon']) + 0.004:.6f}"

    edit_facilities(folder, change)


def wider_radius(folder):
    edit_settings(folder, r"^radius_m = \d+", "radius_m = 800")


def other_basis(folder):
    edit_settings(folder, r'^basis = "filed"', 'basis = "statistical"')


EDITS = {
    "population": (more_people, fewer_zones, another_category),
    "supply": (more_slots, closed_facility, unfiled_facility, new_facility),
    "attribution": (moved_facility,),
    "choices": (wider_radius, other_basis),
}


@pytest.mark.parametrize(
    ("cause", "edit"),
    [(cause, edit) for cause, edits in EDITS.items() for edit in edits],
    ids=lambda each: each if isinstance(each, str) else each.__name__,
)
def test_each_change_is_put_down_to_what_was_edited(base, tmp_path, cause, edit):
    folder = tmp_path / "county"
    shutil.copytree(base / "county", folder)
    edit(folder)
    after = write_small_run(folder, tmp_path / "run")
    found = compare_runs(base / "run", tmp_path / "run").townships
    assert (found["change"] == sum(found[each] for each in CAUSES)).all()
    assert (found["change"] == found["after"] - found["before"]).all()
    assert found[cause].abs().sum() > 0
    for other in set(CAUSES) - {cause}:
        assert (found[other] == 0).all(), other
    county = found[found["township_code"] == ""].iloc[0]
    assert county["after"] == after.totals["shortfall"]
    by_code = found.set_index("township_code")["after"]
    for _, row in after.townships.iterrows():
        assert by_code[row["township_code"]] == row["shortfall"]


def test_a_changed_ratio_is_a_rule(base, tmp_path):
    folder = tmp_path / "county"
    shutil.copytree(base / "county", folder)
    policy = (
        shipped_folder("dazhu").parents[1] / "capacity_planner" / "policies" / "dazhu-2021-57.toml"
    )
    text = policy.read_text(encoding="utf-8")
    (folder / "own.toml").write_text(
        text.replace("[rules.ratio_existing]\nvalue = 8", "[rules.ratio_existing]\nvalue = 9.5"),
        encoding="utf-8",
    )
    edit_settings(folder, r'^policy = ".*"', 'policy = "own.toml"')
    write_small_run(folder, tmp_path / "run")
    difference = compare_runs(base / "run", tmp_path / "run")
    found = difference.townships
    assert found["rule"].sum() > 0
    assert (found["change"] == found["rule"]).all()
    assert "ratio_existing" in set(difference.changed["id"])


def test_several_causes_add_up(base, tmp_path):
    folder = tmp_path / "county"
    shutil.copytree(base / "county", folder)
    for edit in (more_people, more_slots, moved_facility, wider_radius, fewer_zones):
        edit(folder)
    write_small_run(folder, tmp_path / "run")
    found = compare_runs(base / "run", tmp_path / "run").townships
    assert (found["change"] == sum(found[each] for each in CAUSES)).all()
    assert all(found[each].abs().sum() > 0 for each in ("population", "choices", "supply"))


def test_the_same_run_twice_differs_in_nothing(base):
    found = compare_runs(base / "run", base / "run")
    assert found.changed.empty
    assert (found.townships[["change", *CAUSES]] == 0).all(axis=None)


def test_persons_per_dwelling_is_a_choice(base, tmp_path):
    before = tmp_path / "before"
    shutil.copytree(base / "county", before)

    def unknown_people(features):
        for zone in urban(features):
            if zone["category"] == "new":
                zone["population"] = None

    edit_zones(before, unknown_people)
    after = tmp_path / "after"
    shutil.copytree(before, after)
    edit_settings(after, r"^persons_per_dwelling = [\d.]+", "persons_per_dwelling = 3.2")
    write_small_run(before, tmp_path / "one")
    write_small_run(after, tmp_path / "two")
    found = compare_runs(tmp_path / "one", tmp_path / "two").townships
    assert found["choices"].sum() > 0
    assert (found["change"] == found["choices"]).all()


def test_figures_that_do_not_come_out_of_the_layers_are_refused(base, tmp_path):
    copied = tmp_path / "run"
    shutil.copytree(base / "run", copied)
    manifest = json.loads((copied / "run.json").read_text(encoding="utf-8"))
    for rule in manifest["rules"]:
        if rule["rule"] == "ratio_existing":
            rule["value"] = "30"
    (copied / "run.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(InputError) as raised:
        compare_runs(base / "run", copied)
    assert raised.value.complaints[0].code == "diff_not_reproduced"


@pytest.mark.parametrize("gone", ["run.json", "gaps.gpkg"])
def test_a_folder_that_is_no_run_is_refused(base, tmp_path, gone):
    copied = tmp_path / "run"
    shutil.copytree(base / "run", copied)
    (copied / gone).unlink()
    with pytest.raises(InputError):
        compare_runs(base / "run", copied)


def test_the_base_of_the_population_is_a_choice(tmp_path):
    office = clean_office(tmp_path / "registered")
    for row in office.zones:
        row["migrant_population"] = 500
    office.config["choices"] = {"population_base": "registered"}
    write_small_run(office.write(), tmp_path / "two")
    office.folder = tmp_path / "resident"
    office.config = {k: v for k, v in office.config.items() if not isinstance(v, dict)}
    write_small_run(office.write(), tmp_path / "one")
    found = compare_runs(tmp_path / "one", tmp_path / "two").townships
    # 500 more in each of five urban zones: 5 or 4 slots each, and a ceiling's part.
    assert found["choices"].iloc[-1] == found["change"].iloc[-1] > 0
