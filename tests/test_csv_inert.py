"""Text that a spreadsheet would run gets an apostrophe in every table, whatever its dtype."""

import csv

import pandas as pd
import pytest

from capacity_planner.report import write_csv
from capacity_planner.texts import FORMULA_STARTS, inert_text


def written(column, path):
    write_csv(pd.DataFrame({"text": column, "number": range(len(column))}), path)
    with path.open(encoding="utf-8-sig", newline="") as source:
        return [row["text"] for row in csv.DictReader(source)]


@pytest.mark.parametrize("start", FORMULA_STARTS)
@pytest.mark.parametrize("dtype", ["str", "object"])
def test_every_start_of_a_formula_is_made_inert(start, dtype, tmp_path):
    texts = ["", f"{start}1+1", "竹阳街道", f"a{start}1", f'{start}x,"y"', ""]
    found = written(pd.Series(texts, dtype=dtype), tmp_path / "t.csv")
    assert found == ["", f"'{start}1+1", "竹阳街道", f"a{start}1", f'\'{start}x,"y"', ""]
    assert found == [inert_text(text) for text in texts]


def test_brackets_and_numbers_stay_as_they_are(tmp_path):
    texts = pd.Series(["（二）1", "5", "。", "'quoted"], dtype="str")
    assert written(texts, tmp_path / "t.csv") == texts.tolist()
    table = pd.DataFrame({"days": pd.array([-5, None], dtype="Int64"), "share": [-0.5, 1.0]})
    write_csv(table, tmp_path / "n.csv")
    assert (tmp_path / "n.csv").read_text("utf-8-sig").split() == ["days,share", "-5,-0.5", ",1"]


def test_a_column_of_which_nothing_is_known_is_empty(tmp_path):
    frame = pd.DataFrame({"a": [None, None], "b": [1, 2]})
    path = write_csv(frame, tmp_path / "t.csv")
    assert path.read_bytes() == b"\xef\xbb\xbfa,b\r\n,1\r\n,2\r\n"
    empty = write_csv(frame.head(0), tmp_path / "e.csv")
    assert empty.read_bytes() == b"\xef\xbb\xbfa,b\r\n"
