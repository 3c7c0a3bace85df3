"""`npwheel where` in local systems: the tags, and the wheels of NumPy, that the pip there takes."""

import os
import re
import subprocess
from io import StringIO

import pytest

from npwheel.containers import emulation, local
from npwheel.containers.images import made_of
from npwheel.places import load
from npwheel.prove import system_image
from npwheel.prove.systems import load as load_systems
from npwheel.where import wheel_facts
from npwheel.where.candidates import of_release
from npwheel.where.compatibility import RUNS, answer
from npwheel.where.machines import PlaceMachine, taken

SYSTEMS = [system for system in load_systems()[0] if system.recipe]
RELEASES = ("1.19.5", "1.20.3", "1.26.4", "2.0.2", "2.3.5", "2.5.5")
ASK = """
python=$(ls /opt/python/cp{tag}-cp{tag}/bin/python /usr/bin/python{python} 2>/dev/null | head -1)
$python -m venv /tmp/env && /tmp/env/bin/python -m pip --version &&
/tmp/env/bin/python -m pip debug --verbose 2>/dev/null | sed -n '/Compatible tags/,$ p'
"""


def asked(engine, system, python):
    """(release of the system's pip, the tags that it takes, best first)."""
    made = engine.image_id(made_of(local.recipes()[system.recipe]).reference)
    if made is None and os.geteuid() != 0:
        pytest.skip(f"NOT RUN: {system.name} is not made, and making its root needs root")
    if not emulation.status(system.arch).works:
        pytest.skip(f"NOT RUN: programs of {system.arch} do not run here")
    here = system_image.ready(system, "local", engine, StringIO(), lambda _: None, install=False)
    cpu = [f"--env={name}={value}" for name, value in emulation.environment(system.arch).items()]
    done = subprocess.run(
        [engine.name, "run", "--rm", *cpu, "--pull=never", *engine.create_args(system.arch),
         here.reference, "/bin/sh", "-c", ASK.format(python=python, tag=python.replace(".", ""))],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    first, _, *lines = done.stdout.splitlines()
    return first.split()[1], [line.strip() for line in lines if line.strip()]


@pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: system.name)
def test_the_pip_of_a_system_accepts_the_wheels_that_where_lists(engine, system):
    python = system.pythons[-1]  # the pip of Alpine's older ones does not start
    pip, theirs = asked(engine, system, python)
    there = PlaceMachine(load()[0], system.arch, python, system.libc, system.libc_version, pip)
    ours = {str(tag) for tag in taken(there)}
    assert {t for t in theirs if _compiled(t)} == {t for t in ours if _compiled(t)}
    for release in RELEASES:
        wheels = of_release(f"numpy=={release}")
        (found,) = answer(wheels, [there], wheel_facts)
        ranks = [
            (theirs.index(str(tag)), wheel.file)
            for wheel in wheels
            for tag in wheel.tags
            if str(tag) in theirs
        ]
        assert found.file == (min(ranks)[1] if ranks else ""), (release, found)
        assert (found.outcome == RUNS) == bool(ranks)


def _compiled(tag):
    """No wheel is tagged for `py39` and a platform; pips differ there."""
    return "linux" in tag and not re.match(r"py3\d+-none-", tag)
