"""From cells to typed records: the table in a sheet, its headings, totals left out, keys checked."""
