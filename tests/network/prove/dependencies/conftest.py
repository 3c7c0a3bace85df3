"""Wheels made here."""

from archives import wheel  # noqa: F401
