"""Mutants of the rooms that decide a figure: made by mutmut, tried by forks, held against a list."""
