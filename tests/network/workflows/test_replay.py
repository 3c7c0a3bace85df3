"""Every shell step of the release workflows, in order, up to an install from the index."""

import shutil
import subprocess
import sys
from pathlib import Path

import components
import pytest
from releases import TARGETS, wheel_record
from replay import Replay

from npwheel.init.facts import gather
from npwheel.init.source import InstallSource
from npwheel.init.workflow import render
from npwheel.prove import record

ROOT = Path(__file__).resolve().parents[3]
WORKFLOWS = ROOT / ".github" / "workflows"
TAG = "refs/tags/v1.2.3"
# Installs are left out: the tests' Python has it all. Builds copy what a job on an image made.
PYTHON = """\
import os, sys
if sys.argv[1:4] == ["-m", "pip", "install"]:
    sys.exit(0)
os.execv({python!r}, [{python!r}, *sys.argv[1:]])
"""
BUILD = """\
import os, shutil, sys
words = sys.argv[1:]
if {builds}:
    target, output = (words[words.index(w) + 1] for w in ("--target", "--output"))
    shutil.copytree(os.path.join({made!r}, target), output, dirs_exist_ok=True)
    sys.exit(0)
os.execv({python!r}, [{python!r}, "-P", "-m", "npwheel", *words])
"""
GH = 'import sys; open({log!r}, "a").write(" ".join(sys.argv[1:]) + chr(10))\n'


@pytest.fixture
def made(tmp_path, built):
    """A folder for each target, as `npwheel build` leaves it."""
    for target in TARGETS:
        built(tmp_path / "made" / target, (target,), plain=target != "manylinux_x86_64")
    return tmp_path / "made"


@pytest.fixture
def programs(tmp_path, made):
    python = sys.executable
    build = {"made": str(made), "python": python}
    return {
        "python": PYTHON.format(python=python),
        "npwheel": BUILD.format(builds='words[:1] == ["build"]', **build),
        "nox": BUILD.format(builds="True", **build),
        "gh": GH.format(log=str(tmp_path / "gh.log")),
    }


@pytest.fixture
def ours(repository, run_git, tmp_path, loopback, programs):
    """ours(**more) -> a run of release.yml on a small repository with both distributions."""
    with (repository / "pyproject.toml").open("a") as file:
        file.write('not-built = ["cp3??t-*"]\n')
    run_git(repository, "commit", "-qam", "settings")
    run_git(repository, "tag", "-f", "v1.2.3")

    def make(**more):
        options = {"ref": TAG, "upload": loopback.upload, "stand_ins": programs, **more}
        called = {"wheels.yml": WORKFLOWS / "wheels.yml"}
        return Replay(
            WORKFLOWS / "release.yml", repository, tmp_path / "run", called=called, **options
        )

    return make


def released(results):
    """Did every job pass, but for the rehearsal, which is by hand?"""
    return {name for name, result in results.items() if result != "success"} == {"rehearse"}


def test_a_tag_is_released_from_plan_to_install(ours, loopback, tmp_path):
    run = ours()
    assert released(run.run()), run.failed
    assert len(loopback.uploads) == 7  # two sdists, the pure wheel, four targets
    assert "npwheel" in loopback.install("npwheel==1.2.3", tmp_path / "a")
    assert "npwheel_probe" in loopback.install("npwheel-probe==1.2.3", tmp_path / "b")
    (line,) = (tmp_path / "gh.log").read_text().splitlines()
    assert line.startswith("release create v1.2.3")
    assert "--prerelease=false" in line


def test_nothing_is_published_by_hand(ours, loopback):
    run = ours(event="workflow_dispatch", ref="refs/heads/main", inputs={"tag": "v1.2.3"})
    results = run.run()
    assert results["prepare"] == "success", run.failed
    assert {results[job] for job in ("approve", "attest", "publish", "github", "rehearse")} == {
        "skipped"
    }
    assert loopback.uploads == []


def test_a_rehearsal_uploads_to_the_test_index_it_is_given(ours, loopback):
    call = {"event": "workflow_dispatch", "ref": "refs/heads/main"}
    inputs = {"tag": "v1.2.3", "rehearse": True}
    run = ours(inputs=inputs, variables={"TEST_INDEX_URL": loopback.url}, **call)
    results = run.run()
    assert results["rehearse"] == "success", run.failed
    assert results["publish"] == "skipped"
    assert len(loopback.uploads) == 7


def test_a_rehearsal_without_a_test_index_uploads_nothing(ours, loopback):
    call = {"event": "workflow_dispatch", "ref": "refs/heads/main"}
    run = ours(inputs={"tag": "v1.2.3", "rehearse": True}, **call)
    assert run.run()["rehearse"] == "failure"
    assert loopback.uploads == []


def test_a_failed_leg_publishes_nothing(ours, loopback):
    run = ours()
    results = run.run(fail=[("build", "musllinux_aarch64")])
    assert results["wheels"] == "failure"
    assert results["publish"] == "skipped"
    assert loopback.uploads == []


def test_a_rerun_after_half_an_upload_completes_it(ours, loopback, tmp_path):
    run = ours(upload=lambda folder: loopback.upload(folder, most=4))
    with pytest.raises(ConnectionError):
        run.run()
    assert len(loopback.uploads) == 4
    shutil.rmtree(tmp_path / "run")
    again = ours()
    assert released(again.run()), again.failed
    assert len(loopback.uploads) == len(set(loopback.uploads)) == 7


def test_a_tag_of_another_version_stops_before_any_build(ours):
    run = ours(ref="refs/tags/v1.2.4")
    results = run.run()
    assert results["check"] == "failure"
    assert results["wheels"] == "skipped"
    assert not [label for label in run.ran if label.startswith("build")]


@pytest.fixture
def theirs(repository, tmp_path, loopback, programs):
    """theirs(targets) -> a run of the workflow that init writes, for the folder `ext`."""
    workflow = tmp_path / "written" / "wheels.yml"
    workflow.parent.mkdir()

    def make(targets=(), place="run", **more):
        source = InstallSource("npwheel==1", ("0" * 64,))
        workflow.write_text(render(gather(repository / "ext"), source, targets))
        options = {"ref": TAG, "upload": loopback.upload, "stand_ins": programs, **more}
        return Replay(workflow, repository, tmp_path / place, **options)

    return make


@pytest.mark.parametrize("targets", [(), ("manylinux_x86_64",)], ids=["several", "one"])
def test_a_written_workflow_releases_several_targets_and_one(theirs, loopback, tmp_path, targets):
    run = theirs(targets)
    results = run.run()
    assert set(results.values()) == {"success"}, run.failed
    assert len(loopback.uploads) == (len(targets) or 4) + 1
    assert "npwheel_probe" in loopback.install("npwheel-probe==1.2.3", tmp_path / "a")


def test_two_calls_in_one_run_need_names_of_their_own(theirs, loopback):
    call = {"event": "pull_request", "ref": "refs/heads/x"}
    assert set(theirs(**call).run().values()) == {"success", "skipped"}
    same = theirs(**call)
    assert same.run()["build"] == "failure"
    assert "already" in same.failed[0]
    other = theirs(inputs={"artifacts": "second"}, **call)
    assert set(other.run().values()) == {"success", "skipped"}, other.failed
    assert loopback.uploads == []


@pytest.fixture
def rowsum(tmp_path, run_git):
    """(examples/rowsum with a history, its wheel as a job leaves it): built by this Python."""
    for component in ("c-compiler", "python-headers"):
        components.require(component)
    copy, made = tmp_path / "rowsum", tmp_path / "rowsum-made"
    shutil.copytree(ROOT / "examples" / "rowsum", copy)
    run_git(copy, "init", "-q")
    run_git(copy, "add", "-A")
    run_git(copy, "commit", "-q", "-m", "one")
    command = [sys.executable, "-m", "uv", "build", "--quiet", "--wheel", "--no-create-gitignore"]
    command += [str(copy), "--out-dir", str(made)]
    subprocess.run(command, check=True, capture_output=True)
    shutil.rmtree(copy / "build", ignore_errors=True)
    (wheel,) = made.glob("*.whl")
    name = wheel.name.replace("linux_x86_64", "manylinux_2_17_x86_64")
    wheel = wheel.rename(made / name)
    record.publish(made / "manylinux_x86_64", [(wheel, wheel_record(wheel, "rowsum"))])
    return copy, made


def test_a_release_of_the_example_goes_through_its_workflow(
    rowsum, tmp_path, loopback, programs, made, monkeypatch
):
    copy, wheels = rowsum
    workflow = tmp_path / "wheels.yml"
    source = InstallSource("npwheel==1", ("0" * 64,))
    workflow.write_text(render(gather(copy), source, ("manylinux_x86_64",)))
    programs = {n: script.replace(str(made), str(wheels)) for n, script in programs.items()}
    run = Replay(
        workflow, copy, tmp_path / "run", ref="refs/tags/v1.0", upload=loopback.upload,
        stand_ins=programs,
    )  # fmt: skip
    assert set(run.run().values()) == {"success"}, run.failed
    assert sorted(Path(name).suffix for name in loopback.uploads) == [".gz", ".whl"]
    target = tmp_path / "site"
    loopback.install("rowsum==1.0", target)
    code = "import numpy, rowsum; assert rowsum.rowsum(numpy.ones((2, 3))).tolist() == [3, 3]"
    monkeypatch.setenv("PYTHONPATH", str(target))
    subprocess.run([sys.executable, "-c", code], check=True)
