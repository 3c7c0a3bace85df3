"""Read the files in a module's folder: from a folder, a zip or the single file."""

import json
import os
import sys
from typing import Any


def text(module: str, name: str) -> str:
    """The text of the file `name` in the folder of the named, imported module."""
    found = sys.modules[module]
    path = os.path.join(os.path.dirname(str(found.__file__)), *name.split("/"))
    loader: Any = found.__loader__
    return str(loader.get_data(path).decode("utf-8"))


def load(module: str, name: str) -> Any:
    """The JSON file `name` in the folder of the named, imported module."""
    return json.loads(text(module, name))
