"""The command line: the only place that prints and exits.

A command is a module here with `add_arguments(parser)` and `run(args) -> int`
(the exit code). It is imported only when it is asked for, so that `npwheel
audit` does not pay for the pipeline.
"""

from __future__ import annotations

import sys

if sys.argv[1:2] == ["doctor"]:  # before all other imports: a user's file may hide one of them
    from npwheel.doctor.startpath import keep_standard_library

    keep_standard_library()

import argparse
import contextlib
import errno
import importlib
from collections.abc import Iterator, Sequence
from typing import NoReturn, TypeGuard

from npwheel import __version__
from npwheel.core import terminal
from npwheel.core.errors import NotChecked, NpwheelError, UnexpectedError

# name -> one line of help; the module has the same name.
COMMANDS = {
    "init": "write the settings and the workflow that build and prove a project's wheels",
    "build": "build, repair, audit and prove wheels of a NumPy C-API project",
    "prove": "install wheels on the systems of users and test them there",
    "audit": "read a wheel: the NumPy range it loads on, compared with its metadata",
    "show": "show what a wheel was built against, and with which tools",
    "doctor": "diagnose why NumPy or an extension fails to import, and print the fix",
    "where": "check which real-world platforms can run a wheel, and with which NumPy",
    "plan": "list the targets and the CI runner of each",
    "join": "merge the wheels and records of several builds into one folder",
    "release": "prepare and check a release without uploading it",
    "reproduce": "rebuild a commit and compare the result byte for byte",
    "cache": "show what npwheel keeps on this machine, and remove what is old",
}
# These make temporary folders and containers, which a killed run leaves.
_TIDY = ("build", "init", "prove", "release", "reproduce")


class _CommandParser(argparse.ArgumentParser):
    """Its messages have the words of the command line, which may have any character."""

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        if message:
            terminal.err(message, end="")
        sys.exit(status)


def parser_for(argv: Sequence[str]) -> argparse.ArgumentParser:
    """The parser; only the command named in argv is imported and has its arguments."""
    parser = _CommandParser(
        prog="npwheel",
        description="Build, audit and prove NumPy C-API wheels; diagnose NumPy imports.",
        epilog="See `npwheel COMMAND --help` for its options and exit codes.",
    )
    parser.add_argument("--version", action="version", version=f"npwheel {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    chosen = next((word for word in argv if not word.startswith("-")), None)
    for name, line in COMMANDS.items():
        sub = commands.add_parser(name, help=line, description=line[0].upper() + line[1:])
        if name == chosen:
            module = importlib.import_module(f"npwheel.cli.{name}")
            module.add_arguments(sub)
            sub.set_defaults(run=module.run)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; returns its exit code. Errors become plain lines on stderr."""
    argv = sys.argv[1:] if argv is None else argv
    command = next((word for word in argv if not word.startswith("-")), "")
    name = f"npwheel {command}" if command in COMMANDS else "npwheel"
    try:
        args = parser_for(argv).parse_args(argv)
        with _leftovers_removed(command):
            code = int(args.run(args))
        if sys.stdout is not None:
            sys.stdout.flush()
        return code
    except NpwheelError as error:
        terminal.err(f"{name}: {error}")
        return error.exit_code
    except KeyboardInterrupt:
        terminal.err(f"{name}: interrupted")
        return 130
    except BrokenPipeError:
        # The reader went away (`| head`); say nothing more on that pipe.
        terminal.discard_stdout()
        return 141
    except Exception as error:
        if _is_of_stdout(error):
            terminal.discard_stdout()
            terminal.err(f"{name}: the output cannot be written: {error.strerror}")
            return NotChecked.exit_code
        from npwheel.cli.unexpected import write_details

        summary = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        terminal.err(f"{name}: unexpected error: {summary}; details: {write_details(error)}")
        return UnexpectedError.exit_code


@contextlib.contextmanager
def _leftovers_removed(command: str) -> Iterator[None]:
    """Remove what killed runs left, and mark what this one makes."""
    if command not in _TIDY:
        yield
        return
    from npwheel.containers import leftovers

    with leftovers.this_run() as removed:
        for text in removed:
            terminal.err(text)
        yield


def _is_of_stdout(error: Exception) -> TypeGuard[OSError]:
    """Is the disk full that stdout goes to? What names a file is about that file."""
    full = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    return isinstance(error, OSError) and error.errno in full and not error.filename


def entry() -> NoReturn:
    """The `npwheel` console script."""
    sys.exit(main())
