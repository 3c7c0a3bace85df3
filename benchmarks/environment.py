"""A new environment for what is measured."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def holding(folder: Path, *packages: str) -> str:
    """The Python of a new environment in `folder/env` with the packages, as wheels."""
    uv = [sys.executable, "-m", "uv"]
    place = folder / "env"
    python = str(place / "bin" / "python")
    subprocess.run([*uv, "venv", "-q", "--python", sys.executable, str(place)], check=True)
    # With bytecode, as pip leaves it.
    install = [*uv, "pip", "install", "-q", "--compile-bytecode", "--only-binary", ":all:"]
    subprocess.run([*install, "--python", python, *packages], check=True)
    return python
