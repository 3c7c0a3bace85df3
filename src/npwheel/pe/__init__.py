"""Read the headers of PE files: the libraries and extension modules of Windows.

Nothing is executed, and every offset is checked against the file.
"""

from npwheel.pe.file import PE_MAGIC, PeError, PeFile, read

__all__ = ["PE_MAGIC", "PeError", "PeFile", "read"]
