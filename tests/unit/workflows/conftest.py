"""The workflows, parsed."""

from pathlib import Path

import pytest
import yaml
from releases import built, module  # noqa: F401

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / ".github" / "workflows"


def parsed():
    """File name -> content. YAML 1.1 reads the key `on` as True."""
    found = {}
    for path in sorted(FOLDER.glob("*.yml")):
        data = yaml.safe_load(path.read_text("utf-8"))
        data["on"] = data.pop(True)
        found[path.name] = data
    assert found, f"no workflow in {FOLDER}"
    return found


@pytest.fixture(scope="session")
def root():
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def workflows():
    """File name -> content."""
    return parsed()


def pytest_generate_tests(metafunc):
    """`step`: every step of every workflow that runs a command, as (where, step)."""
    if "step" in metafunc.fixturenames:
        steps = []
        for name, data in parsed().items():
            for job, body in data["jobs"].items():
                for number, step in enumerate(body.get("steps", [])):
                    if "run" in step:
                        steps.append(pytest.param(step, id=f"{name}:{job}:{number}"))
        metafunc.parametrize("step", steps)
