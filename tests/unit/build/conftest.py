"""Sdists and wheels made here, and a plan."""

import pytest
from archives import sdist, wheel  # noqa: F401

from npwheel.build.plan import TargetPlan
from npwheel.containers.images import ImageSpec
from npwheel.core import targets


@pytest.fixture
def plan():
    """The plan of one build for manylinux_x86_64 in a local image."""
    image = ImageSpec("r", "local", "2.31", ("3.9",), "k")
    target = targets.targets()["manylinux_x86_64"]
    return TargetPlan(target, image, ("cp39-manylinux_x86_64",), {}, (), False)
