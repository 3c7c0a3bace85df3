"""Sdists and wheels made here."""

from archives import sdist, wheel  # noqa: F401
