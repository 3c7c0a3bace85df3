"""Build, audit and prove NumPy C-API wheels, and diagnose NumPy imports.

This file and `npwheel.doctor`, `npwheel.elf`, `npwheel.core.errors` and
`npwheel.numpy_releases.table` run on Python 3.6 with the standard library alone.
"""

__version__ = "0.1.0"
