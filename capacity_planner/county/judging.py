"""What a well-formed ``county.toml`` can still get wrong."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from capacity_planner.county.choices import judge_choices
from capacity_planner.county.models import TABLES
from capacity_planner.errors import Complaint, CountyError
from capacity_planner.schemas import INPUT_TABLES
from capacity_planner.settings import inside, nearest, show
from capacity_planner.texts import LANGUAGES, label

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from capacity_planner.county.models import CountyFile, TableConfig
    from capacity_planner.schemas import Column

__all__ = ["judge", "settle"]

_OURS: Final = frozenset({"source_file", "source_row"})  # written by the loaders alone
_ONLY_FOR: Final = {"distribute": "population", "unit": "distances"}
_WORDS_FOR: Final = {
    "id": "text",
    "text": "text",
    "count": "whole",
    "number": "number",
    "date": "day",
    "yes_no": "truth",
}
_MOST_YEARS: Final = 50
_MOST: Final = 10**9
_YES_NO: Final = {"yes": True, "no": False, "是": True, "否": False}


def judge(model: CountyFile, *, folder: Path, file: str) -> list[Complaint]:
    """Return what is wrong with a county's settings beyond their form.

    Parameters
    ----------
    model
        As read.
    folder
        The county folder.
    file
        Name of the file, for complaints.

    Returns
    -------
    list[Complaint]
        Empty if all is well.
    """
    faults: list[Complaint] = []
    for name in TABLES:
        config = getattr(model, name)
        if config is not None:
            faults += _judge_table(name, config, folder=folder, file=file)
    faults += judge_choices(model.choices, file=file)
    faults += _judge_network(model, file)
    faults += _judge_forecast(model, file)
    if model.siting is not None:
        areas = (model.siting.floor_m2_per_slot, model.siting.land_m2_per_slot)
        if any(areas) and model.siting.area_source is None:
            faults.append(Complaint("settings_missing_key", file, column="siting.area_source"))
        for key in ("budget_by_year", "closed_percent_by_year"):
            faults += _judge_years(getattr(model.siting, key), file, f"siting.{key}")
        sizes = (model.siting.min_slots, model.siting.max_slots, model.siting.expand_max_slots)
        if any(sizes) and model.siting.size_source is None:
            faults.append(Complaint("settings_missing_key", file, column="siting.size_source"))
        if (model.siting.min_slots or 0) > (model.siting.max_slots or _MOST):
            faults.append(Complaint("county_min_above_max", file, column="siting.min_slots"))
    return faults


def settle(name: str, config: TableConfig) -> TableConfig:
    """Return a judged table with its defaults in the types of their columns.

    Parameters
    ----------
    name
        Of the table.
    config
        Without fault.

    Returns
    -------
    TableConfig
        A new one; ``"yes"`` has become ``True``, a whole number of a decimal column exact.
    """
    table = INPUT_TABLES[name]
    typed = {key: _typed(raw, table.column(key)) for key, raw in config.defaults.items()}
    return config.model_copy(update={"defaults": typed})


def _judge_table(name: str, config: TableConfig, *, folder: Path, file: str) -> Iterator[Complaint]:
    try:
        inside(folder, config.file, file=file, column=f"{name}.file", error=CountyError)
    except CountyError as fault:
        yield from fault.complaints
    if config.layer and config.sheet:
        yield _twice(file, f"{name}.layer", f"{name}.sheet")
    for key, table in _ONLY_FOR.items():
        if key in config.model_fields_set and name != table:
            params = {"table": table}
            yield Complaint("county_key_elsewhere", file, column=f"{name}.{key}", params=params)
    known = [each for each in INPUT_TABLES[name].names if each not in _OURS]
    for section in ("columns", "defaults"):
        for column in getattr(config, section):
            if column not in known:
                params = {"nearest": nearest(column, known), "known": "、".join(known)}
                key = f"{name}.{section}.{show(column)}"
                yield Complaint("county_column_unknown", file, "", None, key, show(column), params)
    for column in config.defaults.keys() & config.columns.keys():
        yield _twice(file, f"{name}.columns.{column}", f"{name}.defaults.{column}")
    yield from _judge_defaults(name, config, file)


def _judge_defaults(name: str, config: TableConfig, file: str) -> Iterator[Complaint]:
    columns = {each.name: each for each in INPUT_TABLES[name].columns}
    own_id = INPUT_TABLES[name].columns[0].name
    for key, raw in config.defaults.items():
        if key not in columns:
            continue  # told among the unknown columns
        kind, place = columns[key].kind, f"{name}.defaults.{key}"
        if kind == "geometry" or (kind == "id" and key == own_id):
            yield Complaint("county_default_impossible", file, column=place, value=show(raw))
        elif _typed(raw, columns[key]) is None:
            words = "、".join(columns[key].values)
            params = {
                f"allowed_{lang}": words or label(f"settings.{_WORDS_FOR[kind]}", lang)
                for lang in LANGUAGES
            }
            yield Complaint("county_default_wrong", file, "", None, place, show(raw), params)


def _typed(raw: object, column: Column) -> object | None:
    """Return a default in its column's type, ``None`` if it cannot be one."""
    if isinstance(raw, str):
        if column.kind == "yes_no":
            return _YES_NO.get(raw)
        fits = raw in column.values if column.kind == "one_of" else column.kind in {"id", "text"}
        return raw if fits and raw.strip() and raw.isprintable() else None
    if isinstance(raw, bool):
        return raw if column.kind == "yes_no" else None
    if isinstance(raw, int):
        fits = column.kind in {"count", "number"} and 0 <= raw <= _MOST
        return (Decimal(raw) if column.kind == "number" else raw) if fits else None
    exact = isinstance(raw, Decimal) and raw.is_finite() and column.kind == "number"
    day = isinstance(raw, date) and not isinstance(raw, datetime) and column.kind == "date"
    return raw if exact or day else None


def _judge_network(model: CountyFile, file: str) -> Iterator[Complaint]:
    if model.choices.get("distance") != "network":
        return
    if model.roads is None and model.distances is None:
        yield Complaint("county_network_missing", file, column="choices.distance", value="network")
    elif model.roads is not None and model.distances is not None:
        yield _twice(file, "roads", "distances")


def _judge_forecast(model: CountyFile, file: str) -> Iterator[Complaint]:
    plan = model.forecast
    if plan is None:
        return
    if not 0 < plan.horizon - model.as_of.year <= _MOST_YEARS:
        first, last = model.as_of.year + 1, model.as_of.year + _MOST_YEARS
        params = {"bounds": f"≥ {first} ≤ {last}"}
        value = str(plan.horizon)
        yield Complaint("settings_out_of_range", file, "", None, "forecast.horizon", value, params)
    for name, scenario in plan.scenarios.items():
        place = f"forecast.scenarios.{show(name)}"
        if scenario.children_share is not None and scenario.births_per_1000 is not None:
            yield _twice(file, f"{place}.children_share", f"{place}.births_per_1000")
        for years in scenario.population_by_year.values():
            yield from _judge_years(years, file, f"{place}.population_by_year")


def _judge_years(years: Iterable[str], file: str, key: str) -> Iterator[Complaint]:
    for year in years:
        if not (year.isascii() and year.isdigit() and len(year) == 4):  # noqa: PLR2004  # a year
            yield Complaint("county_year", file, column=key, value=show(year))


def _twice(file: str, one: str, other: str) -> Complaint:
    return Complaint("county_two_keys", file, column=one, params={"other": other})
