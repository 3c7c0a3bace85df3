"""Interpreters, pips and wheels."""

from pips import ask_pip, pythons, wheel  # noqa: F401
