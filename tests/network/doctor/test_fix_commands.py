"""The command under the verdict, given to a shell as it is printed, fixes the environment."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

import pytest
from doctorlab import all_scenes
from doctorlab.examine import KEPT, command, run
from doctorlab.lab import Lab, Missing
from doctorlab.scene import SCENES

assert all_scenes.MODULES
BY_NAME = {scene.name: scene for scene in SCENES}
# Wheels that pip or uv may take, so that no index is asked: (name, version, Python).
WHEELS = (
    ("numpy", "1.26.4", "3.11"),
    ("numpy", "2.2.6", "3.11"),
    ("numpy", "2.4.6", "3.11"),
    ("numpy", "1.26.0", "3.12"),
    ("pandas", "2.2.3", "3.11"),
    ("numpy", "1.23.5", "3.11"),
    ("numpy", "1.23.5", "3.8"),
    ("h5py", "3.11.0", "3.8"),
    ("setuptools", "80.9.0", "3.11"),
)
FIXED = (
    "pandas-2.0.3-numpy-2",
    "lttbc-numpy-2",
    "cp39-under-311",
    "cp312-under-311",
    "aarch64-copied",
    "windows-copied",
    "musl-on-glibc-renamed",
    "shadow-datetime",
    "shadow-numpy",
    "namespace",
    "pythonpath-first",
    "mixed-versions",
    "libs-deleted",
    "in-a-zip",
    "not-compiled",
    "source-folder",
    "truncated-core",
    "empty-openblas",
    "file-missing",
    "not-installed",
    "pin-without-wheel",
    "no-bytecode",
    "disabled-baseline",
    "built-on-2.2",
    "foreign-blas",
    "clone3-refused",
    "no-threads",
    "address-space",
    "executable-stack",
    "libstdc++-too-old",
    "unreadable-libs",
    "noexec",
    "cpu-quota",
    "armv9sme",
    "pyc-cut",
    "zeros-after-power-cut",
    "pandas-module-cut",
    "init-deleted",
    "own-folder-numpy",
    "pythonpath-of-another-python",
    "requirement-unmet",
    "apt-pandas-with-pip-numpy-2",
    "ros-python-2",
    "pythonpath-into-a-package",
    "no-pkg-resources",
    "cache-not-writable",
    "old-h5py",
    "np-float",
    "python-2-pyc",
    "random-beside-the-script",
    "base-python-moved",
    "works-without-pythonpath",
    "sitecustomize-exits",
)


@pytest.mark.parametrize("name", FIXED)
def test_printed_command_fixes(name: str, lab: Lab, tmp_path: Path, need: object) -> None:
    """Broken before; after the printed line, in the same shell, nothing is found any more."""
    scene = BY_NAME[name]
    try:
        setup = scene.make(lab, tmp_path)
    except Missing as missing:
        need.skip(missing, f"fixing {name}")  # type: ignore[attr-defined]
    line = run(lab, setup, "--timeout", str(setup.limit)).stdout.splitlines()[1]
    label, _, fixing = line.partition(": ")
    assert label in {"Run", "Set", "Do"}
    folders = {str(lab.wheel(*which).parent) for which in WHEELS}
    env = {key: os.environ[key] for key in KEPT if key in os.environ}
    env |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": " ".join(sorted(folders))}
    # A cache of its own: what an index was asked for before is found in the machine's.
    env |= {"UV_CACHE_DIR": str(tmp_path / "uv-cache")}
    env |= {"UV_OFFLINE": "1", "UV_FIND_LINKS": ",".join(sorted(folders)), **setup.env}
    strict = ["--strict"] if scene.state == "warning" else []
    again = command(lab, setup, *strict, "--timeout", str(setup.limit))[len(setup.prefix) :]
    if "chmod" in fixing:  # its owner must do that, not the user who may not read
        fixing = fixing.replace("sudo ", "").replace("/scenes", str(root_of(lab) / "scenes"))
        subprocess.run(["sh", "-c", fixing], check=True)
        fixing = ":"
    done = subprocess.run(
        [*setup.prefix, "sh", "-c", f"{fixing}\nexec {shlex.join(again)}"],
        cwd=setup.cwd,
        env=env,
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"


def root_of(lab: Lab) -> Path:
    """The root in which the scene lies."""
    from doctorlab.roots import system

    return system(lab, "debian_13_x86_64")[0]
