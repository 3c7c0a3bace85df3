"""A killed run leaves nothing for ever, and two builds of one thing do not meet."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from npwheel.build import run as build_run
from npwheel.build.options import BuildOptions
from npwheel.containers import engine as engines
from npwheel.containers import leftovers
from npwheel.core import locks, targets
from npwheel.core.errors import RecordError, UsageError

RUN = """
import os, pathlib, subprocess, sys, tempfile, time
from npwheel.containers import leftovers
with leftovers.this_run() as removed:
    made = pathlib.Path(tempfile.mkdtemp(prefix="npwheel-proof-"))
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    print(os.environ["NPWHEEL_RUN"], made, child.pid, flush=True)
    if sys.argv[1:]:
        exec(sys.argv[1])
    time.sleep(600)
"""


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("NPWHEEL_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("NPWHEEL_RUN", raising=False)
    return tmp_path / "cache"


@pytest.fixture
def killed(cache):
    """killed(code) -> (label, its temporary folder, a child that it left) of a killed run."""

    def make(code=""):
        run = subprocess.Popen([sys.executable, "-c", RUN, code], stdout=subprocess.PIPE, text=True)
        label, folder, pid = run.stdout.readline().split()
        if code:
            assert run.stdout.readline() == "ready\n"
        run.kill()
        run.wait()
        run.stdout.close()
        return label, Path(folder), int(pid)

    return make


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except OSError:
        return False


def test_the_next_run_removes_what_a_killed_one_left(cache, killed):
    _, folder, pid = killed()
    assert folder.is_dir()
    assert alive(pid)
    with leftovers.this_run() as removed:
        assert not folder.exists()
        assert not folder.parent.exists()
        assert not alive(pid)
        assert len(removed) == 1
        assert len(list((cache / "runs").glob("*.json"))) == 1
    assert list((cache / "runs").iterdir()) == []


def test_a_run_that_lives_is_left_alone(cache):
    run = subprocess.Popen([sys.executable, "-c", RUN], stdout=subprocess.PIPE, text=True)
    try:
        _, folder, pid = run.stdout.readline().split()
        with leftovers.this_run() as removed:
            assert removed == ()
            assert Path(folder).is_dir()
            assert alive(int(pid))
    finally:
        run.send_signal(signal.SIGTERM)
        run.wait(30)
        os.kill(int(pid), signal.SIGKILL)
        run.stdout.close()
    assert not Path(folder).parent.exists()  # SIGTERM ends a run in an orderly way


@pytest.mark.parametrize(
    "content",
    [
        "", "[]", "{", '{"label": "a"}', '{"label": "../x", "scratch": "PRECIOUS"}',
        '{"label": "a", "scratch": "LINK"}',
    ],
)  # fmt: skip
def test_a_file_that_no_run_wrote_removes_nothing(cache, tmp_path, content):
    precious, target = tmp_path / "precious", tmp_path / "npwheel-target"
    for folder in (precious, target):
        folder.mkdir()
        (folder / "file").touch()
    (tmp_path / "npwheel-link").symlink_to(target)
    (cache / "runs").mkdir(parents=True)
    text = content.replace("PRECIOUS", str(precious)).replace(
        "LINK", str(tmp_path / "npwheel-link")
    )
    (cache / "runs" / "x.json").write_text(text)
    with leftovers.this_run() as removed:
        assert removed == ()
    assert (precious / "file").exists()
    assert (target / "file").exists()


def test_temporary_folders_are_below_the_runs_own(cache):
    before = tempfile.gettempdir()
    with leftovers.this_run():
        inside = Path(tempfile.mkdtemp())
        assert inside.parent.name.startswith("npwheel-")
    assert tempfile.gettempdir() == before
    assert not inside.exists()


def test_a_cache_that_cannot_be_written_is_one_error(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("NPWHEEL_CACHE", str(tmp_path / "file"))
    with pytest.raises(UsageError), leftovers.this_run():
        pass


def test_containers_and_trial_images_of_a_killed_run_are_removed(engine, cache, killed):
    code = f"""
from npwheel.containers import engine
from npwheel.core.targets import machine
own = engine.Engine({engine.name!r}, "", {engine.args!r})
tar = made / "exit0.tar"
engine.exit0_tar(tar)
own.import_tar(tar, engine.trial_image(own.label), machine())
subprocess.run([own.name, "create", *own.create_args(), engine.trial_image(own.label), "/exit0"],
               check=True, stdout=subprocess.DEVNULL)
print("ready", flush=True)
"""
    label, _, _ = killed(code)
    left = engines.Engine(engine.name, "", label=label)
    assert left.image_id(engines.trial_image(label))
    with leftovers.this_run() as removed:
        assert len(removed) == 2
    assert left.image_id(engines.trial_image(label)) is None
    assert left.remove_containers() == 0


def test_an_interrupted_search_for_an_engine_leaves_no_image(engine, monkeypatch):
    monkeypatch.setattr(engines, "_combinations", interrupted)
    trial = engines.Engine(engine.name, "")
    with pytest.raises(KeyboardInterrupt):
        engines._try(trial)
    assert trial.image_id(engines.trial_image(trial.label)) is None


def interrupted(_name):
    raise KeyboardInterrupt


HOLD = """
import pathlib, sys, time
from npwheel.core import locks
with locks.exclusive([pathlib.Path(sys.argv[1])]):
    print("ready", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def holder():
    """holder(file) -> a process that has the lock."""
    running = []

    def start(file):
        process = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(file)], stdout=subprocess.PIPE, text=True
        )
        running.append(process)
        assert process.stdout.readline() == "ready\n"
        return process

    yield start
    for process in running:
        process.kill()
        process.wait()
        process.stdout.close()


def test_a_lock_names_its_owner_and_ends_with_it(tmp_path, holder):
    file = tmp_path / "out" / "deep" / ".lock"
    owner = holder(file)
    with pytest.raises(locks.Busy) as caught, locks.exclusive([file]):
        pass
    assert caught.value.pid == str(owner.pid)
    owner.kill()
    owner.wait()
    with locks.exclusive([file, file.with_name("other")]):
        assert file.exists()
    assert list((tmp_path / "out" / "deep").iterdir()) == []


def test_a_folder_made_for_a_lock_goes_with_it(tmp_path):
    with locks.exclusive([tmp_path / "a" / "b" / "lock"]):
        pass
    assert not (tmp_path / "a").exists()
    with locks.exclusive([tmp_path / "a" / "b" / "lock"]):
        (tmp_path / "a" / "file").touch()
    assert [p.name for p in (tmp_path / "a").iterdir()] == ["file"]


def test_a_lock_follows_no_link(tmp_path):
    (tmp_path / "lock").symlink_to(tmp_path / "precious")
    (tmp_path / "precious").write_text("x")
    with pytest.raises(OSError), locks.exclusive([tmp_path / "lock"]):
        pass
    assert (tmp_path / "precious").read_text() == "x"


class Named:
    def __init__(self, name):
        self.name = name


def test_the_second_of_two_builds_of_one_thing_ends_before_it_builds(tmp_path):
    x86, arm = targets.choose(["manylinux_x86_64", "manylinux_aarch64"])
    options = BuildOptions(Named("thing"), (x86,), output=tmp_path / "out")
    with build_run._alone(options):
        with pytest.raises(RecordError) as caught, build_run._alone(options):
            pass
        assert x86.name in caught.value.what
        assert str(os.getpid()) in caught.value.why
        # Another target, another project, another folder: all may be built meanwhile.
        for other in (
            BuildOptions(Named("thing"), (arm,), output=tmp_path / "out"),
            BuildOptions(Named("other"), (x86,), output=tmp_path / "out"),
            BuildOptions(Named("thing"), (x86,), output=tmp_path / "elsewhere"),
        ):
            with build_run._alone(other):
                pass
    with build_run._alone(options):
        pass
