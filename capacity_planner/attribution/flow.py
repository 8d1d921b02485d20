"""The exact attribution: the most slots, then the fewest slot-metres, then one defined winner.

The problem is a transportation problem: slots flow from facilities to zones, and integers stay
integers throughout. What is forced is fixed first (:mod:`.forced`); what is contested is solved
by connected components, in bundles (:mod:`.solvers`); ties are settled last (:mod:`.winner`).
"""

from __future__ import annotations

import multiprocessing
from itertools import starmap
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np

from capacity_planner.attribution.forced import peel
from capacity_planner.attribution.laws import check_counts
from capacity_planner.attribution.network import Network, bundle, renumber
from capacity_planner.attribution.solvers import solve
from capacity_planner.attribution.winner import settle_ties

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from capacity_planner.attribution.pairs import Integers, Pairs
    from capacity_planner.attribution.solvers import Solver

    _Task: TypeAlias = tuple[Network, Integers, Integers, Solver]

__all__ = ["attribute"]

# larger bundles are slower per pair: the solver's global steps run over the whole bundle
_BUNDLE: Final = 2_000
# what a process works on at once: large enough for whole-array steps, small enough for the caches
_SHARE: Final = 100_000


def attribute(
    pairs: Pairs,
    *,
    slots: Integers,
    required: Integers,
    workers: int = 1,
    solver: Solver = "auto",
) -> Integers:
    """Return how many slots of each facility each zone gets.

    First the most slots are used, then the fewest slot-metres are walked. Where several
    attributions are equal in both, the winner is the one that comes last in the dictionary order
    of its slots by facility and then zone: the facility with the smallest id gives the zone with
    the smallest id as much as any equal attribution allows, and so on. The result therefore
    depends on ids only, never on the order of rows.

    Parameters
    ----------
    pairs
        Who can serve whom, facilities and zones numbered by id.
    slots
        Counted slots of each facility, shape (f,).
    required
        Required slots of each zone, shape (z,).
    workers
        Processes for large problems; the result is the same with any number. Used only where
        the system can fork, and from 100,000 contested pairs up.
    solver
        ``"ortools"``, ``"lemon"`` (needs the extra ``fast``) or ``"auto"``: LEMON where it is
        installed. The result is the same with either.

    Returns
    -------
    numpy.ndarray
        Slots on each pair, ``int64``, shape (n,).

    Raises
    ------
    ValueError
        If slots or requirements are negative, broken or of the wrong length.
    ArithmeticError
        If the solver's answer is not optimal (never seen; the check costs little).

    Examples
    --------
    Ten slots 50 m from zone 0 and 60 m from zone 1, which both require eight:

    >>> import numpy as np
    >>> from capacity_planner.attribution import Pairs
    >>> pairs = Pairs(np.array([0, 0]), np.array([0, 1]), np.array([50, 60]), 1, 2)
    >>> attribute(pairs, slots=np.array([10]), required=np.array([8, 8])).tolist()
    [8, 2]
    """
    check_counts(pairs, slots=slots, required=required)
    whole = Network(pairs.facility, pairs.zone, pairs.distance_m, slots, required)
    flow, rest, contested = peel(whole)
    flow[contested] = _contest(rest.only(contested)[0], workers, solver)
    return flow


def _contest(network: Network, workers: int, solver: Solver) -> Integers:
    """Return the winner of a contested network, its components shared out among processes."""
    flow = np.zeros_like(network.distance_m)
    if not len(network):
        return flow
    part_f, part_z = network.components()
    parts = len(part_f)  # as many as facilities, or fewer
    label = bundle(np.bincount(part_f[network.facility]), _SHARE)
    shares = list(network.split(label[part_f], label[part_z]))
    tasks = [
        (
            share.network,
            renumber(part_f[share.facilities], parts)[1],
            renumber(part_z[share.zones], parts)[1],
            solver,
        )
        for share in shares
    ]
    for share, won in zip(shares, _run(tasks, workers), strict=True):
        flow[share.places] = won
    return flow


def _run(tasks: Sequence[_Task], workers: int) -> Iterator[Integers]:
    """Yield the winner of each share, in order."""
    can_fork = "fork" in multiprocessing.get_all_start_methods()
    processes = min(workers, len(tasks)) if can_fork else 1
    if processes == 1:
        yield from starmap(_win, tasks)
        return
    with multiprocessing.get_context("fork").Pool(processes) as pool:
        # the largest share comes last in order and must not start last
        won = [pool.apply_async(_win, task) for task in reversed(tasks)]
        yield from (each.get() for each in reversed(won))


def _win(network: Network, part_f: Integers, part_z: Integers, solver: Solver) -> Integers:
    """Return the winner of a network: the optimum by bundles of components, then the ties."""
    f, z, parts = len(part_f), len(part_z), int(part_f.max()) + 1
    label = bundle(np.bincount(part_f[network.facility]), _BUNDLE)
    flow = np.zeros_like(network.distance_m)
    price = np.zeros(f + z + 2 * parts, dtype=np.int64)
    for part in network.split(label[part_f], label[part_z]):
        solution = solve(part.network, solver)
        flow[part.places] = solution.flow
        price[part.facilities], price[f + part.zones] = solution.facility, solution.zone
        price[f + z + part_f[part.facilities]] = solution.source
        price[f + z + parts + part_z[part.zones]] = solution.sink
    return settle_ties(network, flow, part_f, part_z, price)
