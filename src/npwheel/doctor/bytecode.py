"""Reads kept bytecode as an import would; runs inside the examined interpreter, like child.py.

argv: result file descriptor, then folders. Result: one literal line
`("damaged", [(path, why), ...])`, at most twenty of them.
"""

import importlib.util
import marshal
import os
import sys
from typing import List, Tuple  # noqa: F401

MOST, LARGEST = 20, 16 << 20
TAG = "." + (sys.implementation.cache_tag or "?") + "."


def damaged(folder):
    # type: (str) -> List[Tuple[str, str]]
    """(path, why) of this Python's own .pyc files below a folder that do not load."""
    found = []
    for top, _, names in os.walk(folder):
        if os.path.basename(top) != "__pycache__":
            continue
        for name in sorted(names):
            path = os.path.join(top, name)
            if TAG not in name or not os.path.isfile(path) or os.path.getsize(path) > LARGEST:
                continue
            try:
                with open(path, "rb") as file:
                    data = file.read()
                if data[:4] == importlib.util.MAGIC_NUMBER:  # another one is compiled again
                    marshal.loads(data[16 if sys.version_info >= (3, 7) else 12 :])  # noqa: S302  (an import does the same)
            except OSError:
                continue
            except Exception as error:
                found.append((path, "{}: {}".format(type(error).__name__, error)))
                if len(found) >= MOST:
                    return found
    return found


def main():
    # type: () -> None
    """All folders in turn."""
    found = []  # type: List[Tuple[str, str]]
    for folder in sys.argv[2:]:
        found += damaged(folder)
    line = repr(("damaged", found[:MOST])).encode("ascii", "backslashreplace") + b"\n"
    os.write(int(sys.argv[1]), line)


main()
