"""The command line ``plan-gaps``: findings on stdout, log and progress on stderr, exit 0, 1 or 2."""

from capacity_planner.cli.app import main

__all__ = ["main"]
