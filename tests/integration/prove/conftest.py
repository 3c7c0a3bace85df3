"""Wheels, systems and an index made here."""

from thing_wheels import cpus, index, systems, wheel  # noqa: F401
