"""A wheel, as a file or installed -> facts. What is read is never executed or extracted.

    open_wheel(path) -> Source      a .whl file
    open_installed(name) -> Source  a distribution of this environment

A source has a name, tags, metadata and members; `problems` holds what is wrong
with the container itself. Wheels are hostile until proven otherwise: every
count and size is bounded, and what a member says of its size is not believed.
"""

from npwheel.wheel.archive import open_wheel
from npwheel.wheel.installed import open_installed
from npwheel.wheel.metadata import Metadata
from npwheel.wheel.source import Member, Problem, Source, Unreadable

__all__ = [
    "Member",
    "Metadata",
    "Problem",
    "Source",
    "Unreadable",
    "open_installed",
    "open_wheel",
]
