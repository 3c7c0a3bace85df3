"""An ELF file -> facts, with the standard library alone, on Python 3.6 and later.

    read(source) -> Elf      source: bytes, memoryview, mmap, or a path

Everything that a file says of itself is checked against the file: an offset or
a size that leaves it raises ElfError, counts are bounded, nothing recurses. So
the cost of a hostile file is bounded by its size and by the caps below.
Layout: System V gABI chapter 4 and 5; GNU symbol versions: LSB core, chapter 10.
"""

from npwheel.elf.errors import ElfError
from npwheel.elf.file import Elf, read
from npwheel.elf.header import MACHINES, Header, Section, Segment

__all__ = ["MACHINES", "Elf", "ElfError", "Header", "Section", "Segment", "read"]
