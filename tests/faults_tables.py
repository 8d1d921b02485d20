"""Bad inputs: headings, title rows, merged cells, totals, hidden things, shapes of tables."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import openpyxl
from faults import Office, Row, csv_text, fault

ZH = {
    "facility_id": "机构编号",
    "name": "机构名称",
    "type": "机构类型",
    "slots": "托位数",
    "registered": "是否登记",
    "filed": "是否备案",
    "status": "运营状态",
    "opened_on": "开办日期",
    "enrolled_u3": "在托人数",
    "accepts_migrants": "接收随迁",
    "lon": "经度",
    "lat": "纬度",
}


def grid(rows: list[Row], headings: dict[str, str] | None = None) -> list[list[Any]]:
    """Return rows as a grid of cells under a heading row."""
    names = list(rows[0])
    return [[(headings or {}).get(n, n) for n in names], *([row[n] for n in names] for row in rows)]


def book(sheets: dict[str, list[list[Any]]]) -> openpyxl.Workbook:
    """Return a workbook with these grids."""
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, cells in sheets.items():
        sheet = made.create_sheet(name)
        for row in cells:
            sheet.append(row)
    return made


def send(office: Office, made: openpyxl.Workbook, table: str = "facilities", **keys: Any) -> None:
    """Write a workbook as a table's file."""
    stream = io.BytesIO()
    made.save(stream)
    office.put(table, f"{table}.xlsx", stream.getvalue(), **keys)


def facilities(office: Office) -> list[list[Any]]:
    return grid(office.facilities, ZH)


def people(office: Office) -> list[list[Any]]:
    """Return a population table, and take the counts out of the zones."""
    rows = [
        {key: row[key] for key in ("zone_id", "population", "children_u3", "migrant_u3")}
        for row in office.zones
    ]
    for row in office.zones:
        for key in ("population", "children_u3", "migrant_u3"):
            del row[key]
    names = {
        "zone_id": "小区编号",
        "population": "常住人口",
        "children_u3": "3岁以下婴幼儿",
        "migrant_u3": "随迁婴幼儿",
    }
    return grid(rows, names)


def _column(cells: list[list[Any]], name: str) -> int:
    return next(i for row in cells for i, cell in enumerate(row) if cell == name)


@fault("tables", "clean")
def headings_chinese(office: Office) -> None:
    send(office, book({"机构": facilities(office)}))


@fault("tables", "clean")
def headings_with_units_and_stars(office: Office) -> None:
    cells = facilities(office)
    cells[0] = [f"*{name}（个）" if name == "托位数" else f" {name}\n" for name in cells[0]]
    send(office, book({"机构": cells}))


@fault("tables", "repaired", "title_rows_skipped")
def title_rows(office: Office) -> None:
    made = book(
        {
            "机构": [
                ["大竹县托育机构一览表"],
                ["填报单位：县卫健局", None, "2025年12月"],
                *facilities(office),
            ]
        }
    )
    made["机构"].merge_cells("A1:L1")
    send(office, made)


@fault("tables", "repaired", "title_rows_skipped")
def title_rows_in_csv(office: Office) -> None:
    office.put(
        "facilities", "facilities.csv", "大竹县托育机构一览表,,,\r\n" + csv_text(office.facilities)
    )


@fault("tables", "clean")
def heading_merged_over_two_rows(office: Office) -> None:
    cells = people(office)
    upper = [cells[0][0], "人口", None, None]
    lower = [None, "常住", "3岁以下婴幼儿", "随迁婴幼儿"]
    made = book({"人口": [upper, lower, *cells[1:]]})
    made["人口"].merge_cells("A1:A2")
    made["人口"].merge_cells("B1:D1")
    send(office, made, "population")


@fault("tables", "clean")
def heading_of_two_rows_in_csv(office: Office) -> None:
    cells = people(office)
    lines = [["小区编号", "人口", "", ""], ["", "常住", "3岁以下婴幼儿", "随迁婴幼儿"], *cells[1:]]
    text = "\r\n".join(",".join(str(cell) for cell in line) for line in lines)
    office.put("population", "population.csv", text)


@fault("tables", "repaired", "totals_row_skipped")
def totals_row(office: Office) -> None:
    cells = people(office)
    sums = [sum(row[i] for row in cells[1:]) for i in (1, 2, 3)]
    send(office, book({"人口": [*cells, ["合计", *sums]]}), "population")


@fault("tables", "repaired", "totals_row_skipped")
def totals_row_spaced_out(office: Office) -> None:
    cells = people(office)
    sums = [sum(row[i] for row in cells[1:]) for i in (1, 2, 3)]
    send(office, book({"人口": [*cells, ["合　　计", *sums]]}), "population")


@fault("tables", "repaired", "totals_row_skipped")
def totals_row_on_top(office: Office) -> None:
    cells = people(office)
    sums = [sum(row[i] for row in cells[1:]) for i in (1, 2, 3)]
    send(office, book({"人口": [cells[0], ["全县总计", *sums], *cells[1:]]}), "population")


@fault("tables", "repaired", "totals_row_skipped")
def subtotals_and_total(office: Office) -> None:
    cells = people(office)
    head, first, second = cells[0], cells[1:4], cells[4:]
    sums = [[sum(row[i] for row in part) for i in (1, 2, 3)] for part in (first, second)]
    whole = [a + b for a, b in zip(*sums, strict=True)]
    rows = [head, *first, ["小计", *sums[0]], *second, ["小计", *sums[1]], ["总计", *whole]]
    send(office, book({"人口": rows}), "population")


@fault("tables", "refused", "totals_row_disagrees")
def totals_row_that_disagrees(office: Office) -> None:
    cells = people(office)
    sums = [sum(row[i] for row in cells[1:]) for i in (1, 2, 3)]
    send(office, book({"人口": [*cells, ["合计", sums[0] + 100, *sums[1:]]]}), "population")


@fault("tables", "repaired", "note_row_skipped")
def note_below_the_table(office: Office) -> None:
    send(
        office,
        book(
            {
                "机构": [
                    *facilities(office),
                    [],
                    ["注：数据来自县卫健局备案系统。"],
                    ["填表人：张三"],
                ]
            }
        ),
    )


@fault("tables", "repaired", "unit_row_skipped")
def row_of_units(office: Office) -> None:
    cells = people(office)
    send(office, book({"人口": [cells[0], [None, "人", "人", "人"], *cells[1:]]}), "population")


@fault("tables", "repaired", "number_row_skipped")
def row_of_column_numbers(office: Office) -> None:
    cells = people(office)
    send(office, book({"人口": [cells[0], ["甲", 1, 2, 3], *cells[1:]]}), "population")


@fault("tables", "repaired", "heading_repeated")
def heading_repeated_on_each_page(office: Office) -> None:
    cells = facilities(office)
    send(office, book({"机构": [*cells[:2], cells[0], *cells[2:]]}))


@fault("tables", "clean")
def blank_rows_between(office: Office) -> None:
    cells = facilities(office)
    send(office, book({"机构": [cells[0], cells[1], [], [], *cells[2:], [], []]}))


@fault("tables", "warned", "rows_hidden", same=True)
def hidden_row(office: Office) -> None:
    made = book({"机构": facilities(office)})
    made["机构"].row_dimensions[3].hidden = True
    send(office, made)


@fault("tables", "warned", "column_hidden", same=True)
def hidden_column(office: Office) -> None:
    made = book({"机构": facilities(office)})
    made["机构"].column_dimensions["D"].hidden = True
    send(office, made)


@fault("tables", "warned", "sheet_hidden", same=True)
def hidden_first_sheet(office: Office) -> None:
    cells = facilities(office)
    old = [cells[0], *([f"OLD{row[0]}", *row[1:]] for row in cells[1:])]
    made = book({"旧表": old, "机构": cells})
    made["旧表"].sheet_state = "hidden"
    made.active = 1
    send(office, made)


@fault("tables", "clean")
def second_sheet_is_the_table(office: Office) -> None:
    send(
        office, book({"说明": [["本表由各乡镇填写"], ["请勿改动列名"]], "机构": facilities(office)})
    )


@fault("tables", "refused", "sheet_ambiguous")
def two_sheets_fit(office: Office) -> None:
    send(office, book({"2024年": facilities(office), "2025年": facilities(office)}))


@fault("tables", "clean")
def two_sheets_one_named(office: Office) -> None:
    cells = facilities(office)
    send(office, book({"2024年": cells[:2], "2025年": cells}), sheet="2025年")


@fault("tables", "refused", "sheet_missing")
def named_sheet_missing(office: Office) -> None:
    send(office, book({"机构": facilities(office)}), sheet="2025年")


@fault("tables", "refused", "cell_is_error")
def error_cell(office: Office) -> None:
    cells = facilities(office)
    cells[1][_column(cells, "在托人数")] = "#REF!"
    send(office, book({"机构": cells}))


@fault("tables", "refused", "formula_without_value")
def formula_never_calculated(office: Office) -> None:
    cells = facilities(office)
    cells[1][_column(cells, "在托人数")] = "=50+8"
    send(office, book({"机构": cells}))


@fault("tables", "repaired", "merged_filled")
def merged_cells_in_data(office: Office) -> None:
    cells = facilities(office)
    at = _column(cells, "是否登记")
    cells[2][at] = cells[3][at] = None
    made = book({"机构": cells})
    letter = openpyxl.utils.get_column_letter(at + 1)
    made["机构"].merge_cells(f"{letter}2:{letter}4")
    send(office, made)


@fault("tables", "refused", "number_merged")
def merged_number(office: Office) -> None:
    cells = facilities(office)
    at = _column(cells, "托位数")
    cells[1][at], cells[2][at] = 80, None
    made = book({"机构": cells})
    letter = openpyxl.utils.get_column_letter(at + 1)
    made["机构"].merge_cells(f"{letter}2:{letter}3")
    send(office, made)


@fault("tables", "clean")
def ids_shown_with_zeros_by_format(office: Office) -> None:
    cells = people(office)
    for row in cells[1:]:
        row[0] = int(row[0])
    made = book({"人口": cells})
    for line in range(2, 8):
        made["人口"].cell(line, 1).number_format = "000"
    send(office, made, "population")


@fault("tables", "refused", "population_without_zone")
def ids_that_lost_their_zeros(office: Office) -> None:
    cells = people(office)
    for row in cells[1:]:
        row[0] = int(row[0])
    send(office, book({"人口": cells}), "population")


@fault("tables", "refused", "id_digits_lost")
def ids_rounded_by_a_spreadsheet(office: Office) -> None:
    cells = facilities(office)
    cells[1][0] = 91511724123456789
    send(office, book({"机构": cells}))


@fault("tables", "refused", "number_is_date")
def number_turned_into_a_date(office: Office) -> None:
    cells = facilities(office)
    cells[1][_column(cells, "托位数")] = dt.date(2025, 3, 5)
    send(office, book({"机构": cells}))


@fault("tables", "clean")
def dates_as_date_cells(office: Office) -> None:
    cells = facilities(office)
    at = _column(cells, "开办日期")
    for row in cells[1:]:
        row[at] = dt.date.fromisoformat(row[at])
    send(office, book({"机构": cells}))


@fault("tables", "repaired", "date_from_serial")
def dates_as_bare_serials(office: Office) -> None:
    cells = facilities(office)
    at = _column(cells, "开办日期")
    for row in cells[1:]:
        row[at] = (dt.date.fromisoformat(row[at]) - dt.date(1899, 12, 30)).days
    send(office, book({"机构": cells}))


@fault("tables", "repaired", "date_from_serial")
def dates_counted_from_1904(office: Office) -> None:
    cells = facilities(office)
    at = _column(cells, "开办日期")
    for row in cells[1:]:
        row[at] = (dt.date.fromisoformat(row[at]) - dt.date(1904, 1, 1)).days
    made = book({"机构": cells})
    made.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    send(office, made)


@fault("tables", "repaired", "heading_unit")
def heading_in_ten_thousands(office: Office) -> None:
    cells = people(office)
    cells[0][1] = "常住人口（万人）"
    for row in cells[1:]:
        row[1] = row[1] / 10_000
    send(office, book({"人口": cells}), "population")


@fault("tables", "warned", "columns_unused", same=True)
def unknown_column(office: Office) -> None:
    for row in office.facilities:
        row["服务对象"] = "0—3岁"


@fault("tables", "warned", "heading_nearly", same=False)
def heading_nearly_known(office: Office) -> None:
    for row in office.zones:
        row["childern_u3"] = row.pop("children_u3")


@fault("tables", "refused", "column_missing")
def heading_misspelt(office: Office) -> None:
    office.put(
        "facilities", "facilities.csv", csv_text(office.facilities).replace("slots", "solts")
    )


@fault("tables", "refused", "heading_doubled")
def two_headings_for_population(office: Office) -> None:
    for row in office.zones:
        row["总人口"] = row["population"] + 50


@fault("tables", "refused", "persons_per_dwelling_missing")
def registered_people_are_not_residents(office: Office) -> None:
    for row in office.zones:
        row["户籍人口"] = row.pop("population")


@fault("tables", "refused", "heading_not_there")
def named_heading_missing(office: Office) -> None:
    office.config["facilities"] = {"columns": {"slots": "托位数量"}}


@fault("tables", "refused", "headings_not_found")
def no_headings_at_all(office: Office) -> None:
    text = csv_text(office.facilities).split("\r\n", 1)[1]
    office.put("facilities", "facilities.csv", text)


@fault("tables", "refused", "no_facility_listed")
def headings_only(office: Office) -> None:
    office.put("facilities", "facilities.csv", csv_text(office.facilities).split("\r\n", 1)[0])


@fault("tables", "refused", "table_without_rows")
def townships_with_headings_only(office: Office) -> None:
    office.put("townships", "townships.csv", "township_code,name\r\n")


@fault("tables", "warned", "slots_none", "facility_without_place")
def one_facility_that_stands_for_none(office: Office) -> None:
    none = {**dict.fromkeys(office.facilities[0], ""), "facility_id": "0", "slots": 0}
    office.put("facilities", "facilities.csv", csv_text([none]))


@fault("tables", "refused", "row_too_long")
def surplus_cell_in_one_row(office: Office) -> None:
    text = csv_text(office.facilities).replace("甲托育园", "甲,托育园")
    office.put("facilities", "facilities.csv", text)


@fault("tables", "refused", "column_shifted")
def surplus_cell_in_every_row(office: Office) -> None:
    lines = csv_text(office.facilities).strip().split("\r\n")
    shifted = [lines[0], *(line.replace(",", ",x,", 1) for line in lines[1:])]
    office.put("facilities", "facilities.csv", "\r\n".join(shifted))


@fault("tables", "clean")
def trailing_commas(office: Office) -> None:
    lines = csv_text(office.facilities).strip().split("\r\n")
    office.put("facilities", "facilities.csv", "\r\n".join(f"{line},,," for line in lines))


@fault("tables", "refused", "text_quote_open")
def quotation_mark_left_open(office: Office) -> None:
    text = csv_text(office.facilities).replace("甲托育园", '"甲托育园')
    office.put("facilities", "facilities.csv", text)


@fault("tables", "clean")
def semicolons(office: Office) -> None:
    office.put("facilities", "facilities.csv", csv_text(office.facilities, delimiter=";"))


@fault("tables", "clean")
def tabs_in_txt(office: Office) -> None:
    office.put("facilities", "facilities.txt", csv_text(office.facilities, delimiter="\t"))


@fault("tables", "clean")
def shapes_as_wkt_in_csv(office: Office) -> None:
    office.put("zones", "zones.csv", csv_text(office.zones), crs="EPSG:4326")


@fault("tables", "refused", "wkt_unreadable")
def broken_wkt(office: Office) -> None:
    text = csv_text(office.zones).replace("POLYGON ((", "POLYGON (", 1)
    office.put("zones", "zones.csv", text, crs="EPSG:4326")


@fault("tables", "refused", "zones_without_shapes")
def zones_without_shapes(office: Office) -> None:
    for row in office.zones:
        del row["geometry"]
    office.put("zones", "zones.csv", csv_text(office.zones))


@fault("tables", "repaired", "default_applied")
def default_for_a_missing_column(office: Office) -> None:
    for row in office.facilities:
        del row["status"]
    office.config["facilities"] = {"defaults": {"status": "operating"}}


@fault("tables", "clean")
def heading_row_named(office: Office) -> None:
    made = book({"机构": [["机构编号", "托位数"], *facilities(office)]})
    send(office, made, header_row=2)
    office.config["facilities"]["header_row"] = 2


@fault("tables", "repaired", "unit_row_skipped", "heading_unit")
def row_of_larger_units(office: Office) -> None:
    cells = people(office)
    for row in cells[1:]:
        row[1] = row[1] / 10_000
    send(office, book({"人口": [cells[0], [None, "万人", "人", "人"], *cells[1:]]}), "population")


@fault("tables", "refused", "title_unit")
def unit_in_the_title(office: Office) -> None:
    cells = people(office)
    send(office, book({"人口": [["大竹县人口表", "单位：万人"], *cells]}), "population")


@fault("tables", "repaired", "title_rows_skipped")
def plain_unit_in_the_title(office: Office) -> None:
    cells = people(office)
    send(office, book({"人口": [["大竹县人口表", "单位：人"], *cells]}), "population")


@fault("tables", "clean")
def column_of_row_numbers(office: Office) -> None:
    office.facilities = [{"序号": n, **row} for n, row in enumerate(office.facilities, start=1)]


@fault("tables", "refused", "heading_doubled")
def named_heading_twice(office: Office) -> None:
    text = csv_text([{**row, "容量": row["slots"]} for row in office.facilities])
    text = text.replace("slots", "容量")
    office.put("facilities", "facilities.csv", text, columns={"slots": "容量"})


@fault("tables", "repaired", "number_normalised")
def coordinates_in_minutes_and_seconds(office: Office) -> None:
    office.facilities[0].update(lon="107°12′07.2″", lat="北纬30度42分7.2秒")


@fault("tables", "refused", "degrees_unreadable")
def coordinates_with_decimal_commas(office: Office) -> None:
    office.facilities[0].update(lon="107,202")


@fault("tables", "clean")
def headings_of_three_rows(office: Office) -> None:
    cells = people(office)
    rows = [
        ["小区编号", "2025年", None, None],
        [None, "人口", None, None],
        [None, "常住", "3岁以下婴幼儿", "随迁婴幼儿"],
    ]
    made = book({"人口": [*rows, *cells[1:]]})
    for area in ("A1:A3", "B1:D1", "B2:D2"):
        made["人口"].merge_cells(area)
    send(office, made, "population")


@fault("tables", "repaired", "totals_row_skipped")
def totals_row_in_a_layer(office: Office) -> None:
    whole = {
        key: sum(r[key] for r in office.zones)
        for key in ("population", "children_u3", "migrant_u3", "dwellings")
    }
    office.zones.append(
        {"zone_id": "合计", "name": None, "geometry": office.zones[0]["geometry"], **whole}
    )


@fault("tables", "refused", "column_missing")
def people_under_a_heading_of_the_registered(office: Office) -> None:
    cells = people(office)
    rows = [["小区编号", "户籍", None, None], [None, "人口", "3岁以下婴幼儿", "随迁婴幼儿"]]
    made = book({"人口": [*rows, *cells[1:]]})
    made["人口"].merge_cells("A1:A2")
    made["人口"].merge_cells("B1:D1")
    send(office, made, "population")
