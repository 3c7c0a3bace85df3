"""Files of the index by their hashes, kept in one folder."""

from __future__ import annotations

import hashlib
import os
import urllib.request
from pathlib import Path

from npwheel.core import index


def fetched(folder: Path, file: str, sha256: str) -> Path:
    """The file in the folder, fetched where it is not there yet; its hash is verified."""
    path = folder / file
    if not path.exists():
        (found,) = (f for f in index.files(file.split("-", maxsplit=1)[0]) if f.filename == file)
        with urllib.request.urlopen(found.url, timeout=300) as answer:
            content = answer.read()
        aside = path.with_suffix(f".{os.getpid()}")
        aside.write_bytes(content)
        aside.replace(path)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == sha256
    return path
