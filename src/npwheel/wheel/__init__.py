"""Read a wheel file or an installed distribution, without executing or extracting anything.

    open_wheel(path) -> OpenedWheel      a .whl file
    open_installed(name) -> OpenedWheel  a distribution of this environment

An opened wheel has a name, tags, metadata and members; `problems` lists defects of the
archive. Wheels are untrusted: every count and size is bounded, and the size that a member
declares is verified.
"""

from npwheel.wheel.archive import open_wheel
from npwheel.wheel.installed_wheel import open_installed
from npwheel.wheel.metadata import Metadata
from npwheel.wheel.opened_wheel import OpenedWheel, Problem, Unreadable, WheelMember

__all__ = [
    "Metadata",
    "OpenedWheel",
    "Problem",
    "Unreadable",
    "WheelMember",
    "open_installed",
    "open_wheel",
]
