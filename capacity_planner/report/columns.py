"""The columns of a table as Arrow holds them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["as_arrow"]


def as_arrow(column: pd.Series[Any], kind: pa.DataType | None = None) -> pa.Array | pa.ChunkedArray:
    """Return a column as Arrow holds it, null where nothing is known.

    Parameters
    ----------
    column
        Of any kind, length n.
    kind
        What its cells are to be; by default what they are.

    Returns
    -------
    pyarrow.Array or pyarrow.ChunkedArray
        Length n. Numbers, days and texts lie where pandas has them: what is made anew is one bit a cell.

    Examples
    --------
    >>> import pandas as pd
    >>> as_arrow(pd.Series([3, None], dtype="Int64")).to_pylist()
    [3, None]
    """
    # Without its index: of a series, Arrow would ask in vain for this and that, each time a long search.
    return pa.array(column.array, type=kind, from_pandas=True)
