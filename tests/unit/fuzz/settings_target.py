"""What is fuzzed: environment variables and configuration files, through the command line.

The bytes are lines: a letter for a variable or a file, then its value. Nothing reaches a
network, and no other program runs than git.
"""

from __future__ import annotations

import contextlib
import io
import os
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

from npwheel import cli
from npwheel.core import index, web
from npwheel.core.errors import UnexpectedError

VARIABLES = (
    "PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX", "PIP_EXTRA_INDEX_URL",
    "NPWHEEL_CACHE", "XDG_CACHE_HOME", "HOME", "NETRC", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",
    "TERM", "COLUMNS", "SOURCE_DATE_EPOCH", "CIBW_BUILD", "CIBW_ENVIRONMENT", "GIT_DIR",
    "GIT_WORK_TREE", "GITHUB_ACTIONS", "SSL_CERT_FILE", "PATH", "LC_ALL", "TMPDIR",
)  # fmt: skip
FILES = ("pyproject.toml", "setup.cfg", "setup.py", ".gitmodules", "netrc", "npwheel.json",
         ".github/workflows/a.yml", "a-1-py3-none-any.whl")  # fmt: skip
# Beginnings that get past the first check; the line's own bytes follow.
VALUES = (
    "", "http://user:SECRETWORD@example.org/", "https://", "/", "~", "~nobody-here/", "../",
    "file:///", "name=http://example.org/", "0", "-1", "9" * 30, "[project]\nname = 'a'\n",
    "[tool.cibuildwheel]\n", "[build-system]\nrequires = [", "a = " + "[" * 3000, "\x1b[31m",
    "\u202e", "machine example.org login ", "{\"wheels\": [", "PK\x03\x04",
)  # fmt: skip
WHEEL = "a-1-py3-none-any.whl"
COMMANDS = tuple(
    line.split()
    for line in (
        "audit thing==1.0",
        "audit --json .",
        "where thing==1.0",
        "plan",
        "init --check .",
        "init --yes .",
        "join .",
        f"show {WHEEL}",
        "release --check .",
        "build thing==1.0 --plan",
        "build nowhere",
        f"where --place alpine {WHEEL}",
        "audit --list",
        "--help",
    )
)


def one(data: bytes) -> None:
    """Run a command under these settings. A traceback, exit code 4 or a password is a finding."""
    command = list(COMMANDS[data[0] % len(COMMANDS)]) if data else ["plan"]
    with tempfile.TemporaryDirectory(prefix="npwheel-fuzz-") as name, _quiet(Path(name)) as said:
        folder = Path(name)
        env = {"PATH": os.environ["PATH"], "HOME": name, "NPWHEEL_CACHE": f"{name}/cache"}
        env |= {"PIP_INDEX_URL": "http://example.org/simple", "NETRC": f"{name}/netrc"}
        for line in data[1:].split(b"\n")[:20]:
            _set(line, folder, env)
        with mock.patch.dict(os.environ, env, clear=True), contextlib.chdir(folder):
            tempfile.tempdir = None
            try:
                code = cli.main(command)
            except SystemExit as stop:
                code = stop.code
            finally:
                tempfile.tempdir = None
    out = said.getvalue()
    if code == UnexpectedError.exit_code:
        raise AssertionError(f"{command}: {out}")
    if "SECRETWORD" in out and "argument" not in out:
        raise AssertionError(f"a password is shown: {out}")
    if set(out) & {"\x1b", "\u202e", "\x07"}:
        raise AssertionError(f"control characters: {out!r}")


def _set(line: bytes, folder: Path, env: dict[str, str]) -> None:
    if len(line) < 2:
        return
    where, how = line[0] % (len(VARIABLES) + len(FILES)), line[1] % len(VALUES)
    content = VALUES[how].encode() + line[2:].replace(b"\\n", b"\n")
    if where < len(VARIABLES):
        env[VARIABLES[where]] = os.fsdecode(content.replace(b"\0", b""))
        return
    path = folder / FILES[where - len(VARIABLES)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


@contextlib.contextmanager
def _quiet(_folder: Path) -> Iterator[io.StringIO]:
    """Both streams in one text; no network, no waiting, no cibuildwheel and no pip."""
    said = io.StringIO()
    with contextlib.ExitStack() as stack:
        stack.enter_context(mock.patch.object(sys, "stdout", said))
        stack.enter_context(mock.patch.object(sys, "stderr", said))
        stack.enter_context(mock.patch.object(socket, "getaddrinfo", _no_network))
        stack.enter_context(mock.patch.object(web, "PAUSES", ()))
        stack.enter_context(mock.patch.object(index, "_pip_settings", dict))
        stack.enter_context(mock.patch("npwheel.init.plan.find_spec", lambda _name: None))
        yield said


def _no_network(*_args: object, **_more: object) -> None:
    raise socket.gaierror("no network in this test")
