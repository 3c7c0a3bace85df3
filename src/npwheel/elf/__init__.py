"""Read ELF files, with the standard library only, on Python 3.6 and later.

    read(source) -> Elf      source: bytes, memoryview, mmap, or a path

Every offset and size is checked against the size of the file (ElfError), counts are
bounded and nothing recurses. So the cost of a hostile file is bounded by its size and by
the limits in these modules.
Layout: System V gABI chapter 4 and 5; GNU symbol versions: LSB core, chapter 10.
"""

from npwheel.elf.errors import ElfError
from npwheel.elf.file import Elf, read
from npwheel.elf.header import MACHINES, Header, Section, Segment

__all__ = ["MACHINES", "Elf", "ElfError", "Header", "Section", "Segment", "read"]
