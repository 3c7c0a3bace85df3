"""What is raised for a file that is not a sound ELF file."""


class ElfError(ValueError):
    """Not an ELF file, cut short, or inconsistent; the text says which, with the offset."""
