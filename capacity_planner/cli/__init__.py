"""The command line ``plan-gaps``: findings on stdout, log and progress on stderr, exit 0, 1 or 2."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NoReturn

from capacity_planner.cli.stopping import INTERRUPTED, stoppable

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run ``plan-gaps`` and exit: 0 done, 1 a problem with the input, 2 wrong usage, 130 or 143 stopped.

    Parameters
    ----------
    arguments
        Words of the command line; by default those of the process.
    """
    try:
        with stoppable() as stop:
            from capacity_planner.cli.app import run_command

            code = run_command(sys.argv[1:] if arguments is None else arguments, stop)
    except KeyboardInterrupt:
        code = INTERRUPTED
    sys.exit(code)
