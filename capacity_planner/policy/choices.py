"""What the rules leave open: every choice of this project, its default and its reason, as data."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from capacity_planner.errors import Complaint, PolicyError
from capacity_planner.policy.loading import SHIPPED
from capacity_planner.policy.models import ChoicesFile
from capacity_planner.settings import check, nearest, read_toml, show
from capacity_planner.texts import LANGUAGES, label

if TYPE_CHECKING:
    from collections.abc import Mapping

    from capacity_planner.policy.models import ChoiceModel
    from capacity_planner.texts import Lang

__all__ = ["Choice", "ChoiceValue", "Practice", "load_choices"]

ChoiceValue: TypeAlias = int | str | Decimal
_MOST_DECIMALS: Final = -6


@dataclass(frozen=True, slots=True)
class Practice:
    """What another place does about the same question, and where that stands."""

    zh: str
    en: str
    source: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One question that the rules leave open.

    Parameters
    ----------
    id
        Key in ``[choices]`` of a county file.
    kind
        ``one_of``, ``whole`` or ``decimal``.
    values
        The allowed words of a ``one_of``, each with its texts (``zh``, ``en``).
    default
        What this project does where nobody chooses; ``None``: no default, the county must say.
    fixed
        A convention of the tool itself, printed like the others, not open to the county.
    shapes_tables
        Whether it takes effect when a county is loaded, not when it is assessed.
    least, most
        Bounds of a number, both allowed.
    unit
        Unit of a number, a label beneath ``choice_unit``.
    zh, en
        The question in a few words.
    why, why_en
        Why the default is what it is, or why there is none.
    elsewhere
        What other places do.
    """

    id: str
    kind: Literal["one_of", "whole", "decimal"]
    values: Mapping[str, Mapping[Lang, str]]
    default: ChoiceValue | None
    fixed: bool
    shapes_tables: bool
    least: Decimal | None
    most: Decimal | None
    unit: str
    zh: str
    en: str
    why: str
    why_en: str
    elsewhere: tuple[Practice, ...] = ()

    def title(self, lang: Lang) -> str:
        """Return the question in a few words."""
        return self.zh if lang == "zh" else self.en

    def reason(self, lang: Lang) -> str:
        """Return why this project answers it so."""
        return self.why if lang == "zh" else self.why_en

    def tell(self, value: ChoiceValue | None, lang: Lang) -> str:
        """Return an answer as people read it, empty for ``None``.

        Parameters
        ----------
        value
            An answer that :meth:`accept` has let pass.
        lang
            ``"zh"`` or ``"en"``.

        Returns
        -------
        str
            Words of a ``one_of``, else number and unit.
        """
        if value is None:
            return ""
        if self.kind == "one_of":
            return self.values[str(value)][lang]
        return f"{value} {label(f'choice_unit.{self.unit}', lang)}"

    def accept(self, value: object) -> ChoiceValue | None:
        """Return a given answer in its exact type, or ``None`` if it is not an allowed one.

        Parameters
        ----------
        value
            From a county file, the command line or a notebook; a float counts as it is printed.

        Returns
        -------
        int or str or Decimal or None
            ``None`` means: refuse it.

        Examples
        --------
        >>> load_choices()["persons_per_dwelling"].accept(2.3)
        Decimal('2.3')
        >>> load_choices()["radius_m"].accept(-300) is None
        True
        """
        if self.fixed or isinstance(value, bool):
            return None
        if self.kind == "one_of":
            return value if isinstance(value, str) and value in self.values else None
        if self.kind == "whole":
            return value if isinstance(value, int) and self._within(Decimal(value)) else None
        if not isinstance(value, (int, float, str, Decimal)):
            return None
        try:
            exact = Decimal(str(value))
        except (InvalidOperation, ValueError):  # no number, or an integer of absurd length
            return None
        return exact if exact.is_finite() and self._within(exact) else None

    def complaint(self, value: object, *, file: str, key: str) -> Complaint:
        """Return what to tell about an answer that :meth:`accept` refused.

        Parameters
        ----------
        value
            The answer.
        file, key
            Where it was given.

        Returns
        -------
        Complaint
            With what would be allowed.
        """
        word = show(value)
        if self.fixed:
            return Complaint("choice_fixed", file, column=key, value=word)
        if self.kind == "one_of":
            params = {"allowed": "、".join(self.values), "nearest": nearest(word, self.values)}
            return Complaint("choice_not_allowed", file, column=key, value=word, params=params)
        params = {"least": str(self.least), "most": str(self.most)}
        params |= {f"unit_{lang}": label(f"choice_unit.{self.unit}", lang) for lang in LANGUAGES}
        code = "choice_not_whole" if self.kind == "whole" else "choice_not_number"
        return Complaint(code, file, column=key, value=word, params=params)

    def _within(self, value: Decimal) -> bool:
        if self.least is None or self.most is None or not self.least <= value <= self.most:
            return False
        exponent = value.as_tuple().exponent
        return isinstance(exponent, int) and exponent >= _MOST_DECIMALS


@cache
def load_choices() -> Mapping[str, Choice]:
    """Return every choice that the rules leave open, by id, in the order of ``choices.toml``.

    Returns
    -------
    Mapping[str, Choice]
        Read-only.

    Raises
    ------
    PolicyError
        If ``choices.toml`` is faulty: a programming fault.

    Examples
    --------
    >>> load_choices()["radius_m"].default
    300
    >>> load_choices()["persons_per_dwelling"].default is None
    True
    """
    file = "choices.toml"
    data = read_toml(SHIPPED / file, file=file, error=PolicyError)
    model = check(ChoicesFile, data, file=file, error=PolicyError)
    choices = {key: _choice(key, each) for key, each in model.choices.items()}
    return MappingProxyType(choices)


def _choice(choice_id: str, model: ChoiceModel) -> Choice:
    values: dict[str, Mapping[Lang, str]] = {
        key: {"zh": each.zh, "en": each.en} for key, each in model.values.items()
    }
    return Choice(
        id=choice_id,
        kind=model.kind,
        values=MappingProxyType(values),
        default=model.default,
        fixed=model.fixed,
        shapes_tables=model.shapes_tables,
        least=model.least,
        most=model.most,
        unit=model.unit or "",
        zh=model.zh,
        en=model.en,
        why=model.why.zh,
        why_en=model.why.en,
        elsewhere=tuple(Practice(each.zh, each.en, each.source) for each in model.elsewhere),
    )
