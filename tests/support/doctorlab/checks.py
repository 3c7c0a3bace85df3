"""What the doctor must report in a scene; shared by the quick and the slow scenes."""

from __future__ import annotations

from pathlib import Path

from doctorlab.examine import report
from doctorlab.fixtures import Need
from doctorlab.lab import Lab, Missing
from doctorlab.scene import Scene


def broken(scene: Scene, lab: Lab, at: Path, need: Need) -> None:
    """The verdict names the mode, in words that belong to the cause, with a command."""
    try:
        setup = scene.make(lab, at)
    except Missing as missing:
        need.skip(missing, scene.name)
    found = report(lab, setup)
    verdict = found["verdict"]
    assert verdict["mode"] == scene.mode, verdict["sentence"]
    for word in scene.words:
        assert word in verdict["sentence"]
    assert (verdict["fix"] is None) == (scene.mode == "NPD000")
    state = {check["id"]: check["state"] for check in found["checks"]}[scene.mode]
    assert state == scene.state
    assert found["exit_code"] == (1 if scene.state == "failed" else 0)


def healthy(scene: Scene, lab: Lab, at: Path, need: Need) -> None:
    """Nothing is reported, not even a warning."""
    try:
        setup = scene.make(lab, at)
    except Missing as missing:
        need.skip(missing, scene.name)
    found = report(lab, setup, "--strict")
    assert [c for c in found["checks"] if c["state"] != "passed"] == []
    assert found["verdict"]["state"] == "healthy"
    assert found["exit_code"] == 0
