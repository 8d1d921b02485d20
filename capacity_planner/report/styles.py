"""What makes ``gaps.gpkg`` open coloured, labelled and explained: QGIS styles, aliases, metadata."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from xml.sax.saxutils import quoteattr

from capacity_planner.report import classes
from capacity_planner.texts import label, load_catalogue

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from capacity_planner.assessment import Gaps
    from capacity_planner.texts import Lang

__all__ = ["add_styles", "layer_style"]

_OVER, _ALONG, _AROUND = 1, 2, 6
"""Where QGIS puts labels: over the middle, along a line, around a point."""
_ZONES_FROM: Final = 100_000
"""Scale, as 1 : n, from which townships leave the ground to the zones."""

_STYLE_TABLE: Final = """
CREATE TABLE layer_styles (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    f_table_catalog TEXT(256), f_table_schema TEXT(256), f_table_name TEXT(256),
    f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT,
    useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30),
    update_time DATETIME)
"""
_SCHEMA_TABLES: Final = (
    """
CREATE TABLE gpkg_data_columns (
    table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT, description TEXT,
    mime_type TEXT, constraint_name TEXT,
    CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name),
    CONSTRAINT gdc_tn UNIQUE (table_name, name))
""",
    """
CREATE TABLE gpkg_data_column_constraints (
    constraint_name TEXT NOT NULL, constraint_type TEXT NOT NULL, value TEXT, min NUMERIC,
    min_is_inclusive BOOLEAN, max NUMERIC, max_is_inclusive BOOLEAN, description TEXT,
    CONSTRAINT gdcc_ntv UNIQUE (constraint_name, constraint_type, value))
""",
    """
CREATE TABLE gpkg_metadata (
    id INTEGER CONSTRAINT m_pk PRIMARY KEY ASC NOT NULL, md_scope TEXT NOT NULL DEFAULT 'dataset',
    md_standard_uri TEXT NOT NULL, mime_type TEXT NOT NULL DEFAULT 'text/xml',
    metadata TEXT NOT NULL DEFAULT '')
""",
    """
CREATE TABLE gpkg_metadata_reference (
    reference_scope TEXT NOT NULL, table_name TEXT, column_name TEXT, row_id_value INTEGER,
    timestamp DATETIME NOT NULL, md_file_id INTEGER NOT NULL, md_parent_id INTEGER,
    CONSTRAINT crmr_mfi_fk FOREIGN KEY (md_file_id) REFERENCES gpkg_metadata(id),
    CONSTRAINT crmr_mpi_fk FOREIGN KEY (md_parent_id) REFERENCES gpkg_metadata(id))
""",
)
_EXTENSION_TABLE: Final = """
CREATE TABLE IF NOT EXISTS gpkg_extensions (
    table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL,
    scope TEXT NOT NULL, CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name))
"""
_STANDARD: Final = "http://www.geopackage.org/spec/"
_OUTLINE: Final = "138,143,152,255"


def add_styles(path: Path, gaps: Gaps, *, lang: Lang, run_hash: str) -> None:
    """Add styles, aliases and metadata to a GeoPackage that holds the layers.

    Parameters
    ----------
    path
        The file.
    gaps
        The result that it shows.
    lang
        Language of legends and labels.
    run_hash
        Hash of the run's manifest, kept in the metadata.
    """
    stamp = f"{gaps.as_of.isoformat()}T00:00:00.000Z"
    with closing(sqlite3.connect(path)) as store, store:
        store.execute(_EXTENSION_TABLE)
        for table in (_STYLE_TABLE, *_SCHEMA_TABLES):
            store.execute(table)
        _register(store, stamp)
        for layer in ("zones", "townships", "facilities", "links"):
            names = [row[1] for row in store.execute(f"PRAGMA table_info({layer})")]
            about = _about_layer(layer, gaps, lang)
            _add_style(store, layer, layer_style(layer, lang, names), about, stamp)
            _add_aliases(store, layer, names, lang)
            store.execute(
                "UPDATE gpkg_contents SET identifier = ?, description = ? WHERE table_name = ?",
                (label(f"layer.{layer}", lang), about, layer),
            )
        metadata = json.dumps(_about(gaps, run_hash), ensure_ascii=False, sort_keys=True)
        store.execute(
            "INSERT INTO gpkg_metadata VALUES (1, 'dataset', ?, 'application/json', ?)",
            (_STANDARD, metadata),
        )
        store.execute(
            "INSERT INTO gpkg_metadata_reference VALUES ('geopackage', NULL, NULL, NULL, ?, 1, NULL)",
            (stamp,),
        )


def _register(store: sqlite3.Connection, stamp: str) -> None:
    """Enter the new tables into the GeoPackage's own lists."""
    store.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change) "
        "VALUES ('layer_styles', 'attributes', 'layer_styles', '', ?)",
        (stamp,),
    )
    extensions = {
        "gpkg_schema": ("gpkg_data_columns", "gpkg_data_column_constraints"),
        "gpkg_metadata": ("gpkg_metadata", "gpkg_metadata_reference"),
    }
    for extension, tables in extensions.items():
        for table in tables:
            store.execute(
                "INSERT OR IGNORE INTO gpkg_extensions VALUES (?, NULL, ?, ?, 'read-write')",
                (table, extension, f"{_STANDARD}#extension_{extension.removeprefix('gpkg_')}"),
            )


def _about_layer(layer: str, gaps: Gaps, lang: Lang) -> str:
    """Return what a layer holds, and whether its lines may be taken for boundaries."""
    about = label(f"layer.about.{layer}", lang)
    schematic = layer == "townships" and gaps.township_shapes.schematic.any()
    return f"{about} ※ {label('notice.schematic', lang)}" if schematic else about


def _add_style(store: sqlite3.Connection, layer: str, style: str, about: str, stamp: str) -> None:
    store.execute(
        "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column,"
        " styleName, styleQML, styleSLD, useAsDefault, description, owner, ui, update_time)"
        " VALUES ('', '', ?, 'geom', ?, ?, '', 1, ?, '', '', ?)",
        (layer, layer, style, about, stamp),
    )


def _alias(name: str, lang: Lang) -> str | None:
    key = f"col.{name}"
    return label(key, lang) if key in load_catalogue("labels") else None


def _add_aliases(store: sqlite3.Connection, layer: str, names: Iterable[str], lang: Lang) -> None:
    other: Lang = "en" if lang == "zh" else "zh"
    taken: set[str] = set()
    for name in names:
        alias = _alias(name, lang)
        if alias is None:
            continue
        unique = alias if alias not in taken else f"{alias} ({name})"
        taken.add(unique)
        store.execute(
            "INSERT INTO gpkg_data_columns VALUES (?, ?, ?, ?, NULL, NULL, NULL)",
            (layer, name, unique, _alias(name, other)),
        )


def _about(gaps: Gaps, run_hash: str) -> dict[str, Any]:
    source = gaps.county.source
    notice = label("notice.demonstration", "zh"), label("notice.demonstration", "en")
    return {
        "county": {"name": source.name, "name_en": source.name_en, "code": source.code},
        "as_of": gaps.as_of.isoformat(),
        "run_hash": run_hash,
        "data_notice": " / ".join(notice) if source.demonstration else "",
        "choices": {name: str(value) for name, value, _ in gaps.choices.rows()},
        "rules": {
            each.rule.id: f"{each.citation('zh')}"
            for each in gaps.standings
            if each.rule.kind == "ratio"
        },
    }


def layer_style(layer: str, lang: Lang, names: Iterable[str] = ()) -> str:
    """Return a layer's QGIS style: rules with the classes of the review map, labels, aliases.

    Parameters
    ----------
    layer
        ``zones``, ``townships``, ``facilities`` or ``links``.
    lang
        Language of the legend.
    names
        The layer's columns, for aliases.

    Returns
    -------
    str
        QML.

    Raises
    ------
    KeyError
        If there is no such layer: a programming fault.

    Examples
    --------
    >>> import re
    >>> style = layer_style("zones", "en", ["zone_id"])
    >>> re.findall(r'label="(.+?)"', style)[1:3]
    ['none missing', '1–5 missing']
    >>> re.findall(r'<alias .*? name="(.+?)"/>', style)
    ['Zone id']
    """
    rules = {
        "zones": _shortfall_rules(classes.ZONES, '"required" IS NULL', lang),
        "townships": _township_rules(lang),
        "facilities": _facility_rules(lang),
        "links": [_Rule(label("layer.links", lang), "", _line("8,81,156,255", "0.3"))],
    }[layer]
    labels = {
        "zones": ('CASE WHEN "shortfall" > 0 THEN "shortfall" END', 7, 25_000, _OVER),
        "townships": ('"name" || \'\\n\' || "shortfall"', 9, 0, _OVER),
        "facilities": ('"name"', 7, 10_000, _AROUND),
        "links": ('"slots"', 7, 10_000, _ALONG),
    }[layer]
    listed = "".join(
        f"<rule key='r{at}' symbol='{at}' label={quoteattr(each.said)} "
        f"filter={quoteattr(each.where)}{each.scales}/>"
        for at, each in enumerate(rules)
    )
    symbols = "".join(each.symbol.replace("@", str(at)) for at, each in enumerate(rules))
    aliases = "".join(
        f"<alias index='{at}' field={quoteattr(name)} name={quoteattr(_alias(name, lang) or name)}/>"
        for at, name in enumerate(names)
    )
    return (
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>"
        "<qgis version='3.22.0' labelsEnabled='1' readOnly='0'>"
        "<renderer-v2 type='RuleRenderer' symbollevels='0' enableorderby='0' forceraster='0'>"
        f"<rules key='root'>{listed}</rules><symbols>{symbols}</symbols></renderer-v2>"
        f"{_labelling(*labels)}<aliases>{aliases}</aliases></qgis>"
    )


class _Rule(NamedTuple):
    """What one line of a legend draws: its words, its filter, its symbol and its scales."""

    said: str
    where: str
    symbol: str
    scales: str = ""


def _shortfall_rules(kind: classes.Classes, no_number: str, lang: Lang) -> list[_Rule]:
    ends: tuple[int | None, ...] = (*kind.bounds[1:], None)
    wheres = [no_number, f'NOT ({no_number}) AND "shortfall" = 0']
    for least, end in zip(kind.bounds, ends, strict=True):
        below = "" if end is None else f' AND "shortfall" < {end}'
        wheres.append(f'"shortfall" >= {least}{below}')
    fills = [_fill(fill, dots=at == 0) for at, fill in enumerate(kind.fills)]
    return [_Rule(*each) for each in zip(kind.words(lang), wheres, fills, strict=True)]


def _township_rules(lang: Lang) -> list[_Rule]:
    """Return fills from afar and only the line from near, where the zones lie above."""
    far, near = (f" {end}='{_ZONES_FROM}'" for end in ("scalemindenom", "scalemaxdenom"))
    filled = _shortfall_rules(classes.TOWNSHIPS, '"required" = 0', lang)
    line = _symbol(
        "fill",
        "SimpleFill",
        style="no",
        outline_color=_OUTLINE,
        outline_width="0.5",
        outline_style="solid",
    )
    named = label("layer.township_line", lang)
    return [each._replace(scales=far) for each in filled] + [_Rule(named, "", line, near)]


def _facility_rules(lang: Lang) -> list[_Rule]:
    looks = (
        ("counted", '"counted_slots" > 0', "circle", "#08519c", "255,255,255,255"),
        (
            "pipeline",
            '"counted_slots" = 0 AND "pipeline_slots" > 0',
            "triangle",
            "#41ab5d",
            "255,255,255,255",
        ),
        (
            "not_counted",
            '"counted_slots" = 0 AND "pipeline_slots" = 0',
            "cross2",
            "#ffffff",
            "68,68,68,255",
        ),
    )
    return [
        _Rule(label(f"figure.facility.{name}", lang), where, _marker(shape, fill, edge))
        for name, where, shape, fill, edge in looks
    ]


def _rgba(colour: str) -> str:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"{red},{green},{blue},255"


def _symbol(kind: str, cls: str, **props: str) -> str:
    """Return a symbol of one layer; ``@`` stands for its number."""
    listed = "".join(f"<prop k='{name}' v='{value}'/>" for name, value in props.items())
    return (
        f"<symbol type='{kind}' name='@' alpha='1' clip_to_extent='1' force_rhr='0'>"
        f"<layer class='{cls}' enabled='1' locked='0' pass='0'>{listed}</layer></symbol>"
    )


def _fill(colour: str, *, dots: bool) -> str:
    style = "dense6" if dots else "solid"
    shown = "#b5bac2" if dots else colour
    return _symbol(
        "fill",
        "SimpleFill",
        color=_rgba(shown),
        style=style,
        outline_color=_OUTLINE,
        outline_width="0.15",
        outline_style="solid",
    )


def _line(colour: str, width: str) -> str:
    return _symbol("line", "SimpleLine", line_color=colour, line_width=width, line_style="solid")


def _marker(shape: str, colour: str, edge: str) -> str:
    return _symbol(
        "marker",
        "SimpleMarker",
        name=shape,
        color=_rgba(colour),
        outline_color=edge,
        outline_width="0.3",
        size="2.6",
    )


def _labelling(expression: str, size: int, farthest: int, place: int) -> str:
    """Return labels by an expression, drawn from a scale of 1 : ``farthest`` on, 0 for always.

    QGIS writes the largest denominator as ``scaleMax``.
    """
    limited = "1" if farthest else "0"
    return (
        "<labeling type='simple'><settings calloutType='simple'>"
        f"<text-style fieldName={quoteattr(expression)} isExpression='1' fontSize='{size}' "
        "fontSizeUnit='Point' textColor='20,20,20,255' multilineHeight='1' namedStyle='Regular'>"
        "<text-buffer bufferDraw='1' bufferSize='0.7' bufferSizeUnits='MM' "
        "bufferColor='255,255,255,255' bufferOpacity='0.8'/></text-style>"
        "<text-format multilineAlign='1'/>"
        f"<placement placement='{place}' dist='1.5' distUnits='MM' placementFlags='10' priority='5'/>"
        f"<rendering scaleVisibility='{limited}' scaleMin='1' scaleMax='{farthest}' "
        "drawLabels='1' obstacle='1'/></settings></labeling>"
    )
