"""Text as it was meant: UTF-8 where the bytes allow it, else GB18030, else what the file declares.

Short Chinese texts fool statistical guessers, so none is used: both encodings are strict, and
bytes that pass as both (联通 is the classic) are told apart by whether they spell Chinese.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from capacity_planner.loaders.files.sniff import refuse

if TYPE_CHECKING:
    from pathlib import Path

    from capacity_planner.errors import Complaints
    from capacity_planner.loaders.files.raw import Cells, RawTable

__all__ = ["decode_latin", "decode_text", "valid_texts"]

_CJK: Final = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef\U00020000-\U0003ffff]")
_WIDEST: Final = 9
"""Bytes from which a heading of a .dbf may be cut: ten fit, and half a letter is dropped."""
_BOMS: Final = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)


def decode_text(data: bytes, file: str, *, declared: str | None = None) -> tuple[str, str]:
    """Return a text file's text and the name of the encoding that it is in.

    Parameters
    ----------
    data
        The whole file.
    file
        Its name, for the complaint.
    declared
        The encoding that the county gives, or ``None`` to find it.

    Returns
    -------
    tuple[str, str]
        Text without byte order mark; ``"utf-8"``, ``"gb18030"``, ``"utf-16-le"`` ….

    Raises
    ------
    InputError
        If no encoding fits.

    Examples
    --------
    >>> decode_text("小区".encode("gbk"), "zones.csv")
    ('小区', 'gb18030')
    """
    if declared is not None:
        name = "utf-8-sig" if declared == "utf-8" else declared
        return _strict(data, name, file), declared
    for mark, name in _BOMS:
        if data.startswith(mark):
            return _strict(data[len(mark) :], name, file), name
    if b"\x00" in data[:4_096]:
        name = "utf-16-le" if data[1:4_096:2].count(0) >= data[0:4_096:2].count(0) else "utf-16-be"
        return _strict(data, name, file), name
    name = _name_of([data]) or ""
    return (data.decode(name), name) if name else (_refuse(data, file), name)


def _strict(data: bytes, name: str, file: str) -> str:
    try:
        return data.decode(name)
    except UnicodeDecodeError:
        return _refuse(data, file)


def _refuse(data: bytes, file: str) -> str:
    try:
        data.decode("gb18030")
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        refuse(
            "text_undecodable", file, value=data[fault.start : fault.start + 8].hex(" "), line=line
        )
    refuse("text_undecodable", file, value="", line=1)


def _name_of(pieces: list[bytes]) -> str | None:
    """Return the encoding that fits all pieces, or ``None``."""
    joined = b"\n".join(pieces)
    if joined.isascii():
        return "utf-8"
    fits = {name: text for name in ("utf-8", "gb18030") if (text := _try(joined, name)) is not None}
    if len(fits) < 2:  # noqa: PLR2004  # both fit: look at what they spell
        return next(iter(fits), None)
    return max(("utf-8", "gb18030"), key=lambda name: _chinese_share(fits[name]))


def _try(data: bytes, name: str) -> str | None:
    try:
        return data.decode(name)
    except UnicodeDecodeError:
        return None


def _chinese_share(text: str) -> float:
    foreign = [letter for letter in text if ord(letter) > 127]  # noqa: PLR2004  # beyond ASCII
    return len(_CJK.findall("".join(foreign))) / max(len(foreign), 1)


def decode_latin(raw: RawTable, path: Path, complaints: Complaints) -> RawTable:
    """Return a Shapefile's table with names and values in their true encoding.

    Parameters
    ----------
    raw
        Read as ISO-8859-1, so that every byte of the ``.dbf`` is one letter.
    path
        The ``.shp``; a ``.cpg`` beside it is only believed where neither UTF-8 nor GB18030 fits,
        because bureaus copy it along with tables of the other encoding.
    complaints
        Grows by the encoding that was found where the file does not declare it, and by texts that
        the table's narrow columns cut in the middle of a letter.

    Returns
    -------
    RawTable
        The same rows.

    Raises
    ------
    InputError
        If no encoding fits.
    """
    texts = [_texts(column) for column in raw.cells]
    pieces = [heading.encode("latin-1", "replace") for heading in raw.headings]
    pieces += [t.encode("latin-1", "replace") for c in texts if c is not None for t in c if t]
    long = {i for i, piece in enumerate(pieces[: len(raw.headings)]) if len(piece) >= _WIDEST}
    odd = [piece for piece in pieces if not piece.isascii()]
    if not odd:
        return replace(raw, cut=frozenset(raw.headings[i] for i in long))
    whole, cut = _whole_pieces(odd)
    cut = [piece for piece in cut if piece not in pieces[: len(raw.headings)]]
    name = _name_of(whole) or _declared(path, whole) or refuse("text_undecodable", raw.file, line=1)
    if not path.with_suffix(".cpg").exists():
        complaints.add("shapefile_encoding_found", file=raw.file, value=name)
    if cut and name == "utf-8":
        complaints.add(
            "text_cut_off", file=raw.file, value=cut[0].decode("utf-8", "ignore"), count=len(cut)
        )
    mended = "ignore" if name == "utf-8" else "strict"
    cells = tuple(
        old if new is None else pa.array([_redecode(t, name, mended) for t in new], pa.string())
        for old, new in zip(raw.cells, texts, strict=True)
    )
    headings = tuple(_redecode(h, name, "ignore") or "" for h in raw.headings)
    return replace(raw, headings=headings, cells=cells, cut=frozenset(headings[i] for i in long))


def valid_texts(column: pa.Array, file: str) -> pa.Array:
    """Return a column of texts whose bytes are what UTF-8 allows, read anew where they are not.

    Parameters
    ----------
    column
        Any Arrow array; only texts are looked at.
    file
        Its file, for the complaint.

    Returns
    -------
    pa.Array
        The same column where nothing was wrong.

    Raises
    ------
    InputError
        If the bytes are neither UTF-8 nor GB18030.
    """
    if _texts_kind(column) is None:
        return column
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        pieces = [piece or b"" for piece in column.cast(pa.binary()).to_pylist()]
        name = _name_of(pieces) or refuse("text_undecodable", file, line=1)
        missing = column.is_null().to_pylist()
        texts = [None if gone else p.decode(name) for p, gone in zip(pieces, missing, strict=True)]
        return pa.array(texts, pa.string())
    return column


def _texts_kind(column: object) -> pa.DataType | None:
    """Return the type of an Arrow column of texts, ``None`` for any other column."""
    kind = column.type if isinstance(column, pa.Array) else None
    text = kind is not None and (pa.types.is_string(kind) or pa.types.is_large_string(kind))
    return kind if text else None


def _texts(column: Cells) -> list[str | None] | None:
    """Return a column of texts beyond ASCII as a list, ``None`` for any other column."""
    if _texts_kind(column) is None or pc.all(pc.string_is_ascii(column)).as_py() is not False:
        return None
    listed: list[str | None] = column.to_pylist()  # type: ignore[union-attr]  # an Arrow array
    return listed


def _redecode(text: str | None, name: str, errors: str) -> str | None:
    return None if text is None else text.encode("latin-1").decode(name, errors)


def _whole_pieces(pieces: list[bytes]) -> tuple[list[bytes], list[bytes]]:
    """Return the pieces, and apart those that are UTF-8 but for a letter cut off at their end."""
    whole: list[bytes] = []
    cut: list[bytes] = []
    for piece in pieces:
        try:
            piece.decode("utf-8")
        except UnicodeDecodeError as fault:
            if fault.reason == "unexpected end of data" and fault.start > 0:
                cut.append(piece)
                continue
        whole.append(piece)
    return (whole, cut) if whole and _name_of(whole) == "utf-8" else (pieces, [])


def _declared(path: Path, pieces: list[bytes]) -> str | None:
    beside = path.with_suffix(".cpg")
    if not beside.exists():
        return None
    name = beside.read_text("ascii", "ignore").strip().lower().removeprefix("ansi ")
    try:
        b"\n".join(pieces).decode(name)
    except (UnicodeDecodeError, LookupError):
        return None
    return name
