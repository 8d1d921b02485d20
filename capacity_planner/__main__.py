"""``python -m capacity_planner`` is ``plan-gaps``."""

from capacity_planner.cli import main

if __name__ == "__main__":
    main()
