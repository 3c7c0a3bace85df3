"""The ELF builder can be imported; a slow machine is no failure of a property."""

from __future__ import annotations

import sys
from pathlib import Path

from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent))
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")
