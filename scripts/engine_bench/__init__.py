"""Parts of ``scripts/bench_engine.py``: each measured program is a file that runs by itself."""
