"""What a file holds, whatever its format: headings and cells, each row with its place, opened with care."""
