"""Bad inputs: what stands in a cell (numbers, dates, words, ids, names)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from faults import Office, Outcome, Row, csv_text, fault

if TYPE_CHECKING:
    from collections.abc import Callable


def _register(
    name: str, spoil: Callable[[Office], None], outcome: Outcome, *codes: str, same: bool | None
) -> None:
    def build(office: Office) -> None:
        spoil(office)

    build.__name__ = name
    fault("values", outcome, *codes, same=same)(build)


def _cell(table: str, column: str, raw: Any, row: int = 0) -> Callable[[Office], None]:
    def spoil(office: Office) -> None:
        rows: list[Row] = getattr(office, table)
        rows[row][column] = raw

    return spoil


# name, table, column, raw text in the first row, outcome, codes; the clean value is behind it
_CELLS: tuple[tuple[Any, ...], ...] = (
    ("digits_full_width", "zones", "population", "１２００", "repaired", "number_normalised"),
    ("thousands_comma", "zones", "population", "1,200", "repaired", "number_normalised"),
    ("thousands_full_width_comma", "zones", "population", "1，200", "repaired", "number_normalised"),
    ("thousands_blank", "zones", "population", "1 200", "repaired", "number_normalised"),
    ("thousands_no_break_space", "zones", "population", "1\u00a0200", "repaired", "number_normalised"),
    ("thousands_in_fours", "zones", "population", "12,0000", "refused", "number_unreadable"),
    ("blank_after_number", "zones", "population", "1200　", "repaired", "number_normalised"),
    ("unit_persons", "zones", "population", "1200人", "repaired", "number_unit"),
    ("unit_persons_blank", "zones", "population", "1200 人", "repaired", "number_unit"),
    ("unit_households_for_people", "zones", "population", "1200户", "refused", "number_unit_wrong"),
    ("ten_thousands", "zones", "population", "0.12万", "repaired", "number_power"),
    ("ten_thousands_with_unit", "zones", "population", "0.12万人", "repaired", "number_power"),
    ("chinese_numeral", "zones", "population", "一千二百", "repaired", "number_chinese"),
    ("chinese_numeral_formal", "zones", "population", "壹仟贰佰", "repaired", "number_chinese"),
    ("chinese_digits", "zones", "population", "一二〇〇人", "repaired", "number_chinese"),
    ("about", "zones", "population", "约1200", "repaired", "number_approximate"),
    ("about_behind", "zones", "population", "1200左右", "repaired", "number_approximate"),
    ("somewhat_more", "zones", "population", "1200余人", "repaired", "number_approximate"),
    ("number_float_text", "zones", "population", "1200.0", "clean"),
    ("number_with_split_noise", "zones", "population", 1200.0000000000002, "repaired", "count_nearly_whole"),
    ("people_with_fraction", "zones", "population", 1200.5, "refused", "count_not_whole"),
    ("people_with_fraction_text", "zones", "population", "1200.5", "refused", "count_not_whole"),
    ("people_negative", "zones", "population", -1200, "refused", "count_negative"),
    ("people_negative_text", "zones", "population", "-1200", "refused", "count_negative"),
    ("people_accounting_negative", "zones", "population", "(1200)", "refused", "number_unreadable"),
    ("people_range", "zones", "population", "1000-1200", "refused", "number_range"),
    ("people_at_least", "zones", "population", "不少于1200", "refused", "number_range"),
    ("people_more_than", "zones", "population", ">1200", "refused", "number_range"),
    ("people_percent", "zones", "population", "12%", "refused", "number_percent"),
    ("people_scientific", "zones", "population", "1.2E+03", "refused", "number_scientific"),
    ("people_words", "zones", "population", "很多", "refused", "number_unreadable"),
    ("people_letter_o", "zones", "population", "12OO", "refused", "number_unreadable"),
    ("people_footnote", "zones", "population", "1200①", "refused", "number_unreadable"),
    ("people_superscript", "zones", "population", "1200²", "refused", "number_unreadable"),
    ("people_arabic_indic_digits", "zones", "population", "١٢٠٠", "refused", "number_unreadable"),
    ("people_decimal_comma", "zones", "population", "1200,5", "refused", "number_unreadable"),
    ("people_formula_text", "zones", "population", "=600+600", "refused", "number_unreadable"),
    ("people_beyond_exactness", "zones", "population", 2**53, "refused", "count_too_large"),
    ("people_beyond_int64", "zones", "population", "99999999999999999999", "refused", "count_too_large"),
    ("people_not_a_number", "zones", "population", "nan", "refused", "persons_per_dwelling_missing"),
    ("people_infinite", "zones", "population", "inf", "refused", "number_unreadable"),
    ("people_true", "zones", "population", "TRUE", "refused", "number_unreadable"),
    ("people_blank", "zones", "population", None, "refused", "persons_per_dwelling_missing"),
    ("people_dash", "zones", "population", "—", "refused", "persons_per_dwelling_missing", "dash_as_missing"),
    ("people_none", "zones", "population", "无", "refused", "none_unclear"),
    ("people_unknown", "zones", "population", "不详", "refused", "persons_per_dwelling_missing", "unknown_as_missing"),
    ("people_reference_error", "zones", "population", "#REF!", "refused", "number_unreadable"),
    ("slots_unit", "facilities", "slots", "60个", "repaired", "number_unit"),
    ("slots_negative", "facilities", "slots", "-60", "refused", "count_negative"),
    ("slots_blank", "facilities", "slots", "", "refused", "value_missing"),
    ("slots_dash", "facilities", "slots", "—", "refused", "value_missing"),
    ("slots_pending", "facilities", "slots", "待定", "refused", "value_missing"),
    ("slots_sum_text", "facilities", "slots", "40+20", "refused", "number_unreadable"),
    ("slots_in_classes", "facilities", "slots", "3个班", "refused", "number_unreadable"),
    ("slots_spreadsheet_date", "facilities", "slots", "2024-03-05", "refused", "number_range"),
    ("date_slashes", "zones", "permitted_on", "2022/3/1", "repaired", "date_normalised"),
    ("date_dots", "zones", "permitted_on", "2022.03.01", "repaired", "date_normalised"),
    ("date_chinese", "zones", "permitted_on", "2022年3月1日", "repaired", "date_normalised"),
    ("date_chinese_numerals", "zones", "permitted_on", "二〇二二年三月一日", "repaired", "date_normalised"),
    ("date_eight_digits", "zones", "permitted_on", "20220301", "repaired", "date_normalised"),
    ("date_serial", "zones", "permitted_on", "44621", "repaired", "date_from_serial"),
    ("date_month_only", "zones", "permitted_on", "2022-03", "repaired", "date_month_only"),
    ("date_month_chinese", "zones", "permitted_on", "2022年3月", "repaired", "date_month_only"),
    ("date_with_time", "zones", "permitted_on", "2022-03-01 00:00:00", "repaired", "date_normalised"),
    ("date_full_width", "zones", "permitted_on", "２０２２－０３－０１", "repaired", "date_normalised"),
    ("date_day_first", "zones", "permitted_on", "15/3/2022", "repaired", "date_normalised"),
    ("date_ambiguous", "zones", "permitted_on", "1/3/2022", "refused", "date_ambiguous"),
    ("date_year_only", "zones", "permitted_on", "2022年", "refused", "date_year_only"),
    ("date_impossible", "zones", "permitted_on", "2022-02-30", "refused", "date_impossible"),
    ("date_month_thirteen", "zones", "permitted_on", "2022-13-01", "refused", "date_impossible"),
    ("date_spreadsheet_zero", "zones", "permitted_on", "1899-12-30", "refused", "date_implausible"),
    ("date_far_future", "zones", "permitted_on", "3022-03-01", "refused", "date_implausible"),
    ("date_two_digit_year", "zones", "permitted_on", "22-03-01", "refused", "date_unreadable"),
    ("date_words", "zones", "permitted_on", "去年底", "refused", "date_unreadable"),
    ("date_quarter", "zones", "permitted_on", "2022年一季度", "refused", "date_unreadable"),
    ("date_other_time_zone", "zones", "permitted_on", "2022-02-28T16:00:00Z", "refused", "date_time_zone"),
    ("category_label", "zones", "category", "新建居住区", "clean"),
    ("category_synonym", "zones", "category", "新建小区", "repaired", "word_read_as"),
    ("category_upper_case", "zones", "category", "NEW", "clean"),
    ("category_blank_around", "zones", "category", " new ", "clean"),
    ("category_unknown", "zones", "category", "商业区", "refused", "word_unknown"),
    ("category_near_miss", "zones", "category", "exsiting", "refused", "word_unknown"),
    ("type_unknown", "facilities", "type", "小卖部", "refused", "word_unknown"),
    ("type_synonym", "facilities", "type", "托儿所", "repaired", "word_read_as"),
    ("status_synonym", "facilities", "status", "正常运营", "repaired", "word_read_as"),
    ("yes_as_tick", "facilities", "filed", "√", "clean"),
    ("yes_as_one", "facilities", "filed", "1", "clean"),
    ("yes_as_has", "facilities", "filed", "有", "clean"),
    ("yes_as_word", "facilities", "filed", "已备案", "repaired", "word_read_as"),
    ("yes_unclear", "facilities", "filed", "可能", "refused", "yes_no_unknown"),
    ("id_with_blanks", "zones", "zone_id", " 001", "repaired", "text_normalised"),
    ("id_full_width", "zones", "zone_id", "００１", "repaired", "text_normalised"),
    ("id_with_apostrophe", "zones", "zone_id", "'001", "repaired", "id_dressed"),
    ("id_as_spreadsheet_text", "zones", "zone_id", '="001"', "repaired", "id_dressed"),
    ("id_scientific", "zones", "zone_id", "5.11724E+11", "refused", "id_scientific"),
    ("id_blank", "zones", "zone_id", "", "refused", "id_missing"),
    ("id_none", "zones", "zone_id", "无", "refused", "id_missing"),
    ("id_doubled", "zones", "zone_id", "002", "refused", "id_doubled"),
    ("id_doubled_after_trimming", "zones", "zone_id", "002 ", "refused", "id_doubled"),
    ("facility_id_doubled", "facilities", "facility_id", "F02", "refused", "id_doubled"),
    ("township_code_doubled", "townships", "township_code", "511724002", "refused", "id_doubled"),
    ("name_full_width_blank", "zones", "name", "第一小区　", "repaired", "text_normalised"),
    ("name_zero_width", "zones", "name", "第一\u200b小区", "repaired", "text_normalised"),
    ("name_direction_mark", "zones", "name", "\u202e第一小区", "repaired", "text_normalised"),
    ("name_line_break", "zones", "name", "第一小区\n", "repaired", "text_normalised"),
    ("children_none", "zones", "migrant_u3", "无", "repaired", "none_as_zero"),
    ("children_dash", "zones", "migrant_u3", "—", "warned", "dash_as_missing"),
    ("children_unknown", "zones", "migrant_u3", "不详", "warned", "unknown_as_missing"),
    ("children_na", "zones", "migrant_u3", "N/A", "warned", "unknown_as_missing"),
)  # fmt: skip

_DIFFERENT = {"children_none", "date_day_first"}
"""Repaired, and meant to differ from the clean county."""

for _name, _table, _column, _raw, _outcome, *_codes in _CELLS:
    _register(
        _name,
        _cell(_table, _column, _raw),
        _outcome,
        *_codes,
        same=False if _name in _DIFFERENT else None,
    )


@fault("values", "clean")
def name_that_spells_missing(office: Office) -> None:
    """A place named NA is a name, not a gap; the clean name is put back by nobody."""
    office.facilities[0]["name"] = "甲托育园"
    office.zones[0]["unit_id"] = None


@fault("values", "warned", same=False)
def name_na_kept(office: Office) -> None:
    office.zones[0]["name"] = "NA"


@fault("values", "repaired", "id_float_text")
def ids_as_float_texts(office: Office) -> None:
    for row in office.townships:
        row["township_code"] += ".0"


@fault("values", "clean")
def ids_as_numbers(office: Office) -> None:
    for row in [*office.townships, *office.zones]:
        row["township_code"] = int(row["township_code"])


@fault("values", "refused", "date_too_coarse")
def month_in_which_the_rule_starts(office: Office) -> None:
    office.zones[0].update(category=None, permitted_on="2021-09")


@fault("values", "repaired", "category_dated")
def category_blank_with_date(office: Office) -> None:
    office.zones[0]["category"] = ""


@fault("values", "refused", "category_missing")
def category_blank_without_date(office: Office) -> None:
    office.zones[0].update(category="", permitted_on="")


@fault("values", "warned", "category_undated")
def category_chosen_for_undated(office: Office) -> None:
    office.zones[0].update(category="", permitted_on="")
    office.config["choices"] = {"undated": "existing"}


@fault("values", "refused", "persons_per_dwelling_missing")
def dwellings_without_factor(office: Office) -> None:
    office.zones[0]["population"] = None


@fault("values", "repaired", "population_planned", same=False)
def dwellings_with_factor(office: Office) -> None:
    office.zones[0]["population"] = None
    office.config["choices"] = {"persons_per_dwelling": 2}


@fault("values", "refused", "migrant_population_missing")
def registered_without_migrants(office: Office) -> None:
    office.config["choices"] = {"population_base": "registered"}


@fault("values", "refused", "column_missing")
def slots_column_gone(office: Office) -> None:
    for row in office.facilities:
        del row["slots"]


@fault("values", "repaired", "number_normalised")
def coordinates_full_width(office: Office) -> None:
    place = office.facilities[0]
    place["lon"] = str(place["lon"]).replace("1", "１")


@fault("values", "clean")
def cells_quoted_everywhere(office: Office) -> None:
    text = csv_text(office.facilities)
    lines = text.strip().split("\r\n")
    quoted = "\r\n".join(",".join(f'"{cell}"' for cell in line.split(",")) for line in lines)
    office.put("facilities", "facilities.csv", quoted)


def _without(office: Office, *columns: str) -> None:
    for row in office.facilities:
        for column in columns:
            del row[column]


@fault("values", "repaired", "facility_type_unstated", same=False)
def type_column_gone(office: Office) -> None:
    _without(office, "type")


@fault("values", "repaired", "facility_type_unstated", same=False)
def type_blank(office: Office) -> None:
    office.facilities[1]["type"] = None


@fault("values", "repaired", "facility_status_unstated")
def status_column_gone(office: Office) -> None:
    _without(office, "status")


@fault("values", "repaired", "facility_filed_unstated")
def filed_column_gone(office: Office) -> None:
    _without(office, "filed")


@fault("values", "warned", "facility_filed_blank")
def filed_blank_does_not_count_as_filed(office: Office) -> None:
    office.facilities[0]["filed"] = None
