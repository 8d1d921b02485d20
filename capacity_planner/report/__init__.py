"""Tables, layers, workbook, document and manifest of a run, one writer a file kind."""

from capacity_planner.report.csv_tables import write_csv, write_csv_tables
from capacity_planner.report.document import write_document, write_minutes_document
from capacity_planner.report.layers import write_geopackage
from capacity_planner.report.manifest import build_manifest, list_inputs, write_manifest
from capacity_planner.report.workbook import write_workbook

__all__ = [
    "build_manifest",
    "list_inputs",
    "write_csv",
    "write_csv_tables",
    "write_document",
    "write_geopackage",
    "write_manifest",
    "write_minutes_document",
    "write_workbook",
]
