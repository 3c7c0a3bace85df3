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
# Where the daemon that moves the bytes cannot be watched, only its client's output grows, a
# line a layer; a layer of 200 MB at 1 MB/s takes minutes.
UNWATCHED_SECONDS = 900.0
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

    A registry that does not answer here is tried too: the engine may have a mirror or a proxy.

    Raises:
        ImageError: the registry is not reached, refuses, serves content with another
            digest, or stops sending.
    """
    if engine.image_arch(reference) != OCI_ARCH[arch]:
        answered, detail = answers(reference)
        progress(f"pulling {reference}")
        try:
            _pull(engine, reference, arch, log, stall, insecure=detail == "http")
        except ImageError as error:
            if not answered:
                error.why = f"{detail}; {engine.name}: {error.why}"
            raise
    return _digest(engine, reference)


def _pull(
    engine: Engine, reference: str, arch: str, log: IO[str], stall: float, *, insecure: bool
) -> None:
    command = [engine.name, "pull", f"--platform={oci_platform(arch)}"]
    if insecure and engine.name == "podman":
        command.append("--tls-verify=false")  # loopback only
    printed: list[str] = []
    watch = _Watch(stall, engine.name)
    try:
        code = process.logged(
            [*command, reference], log, on_line=printed.append, on_start=watch.start
        )
    finally:
        watch.stop()
    if watch.dead:
        raise ImageError(
            f"cannot pull {reference}", why=f"the registry sent nothing for {watch.stall:g} s"
        )
    if code:
        reasons = [line for line in printed if line.strip()]
        raise ImageError(
            f"cannot pull {reference}", why=reasons[-1] if reasons else f"exit code {code}"
        )


class _Watch:
    """Kills a child that moves no bytes. Engines print nothing while a layer comes in."""

    def __init__(self, stall: float, engine: str) -> None:
        self.stall = stall
        self._daemon = _daemon() if engine == "docker" else ()
        self._least = TRICKLE
        if engine == "docker" and not self._daemon:
            self._unwatched()
        self.dead = False
        self._done = threading.Event()

    def start(self, child: process.Child) -> None:
        threading.Thread(target=self._run, args=(child,), daemon=True).start()

    def stop(self) -> None:
        self._done.set()

    def _unwatched(self) -> None:
        """Call it dead much later: what moves the bytes cannot be watched."""
        self.stall = max(self.stall, UNWATCHED_SECONDS)
        self._least = 0

    def _run(self, child: process.Child) -> None:
        last, since = -TRICKLE, time.monotonic()
        while not self._done.wait(0.5):
            moved = 0
            for pid in (*_tree(child.pid), *self._daemon):
                found = _io(pid)
                if found is None:
                    self._unwatched()
                moved += found or 0
            if moved - last > self._least:
                last, since = moved, time.monotonic()
            elif time.monotonic() - since > self.stall:
                self.dead = True
                process.kill(child)
                return


def _daemon() -> tuple[int, ...]:
    """Return the process of the docker daemon, () where its traffic cannot be read."""
    try:
        pids = tuple(int(word) for word in Path("/run/docker.pid").read_text("ascii").split()[:1])
    except (OSError, ValueError):
        return ()
    return pids if all(_io(pid) is not None for pid in pids) else ()


def _tree(pid: int) -> list[int]:
    """Return a process and its descendants: a rootless podman pulls in a child."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            # The name stands in parentheses and may have any character.
            fields = stat.read_text("utf-8", "replace").rpartition(")")[2].split()
            parents[int(stat.parent.name)] = int(fields[1])
        except (OSError, IndexError, ValueError):
            continue  # it has ended
    found = [pid]
    for parent in found:
        found += [child for child, above in parents.items() if above == parent]
    return found


def _io(pid: int) -> int | None:
    """Return the bytes that a process read and wrote, 0 if it has ended; None if kept from us."""
    try:
        lines = Path(f"/proc/{pid}/io").read_text("ascii").splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    except OSError:
        return None
    return sum(int(line.split()[1]) for line in lines[:2])


def _digest(engine: Engine, reference: str) -> str:
    if "@" in reference:  # the engine has verified it while pulling
        return reference.rsplit("@", 1)[1]
    code, out, _ = process.output(
        [engine.name, "image", "inspect", "--format", "{{index .RepoDigests 0}}", reference]
    )
    if code == 0 and "@" in out:
        return out.strip().rsplit("@", 1)[1]
    return engine.image_id(reference) or ""
