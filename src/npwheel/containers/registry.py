"""Pull official images, and fail quickly if their registry cannot be reached."""

from __future__ import annotations

import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import IO

from npwheel.containers.engine import OCI_ARCH, Engine, oci_platform
from npwheel.core import process
from npwheel.core.errors import ImageError

ANSWER_SECONDS = 4.0  # for the registry's first answer
STALL_SECONDS = 10.0  # a pull that moves less than TRICKLE bytes in this time is dead
TRICKLE = 16384  # an idle engine still wakes up and moves a few bytes
LOOPBACK = ("localhost", "127.", "[::1]")


def host_of(reference: str) -> str:
    """Return the registry of an image reference; short names mean Docker Hub."""
    first = reference.split("/", 1)[0]
    if "/" in reference and ("." in first or ":" in first or first == "localhost"):
        return "registry-1.docker.io" if first == "docker.io" else first
    return "registry-1.docker.io"


def answers(reference: str) -> tuple[bool, str]:
    """Return (True, scheme) if the registry sends any HTTP answer, else (False, reason)."""
    host = host_of(reference)
    reason = ""
    schemes = ("https", "http") if host.startswith(LOOPBACK) else ("https",)
    for scheme in schemes:
        try:
            with urllib.request.urlopen(f"{scheme}://{host}/v2/", timeout=ANSWER_SECONDS):  # noqa: S310
                return True, scheme
        except urllib.error.HTTPError:
            return True, scheme  # 401 is the usual answer
        except (OSError, ValueError) as error:
            reason = str(getattr(error, "reason", error))
    return False, f"registry {host} does not answer: {reason}"


def pull(
    engine: Engine,
    reference: str,
    arch: str,
    log: IO[str],
    progress: Callable[[str], None],
    stall: float = STALL_SECONDS,
) -> str:
    """Pull an image unless it is present, and return its digest ("sha256:…").

    Raises:
        ImageError: the registry does not answer, refuses, serves content with another
            digest, or stops sending.
    """
    if engine.image_arch(reference) != OCI_ARCH[arch]:
        answered, detail = answers(reference)
        if not answered:
            raise ImageError(f"cannot pull {reference}", why=detail)
        progress(f"pulling {reference}")
        _pull(engine, reference, arch, log, stall, insecure=detail == "http")
    return _digest(engine, reference)


def _pull(
    engine: Engine, reference: str, arch: str, log: IO[str], stall: float, *, insecure: bool
) -> None:
    command = [engine.name, "pull", f"--platform={oci_platform(arch)}"]
    if insecure and engine.name == "podman":
        command.append("--tls-verify=false")  # loopback only
    printed: list[str] = []
    watch = _Watch(stall)
    try:
        code = process.logged(
            [*command, reference], log, on_line=printed.append, on_start=watch.start
        )
    finally:
        watch.stop()
    if watch.dead:
        raise ImageError(
            f"cannot pull {reference}", why=f"the registry sent nothing for {stall:g} s"
        )
    if code:
        reasons = [line for line in printed if line.strip()]
        raise ImageError(
            f"cannot pull {reference}", why=reasons[-1] if reasons else f"exit code {code}"
        )


class _Watch:
    """Kills a child that moves no bytes. Engines print nothing while a layer comes in."""

    def __init__(self, stall: float) -> None:
        self.stall = stall
        self.dead = False
        self._done = threading.Event()

    def start(self, child: process.Child) -> None:
        threading.Thread(target=self._run, args=(child,), daemon=True).start()

    def stop(self) -> None:
        self._done.set()

    def _run(self, child: process.Child) -> None:
        last, since = -TRICKLE, time.monotonic()
        while not self._done.wait(0.5):
            moved = _bytes_moved(child.pid)
            if moved - last > TRICKLE:
                last, since = moved, time.monotonic()
            elif time.monotonic() - since > self.stall:
                self.dead = True
                process.kill(child)
                return


def _bytes_moved(pid: int) -> int:
    """Bytes read and written by a process, or by the docker daemon that works for it."""
    pids = [pid]
    daemon = Path("/run/docker.pid")
    if daemon.is_file():
        pids += [int(word) for word in daemon.read_text("ascii").split()[:1]]
    total = 0
    for number in pids:
        try:
            text = Path(f"/proc/{number}/io").read_text("ascii")
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in text.splitlines()[:2])
    if total == 0:  # not ours to read (a daemon of another user): never call it dead
        return int(time.monotonic() * 1e6)
    return total


def _digest(engine: Engine, reference: str) -> str:
    if "@" in reference:  # the engine has verified it while pulling
        return reference.rsplit("@", 1)[1]
    code, out, _ = process.output(
        [engine.name, "image", "inspect", "--format", "{{index .RepoDigests 0}}", reference]
    )
    if code == 0 and "@" in out:
        return out.strip().rsplit("@", 1)[1]
    return engine.image_id(reference) or ""
