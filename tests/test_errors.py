"""Errors keep what they carry, and catalogues say each thing once."""

from __future__ import annotations

import pickle

import pytest

from capacity_planner import texts
from capacity_planner.assessment.laws import _at_most
from capacity_planner.errors import BrokenLawError, Complaint, Complaints, InputError
from capacity_planner.mapper import vendored


def test_the_thousandth_like_fault_is_kept_and_the_rest_is_counted():
    found = Complaints()
    for row in range(1, 1004):
        found.add("number_unreadable", file="zones.csv", row=row)
    kept = list(found)
    assert [each.row for each in kept[:1000]] == list(range(1, 1001))
    (rest,) = kept[1000:]
    assert (rest.code, rest.params["count"]) == ("further_complaints", 3)
    assert len(found) == 1001


def test_an_error_travels_between_processes_with_its_complaints():
    error = InputError(Complaint("number_unreadable", "zones.csv", row=3, value="x"))
    again = pickle.loads(pickle.dumps(error))  # noqa: S301  # our own bytes
    assert type(again) is InputError
    assert again.complaints == error.complaints


def test_a_law_that_does_not_hold_ends_the_run_with_both_sides():
    _at_most("certain ≤ required", 3, 3)
    with pytest.raises(BrokenLawError, match="certain ≤ required") as caught:
        _at_most("certain ≤ required", 4, 3)
    assert caught.value.complaints[0].params["left"] == 4


def test_a_key_of_a_catalogue_stands_in_one_file(tmp_path, monkeypatch):
    folder = tmp_path / "words"
    folder.mkdir()
    (folder / "a.toml").write_text('"one" = { zh = "一", en = "one" }', encoding="utf-8")
    (folder / "notes.txt").write_text("not a catalogue", encoding="utf-8")
    monkeypatch.setattr(texts, "files", lambda _: tmp_path)
    assert texts.load_catalogue.__wrapped__("words")["one"]["en"] == "one"
    (folder / "b.toml").write_text('"one" = { zh = "壹", en = "one" }', encoding="utf-8")
    with pytest.raises(KeyError, match="defined twice"):
        texts.load_catalogue.__wrapped__("words")


def test_what_is_vendored_has_versions_and_nothing_else_is_there():
    assert "leaflet" in vendored.versions()
    assert "leaflet" in vendored.asset(vendored.LEAFLET_CSS)
    with pytest.raises(KeyError):
        vendored.asset("other.js")
