"""The targets as a GitHub matrix: the same table that `npwheel build` reads."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable

from npwheel.core import package_data
from npwheel.core.errors import PlanError
from npwheel.core.targets import Target


def runners() -> dict[str, str]:
    """Architecture -> runner label."""
    text = package_data.read_text(__package__, "runners.toml")
    return dict(tomllib.loads(text))


def matrix(targets: Iterable[Target]) -> dict[str, list[dict[str, str]]]:
    """What `strategy.matrix` takes: {"include": [{"target": …, "runner": …}]}.

    Raises PlanError for an architecture that no runner is known for.
    """
    known = runners()
    include = []
    for target in targets:
        if target.arch not in known:
            raise PlanError(
                f"no runner is known for {target.name}",
                why=f"runners.toml has {', '.join(known)}, not {target.arch}",
            )
        include.append({"target": target.name, "runner": known[target.arch]})
    return {"include": include}
