"""Every broken environment gets its true cause named first; healthy ones stay silent."""

from __future__ import annotations

from pathlib import Path

import pytest
from doctorlab import all_scenes
from doctorlab.examine import report
from doctorlab.lab import Lab, Missing
from doctorlab.scene import HEALTHY, SCENES, Scene

assert all_scenes.MODULES


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_broken(scene: Scene, lab: Lab, tmp_path: Path, need: object) -> None:
    """The verdict names the mode, in words that belong to the cause, with a command."""
    try:
        setup = scene.make(lab, tmp_path)
    except Missing as missing:
        need.skip(missing, scene.name)  # type: ignore[attr-defined]
    found = report(lab, setup)
    verdict = found["verdict"]
    assert verdict["mode"] == scene.mode, verdict["sentence"]
    for word in scene.words:
        assert word in verdict["sentence"]
    assert (verdict["fix"] is None) == (scene.mode == "NPD000")
    state = {check["id"]: check["state"] for check in found["checks"]}[scene.mode]
    assert state == scene.state
    assert found["exit_code"] == (1 if scene.state == "failed" else 0)


@pytest.mark.parametrize("scene", HEALTHY, ids=lambda scene: scene.name)
def test_healthy(scene: Scene, lab: Lab, tmp_path: Path, need: object) -> None:
    """Nothing is reported, not even a warning."""
    try:
        setup = scene.make(lab, tmp_path)
    except Missing as missing:
        need.skip(missing, scene.name)  # type: ignore[attr-defined]
    found = report(lab, setup, "--strict")
    assert [c for c in found["checks"] if c["state"] != "passed"] == []
    assert found["verdict"]["state"] == "healthy"
    assert found["exit_code"] == 0
