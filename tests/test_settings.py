"""Settings files are read safely, and every fault is told by its key."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from capacity_planner.errors import CountyError
from capacity_planner.settings import (
    MAX_BYTES,
    Model,
    Number,
    check,
    inside,
    nearest,
    read_toml,
    sha256_of,
    show,
)


class Inner(Model):
    radius_m: int = 0
    share: Number = Decimal(0)


class Outer(Model):
    inner: Inner | None = None
    many: list[Inner] = Field(default_factory=list)
    named: dict[str, Inner] = Field(default_factory=dict)


def _write(folder, content):
    path = folder / "a.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def _read(path):
    return read_toml(path, file="a.toml", error=CountyError)


def _refused(call, *args, **kwargs):
    with pytest.raises(CountyError) as caught:
        call(*args, **kwargs)
    return caught.value.complaints


def _faults(data):
    return _refused(check, Outer, data, file="a.toml", error=CountyError)


def test_numbers_with_a_point_are_exact(tmp_path):
    read = _read(_write(tmp_path, "a = 2.30\nb = 7\n"))
    assert str(read["a"]) == "2.30"
    assert type(read["b"]) is int


def test_a_byte_order_mark_is_no_fault(tmp_path):
    assert _read(_write(tmp_path, b"\xef\xbb\xbfa = 1\n")) == {"a": 1}


def test_a_missing_file_and_a_folder_are_told(tmp_path):
    for path in (tmp_path / "none.toml", tmp_path):
        (fault,) = _refused(_read, path)
        assert fault.code == "settings_no_file"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.toml")
    assert _refused(_read, tmp_path / "pipe.toml")[0].code == "settings_no_file"


def test_an_impossible_name_is_told(tmp_path):
    (fault,) = _refused(_read, tmp_path / ("x" * 5000))
    assert fault.code in {"settings_unreadable", "settings_no_file"}
    assert len(fault.value) < 100


def test_a_file_that_cannot_be_opened_is_told(tmp_path, monkeypatch):
    path = _write(tmp_path, "a = 1\n")

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    (fault,) = _refused(_read, path)
    assert fault.code == "settings_unreadable"
    assert fault.params["detail"] == "Permission denied"


def test_size_is_limited_to_the_byte(tmp_path):
    fits = "#" + "x" * (MAX_BYTES - 1)
    assert _read(_write(tmp_path, fits)) == {}
    assert _refused(_read, _write(tmp_path, fits + "x"))[0].code == "settings_too_large"


@pytest.mark.parametrize(
    ("content", "code", "row"),
    [
        ("a = 1\nb = \n", "settings_not_toml", 2),
        ("a = 1\n[b]\n[b]\n", "settings_key_twice", 3),
        ("a = 1\na = 2", "settings_key_twice", 2),
        ("a = 1\n\nb = 二", "settings_not_toml", 3),
        (b"a = 1\nb = '\xff'\n", "settings_not_utf8", 2),
    ],
)
def test_faults_of_form_name_the_line(tmp_path, content, code, row):
    (fault,) = _refused(_read, _write(tmp_path, content))
    assert (fault.code, fault.row) == (code, row)


def test_a_line_may_hold_many_dots_but_not_any_number(tmp_path):
    assert _read(_write(tmp_path, "# " + "." * 500)) == {}
    assert _refused(_read, _write(tmp_path, "# " + "." * 501))[0].code == "settings_not_toml"


@pytest.mark.parametrize(
    ("data", "key"),
    [
        ({"inner": {"radius": 1}}, "inner.radius"),
        ({"many": [{}, {"radius": 1}]}, "many[2].radius"),
        ({"named": {"inner": {"radius": 1}}}, "named.inner.radius"),
        ({"named": {"named": {"radius": 1}}}, "named.named.radius"),
    ],
)
def test_an_unknown_key_is_placed_and_the_nearest_named(data, key):
    (fault,) = _faults(data)
    assert (fault.code, fault.column, fault.value) == ("settings_unknown_key", key, "radius")
    assert fault.params["nearest"] == "radius_m"
    assert fault.params["known"] == "radius_m、share"


def test_all_faults_come_at_once():
    faults = _faults({"inner": {"radius_m": "1", "share": True}, "many": 3, "x": 1})
    assert {fault.column for fault in faults} == {"inner.radius_m", "inner.share", "many", "x"}


def test_what_was_expected_is_told_in_both_languages():
    (fault,) = _faults({"inner": {"radius_m": date(2025, 1, 1)}})
    assert fault.value == "2025-01-01"
    assert "整数" in fault.line("zh")
    assert "a whole number" in fault.line("en")


@pytest.mark.parametrize("value", [Decimal("1e-7"), Decimal("NaN"), Decimal("1e16"), 10**400])
def test_numbers_beyond_exact_arithmetic_are_refused(value):
    (fault,) = _faults({"inner": {"share": value}})
    assert fault.code == "settings_not_exact"
    assert len(fault.value) <= 61


@pytest.mark.parametrize("name", ["a.csv", "sub/a.csv", "sub\\a.csv", "sub/../a.csv", "./a.csv"])
def test_paths_inside_are_followed(tmp_path, name):
    path = inside(tmp_path, name, file="f", column="c", error=CountyError)
    assert path.is_relative_to(tmp_path.resolve())
    assert path.name == "a.csv"


@pytest.mark.parametrize(
    "name",
    [
        "../a",
        "sub/../../a",
        "/a",
        "\\a",
        "\\\\host\\a",
        "C:\\a",
        "C:a",
        "http://a/b",
        "GPKG:a",
        "a\0b",
    ],
)
def test_paths_outside_are_refused(tmp_path, name):
    (fault,) = _refused(inside, tmp_path, name, file="f", column="c", error=CountyError)
    assert (fault.code, fault.file, fault.column) == ("settings_outside", "f", "c")


def test_links_may_stay_inside_but_not_lead_out(tmp_path):
    folder = tmp_path / "county"
    folder.mkdir()
    (tmp_path / "secret.csv").write_text("x", "utf-8")
    (folder / "real.csv").write_text("x", "utf-8")
    (folder / "good.csv").symlink_to("real.csv")
    (folder / "bad.csv").symlink_to("../secret.csv")
    (folder / "up").symlink_to("..")
    (folder / "loop").symlink_to("loop")
    where = {"file": "f", "column": "c", "error": CountyError}
    assert inside(folder, "good.csv", **where) == (folder / "real.csv").resolve()
    for name in ("bad.csv", "up/secret.csv"):
        assert _refused(inside, folder, name, **where)[0].code == "settings_outside"
    with pytest.raises(CountyError):
        _read(inside(folder, "loop", **where))


def test_a_folder_that_is_itself_a_link_is_no_way_out(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    path = inside(tmp_path / "link", "a.csv", file="f", column="c", error=CountyError)
    assert path == (tmp_path / "real" / "a.csv").resolve()


def test_nearest_of_none_is_nothing():
    assert nearest("a", []) == ""


@given(st.one_of(st.text(), st.integers(), st.booleans(), st.dates(), st.decimals()))
def test_what_is_shown_is_short_and_harmless(value):
    text = show(value)
    assert len(text) <= 61
    assert text.isprintable()


def test_a_number_of_ten_thousand_digits_can_be_shown():
    assert show(10**10_000).startswith("0x")


def test_the_hash_is_that_of_the_bytes(tmp_path):
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert sha256_of(_write(tmp_path, b"")) == empty


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(tmp_path_factory, content):
    path = _write(tmp_path_factory.getbasetemp(), content)
    with suppress(CountyError):
        assert isinstance(_read(path), dict)
