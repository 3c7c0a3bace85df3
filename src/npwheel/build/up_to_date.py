"""What decides a target's wheels: when none of it changed, nothing need be built."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Any

from npwheel.build.options import BuildOptions
from npwheel.build.plan import Planner, TargetPlan, official_image
from npwheel.build.project_facts import ProjectFacts
from npwheel.containers.images import ImageSpec, local_image
from npwheel.core import paths
from npwheel.prove import record

# The packages whose code decides what a wheel is and what is proven of it.
_DECIDING = ("core", "containers", "prove", "sbom", "build")


def digest(facts: ProjectFacts, plan: TargetPlan) -> str:
    """sha256 of all that decides what a target's wheels are and what is proven of them."""
    own = hashlib.sha256()
    package = Path(__file__).parents[1]
    folders = [package / name for name in _DECIDING]
    for folder in (*folders, paths.ci() / "inside"):
        for path in sorted(folder.rglob("*")):
            if path.suffix in (".py", ".toml", ".json"):
                own.update(path.read_bytes())
    inputs = {
        "project": facts.digest,
        "epoch": facts.epoch,
        "plan": plan.as_json(),
        "npwheel": own.hexdigest(),
        "cibuildwheel": metadata.version("cibuildwheel"),
        "environment": {k: v for k, v in sorted(os.environ.items()) if k.startswith("CIBW_")},
    }
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()


def unchanged(options: BuildOptions, planner: Planner) -> dict[str, list[dict[str, Any]]]:
    """Target name -> its recorded wheels, where they were made of just these inputs.

    With `--images auto` a wheel of either kind of image counts; no registry is asked.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    for target in options.targets:
        kinds: list[Callable[[], ImageSpec]] = []
        if options.images != "local":
            kinds.append(partial(official_image, planner.facts, target))
        if options.images != "official" and target.local:
            kinds.append(partial(local_image, target))
        for kind in kinds:
            plan = planner.plan(target, kind())
            wheels = record.unchanged(options.output, target.name, digest(planner.facts, plan))
            if wheels:
                found[target.name] = wheels
                break
    return found
