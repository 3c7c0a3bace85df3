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
import errno
import importlib
import os
from collections.abc import Sequence
from typing import NoReturn

from npwheel import __version__
from npwheel.core.errors import NotChecked, NpwheelError

# name -> one line of help; the module has the same name.
COMMANDS = {
    "init": "give a project what it needs for proven wheels: settings and a workflow",
    "build": "build, repair, audit and prove wheels of a NumPy C-API project",
    "prove": "install wheels where users run them, and use them there",
    "audit": "read a wheel: on which NumPy does it load, and is its metadata true?",
    "show": "what was a wheel built against, and with what?",
    "doctor": "why does NumPy, or an extension, not work here, and what mends it?",
    "where": "will a wheel run on real places (Pi, Alpine, clouds), and beside which NumPy?",
    "plan": "which targets are built, and on which CI runner each",
    "join": "the wheels and records of several builds as one folder",
    "release": "all that a release does short of uploading: check, audit, lay out",
    "reproduce": "does the same commit give the same bytes? builds everything twice",
}


def parser_for(argv: Sequence[str]) -> argparse.ArgumentParser:
    """The parser; only the command named in argv is imported and has its arguments."""
    parser = argparse.ArgumentParser(
        prog="npwheel",
        description="Build, audit and prove NumPy C-API wheels; diagnose NumPy imports.",
        epilog="`npwheel COMMAND --help` tells more. Exit codes are listed in the README.",
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
    args = parser_for(argv).parse_args(argv)
    try:
        code = int(args.run(args))
        if sys.stdout is not None:
            sys.stdout.flush()
        return code
    except NpwheelError as error:
        print(f"npwheel {args.command}: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print(f"npwheel {args.command}: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader went away (`| head`); say nothing more on that pipe.
        _let_go_of_stdout()
        return 141
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) or error.filename:
            raise  # a bug, or what names its file better than this could
        _let_go_of_stdout()
        print(f"npwheel {args.command}: the output cannot be written: {error.strerror}",
              file=sys.stderr)  # fmt: skip
        return NotChecked.exit_code


def _let_go_of_stdout() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def entry() -> NoReturn:
    """The `npwheel` console script."""
    sys.exit(main())
