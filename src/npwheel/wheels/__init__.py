"""A wheel, taken as hostile until proven otherwise -> its members and its metadata."""

from npwheel.wheels.archive import Archive, ArchiveError, Member
from npwheel.wheels.metadata import Metadata, read_metadata

__all__ = ["Archive", "ArchiveError", "Member", "Metadata", "read_metadata"]
