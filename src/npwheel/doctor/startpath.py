"""The doctor's own sys.path. Imported first, so it imports only what Python itself has loaded."""

import os
import sys


def absolute(path):
    # type: (str) -> str
    """The absolute path; as it is in a folder that has been removed."""
    try:
        return os.path.abspath(path)
    except OSError:
        return path


def keep_standard_library():
    # type: () -> None
    """Forget the folders from which a wrong `random.py` could reach the doctor itself.

    Only the standard library and the place of npwheel remain. The examined child
    starts afresh, with everything that the user has.
    """
    library = os.path.dirname(absolute(os.__file__))
    home = absolute(__file__)
    for _ in range(3):
        home = os.path.dirname(home)
    zipped = "python{}{}.zip".format(*sys.version_info[:2])
    keep = []
    for entry in sys.path:
        at = absolute(entry)
        inside = at == library or at.startswith(library + os.sep)
        third = os.path.basename(at) in ("site-packages", "dist-packages")
        if entry and ((inside and not third) or os.path.basename(at) == zipped):
            keep.append(entry)
    sys.path[:] = [*keep, home]
