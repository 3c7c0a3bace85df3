"""What a wheel's modules tell of a machine, on wheels that are published."""

import os
import platform
import subprocess
import sys
from dataclasses import replace

import pytest

from npwheel.audit.subject import Module
from npwheel.core import download, index
from npwheel.places import load
from npwheel.where import wheel_facts
from npwheel.where.candidates import of_release, read
from npwheel.where.compatibility import CARE, NO, RUNS, answer
from npwheel.where.machines import PlaceMachine

PLACE = load()[0]


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """published(project, tags) -> its manylinux x86_64 wheel, verified against the index's hash."""
    os.environ.setdefault("NPWHEEL_CACHE", str(tmp_path_factory.mktemp("cache")))

    def get(project, tags):
        found = [
            file
            for file in index.files(project)
            if file.filename.startswith(f"{project}-{tags}-manylinux")
            and file.filename.endswith("x86_64.whl")
        ]
        return download.wheel(found[0])

    return get


def on(python, arch="x86_64", libc="2.36"):
    return PlaceMachine(PLACE, arch, python, "glibc", libc, "")


def test_the_numpy_that_it_really_loads_on(published):
    """lttbc 0.3.0 wants numpy>=2.0; its wheel for 3.11 was built with 1.x headers."""
    liar = read(published("lttbc", "0.3.0-cp311-cp311"))
    (found,) = answer([liar], [on("3.11")], wheel_facts)
    assert found.outcome == NO
    assert found.reasons == ("its metadata admits NumPy >=2.0, but it loads on none",)
    honest = read(published("lttbc", "0.3.0-cp312-cp312"))
    assert answer([honest], [on("3.12")], wheel_facts)[0].outcome == RUNS


def test_a_module_built_with_1_x_headers_needs_an_old_numpy(published):
    (found,) = answer(
        [read(published("Bottleneck", "1.3.7-cp311-cp311"))], [on("3.11")], wheel_facts
    )
    assert found.outcome == CARE
    assert found.numpy.wheel == "1.26.4"
    assert "on which it does not load; `numpy==1.26.4` works" in found.reasons[0]


def test_pages_and_stack(published, monkeypatch, wheel):
    name = "thing-1.0-cp311-cp311-manylinux_2_17_aarch64.whl"
    candidate = read(wheel(name))
    bad = Module("thing.so", 1, machine="aarch64", min_align=4096, exec_stack=True)
    subject = replace(wheel_facts.subject_of(candidate.path), modules=(bad,))
    monkeypatch.setattr(wheel_facts, "subject_of", lambda path: subject)
    pi5 = next(p for p in load() if p.page_kib == (16,))
    (found,) = answer(
        [candidate], [PlaceMachine(pi5, "aarch64", "3.11", "glibc", "2.36", "")], wheel_facts
    )
    assert found.outcome == NO
    assert found.reasons == ("thing.so is aligned to 4 KiB: not for pages of 16 KiB",)
    both = next(p for p in load() if p.page_kib == (16, 4))
    (found,) = answer(
        [candidate], [PlaceMachine(both, "aarch64", "3.11", "glibc", "2.36", "")], wheel_facts
    )
    assert found.outcome == CARE
    (found,) = answer([candidate], [on("3.11", "aarch64", "2.41")], wheel_facts)
    assert found.reasons == ("thing.so wants an executable stack: glibc 2.41 refuses",)
    assert answer([candidate], [on("3.11", "aarch64", "2.36")], wheel_facts)[0].outcome == RUNS


def test_pip_here_takes_the_wheel_that_where_names():
    """`npwheel where numpy==X` on this machine, against pip's own choice on this machine."""
    libc, version = platform.libc_ver()
    if libc != "glibc":
        pytest.skip("NOT RUN: this machine's libc is not glibc")
    python = ".".join(map(str, sys.version_info[:3]))
    here = PlaceMachine(PLACE, platform.machine(), python, "glibc", version, "")
    for release in ("2.3.5", "2.0.2", "1.26.4", "1.23.2", "1.19.5"):
        (found,) = answer(of_release(f"numpy=={release}"), [here], wheel_facts)
        done = subprocess.run(
            [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--no-deps",
             "--only-binary", ":all:", "--quiet", "--report", "-", f"numpy=={release}"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert (found.outcome == RUNS) == (done.returncode == 0), (release, found, done.stderr)
        if found.file:
            assert found.file in done.stdout
