"""Applications that PyInstaller and pex really made, with NumPy inside."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from doctorlab.fixtures import Need
from doctorlab.lab import Lab, Missing, interpreters

TOOLS = ("pyinstaller==6.22.3", "pex==2.105.2", "numpy==2.2.6")


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with both tools and NumPy; its bin folder."""
    at = tmp_path_factory.mktemp("frozen")
    subprocess.run([interpreters()["3.11"], "-m", "venv", at / "env"], check=True)
    pip = [at / "env/bin/python", "-m", "pip", "install", "-q", *TOOLS]
    subprocess.run(pip, check=True)
    return at / "env/bin"


def test_pyinstaller_application_lacks_a_module(tools: Path, lab: Lab, tmp_path: Path) -> None:
    """What it prints is read; asked for the application itself, the doctor says what it is."""
    (tmp_path / "app.py").write_text("import numpy\n")
    lab.run([tools / "pyinstaller", "--log-level", "ERROR", "--exclude-module",
             "numpy._core._exceptions", "app.py"], cwd=tmp_path)  # fmt: skip
    app = tmp_path / "dist/app/app"
    text = subprocess.run([app], capture_output=True, text=True, check=False).stderr
    (tmp_path / "error.txt").write_text(text)
    start = [sys.executable, str(lab.doctor)]
    read = subprocess.run(
        [*start, "--read", tmp_path / "error.txt"], capture_output=True, text=True, check=False
    )
    first, second = read.stdout.splitlines()[:2]
    assert "PyInstaller" in first
    assert "numpy._core._exceptions" in first
    assert "--hidden-import numpy._core._exceptions" in second
    asked = subprocess.run([*start, "--python", app], capture_output=True, text=True, check=False)
    assert asked.returncode == 3
    assert "frozen by PyInstaller" in asked.stderr


def test_pex_examines_its_own_numpy(tools: Path, lab: Lab, tmp_path: Path, need: Need) -> None:
    """Inside of a pex, not the NumPy of the Python that runs it."""
    single = lab.doctor.with_suffix(".py")
    if not single.exists():
        need.skip(Missing("the single file"), "pex")
    env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    env |= {"PATH": f"{tools}:{os.environ['PATH']}"}
    root = tmp_path / "root"
    subprocess.run([tools / "pex", "numpy==2.2.6", "-o", tmp_path / "app.pex", "--pex-root", root,
                    "--runtime-pex-root", root], check=True, env=env)  # fmt: skip
    done = subprocess.run([tmp_path / "app.pex", single], capture_output=True, text=True,
                          check=False, env={**env, "PEX_INTERPRETER": "1"})  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("numpy 2.2.6 works")
    assert "installed_wheels" in done.stdout
