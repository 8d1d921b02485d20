"""Bad inputs: ``county.toml``, as people edit it in an office."""

from __future__ import annotations

from typing import TYPE_CHECKING

from faults import Office, fault

if TYPE_CHECKING:
    from collections.abc import Callable


def _edited(office: Office, change: Callable[[str], str | bytes]) -> None:
    """Write the folder, then change the text of ``county.toml``."""
    path = office.write() / "county.toml"
    changed = change(path.read_text("utf-8"))
    path.write_bytes(changed.encode() if isinstance(changed, str) else changed)


@fault("settings", "refused", "settings_unknown_key")
def key_misspelt(office: Office) -> None:
    office.config["zones"] = {"colums": {"name": "名称"}}


@fault("settings", "refused", "settings_unknown_key")
def section_misspelt(office: Office) -> None:
    office.config["facilites"] = {"file": "facilities.csv"}


@fault("settings", "refused", "choice_unknown")
def choice_misspelt(office: Office) -> None:
    office.config["choices"] = {"radius": 300}


@fault("settings", "refused", "choice_not_allowed")
def choice_not_allowed(office: Office) -> None:
    office.config["choices"] = {"population_base": "census"}


@fault("settings", "refused")
def radius_in_words(office: Office) -> None:
    office.config["choices"] = {"radius_m": "300米"}


@fault("settings", "refused")
def radius_negative(office: Office) -> None:
    office.config["choices"] = {"radius_m": -300}


@fault("settings", "refused")
def radius_true(office: Office) -> None:
    office.config["choices"] = {"radius_m": True}


@fault("settings", "refused")
def persons_per_dwelling_zero(office: Office) -> None:
    office.config["choices"] = {"persons_per_dwelling": 0}


@fault("settings", "refused", "settings_missing_key")
def zones_not_named(office: Office) -> None:
    _edited(office, lambda text: text.replace('[zones]\nfile = "zones.geojson"\n', ""))


@fault("settings", "refused", "settings_missing_key")
def policy_not_named(office: Office) -> None:
    del office.config["policy"]


@fault("settings", "refused", "policy_unknown")
def policy_unknown(office: Office) -> None:
    office.config["policy"] = "dazhu-2021-75"


@fault("settings", "refused", "settings_schema")
def schema_of_another_time(office: Office) -> None:
    office.config["schema"] = 2


@fault("settings", "refused")
def date_as_text(office: Office) -> None:
    _edited(office, lambda text: text.replace("as_of = 2025-12-31", 'as_of = "2025-12-31"'))


@fault("settings", "refused")
def date_impossible_in_settings(office: Office) -> None:
    _edited(office, lambda text: text.replace("2025-12-31", "2025-02-30"))


@fault("settings", "refused", "settings_key_twice")
def key_twice(office: Office) -> None:
    _edited(
        office, lambda text: text.replace('code = "511724"', 'code = "511724"\ncode = "511725"')
    )


@fault("settings", "refused", "settings_not_toml")
def quotation_marks_of_a_word_processor(office: Office) -> None:
    _edited(office, lambda text: text.replace('"Test County"', "“Test County”"))


@fault("settings", "refused", "settings_not_utf8")
def settings_in_gbk(office: Office) -> None:
    _edited(office, lambda text: text.encode("gbk"))


@fault("settings", "clean")
def settings_with_byte_order_mark(office: Office) -> None:
    _edited(office, lambda text: b"\xef\xbb\xbf" + text.encode())


@fault("settings", "refused")
def settings_empty(office: Office) -> None:
    _edited(office, lambda _: "")


@fault("settings", "refused", "settings_too_large")
def settings_of_a_megabyte(office: Office) -> None:
    _edited(office, lambda text: text + "# " + "x" * 1_000_000)


@fault("settings", "refused")
def settings_gone(office: Office) -> None:
    (office.write() / "county.toml").unlink()
    office.path("county.toml").mkdir()


@fault("settings", "refused", "county_column_unknown")
def column_that_does_not_exist(office: Office) -> None:
    office.config["zones"] = {"columns": {"populaton": "人口"}}


@fault("settings", "refused", "heading_shared")
def two_columns_from_one_heading(office: Office) -> None:
    office.config["zones"] = {"columns": {"population": "population", "dwellings": "population"}}


@fault("settings", "refused", "county_default_wrong")
def default_not_allowed(office: Office) -> None:
    office.config["zones"] = {"defaults": {"category": "商业"}}


@fault("settings", "refused")
def default_for_an_id(office: Office) -> None:
    office.config["zones"] = {"defaults": {"zone_id": "001"}}


@fault("settings", "refused")
def datum_unknown(office: Office) -> None:
    office.config["zones"] = {"datum": "xian80"}


@fault("settings", "refused")
def measuring_in_degrees(office: Office) -> None:
    office.config["measure_crs"] = "EPSG:4490"


@fault("settings", "refused", "measure_crs_distorts")
def measuring_in_web_mercator(office: Office) -> None:
    office.config["measure_crs"] = "EPSG:3857"


@fault("settings", "refused")
def measuring_in_another_zone(office: Office) -> None:
    office.config["measure_crs"] = "EPSG:4534"


@fault("settings", "refused")
def file_name_blank(office: Office) -> None:
    office.config["population"] = {"file": ""}


@fault("settings", "refused", "file_missing")
def file_name_of_another_case(office: Office) -> None:
    office.write()
    office.config["zones"] = {"file": "小区.geojson"}
    office.path("county.toml").unlink()


@fault("settings", "refused", "headings_not_found")
def header_row_below_the_data(office: Office) -> None:
    office.config["facilities"] = {"header_row": 900}
