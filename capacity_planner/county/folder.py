"""A county's folder: ``county.toml`` read and checked whole, its policy found, its paths kept inside."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from capacity_planner.county.choices import Choices
from capacity_planner.county.judging import judge, settle
from capacity_planner.county.models import TABLES, CountyFile
from capacity_planner.errors import Complaint, CountyError, UnknownNameError
from capacity_planner.policy import load_choices, load_policy
from capacity_planner.settings import check, inside, nearest, read_toml, sha256_of, show

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from capacity_planner.county.models import ForecastPlan, SitingPlan, TableConfig, TargetPlan
    from capacity_planner.policy import Policy
    from capacity_planner.schemas import Tables

__all__ = ["County", "CountyFolder", "open_county", "shipped_counties", "shipped_folder"]

FILE: Final = "county.toml"
_IN_WHEEL: Final = Path(__file__).parents[1] / "counties"
_IN_CHECKOUT: Final = Path(__file__).parents[2] / "data"


@dataclass(frozen=True)
class CountyFolder:
    """What ``county.toml`` says.

    Parameters
    ----------
    folder
        Absolute path.
    name, name_en, code
        The county's names (``name_en`` is ``name`` where it has none) and its code, maybe empty.
    as_of
        The day that the data speak for.
    policy
        The rules.
    measure_crs
        Coordinate system to measure in, ``None`` to choose it by place.
    demonstration
        Whether the data are made up and every output must say so.
    tables
        By name, only those that the county has.
    choices
        The project's, with the county's own in their place.
    forecast, siting, targets
        The sections of those names.
    sha256
        Of ``county.toml``, for the manifest of a run.
    """

    folder: Path
    name: str
    name_en: str
    code: str
    as_of: date
    policy: Policy
    measure_crs: str | None
    demonstration: bool
    tables: Mapping[str, TableConfig]
    choices: Choices
    forecast: ForecastPlan | None = None
    siting: SitingPlan | None = None
    targets: Mapping[str, TargetPlan] = field(default_factory=dict)
    sha256: str = ""

    def path_of(self, table: str) -> Path:
        """Return where a table's file lies, never outside the county folder.

        Parameters
        ----------
        table
            Such as ``"zones"``.

        Returns
        -------
        Path
            Absolute, links followed; the file need not exist.

        Raises
        ------
        CountyError
            If the path is absolute, an address, or leaves the folder by ``..`` or a link.
        KeyError
            If the county has no such table.
        """
        name = self.tables[table].file
        return inside(self.folder, name, file=FILE, column=f"{table}.file", error=CountyError)

    def with_choices(self, **changes: object) -> Self:
        """Return these settings with some choices answered anew, to load the county by them.

        Parameters
        ----------
        **changes
            Choice to answer.

        Returns
        -------
        CountyFolder
            Everything else is shared.

        Raises
        ------
        CountyError
            If a choice is unknown or its value not allowed.
        """
        return replace(self, choices=self.choices.replace(**changes))


@dataclass(frozen=True)
class County:
    """A county as loaded: its folder's settings and its tables.

    Parameters
    ----------
    source
        What ``county.toml`` says.
    tables
        The data, as every later room may trust them.
    """

    source: CountyFolder
    tables: Tables

    @property
    def name(self) -> str:
        """The county's name."""
        return self.source.name

    @property
    def as_of(self) -> date:
        """The day that the data speak for."""
        return self.source.as_of

    @property
    def choices(self) -> Choices:
        """The choices in force."""
        return self.source.choices

    @property
    def policy(self) -> Policy:
        """The rules."""
        return self.source.policy

    def with_choices(self, **changes: object) -> Self:
        """Return this county with some choices answered anew.

        Parameters
        ----------
        **changes
            Choice to answer.

        Returns
        -------
        County
            The tables are shared.

        Raises
        ------
        CountyError
            If a choice is unknown or its value not allowed, or if it would have shaped the tables
            (``population_base``, ``persons_per_dwelling``, …): those are chosen before loading, by
            :meth:`CountyFolder.with_choices`.
        """
        source = self.source.with_choices(**changes)
        late = [
            Complaint("choice_too_late", column=name, value=show(changes[name]))
            for name, choice in load_choices().items()
            if name in changes
            and choice.shapes_tables
            and getattr(source.choices, name) != getattr(self.choices, name)
        ]
        if late:
            raise CountyError(late)
        return replace(self, source=source)

    def with_tables(self, **frames: Any) -> Self:  # noqa: ANN401  # frames of several kinds
        """Return this county with some tables in place of its own.

        Parameters
        ----------
        **frames
            Fields of :class:`~capacity_planner.schemas.Tables`. What is known of zones and facilities
            as they were loaded (``zones_stored``, ``lying``) does not hold for others.

        Returns
        -------
        County
            Everything else is shared.
        """
        if "zones" in frames:
            frames = {"zones_stored": None, "lying": None, **frames}
        if "facilities" in frames:
            frames = {"lying": None, **frames}
        return replace(self, tables=replace(self.tables, **frames))


def shipped_counties() -> tuple[str, ...]:
    """Return the names of the counties that come with the package, sorted.

    Returns
    -------
    tuple[str, ...]
        Each may be given to :func:`open_county`.
    """
    home = _home()
    return tuple(sorted(path.parent.name for path in home.glob(f"*/{FILE}")))


def shipped_folder(name: str) -> Path:
    """Return the folder of a county that comes with the package.

    Parameters
    ----------
    name
        One of :func:`shipped_counties`; nothing else is looked up.

    Returns
    -------
    Path
        An existing folder.

    Raises
    ------
    UnknownNameError
        If no shipped county has that name.
    """
    known = shipped_counties()
    if name not in known:
        raise UnknownNameError.of(
            "county_unknown",
            value=show(name),
            nearest=nearest(name, known),
            known="、".join(known),
        )
    return _home() / name


def open_county(name_or_path: str | Path) -> CountyFolder:
    """Return what a county's ``county.toml`` says, checked whole.

    Parameters
    ----------
    name_or_path
        Name of a shipped county, or the path of a folder that holds ``county.toml``. A
        :class:`~pathlib.Path` is always a folder.

    Returns
    -------
    CountyFolder
        No data file has been opened.

    Raises
    ------
    CountyError
        With every fault of ``county.toml``, or if there is no such county or folder.
    PolicyError
        If its policy cannot be used.
    """
    folder = _folder(name_or_path)
    data = read_toml(folder / FILE, file=FILE, error=CountyError)
    model = check(CountyFile, data, file=FILE, error=CountyError)
    if faults := judge(model, folder=folder, file=FILE):
        raise CountyError(faults)
    given = {name: getattr(model, name) for name in TABLES}
    return CountyFolder(
        folder=folder,
        name=model.name,
        name_en=model.name_en or model.name,
        code=model.code or "",
        as_of=model.as_of,
        policy=load_policy(model.policy, folder=folder),
        measure_crs=model.measure_crs,
        demonstration=model.demonstration,
        tables={name: settle(name, each) for name, each in given.items() if each is not None},
        choices=Choices.of(model.choices, file=FILE),
        forecast=model.forecast,
        siting=model.siting,
        targets=model.targets,
        sha256=sha256_of(folder / FILE),
    )


def _home() -> Path:
    return _IN_WHEEL if _IN_WHEEL.is_dir() else _IN_CHECKOUT


def _folder(name_or_path: str | Path) -> Path:
    known = shipped_counties()
    if isinstance(name_or_path, str) and name_or_path in known:
        return shipped_folder(name_or_path)
    name = str(name_or_path)
    try:
        folder = Path(name).resolve()
        found, is_file = folder.is_dir(), folder.is_file()
    except (OSError, RuntimeError, ValueError):  # a circle of links, an impossible name
        found = is_file = False
    if found and name and (folder / FILE).exists():
        return folder
    if found and name:
        raise CountyError.of("county_file_missing", file=FILE, value=show(name))
    code = "county_not_a_folder" if is_file else "county_unknown"
    near = nearest(name, known)
    raise CountyError.of(code, value=show(name), nearest=near, known="、".join(known))
