"""Where records lie: coordinates by system and datum, shapes repaired, overlaps and twins told."""
