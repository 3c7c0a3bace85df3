"""From the cause of a failed build to the next step, by a table in data/causes.json."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib import resources
from typing import Any

from npwheel.containers.images import ImageSpec


@cache
def _causes() -> tuple[dict[str, Any], ...]:
    text = resources.files(__package__).joinpath("data", "causes.json").read_text("utf-8")
    return tuple(json.loads(text)["causes"])


def next_step(cause: str, step: str, image: ImageSpec) -> str:
    """What a maintainer can do about a build that stopped at `step`; "" where that is not known."""
    for entry in _causes():
        found = re.search(entry["pattern"], cause)
        if (
            not found
            or entry.get("step", step) != step
            or entry.get("image", image.kind) != image.kind
        ):
            continue
        named = next((group for group in found.groups() if group), "")
        step_text: str = entry["next"]
        return step_text.replace("{image}", image.reference).replace("{1}", named)
    return ""
