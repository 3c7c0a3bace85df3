"""Every broken environment gets its true cause named first; healthy ones stay silent."""

from __future__ import annotations

from pathlib import Path

import pytest
from doctorlab import all_scenes, checks
from doctorlab.fixtures import Need
from doctorlab.lab import Lab
from doctorlab.scene import HEALTHY, SCENES, Scene

assert all_scenes.MODULES
BROKEN = [scene for scene in SCENES if not scene.slow]
SOUND = [scene for scene in HEALTHY if not scene.slow]


@pytest.mark.parametrize("scene", BROKEN, ids=lambda scene: scene.name)
def test_broken(scene: Scene, lab: Lab, tmp_path: Path, need: Need) -> None:
    checks.broken(scene, lab, tmp_path, need)


@pytest.mark.parametrize("scene", SOUND, ids=lambda scene: scene.name)
def test_healthy(scene: Scene, lab: Lab, tmp_path: Path, need: Need) -> None:
    checks.healthy(scene, lab, tmp_path, need)
