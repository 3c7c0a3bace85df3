"""One system for real: made from packages, a published wheel installed and used in it."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from io import StringIO

import pytest

from npwheel.core import download, index, process, wheel_selection
from npwheel.core.tags import platform_tags, python_tags
from npwheel.core.targets import machine
from npwheel.prove import system_image
from npwheel.prove.systems import load

SYSTEM = "debian-12"
# A small C extension that uses NumPy's C-API and has wheels for this system.
PUBLISHED, RELEASE = "bottleneck", "1.4.2"


@pytest.fixture(scope="module")
def working(request):
    """An engine, or a loud skip."""
    if machine() != "x86_64":
        pytest.skip("NOT RUN: a system for real: the test's system is x86_64, this machine is not")
    if os.geteuid() != 0:
        pytest.skip("NOT RUN: a system for real: making its root needs root")
    return request.getfixturevalue("engine")


@pytest.fixture(scope="module")
def system():
    (found,) = [entry for entry in load()[0] if entry.name == SYSTEM]
    return found


@pytest.fixture(scope="module")
def published(system):
    """The wheel that an installer in the system would take."""
    tags = python_tags(
        system.pythons[0], platform_tags(system.libc, system.libc_version, system.arch)
    )
    file = wheel_selection.of_release(index.files(PUBLISHED), RELEASE, tags)
    assert file is not None
    return download.wheel(file)


def test_a_published_wheel_at_system(working, published, tmp_path):
    report = tmp_path / "report.html"
    command = [sys.executable, "-m", "npwheel", "prove", str(published), f"--system={SYSTEM}"]
    command += [f"--engine={working.name}", f"--report={report}", "--json", "--images=local"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    cells = [cell for cell in json.loads(done.stdout)["cells"] if cell["system"] == SYSTEM]
    found = {cell["column"]: cell for cell in cells if not cell["cpu"]}
    assert {name: cell["outcome"] for name, cell in found.items()} == {
        "lowest": "pass", "1.20.3": "not run", "newest": "pass", "with scipy": "pass",
        "distribution": "pass",
    }  # fmt: skip
    assert "has no wheel for this Python and system" in found["1.20.3"]["reason"]
    assert found["lowest"]["numpy"] != found["newest"]["numpy"]
    assert SYSTEM in report.read_text("utf-8")


def test_a_wheel_that_fails_there_is_a_failure(working, published):
    command = [sys.executable, "-m", "npwheel", "prove", str(published), f"--system={SYSTEM}"]
    command += [f"--engine={working.name}", "--test=echo 'ValueError: wrong'; exit 4", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 16
    assert "ValueError: wrong (exit code 4)" in done.stderr
    cells = [cell for cell in json.loads(done.stdout)["cells"] if cell["system"] == SYSTEM]
    failed = {cell["column"] for cell in cells if cell["outcome"] == "fail" and not cell["cpu"]}
    assert failed == {"lowest", "newest", "with scipy", "distribution"}


def test_a_system_is_prepared_once(working, system):
    log, steps = StringIO(), []
    here = system_image.ready(system, "local", working, log, steps.append, install=False)
    wanted = replace(system, image=here.reference, prepare="echo ready > /prepared")
    references = {
        system_image._prepared(wanted, here.reference, working, log, steps.append) for _ in range(2)
    }
    (reference,) = references
    try:
        assert len([step for step in steps if step.startswith("preparing")]) == 1
        command = [working.name, "run", "--rm", *working.create_args(system.arch), reference]
        assert process.output([*command, "cat", "/prepared"])[1] == "ready\n"
    finally:
        process.output([working.name, "rmi", "-f", reference])


def test_a_prepared_system_carries_no_setting_of_this_machine(working, system, monkeypatch):
    """An index with a password is used while it is prepared, and is not in the image."""
    monkeypatch.setenv("PIP_INDEX_URL", "https://user:hunter'2@example.org/simple")
    log = StringIO()
    here = system_image.ready(system, "local", working, log, lambda _: None, install=False)
    prepare = 'test "$PIP_INDEX_URL" = "https://user:hunter\'2@example.org/simple" && cat > /stdin'
    wanted = replace(system, image=here.reference, prepare=prepare)
    reference = system_image._prepared(wanted, here.reference, working, log, lambda _: None)
    try:
        code, image, _ = process.output([working.name, "image", "inspect", reference])
        assert code == 0
        _, history, _ = process.output([working.name, "history", "--no-trunc", reference])
        command = [working.name, "run", "--rm", *working.create_args(system.arch), reference]
        assert "hunter" not in image + history + log.getvalue()
        assert process.output([*command, "env"])[1].count("hunter") == 0
        assert process.output([*command, "cat", "/stdin"])[:2] == (0, "")
    finally:
        process.output([working.name, "rmi", "-f", reference])


def test_a_system_that_cannot_be_prepared_reports_why(working, system):
    log = StringIO()
    here = system_image.ready(system, "local", working, log, lambda _: None, install=False)
    wanted = replace(system, image=here.reference, prepare="echo no such package >&2; exit 1")
    with pytest.raises(system_image.ImageError, match="cannot be prepared") as caught:
        system_image._prepared(wanted, here.reference, working, log, lambda _: None)
    assert caught.value.why == "no such package"
