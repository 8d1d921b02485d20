"""What can be wrong, told so that a planner can mend it.

A :class:`Complaint` names the fault by a stable code, where it stands and with which value; its
sentence and remedy come from the catalogue in either language. Rooms collect complaints with
:class:`Complaints` and raise one :class:`InputError` that carries them all.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self

from capacity_planner.texts import fill, label, load_catalogue

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from capacity_planner.texts import Lang

__all__ = [
    "SEVERITIES",
    "BrokenLawError",
    "Complaint",
    "Complaints",
    "CountyError",
    "InputError",
    "OutputError",
    "PlannerError",
    "PolicyError",
    "RuleNotInForceError",
    "UnknownNameError",
]

SEVERITIES: Final = ("error", "repaired", "warning")
_LIMIT_PER_KIND: Final = 1_000


@dataclass(frozen=True, slots=True)
class Complaint:
    """One fault, where it stands, and what to do.

    Parameters
    ----------
    code
        Key in the complaints catalogue; stable, documented in ``docs/complaints.md``.
    file
        Name of the file as the county folder gives it.
    sheet
        Sheet or layer, empty where there is none.
    row
        Row as the office sees it: an Excel row, a line of a text table, else the feature's number
        counted from 1.
    column
        The office's own heading or cell address, or the key of a TOML file.
    value
        The raw text that was found.
    params
        Further values for the sentence.
    """

    code: str
    file: str = ""
    sheet: str = ""
    row: int | None = None
    column: str = ""
    value: str = ""
    params: Mapping[str, object] = field(default_factory=dict, compare=False)

    @property
    def severity(self) -> str:
        """``error`` (ends the run), ``repaired`` (mended and told) or ``warning``."""
        return load_catalogue("complaints")[self.code]["severity"]

    def message(self, lang: Lang) -> str:
        """Return what is wrong, without the place."""
        return self._sentence(lang)

    def remedy(self, lang: Lang) -> str:
        """Return what the office can do about it."""
        return self._sentence(lang, prefix="remedy_")

    def place(self, lang: Lang) -> str:
        """Return file, sheet, row and column as one phrase."""
        parts = [self.file, self.sheet]
        if self.row is not None:
            parts.append(label("place.row", lang, row=str(self.row)))
        if self.column:
            kind = "place.key" if self.file.endswith(".toml") else "place.column"
            parts.append(label(kind, lang, column=self.column))
        return " · ".join(part for part in parts if part)

    def line(self, lang: Lang) -> str:
        """Return place, message and remedy as one line."""
        place = self.place(lang)
        head = f"{place}: " if place else ""
        return f"{head}{self.message(lang)} {self.remedy(lang)}".rstrip()

    def record(self, lang: Lang) -> dict[str, object]:
        """Return one row of the output table ``complaints``, its columns by name."""
        return {
            "severity": self.severity,
            "code": self.code,
            "file": self.file,
            "sheet": self.sheet,
            "row": self.row,
            "column": self.column,
            "value": self.value,
            "message": self.message(lang),
            "remedy": self.remedy(lang),
        }

    def _sentence(self, lang: Lang, prefix: str = "") -> str:
        template = load_catalogue("complaints")[self.code].get(prefix + lang, "")
        own = {"file": self.file, "sheet": self.sheet, "column": self.column, "value": self.value}
        return fill(template, {**own, **self.params, **self._columns(lang)})

    def _columns(self, lang: Lang) -> dict[str, str]:
        """Return our columns among the values as the office knows them: 托位数（slots）."""
        known = load_catalogue("labels")
        given = {key: f"column.{self.params.get(key)}" for key in ("our", "other")}
        return {key: known[name][lang] for key, name in given.items() if name in known}


class Complaints:
    """A list of complaints that grows while a county is read.

    The first thousand of each code in each file are kept in full; further ones are counted and
    told in one closing complaint, so that a file of a million bad rows stays readable.

    Examples
    --------
    >>> found = Complaints()
    >>> found.add("county_file_missing", file="county.toml")
    >>> found.has_errors
    True
    """

    def __init__(self) -> None:
        self._kept: list[Complaint] = []
        self._seen: Counter[tuple[str, str]] = Counter()

    def add(
        self,
        code: str,
        *,
        file: str = "",
        sheet: str = "",
        row: int | None = None,
        column: str = "",
        value: object = "",
        **params: object,
    ) -> None:
        """Note one fault; the arguments are those of :class:`Complaint`."""
        self.extend([Complaint(code, file, sheet, row, column, str(value), params)])

    def extend(self, complaints: Iterable[Complaint]) -> None:
        """Note several faults."""
        for complaint in complaints:
            kind = (complaint.code, complaint.file)
            self._seen[kind] += 1
            if self._seen[kind] <= _LIMIT_PER_KIND:
                self._kept.append(complaint)

    def keeps(self, code: str, file: str) -> bool:
        """Whether one more of this code in this file would be kept in full, and is worth its words."""
        return self._seen[code, file] < _LIMIT_PER_KIND

    def __iter__(self) -> Iterator[Complaint]:
        yield from self._kept
        for (code, file), count in self._seen.items():
            if count > _LIMIT_PER_KIND:
                params = {"count": count - _LIMIT_PER_KIND, "code": code}
                yield Complaint("further_complaints", file, params=params)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    @property
    def has_errors(self) -> bool:
        """Whether anything noted so far must end the run."""
        return any(complaint.severity == "error" for complaint in self._kept)

    def has_errors_in(self, file: str) -> bool:
        """Whether anything about this file must end the run."""
        return any(each.file == file and each.severity == "error" for each in self._kept)

    def raise_errors(self) -> None:
        """Raise everything at once if anything is an error.

        Raises
        ------
        InputError
            Carrying all complaints, repairs and warnings included.
        """
        if self.has_errors:
            raise InputError(self)


class PlannerError(Exception):
    """Anything that the tool can explain; the command line ends with 1, never with a traceback."""

    def __init__(self, complaints: Complaint | Iterable[Complaint]) -> None:
        given = [complaints] if isinstance(complaints, Complaint) else list(complaints)
        self.complaints: tuple[Complaint, ...] = tuple(given)
        super().__init__(self.tell("zh"))

    @classmethod
    def of(
        cls, code: str, *, file: str = "", column: str = "", value: object = "", **params: object
    ) -> Self:
        """Return the error for a single complaint."""
        return cls(Complaint(code, file, column=column, value=str(value), params=params))

    def __reduce__(self) -> tuple[type[Self], tuple[tuple[Complaint, ...]]]:
        """Travel between processes with the complaints, not with their text."""
        return type(self), (self.complaints,)

    def tell(self, lang: Lang) -> str:
        """Return the errors, a line each, in one language."""
        errors = [each for each in self.complaints if each.severity == "error"]
        return "\n".join(each.line(lang) for each in errors or self.complaints)

    def __str__(self) -> str:
        """Return Chinese first, English beneath."""
        return f"{self.tell('zh')}\n{self.tell('en')}"

    def _render_traceback_(self) -> list[str]:
        """Return what a notebook shows instead of a traceback: the very words of the command line."""
        return [f"{type(self).__name__}", *str(self).splitlines()]


class InputError(PlannerError, ValueError):
    """A county's data cannot be used as they are."""


class CountyError(PlannerError, ValueError):
    """A county folder or its ``county.toml`` cannot be used."""


class PolicyError(PlannerError, ValueError):
    """A policy file cannot be used."""


class RuleNotInForceError(PolicyError, LookupError):
    """A rule was asked for at a date at which neither it nor a stand-in is in force."""


class UnknownNameError(PlannerError, LookupError):
    """A zone, township, facility, county or rule of that name does not exist."""


class OutputError(PlannerError, OSError):
    """The results cannot be written, or a page would not be safe to open."""


class BrokenLawError(PlannerError, RuntimeError):
    """Slots or people did not add up; nothing is written."""
