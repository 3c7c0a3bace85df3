"""Sums of rows, by NumPy's C-API."""

from rowsum._rows import rowsum

__all__ = ["rowsum"]
