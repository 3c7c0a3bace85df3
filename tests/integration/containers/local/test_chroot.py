"""Commands in a root: their processes and mounts are gone afterwards, however they end."""

import io
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from npwheel.containers import emulation
from npwheel.containers.local import chroot
from npwheel.core.errors import ImageError

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="NOT RUN, a chroot needs root"),
]

ARCH = emulation.machine()
# This system's own files serve as the root.
RUN = """
import sys
from pathlib import Path
from npwheel.containers import emulation
from npwheel.containers.local import chroot
chroot.run(Path("/"), ["/bin/sh", "-c", sys.argv[1]], emulation.machine(), sys.stdout)
"""


def started(script: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", RUN, script]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert any(line.strip() == "started" for line in process.stdout)
    return process


def running(marker: str) -> list[str]:
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                words = (folder / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if words[:2] == [b"sleep", marker.encode()]:
                found.append(folder.name)
    return found


def eventually(holds: Callable[[], bool], seconds: float = 20.0) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def mounts() -> list[str]:
    """What enter.sh mounts, as this system sees it; other mounts come and go."""
    lines = Path("/proc/mounts").read_text().splitlines()
    return [line for line in lines if re.match(r"\S+ /(dev|proc)[/ ]", line)]


def test_run_has_its_own_devices_and_processes() -> None:
    lines: list[str] = []
    script = "echo $$; ls /proc/1/exe; head -c 3 /dev/zero | wc -c; echo $LC_ALL"
    before = mounts()
    chroot.run(Path("/"), ["/bin/sh", "-c", script], ARCH, io.StringIO(), lines.append)
    assert lines == ["1", "/proc/1/exe", "3", "C"]
    assert mounts() == before


def test_error_has_the_last_line_of_a_failed_command() -> None:
    with pytest.raises(ImageError) as caught:
        chroot.run(Path("/"), ["/bin/sh", "-c", "echo the cause; exit 7"], ARCH, io.StringIO())
    assert "exit code 7" in caught.value.what
    assert caught.value.why == "the cause"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_command_ends_with_npwheel(number: signal.Signals) -> None:
    marker = f"{1000 + os.getpid()}.{int(number)}"
    before = mounts()
    # The shell prints "started" after the fork, which may be before /proc lists `sleep`.
    with started(f"sleep {marker} & echo started; wait") as process:
        try:
            assert eventually(lambda: bool(running(marker)))
            process.send_signal(number)
            process.communicate(timeout=60)
        finally:
            process.kill()
    assert eventually(lambda: not running(marker))
    assert mounts() == before


def test_script_is_deleted_after_it_ran(tmp_path: Path) -> None:
    source = tmp_path / "some-script.sh"
    source.write_text('echo "$@"\n')
    lines: list[str] = []
    chroot.script(Path("/"), source, ["a b", "c"], ARCH, io.StringIO(), lines.append)
    assert lines == ["a b c"]
    assert not Path("/tmp/some-script.sh").exists()
