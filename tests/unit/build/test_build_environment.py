"""What cibuildwheel is told beyond what the project says itself."""

import shlex
import sys

import pytest

from npwheel.build import cibuildwheel, project
from npwheel.build import plan as plans
from npwheel.containers.engine import Engine
from npwheel.containers.images import ReadyImage
from npwheel.core import targets

OWN = f"{shlex.quote(sys.executable)} -m npwheel audit --full {{wheel}}"
ENGINE = Engine("podman", "podman 4")


@pytest.fixture
def environment(tmp_path):
    """[tool.cibuildwheel] -> the environment that cibuildwheel gets."""

    def made(settings):
        text = f'[project]\nname = "a"\n[tool.cibuildwheel]\n{settings}\n'
        (tmp_path / "pyproject.toml").write_text(text)
        image = plans.ImageSpec("r", "local", "2.31", ("3.9",), "k")
        target = targets.targets()["manylinux_x86_64"]
        plan = plans.TargetPlan(target, image, ("cp39-manylinux_x86_64",), {}, (), False)
        ready = ReadyImage("r", "sha256:0", "local", None, "2.31", "11")
        return cibuildwheel._environment(project.load(tmp_path), plan, ready, ENGINE)

    return made


@pytest.mark.parametrize(
    ("settings", "commands", "required"),
    [
        ("", ["abi3audit --strict --report {abi3_wheel}"], "'abi3audit>=0.0.26'"),
        ('audit-command = "x {wheel}"\naudit-requires = "x"', ["x {wheel}"], "x"),
        (
            'audit-command = ["a {abi3_wheel}", "npwheel audit {wheel}"]\n'
            'audit-requires = ["abi3audit", "npwheel==9"]',
            ["a {abi3_wheel}"],
            "'abi3audit>=0.0.26'",
        ),
        (
            'audit-command = ["npwheel audit --strict {wheel}"]\naudit-requires = ["npwheel-x"]',
            ["npwheel audit --strict {wheel}"],
            "npwheel-x",
        ),
    ],
)
def test_the_audit_needs_no_npwheel_from_the_index(environment, settings, commands, required):
    env = environment(settings)
    assert env["CIBW_AUDIT_COMMAND"].split(" && ") == [*commands, OWN]
    assert env["CIBW_AUDIT_REQUIRES"] == required
