"""Bad inputs: how lists are laid out: totals nobody named, groups, signatures, ends of files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from faults import Office, csv_text, fault
from faults_tables import book, facilities, people, send

if TYPE_CHECKING:
    from collections.abc import Sequence


def _sums(rows: Sequence[Sequence[Any]], name: str | None) -> list[Any]:
    return [name, *(sum(row[at] for row in rows) for at in (1, 2, 3))]


def _people_with(office: Office, *rows: list[Any], top: bool = False) -> None:
    cells = people(office)
    more = [row or _sums(cells[1:], None) for row in rows]
    cells = [cells[0], *more, *cells[1:]] if top else [*cells, *more]
    send(office, book({"人口": cells}), "population")


def _facilities_with(office: Office, *rows: dict[int, Any]) -> None:
    cells = facilities(office)
    width = len(cells[0])
    more = [[row.get(at) for at in range(width)] for row in rows]
    send(office, book({"机构": [*cells, *more]}))


@fault("lists", "repaired", "totals_row_skipped")
def total_named_for_the_county(office: Office) -> None:
    cells = people(office)
    send(office, book({"人口": [*cells, _sums(cells[1:], "全县")]}), "population")


@fault("lists", "repaired", "totals_row_skipped")
def total_that_counts_the_rows(office: Office) -> None:
    _facilities_with(office, {0: "合计3家", 3: 85})


@fault("lists", "repaired", "totals_row_by_sum")
def total_without_any_name(office: Office) -> None:
    _people_with(office, [])


@fault("lists", "repaired", "totals_row_by_sum")
def total_without_any_name_on_top(office: Office) -> None:
    _people_with(office, [], top=True)


@fault("lists", "repaired", "totals_row_by_sum")
def total_of_slots_without_any_name(office: Office) -> None:
    _facilities_with(office, {3: 85})


@fault("lists", "repaired", "totals_row_by_sum")
def subtotals_without_any_name(office: Office) -> None:
    cells = people(office)
    first, second = cells[1:4], cells[4:]
    rows = [*first, _sums(first, None), *second, _sums(second, None), _sums(cells[1:], None)]
    send(office, book({"人口": [cells[0], *rows]}), "population")


@fault("lists", "refused", "id_missing")
def row_without_name_that_is_no_sum(office: Office) -> None:
    _facilities_with(office, {3: 84})


@fault("lists", "repaired", "totals_row_bare")
def total_whose_formula_was_never_calculated(office: Office) -> None:
    _facilities_with(office, {0: "合计", 3: "=SUM(D2:D4)"})


@fault("lists", "repaired", "part_row_skipped")
def row_of_a_part_of_the_others(office: Office) -> None:
    _people_with(office, ["其中：城区", 4000, 80, 10])


@fault("lists", "repaired", "part_row_skipped")
def row_of_means(office: Office) -> None:
    _people_with(office, ["平均", 1383, 27, 6])


@fault("lists", "clean")
def zone_whose_name_begins_like_a_total(office: Office) -> None:
    for row in office.facilities:
        row["备注"] = "合计新村"


@fault("lists", "repaired", "group_row_skipped")
def groups_by_numbered_township(office: Office) -> None:
    cells = facilities(office)
    rows = [cells[0], ["一、竹阳街道"], *cells[1:3], ["二、东柳街道"], *cells[3:]]
    send(office, book({"机构": rows}))


@fault("lists", "repaired", "group_row_skipped")
def groups_merged_over_the_table(office: Office) -> None:
    cells = facilities(office)
    made = book({"机构": [cells[0], ["竹阳街道"], *cells[1:]]})
    made["机构"].merge_cells("A2:L2")
    send(office, made)


@fault("lists", "repaired", "note_row_skipped")
def signatures_below_the_table(office: Office) -> None:
    _facilities_with(office, {}, {0: "填表人：张三", 2: "审核人：李四", 4: "日期：2025年12月31日"})


@fault("lists", "refused", "file_empty")
def csv_of_blank_lines(office: Office) -> None:
    office.put("facilities", "facilities.csv", b"\r\n\r\n\r\n")


@fault("lists", "refused", "file_empty")
def csv_of_a_byte_order_mark(office: Office) -> None:
    office.put("facilities", "facilities.csv", b"\xef\xbb\xbf")


@fault("lists", "clean")
def csv_with_the_end_mark_of_dos(office: Office) -> None:
    office.put("facilities", "facilities.csv", csv_text(office.facilities) + "\x1a")
