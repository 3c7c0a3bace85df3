"""The cache: an image is whole or not there, and is made once."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from npwheel.containers import local
from npwheel.containers.local import store
from npwheel.containers.local.packages import Package
from npwheel.containers.local.store import Made
from npwheel.core.errors import ImageError

RECIPE = local.recipes()["manylinux_x86_64"]
MADE = Made("bullseye", "2.31", {"3.9": "/p"}, (Package("gcc", "10", "sha256:1"),), "00")

# Another npwheel, as a process of its own: a maker that says when it is in the middle
# and then goes on only when it is told to.
MAKER = """
import sys
from pathlib import Path
from npwheel.containers import local as images
from npwheel.containers.local import store
from npwheel.containers.local.store import Made

def make(scratch, tar):
    (scratch / "half").write_text("half")
    tar.write_text("half")
    print("making", flush=True)
    sys.stdin.readline()
    tar.write_text("whole")
    return Made("bullseye", "2.31", {}, (), "00")

recipe = images.recipes()["manylinux_x86_64"]
store.once(Path(sys.argv[1]), recipe, make, lambda: print("waiting", flush=True))
print("done", flush=True)
"""


def maker(cache: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", MAKER, str(cache)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def heard(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def finish(process: subprocess.Popen[str]) -> None:
    process.communicate("go\n", timeout=60)
    assert process.returncode == 0


def make(text: str = "whole") -> object:
    def write(scratch: Path, tar: Path) -> Made:
        assert list(scratch.iterdir()) == [tar.parent]
        tar.write_text(text)
        return MADE

    return write


def never(*_: object) -> Made:
    raise AssertionError("made again")


def test_made_once(tmp_path: Path) -> None:
    root = store.once(tmp_path, RECIPE, make(), never)
    assert root is not None
    assert root.tar.read_text() == "whole"
    assert root.packages.read_text() == "gcc 10 sha256:1\n"
    assert (root.release, root.pythons, root.key) == ("bullseye", {"3.9": "/p"}, RECIPE.key)
    assert store.once(tmp_path, RECIPE, never, never) == root
    assert {path.name.split("-")[0] for path in tmp_path.iterdir()} == {
        "manylinux_x86_64",
        ".manylinux_x86_64",  # the lock
    }


@pytest.mark.parametrize("damage", ["tar cut", "record cut", "record of another kind", "no tar"])
def test_what_is_not_whole_is_made_again(tmp_path: Path, damage: str) -> None:
    root = store.once(tmp_path, RECIPE, make(), never)
    assert root is not None
    record = root.tar.with_name("root.json")
    if damage == "tar cut":
        root.tar.write_text("who")
    elif damage == "record cut":
        record.write_text(record.read_text()[:-20])
    elif damage == "record of another kind":
        record.write_text(json.dumps([1]))
    else:
        root.tar.unlink()
    assert store.load(tmp_path, RECIPE) is None
    assert store.once(tmp_path, RECIPE, make(), never) == root
    assert root.tar.read_text() == "whole"


def test_a_failed_maker_leaves_nothing(tmp_path: Path) -> None:
    def fail(scratch: Path, tar: Path) -> Made:
        tar.write_text("half")
        raise ImageError("no")

    with pytest.raises(ImageError):
        store.once(tmp_path, RECIPE, fail, never)
    assert store.load(tmp_path, RECIPE) is None
    assert [path.suffix for path in tmp_path.iterdir()] == [".lock"]


def test_an_interrupted_maker_leaves_nothing(tmp_path: Path) -> None:
    process = maker(tmp_path)
    assert heard(process) == "making"
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode != 0
    assert [path.suffix for path in tmp_path.iterdir()] == [".lock"]


def test_a_killed_maker_leaves_no_image(tmp_path: Path) -> None:
    process = maker(tmp_path)
    assert heard(process) == "making"
    process.kill()
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    left = [path for path in tmp_path.iterdir() if path.is_dir()]
    assert left  # its half-made folder
    assert store.load(tmp_path, RECIPE) is None
    root = store.once(tmp_path, RECIPE, make(), never)
    assert root is not None
    assert root.tar.read_text() == "whole"
    assert not left[0].exists()


def test_the_second_waits_and_takes_what_the_first_made(tmp_path: Path) -> None:
    first = maker(tmp_path)
    assert heard(first) == "making"
    second = maker(tmp_path)
    assert heard(second) == "waiting"
    finish(first)
    out, _ = second.communicate("go\n", timeout=60)
    assert out.split() == ["done"]  # without "making"
    root = store.load(tmp_path, RECIPE)
    assert root is not None
    assert root.tar.read_text() == "whole"


def test_the_second_makes_it_when_the_first_dies(tmp_path: Path) -> None:
    first = maker(tmp_path)
    assert heard(first) == "making"
    second = maker(tmp_path)
    assert heard(second) == "waiting"
    first.kill()
    first.communicate(timeout=60)
    assert heard(second) == "making"
    finish(second)
    assert store.load(tmp_path, RECIPE) is not None


def test_threads_wait_for_each_other_too(tmp_path: Path) -> None:
    made = []

    def slowly(scratch: Path, tar: Path) -> Made:
        made.append(os.getpid())
        time.sleep(0.2)
        tar.write_text("whole")
        return MADE

    threads = [
        threading.Thread(target=store.once, args=(tmp_path, RECIPE, slowly, lambda: None))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
