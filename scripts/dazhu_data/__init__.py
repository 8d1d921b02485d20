"""Parts of ``make_dazhu.py``: Dazhu's demonstration data from the county's real facts."""
