"""Wheels made of synthetic ELF files, for each rule."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
for folder in (HERE, HERE.parents[1] / "elf"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
