"""Run the doctor in a scene, as its user would."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from typing import Any

from doctorlab.lab import Lab
from doctorlab.scene import Setup

KEPT = ("PATH", "HOME", "LANG", "TERM")


def command(lab: Lab, setup: Setup, *options: str) -> list[str]:
    """The command line: the examined interpreter runs the doctor, or another one examines it."""
    doctor = setup.doctor or str(lab.doctor)
    if setup.outside:
        start = [lab.python("3.11"), "-I", doctor, "--python", setup.python]
    else:
        start = [setup.python, doctor]
    return [*setup.prefix, *start, *options, *setup.modules]


def interruptible() -> None:
    """SIGINT as at a terminal: OpenBLAS raises it, and hangs where the caller ignores it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def run(lab: Lab, setup: Setup, *options: str) -> subprocess.CompletedProcess[str]:
    """Run it; stdout and stderr apart."""
    env = {key: os.environ[key] for key in KEPT if key in os.environ}
    env.update(setup.env)
    return subprocess.run(
        command(lab, setup, *options), cwd=setup.cwd, env=env, text=True, capture_output=True,
        timeout=300,
        preexec_fn=interruptible, check=False, errors="replace",
    )  # fmt: skip


def report(lab: Lab, setup: Setup, *options: str) -> dict[str, Any]:
    """The JSON report."""
    done = run(lab, setup, "--json", "--timeout", str(setup.limit), *options)
    try:
        found = json.loads(done.stdout)
    except ValueError:
        raise AssertionError(
            f"no report: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        ) from None
    assert found["exit_code"] == done.returncode, done.stderr
    assert "Traceback" not in done.stderr
    return dict(found)
