"""What facilities do not state is told and settled; what only the office knows stays open."""

from __future__ import annotations

from faults import Office, clean_office

import capacity_planner as cp
from capacity_planner.errors import Complaints
from capacity_planner.loaders import load_county
from capacity_planner.runs import write_run

BARE = ("facility_id", "slots", "lon", "lat")


def _bare(folder) -> Office:
    office = clean_office(folder / "county")
    office.facilities = [{key: row[key] for key in BARE} for row in office.facilities]
    return office


def test_a_table_with_the_required_columns_alone_counts_and_says_how(tmp_path):
    found = Complaints()
    gaps = cp.assess(load_county(_bare(tmp_path).write(), complaints=found))
    assert gaps.totals["counted"] == 60 + 20 + 5
    told = {each.code: each.params for each in found if each.code.endswith("_unstated")}
    assert set(told) == {f"facility_{each}_unstated" for each in ("type", "status", "filed")}
    assert all(params == {"count": 3, "slots": 85} for params in told.values())


def test_such_a_county_can_be_written_and_explained(tmp_path):
    gaps = cp.assess(load_county(_bare(tmp_path).write()))
    write_run(gaps, tmp_path / "run")
    assert "托育机构" in (tmp_path / "run" / "index.html").read_text("utf-8")
    assert "F01" in str(cp.explain_facility(gaps, "F01"))


def test_a_blank_filing_among_others_does_not_count(tmp_path):
    office = clean_office(tmp_path / "county")
    office.facilities[0]["filed"] = None
    gaps = cp.assess(load_county(office.write()))
    reasons = gaps.facilities.set_index("facility_id")["not_counted_reason"]
    assert reasons["F01"] == "not_filed"
    assert gaps.totals["counted"] == 20 + 5


def test_townships_that_cannot_be_used_do_not_bury_that_under_a_line_for_each_zone(tmp_path):
    office = clean_office(tmp_path / "county")
    for row in office.townships:
        del row["township_code"]
    found = Complaints()
    try:
        load_county(office.write(), complaints=found)
    except ValueError:
        codes = [each.code for each in found if each.severity == "error"]
    assert codes == ["column_missing"]
