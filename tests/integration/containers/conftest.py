"""Registries: a real one, and ones that fail."""

from registries import dying, pushed, real_registry, serve  # noqa: F401
