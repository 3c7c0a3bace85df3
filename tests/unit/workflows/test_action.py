"""The composite action that others use in one line."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
ACTION = ROOT / ".github" / "actions" / "audit" / "action.yml"
# Nothing is installed: `python -m venv` links the tests' programs.
PYTHON = """\
#!/bin/bash
if [[ "$2" == venv ]]; then
  mkdir -p "$3/bin"; ln -s "{folder}/npwheel" "$3/bin/npwheel"; ln -s "$0" "$3/bin/python"
fi
echo "$@" >> "{log}"
"""


@pytest.fixture
def run(tmp_path):
    """run(wheels, strict) -> (exit code, output, what was installed)."""

    def call(wheels, strict="false"):
        programs, log = tmp_path / "programs", tmp_path / "log"
        programs.mkdir()
        text = PYTHON.format(folder=Path(sys.executable).parent, log=log)
        (programs / "python3").write_text(text)
        (programs / "python3").chmod(0o755)
        (step,) = yaml.safe_load(ACTION.read_text("utf-8"))["runs"]["steps"]
        env = {
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "RUNNER_TEMP": str(tmp_path),
            "HOME": str(tmp_path), "REPOSITORY": str(ROOT), "STRICT": strict, "WHEELS": wheels,
        }  # fmt: skip
        assert set(step["env"]) <= set(env)
        done = subprocess.run(
            ["bash", "-eo", "pipefail", "-c", step["run"]], cwd=tmp_path, env=env,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr, log.read_text().splitlines()

    return call


@pytest.mark.parametrize(("strict", "code"), [("false", 0), ("true", 1)])
def test_wheels_are_audited(run, built, tmp_path, strict, code):
    built(tmp_path / "a folder", ("manylinux_x86_64",))
    (wheel,) = (tmp_path / "a folder").glob("*.whl")
    wheel.rename(tmp_path / wheel.name)
    found, output, installed = run("*.whl", strict)
    assert found == code, output
    assert "::warning" in output
    assert "--require-hashes" in installed[1]
    assert "--no-deps" in installed[2]


def test_no_wheel_is_no_success(run):
    assert run("nothing/*.whl")[0] != 0
