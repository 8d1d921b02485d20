"""TOML files that people write, read safely and checked against a model, every fault told by its key.

Policies and counties are described this way. Numbers stay exact (:class:`~decimal.Decimal`, never
a float); a file is refused whole with every fault at once, each with file, key, value and the
nearest known name.
"""

from __future__ import annotations

import difflib
import hashlib
import re
import tomllib
import unicodedata
from datetime import date
from decimal import Decimal
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias, TypeVar, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from capacity_planner.errors import Complaint
from capacity_planner.texts import label, load_catalogue

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pydantic_core import ErrorDetails

    from capacity_planner.errors import PlannerError

__all__ = [
    "Day",
    "Model",
    "Number",
    "Text",
    "Words",
    "check",
    "inside",
    "nearest",
    "read_toml",
    "show",
]

MAX_BYTES: Final = 128 * 1024
_MAX_DOTS: Final = 500  # a line's dotted key costs the square of its parts to read
_MAX_SHOWN: Final = 60
_MAX_PATH: Final = 400
_FIRST_DAY: Final = date(1900, 1, 1)
_LAST_DAY: Final = date(2200, 12, 31)
_HIDDEN: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029")

ModelT = TypeVar("ModelT", bound=BaseModel)
Place: TypeAlias = tuple[int | str, ...]


def _visible(text: str) -> str:
    if any(char in _HIDDEN or unicodedata.category(char) == "Cc" for char in text):
        raise PydanticCustomError("settings_hidden_characters", "hidden characters")
    if not text.strip():
        raise PydanticCustomError("settings_empty", "empty")
    return text.strip()


def _exact(value: object) -> object:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return Decimal(value) if whole else value  # type: ignore[arg-type]  # mypy: bool is excluded


def _plausible(day: date) -> date:
    if not _FIRST_DAY <= day <= _LAST_DAY:
        raise PydanticCustomError("settings_day_absurd", "no such year")
    return day


def _readable(schema: int) -> int:
    if schema != 1:
        raise PydanticCustomError("settings_schema", "another schema")
    return schema


Schema = Annotated[int, AfterValidator(_readable)]
"""The version of a file's form; 1 is the only one so far."""
Words = Annotated[str, Field(max_length=2_000), AfterValidator(_visible)]
"""A sentence or a title: not blank, nothing invisible in it, at most 2,000 characters."""
Text = Annotated[str, Field(max_length=200), AfterValidator(_visible)]
"""A name, an id or a path: like :data:`Words`, at most 200 characters."""
Number = Annotated[Decimal, BeforeValidator(_exact), Field(max_digits=15, decimal_places=6)]
"""An exact number, whole or with at most six decimals."""
Day = Annotated[date, AfterValidator(_plausible)]
"""A day between 1900 and 2200."""


class Model(BaseModel):
    """Base of every settings model: unknown keys and wrong types are refused, nothing is coerced."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def read_toml(path: Path, *, file: str, error: type[PlannerError]) -> dict[str, Any]:
    """Return the tables of a TOML file, its decimals exact.

    Parameters
    ----------
    path
        Where the file lies.
    file
        The name that complaints give it.
    error
        Class of the error to raise.

    Returns
    -------
    dict[str, Any]
        As written; numbers with a decimal point as :class:`~decimal.Decimal`.

    Raises
    ------
    PlannerError
        Of the class ``error``: no such file, a folder, not readable, over 128 KiB, not UTF-8, or
        not TOML (with the line).
    """
    try:
        raw = _first_bytes(path)
    except (OSError, ValueError) as fault:
        raise error.of("settings_unreadable", file=file, detail=_reason(fault)) from fault
    if raw is None:
        raise error.of("settings_no_file", file=file, value=show(path, most=_MAX_PATH))
    if len(raw) > MAX_BYTES:
        raise error.of("settings_too_large", file=file, limit=MAX_BYTES // 1024)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = raw.count(b"\n", 0, fault.start) + 1
        raise error(Complaint("settings_not_utf8", file, row=line)) from fault
    return _parse(text, file=file, error=error)


def check(
    model: type[ModelT], data: Mapping[str, object], *, file: str, error: type[PlannerError]
) -> ModelT:
    """Return the data as an instance of the model.

    Parameters
    ----------
    model
        What the file must hold.
    data
        What it holds, as :func:`read_toml` returns it.
    file
        The name that complaints give the file.
    error
        Class of the error to raise.

    Returns
    -------
    ModelT
        The checked settings.

    Raises
    ------
    PlannerError
        Of the class ``error``, with one complaint per fault.

    Examples
    --------
    >>> from capacity_planner.errors import CountyError
    >>> class Walk(Model):
    ...     radius_m: int
    >>> check(Walk, {"radius_m": 300}, file="walk.toml", error=CountyError).radius_m
    300
    >>> check(Walk, {"radius": 300}, file="walk.toml", error=CountyError)
    Traceback (most recent call last):
    capacity_planner.errors.CountyError: walk.toml · ...
    """
    try:
        return model.model_validate(data)
    except ValidationError as faults:
        details = faults.errors(include_url=False)
        raise error([_complaint(each, model, data, file) for each in details]) from None


def inside(
    folder: Path,
    name: str,
    *,
    start: Path | None = None,
    file: str,
    column: str,
    error: type[PlannerError],
) -> Path:
    r"""Return the path that a name in a settings file leads to, never outside its folder.

    Parameters
    ----------
    folder
        What may not be left.
    name
        Relative path as written; ``\`` counts as ``/``.
    start
        Where relative paths begin, ``folder`` if not given.
    file, column
        File and key that hold the name, for complaints.
    error
        Class of the error to raise.

    Returns
    -------
    Path
        Absolute, links followed; the file need not exist.

    Raises
    ------
    PlannerError
        Of the class ``error``: an absolute path, an address, or a way out by ``..`` or a link.
    """
    given = PureWindowsPath(name)
    try:
        path = (start or folder).joinpath(*given.parts).resolve()
        outside = bool(given.anchor) or ":" in name or not path.is_relative_to(folder.resolve())
    except (OSError, RuntimeError, ValueError):  # a circle of links, an impossible name
        outside = True
    if outside:
        raise error.of("settings_outside", file=file, column=column, value=show(name))
    return path


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the known name most like the word, empty if none is known.

    Parameters
    ----------
    word
        As the office wrote it.
    known
        The names that there are.

    Returns
    -------
    str
        One of them.

    Examples
    --------
    >>> nearest("ratio_nwe", ["ratio_old_town", "ratio_new"])
    'ratio_new'
    """
    names = sorted(known)
    close = difflib.get_close_matches(word[:_MAX_SHOWN], names, n=1, cutoff=0.0)
    return close[0] if close else ""


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a settings file in hex, for the manifest of a run.

    Parameters
    ----------
    path
        A file that :func:`read_toml` has read.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    return hashlib.sha256(path.read_bytes()).hexdigest()


def show(value: object, *, most: int = _MAX_SHOWN) -> str:
    """Return a value of a settings file as it may be quoted in a sentence: short and harmless.

    Parameters
    ----------
    value
        Anything that TOML holds.
    most
        Characters to show.

    Returns
    -------
    str
        Visible characters; an ellipsis stands for the rest.

    Examples
    --------
    >>> show(True), show({"a": 1}), show("x" * 100)[-3:]
    ('true', '{…}', 'xx…')
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{…}"
    if isinstance(value, list):
        return "[…]"
    # an integer of ten thousand digits must not be turned into text at all
    huge = isinstance(value, int) and value.bit_length() > _MAX_SHOWN
    text = f"{value:#x}" if huge else str(value)
    text = "".join(char if char.isprintable() else "�" for char in text[: most + 1])
    return text if len(text) <= most else f"{text[:most]}…"


def _first_bytes(path: Path) -> bytes | None:
    """Return the file's bytes, at most one more than allowed; ``None`` if there is no file."""
    if not path.is_file():
        return None
    with path.open("rb") as source:
        return source.read(MAX_BYTES + 1)


def _reason(fault: Exception) -> str:
    return getattr(fault, "strerror", None) or type(fault).__name__


def _parse(text: str, *, file: str, error: type[PlannerError]) -> dict[str, Any]:
    if any(line.count(".") > _MAX_DOTS for line in text.splitlines()):
        raise error.of("settings_not_toml", file=file, detail=f"> {_MAX_DOTS} × “.”")
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except (ValueError, ArithmeticError, RecursionError) as fault:
        detail = show(fault) if isinstance(fault, tomllib.TOMLDecodeError) else type(fault).__name__
        twice = re.match(r"Cannot (overwrite|declare|mutate|redefine)", str(fault))
        line = re.search(r"at line (\d+)", str(fault))
        code = "settings_key_twice" if twice else "settings_not_toml"
        row = int(line[1]) if line else text.count("\n") + 1
        raise error(Complaint(code, file, row=row, params={"detail": detail})) from fault


_WORDS_FOR: Final = {
    "string_type": "settings.text",
    "int_type": "settings.whole",
    "is_instance_of": "settings.number",
    "decimal_type": "settings.number",
    "date_type": "settings.day",
    "bool_type": "settings.truth",
    "list_type": "settings.list",
    "dict_type": "settings.table",
    "model_type": "settings.table",
    "model_attributes_type": "settings.table",
}
_BOUNDS: Final = {"gt": ">", "ge": "≥", "lt": "<", "le": "≤"}
_OTHERS: Final = {
    "extra_forbidden": "settings_unknown_key",
    "missing": "settings_missing_key",
    "literal_error": "settings_not_allowed",
    "string_too_short": "settings_empty",
    "string_too_long": "settings_too_long",
    "too_long": "settings_too_long",
    "too_short": "settings_empty",
    "string_pattern_mismatch": "settings_bad_text",
}


def _complaint(
    fault: ErrorDetails, model: type[BaseModel], data: Mapping[str, object], file: str
) -> Complaint:
    kind, place = fault["type"], fault["loc"]
    found = dict(fault.get("ctx", {}))
    value = "" if kind == "missing" else show(fault["input"])
    params: dict[str, object] = {}
    if kind in _WORDS_FOR:
        code = "settings_wrong_type"
        params = {f"expected_{lang}": label(_WORDS_FOR[kind], lang) for lang in ("zh", "en")}
    elif kind in load_catalogue("complaints"):
        code, params = kind, found
    elif bounds := _BOUNDS.keys() & found.keys():
        code = "settings_out_of_range"
        params = {"bounds": " ".join(f"{_BOUNDS[key]} {found[key]}" for key in sorted(bounds))}
    else:
        code = _OTHERS.get(kind, "settings_not_exact")
    if code == "settings_unknown_key":
        known = _known_at(model, place[:-1])
        value = str(place[-1])
        params = {"nearest": nearest(value, known), "known": "、".join(sorted(known))}
    elif code == "settings_not_allowed":
        params = {"allowed": "、".join(re.findall(r"'([^']+)'", str(found["expected"])))}
    elif code == "settings_too_long":
        params = {"limit": found["max_length"]}
    return Complaint(code, file, column=_key(place, data), value=value, params=params)


def _key(place: Place, data: object) -> str:
    """Return ``rules.ratio_new[2].from`` for a fault's place; lone tables carry no number."""
    key = ""
    for part in place:
        if isinstance(part, str) and part != "[key]":
            key += f".{show(part)}" if key else show(part)
            data = data.get(part) if isinstance(data, dict) else None
        elif isinstance(part, int) and isinstance(data, list):
            key += f"[{part + 1}]"
            data = data[part] if part < len(data) else None
    return key


def _known_at(model: type[BaseModel], place: Sequence[int | str]) -> set[str]:
    """Return the keys that the model knows where the place leads."""
    for part in place:
        fields = {field.alias or name: field for name, field in model.model_fields.items()}
        if part in fields:
            inner = _inner(fields[str(part)].annotation)
            model = inner or model
    return {field.alias or name for name, field in model.model_fields.items()}


def _inner(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_inner(part) for part in get_args(annotation))
    return next((each for each in found if each), None)
