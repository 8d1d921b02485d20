"""Settings of all tests."""

from trials import register

register()
