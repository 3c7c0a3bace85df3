"""Wheels for the audit's tests; the makers of synthetic files are shared with other folders."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
for folder in (HERE, HERE / "rules", HERE.parent / "elf"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
