"""Run commands inside a root filesystem, without leaving mounts or processes behind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

from npwheel.containers import emulation
from npwheel.core import paths, process
from npwheel.core.errors import ImageError

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def run(
    root: Path,
    command: Sequence[str],
    arch: str,
    log: IO[str],
    on_line: Callable[[str], None] | None = None,
) -> None:
    """Run a command in `root`. Raises ImageError with the last line that it printed.

    The command gets its own namespaces, so its mounts and processes end with it. It is
    killed when npwheel ends, even by SIGKILL.
    """
    tail = [""]

    def line(text: str) -> None:
        if text.strip():
            tail[0] = text
        if on_line:
            on_line(text)

    inner = ["unshare", "--mount", "--propagation=private", "--pid", "--fork", "--kill-child"]
    inner += ["/bin/sh", str(paths.ci() / "images/scripts/enter.sh"), str(root), *command]
    for folder in ("dev", "proc"):
        (root / folder).mkdir(exist_ok=True)
    env = {"PATH": _PATH, "LC_ALL": "C", "HOME": "/root", **emulation.environment(arch)}
    env["DEBIAN_FRONTEND"] = "noninteractive"
    code = process.logged(["setpriv", "--pdeathsig=KILL", *inner], log, env=env, on_line=line)
    if code:
        raise ImageError(f"{command[0]} failed inside {root.name} (exit code {code})", why=tail[0])


def script(
    root: Path,
    source: Path,
    arguments: Sequence[str],
    arch: str,
    log: IO[str],
    on_line: Callable[[str], None] | None = None,
) -> None:
    """Copy a POSIX shell script into `root`, run it and delete it. Raises ImageError."""
    inside = root / "tmp" / source.name
    inside.parent.mkdir(mode=0o1777, exist_ok=True)
    inside.write_bytes(source.read_bytes())
    try:
        run(root, ["/bin/sh", f"/tmp/{source.name}", *arguments], arch, log, on_line)  # noqa: S108
    finally:
        inside.unlink()
