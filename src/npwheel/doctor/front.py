"""The doctor's own command line.

It has one of its own, beside `npwheel.cli`, since it must run on Python 3.6 and
as a single file. Only this module prints and decides the exit code:
0 healthy, 1 broken, 2 usage, 3 a check could not run.
"""

import argparse
import os
import shlex
import subprocess
import sys
import time
from typing import List, Optional, Sequence

from npwheel import __version__
from npwheel.core.errors import NotChecked, NpwheelError, UsageError
from npwheel.doctor import catalogue, explain, jsonreport, modes, session, text, verdict
from npwheel.doctor.privacy import Privacy

EPILOG = """exit code: 0 healthy, 1 something is broken (a warning too, with --strict),
2 the command line cannot be understood, 3 a check could not run.
Paths under the home folder are shown with ~, and no secret is printed, so that
the output can be pasted into an issue."""


class Parser(argparse.ArgumentParser):
    """A usage error is one clear line."""

    def error(self, message: str) -> None:  # type: ignore[override]
        """Print the line and leave with 2."""
        self.exit(2, "npwheel doctor: {} (see --help)\n".format(message))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """All options of the doctor; `npwheel.cli.doctor` uses them too."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EPILOG
    add = parser.add_argument
    add(
        "modules",
        nargs="*",
        metavar="MODULE",
        help="module or pin ('numpy==1.20.3') to examine; default: numpy and all built on it",
    )
    add("--python", metavar="EXE", help="examine this interpreter instead of the running one")
    add("--json", action="store_true", help="the report as JSON on stdout")
    add("--strict", action="store_true", help="warnings count for the exit code")
    add("--list", action="store_true", dest="list_modes", help="list the failure modes")
    add("--only", nargs="+", metavar="ID", default=[], help="look for these modes only")
    add("-v", "--verbose", action="store_true", help="show what passed, too")
    add("--fix", action="store_true", help="print the commands that mend; runs nothing")
    add("--yes", action="store_true", help="with --fix: run them")
    add("--read", metavar="FILE", help="judge a saved traceback or pip log (- for stdin)")
    add(
        "--explain",
        metavar="PLACE",
        help="what to expect on gcp, pi, alpine, or of the C-api: gcp|pi|alpine|api",
    )
    add("--timeout", type=seconds, default=60.0, metavar="SECONDS", help="for one import (60)")


def run(args: argparse.Namespace) -> int:
    """Do what the arguments ask; returns the exit code."""
    streams()
    privacy = Privacy(os.environ)
    if args.yes and not args.fix:
        raise UsageError("--yes means nothing without --fix")
    only = known(args.only)
    if args.list_modes:
        write(catalogue.listing(as_json=args.json))
        return 0
    exe = session.command(args.python)
    if args.explain:
        write(privacy.clean(explain.answer(args.explain, args.modules, exe, args.json)))
        return 0
    report = session.diagnose(
        exe, args.modules, only, saved(args.read), args.timeout, Progress(args.json)
    )
    code = verdict.exit_code(report, args.strict)
    if args.json:
        write(jsonreport.dump(jsonreport.document(report, code, privacy)))
    else:
        write(privacy.clean(text.render(report, args.verbose)))
    if args.fix:
        return mend(report, args.yes, privacy, code)
    return code


def streams() -> None:
    """Open what the caller closed of 0, 1 and 2: a pipe to the child must not get their numbers."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115


def write(words: str) -> None:
    """Print, whatever the terminal's encoding. Raises NotChecked where nothing can be written."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        sys.stdout.write(words.encode(encoding, "backslashreplace").decode(encoding))
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        let_go_of_stdout()
        raise NotChecked(
            "the report cannot be written: {}".format(error.strerror),
            next="let it go to another file or a terminal",
        ) from error


def let_go_of_stdout() -> None:
    """What is still to be written goes nowhere, so that Python ends in silence."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def seconds(word: str) -> float:
    """A time limit of the command line. Raises ArgumentTypeError for what is none."""
    try:
        value = float(word)
    except ValueError:
        value = 0.0
    if not 0 < value < 1e6:
        raise argparse.ArgumentTypeError("{!r} is no number of seconds".format(word))
    return value


def known(ids: Sequence[str]) -> List[str]:
    """The ids as they are written; refuses what is no mode."""
    wanted = [part.upper() for word in ids for part in word.split(",") if part]
    unknown = set(wanted) - {mode.id for mode in modes.load()}
    if unknown:
        raise UsageError(
            "no failure mode is called {}".format(", ".join(sorted(unknown))),
            next="npwheel doctor --list shows all",
        )
    return wanted


def saved(name: Optional[str]) -> Optional[str]:
    """The text of a saved traceback or log."""
    if name is None:
        return None
    try:
        if name == "-":
            found = sys.stdin.read(1 << 22)
        else:
            with open(name, "rb") as file:
                found = file.read(1 << 22).decode("utf-8", "replace")
    except OSError as error:
        raise UsageError("{} cannot be read: {}".format(name, error.strerror)) from error
    if not found.strip():
        raise UsageError("{} is empty".format(name), next="give all that the failed program said")
    return found


class Progress:
    """Says on stderr what takes long, once two seconds are over."""

    def __init__(self, quiet: bool) -> None:
        self.start = time.time()
        self.always = sys.stderr.isatty() and not quiet

    def __call__(self, doing: str) -> None:
        """Called before each longer step."""
        if time.time() - self.start > 2 or (self.always and doing.startswith("trying")):
            sys.stderr.write("npwheel doctor: {} ...\n".format(doing))
            sys.stderr.flush()


def mend(report: verdict.Report, really: bool, privacy: Privacy, code: int) -> int:
    """Print the plan; run it if the second word was given. Returns the exit code."""
    plan = text.fix_plan(report)
    out = sys.stderr
    if not plan:
        out.write("npwheel doctor: nothing to mend\n")
        return code
    for fix in plan:
        out.write(
            "{} {}\n".format(
                "would run:" if fix.runnable else "by hand:", privacy.clean(fix.command)
            )
        )
    if not really:
        out.write("npwheel doctor: nothing was run; --fix --yes runs it\n")
        return code
    first = plan[0]
    if not first.runnable:
        out.write("npwheel doctor: the first step must be done by hand\n")
        return code
    for step in first.command.split(" && "):
        out.write("running: {}\n".format(privacy.clean(step)))
        out.flush()
        try:
            done = subprocess.run(shlex.split(step), stdin=subprocess.DEVNULL, check=False)
        except OSError as error:
            out.write("npwheel doctor: cannot run it: {}\n".format(error))
            return 1
        if done.returncode:
            out.write("npwheel doctor: it failed with exit code {}\n".format(done.returncode))
            return 1
    out.write("npwheel doctor: done; run the doctor again to see what it did\n")
    return 0


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Parse, run, and turn every known error into one line."""
    parser = Parser(
        prog="npwheel doctor",
        description="Why NumPy, or an extension built on it, "
        "does not work here, and the command that mends it.",
    )
    parser.add_argument("--version", action="version", version="npwheel " + __version__)
    add_arguments(parser)
    try:
        return run(parser.parse_args(argv))
    except NpwheelError as error:
        sys.stderr.write("npwheel doctor: {}\n".format(error))
        return error.exit_code
    except KeyboardInterrupt:
        sys.stderr.write("npwheel doctor: interrupted\n")
        return 130
    except BrokenPipeError:
        let_go_of_stdout()
        return 141
