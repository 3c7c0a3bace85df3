"""The cache of local images: an image is complete or absent, and is made once."""

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
from npwheel.containers.local import image_cache
from npwheel.containers.local.image_cache import RootContents
from npwheel.containers.local.recipe import Package
from npwheel.core.errors import ImageError

RECIPE = local.recipes()["manylinux_x86_64"]
MADE = RootContents("bullseye", "2.31", {"3.9": "/p"}, (Package("gcc", "10", "sha256:1"),), "00")

# Another npwheel process: it prints "making" halfway, then waits for a line on stdin.
MAKER = """
import sys
from pathlib import Path
from npwheel.containers import local as images
from npwheel.containers.local import image_cache
from npwheel.containers.local.image_cache import RootContents

def make(scratch, tar):
    (scratch / "half").write_text("half")
    tar.write_text("half")
    print("making", flush=True)
    sys.stdin.readline()
    tar.write_text("whole")
    return RootContents("bullseye", "2.31", {}, (), "00")

recipe = images.recipes()["manylinux_x86_64"]
image_cache.once(Path(sys.argv[1]), recipe, make, lambda: print("waiting", flush=True))
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
    def write(scratch: Path, tar: Path) -> RootContents:
        assert list(scratch.iterdir()) == [tar.parent]
        tar.write_text(text)
        return MADE

    return write


def never(*_: object) -> RootContents:
    raise AssertionError("made again")


def test_once_makes_the_image_only_once(tmp_path: Path) -> None:
    root = image_cache.once(tmp_path, RECIPE, make(), never)
    assert root is not None
    assert root.tar.read_text() == "whole"
    assert root.packages.read_text() == "gcc 10 sha256:1\n"
    assert (root.release, root.pythons, root.key) == ("bullseye", {"3.9": "/p"}, RECIPE.key)
    assert image_cache.once(tmp_path, RECIPE, never, never) == root
    assert {path.name.split("-")[0] for path in tmp_path.iterdir()} == {
        "manylinux_x86_64",
        ".manylinux_x86_64",  # the lock
    }


@pytest.mark.parametrize("damage", ["tar cut", "record cut", "record of another kind", "no tar"])
def test_incomplete_image_is_made_again(tmp_path: Path, damage: str) -> None:
    root = image_cache.once(tmp_path, RECIPE, make(), never)
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
    assert image_cache.load(tmp_path, RECIPE) is None
    assert image_cache.once(tmp_path, RECIPE, make(), never) == root
    assert root.tar.read_text() == "whole"


def test_failed_process_leaves_no_files(tmp_path: Path) -> None:
    def fail(scratch: Path, tar: Path) -> RootContents:
        tar.write_text("half")
        raise ImageError("no")

    with pytest.raises(ImageError):
        image_cache.once(tmp_path, RECIPE, fail, never)
    assert image_cache.load(tmp_path, RECIPE) is None
    assert [path.suffix for path in tmp_path.iterdir()] == [".lock"]


def test_interrupted_process_leaves_no_files(tmp_path: Path) -> None:
    process = maker(tmp_path)
    assert heard(process) == "making"
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode != 0
    assert [path.suffix for path in tmp_path.iterdir()] == [".lock"]


def test_killed_process_leaves_no_image(tmp_path: Path) -> None:
    process = maker(tmp_path)
    assert heard(process) == "making"
    process.kill()
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    left = [path for path in tmp_path.iterdir() if path.is_dir()]
    assert left  # its half-made folder
    assert image_cache.load(tmp_path, RECIPE) is None
    root = image_cache.once(tmp_path, RECIPE, make(), never)
    assert root is not None
    assert root.tar.read_text() == "whole"
    assert not left[0].exists()


def test_second_process_waits_and_uses_the_image_of_the_first(tmp_path: Path) -> None:
    first = maker(tmp_path)
    assert heard(first) == "making"
    second = maker(tmp_path)
    assert heard(second) == "waiting"
    finish(first)
    out, _ = second.communicate("go\n", timeout=60)
    assert out.split() == ["done"]  # without "making"
    root = image_cache.load(tmp_path, RECIPE)
    assert root is not None
    assert root.tar.read_text() == "whole"


def test_second_process_makes_the_image_when_the_first_dies(tmp_path: Path) -> None:
    first = maker(tmp_path)
    assert heard(first) == "making"
    second = maker(tmp_path)
    assert heard(second) == "waiting"
    first.kill()
    first.communicate(timeout=60)
    assert heard(second) == "making"
    finish(second)
    assert image_cache.load(tmp_path, RECIPE) is not None


def test_threads_wait_for_each_other(tmp_path: Path) -> None:
    made = []

    def slowly(scratch: Path, tar: Path) -> RootContents:
        made.append(os.getpid())
        time.sleep(0.2)
        tar.write_text("whole")
        return MADE

    threads = [
        threading.Thread(target=image_cache.once, args=(tmp_path, RECIPE, slowly, lambda: None))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
