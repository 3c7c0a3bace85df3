"""The exception for files that are not valid ELF files."""


class ElfError(ValueError):
    """Not an ELF file, truncated, or inconsistent; the message has the reason and offset."""
