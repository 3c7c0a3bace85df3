"""Read the headers of Mach-O files: the libraries and extension modules of macOS.

Nothing is executed, and every offset is checked against the file.
"""

from npwheel.macho.file import MACHO_MAGICS, MachoError, MachoFile, read

__all__ = ["MACHO_MAGICS", "MachoError", "MachoFile", "read"]
