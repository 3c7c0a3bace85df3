"""Beside SciPy: the releases that go together, and what puts both into one process."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from packaging.tags import Tag

from npwheel.core import download, paths, wheel_selection
from npwheel.core.errors import PlanError
from npwheel.core.wheel_selection import admitted, range_for
from npwheel.prove import proof
from npwheel.prove.dependencies import numpy_bound
from npwheel.prove.matrix import IndexFiles, PlannedProof

# On PYTHONPATH, so that each Python of the proof starts with SciPy imported and checked.
ENVIRONMENT = {"PYTHONPATH": proof.TOOLS}


def script() -> Path:
    """The file that belongs into the TOOLS of a container."""
    return paths.ci() / "inside" / "with_scipy" / "sitecustomize.py"


def choose(cell: PlannedProof, index: IndexFiles, tags: Sequence[Tag]) -> tuple[Path, str]:
    """(the SciPy wheel, the newest NumPy that it and the cell's wheel both take).

    Raises PlanError when there is none, or the wheel cannot be fetched.
    """
    assert cell.scipy is not None
    assert cell.wheel is not None
    file = wheel_selection.of_release(index.scipy, cell.scipy, tags)
    assert file is not None  # the cell was planned from the same files
    path = download.wheel(file)
    bound = numpy_bound(cell.wheel.path, cell.python) & numpy_bound(path, cell.python)
    found = range_for(admitted(index.numpy, bound), cell.python, tags)
    if found is None:
        raise PlanError(
            f"no NumPy wheel for both: scipy {cell.scipy} and the wheel ask for {bound}"
        )
    return path, found[1]
