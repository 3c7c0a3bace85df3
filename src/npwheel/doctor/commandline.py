"""The doctor's own command line.

It has one of its own, next to that of `npwheel.cli`, since it must run on Python 3.6 and
as a single file. It decides the exit code:
0 healthy, 1 broken, 2 usage, 3 a check could not run.
"""

import argparse
import os
import re
import shlex
import subprocess
import sys
import time
from typing import List, Optional, Sequence

from npwheel import __version__
from npwheel.core.errors import NotChecked, NpwheelError, UsageError
from npwheel.doctor import (
    catalogue,
    jsonreport,
    modes,
    session,
    text,
    text_session,
    verdict,
)
from npwheel.doctor.model import Fix
from npwheel.doctor.output import Output, discard_stdout, open_closed_streams
from npwheel.doctor.privacy import Privacy
from npwheel.doctor.session import Request

TEXT_LIMIT = 1 << 22  # bytes of a saved text that are read
EPILOG = """exit code: 0 healthy, 1 something is broken (a warning too, with --strict),
2 the command line cannot be understood, 3 a check could not run.
It prints nothing at all? A sitecustomize.py or .pth ended Python before npwheel
began. Start: python3 -I -m npwheel.doctor --python python3, or the single file
as a program: ./npwheel-doctor.pyz
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
        help="module, pin ('numpy==1.20.3') or script (its imports) to examine; default: numpy and "
        "all built on it",
    )
    add("--python", metavar="EXE", help="examine this interpreter instead of the running one")
    add("--json", action="store_true", help="the report as JSON on stdout")
    add("--strict", action="store_true", help="warnings count for the exit code")
    add("--list", action="store_true", dest="list_modes", help="list the failure modes")
    add("--only", nargs="+", metavar="ID", default=[], help="look for these modes only")
    add("-v", "--verbose", action="store_true", help="show what passed, too")
    add("--fix", action="store_true", help="print the commands that fix it; runs nothing")
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
    open_closed_streams()
    out = Output(Privacy(os.environ))
    try:
        return examine(args, out)
    except NpwheelError as error:
        out.say(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        out.say("interrupted")
        return 130
    except BrokenPipeError:
        discard_stdout()
        return 141


def examine(args: argparse.Namespace, out: Output) -> int:
    """Do what the arguments ask, and write it. Raises NpwheelError."""
    if args.yes and not args.fix:
        raise UsageError("--yes means nothing without --fix")
    only = known(args.only)
    if args.list_modes:
        if args.json:
            out.document(catalogue.document())
        else:
            out.report(catalogue.listing())
        return 0
    if args.read is not None:
        return read_text(args, only, out)
    if os.name != "posix":
        raise NotChecked(
            "the doctor examines Linux, and imports on macOS; on Windows it only reads texts",
            next="save all that the program prints in a file, then: npwheel doctor --read FILE",
        )
    exe = session.command(args.python)
    if args.explain:
        from npwheel.doctor import explain  # its tables are read for this option only

        answer = explain.answer(args.explain, args.modules, exe)
        if args.json:
            out.document(answer)
        else:
            out.report(explain.render(answer))
        return 0
    request = Request(exe, args.modules, only, args.timeout)
    progress = StepPrinter(args.json, out)
    report = session.diagnose(request, progress)
    if not args.fix:
        return show(args, report, out)
    if not args.yes:
        code = show(args, report, out)
        list_fixes(report, out)
        out.say("nothing was run; --fix --yes runs the first one")
        return code
    return fix(args, report, request, progress, out)


def read_text(args: argparse.Namespace, only: Sequence[str], out: Output) -> int:
    """Judge a saved text; nothing is run, since it may be of another machine."""
    if args.yes:
        raise UsageError(
            "--yes cannot be used with --read: the text may be of another machine",
            next="run the printed command there",
        )
    return show(args, text_session.judge(saved_text(args.read), only), out)


def show(args: argparse.Namespace, report: verdict.Report, out: Output) -> int:
    """Write the report; returns its exit code."""
    code = verdict.exit_code(report, args.strict)
    if args.json:
        out.document(jsonreport.document(report, code))
    else:
        out.report(text.render(report, args.verbose, out.privacy))
    return code


def seconds(word: str) -> float:
    """A time limit of the command line. Raises ArgumentTypeError for anything else."""
    try:
        value = float(word)
    except ValueError:
        value = 0.0
    if not 0 < value < 1e6:
        raise argparse.ArgumentTypeError("invalid timeout: {!r}".format(word))
    return value


def known(ids: Sequence[str]) -> List[str]:
    """The ids as they are written; refuse what is not a mode."""
    wanted = [part.upper() for word in ids for part in word.split(",") if part]
    unknown = set(wanted) - {mode.id for mode in modes.load()}
    if unknown:
        raise UsageError(
            "no failure mode is called {}".format(", ".join(sorted(unknown))),
            next="npwheel doctor --list shows all",
        )
    return wanted


def saved_text(name: str) -> str:
    """The text of a saved traceback or log."""
    try:
        if name == "-":
            data = sys.stdin.buffer.read(TEXT_LIMIT)
        else:
            with open(name, "rb") as file:
                data = file.read(TEXT_LIMIT)
    except OSError as error:
        raise UsageError("{} cannot be read: {}".format(name, error.strerror)) from error
    found = decoded(data)
    if not found.strip():
        raise UsageError(
            "{} is empty".format(name), next="save all that the failed program printed"
        )
    return found


def decoded(data: bytes) -> str:
    """Text of any console: PowerShell writes UTF-16, and colours are left out."""
    for mark, encoding in (
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
        (b"\xef\xbb\xbf", "utf-8-sig"),
    ):
        if data.startswith(mark):
            return plain(data.decode(encoding, "replace"))
    return plain(data.decode("utf-8", "replace"))


def plain(text_: str) -> str:
    """The text without colours and carriage returns."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text_).replace("\r\n", "\n").replace("\r", "\n")


class StepPrinter:
    """Names on stderr what takes long, after the first two seconds."""

    def __init__(self, quiet: bool, out: Output) -> None:
        self.start = time.time()
        self.always = sys.stderr.isatty() and not quiet
        self.out = out

    def __call__(self, doing: str) -> None:
        """Called before each longer step."""
        if time.time() - self.start > 2 or (self.always and doing.startswith("trying")):
            self.out.say(doing + " ...")


def list_fixes(report: verdict.Report, out: Output) -> List[Fix]:
    """Print the commands that fix what was found; returns them."""
    plan = text.fix_plan(report)
    for each in plan:
        out.say(each.command, "would run: " if each.runnable else "by hand: ")
    if not plan:
        out.say("nothing to fix")
    return plan


def fix(
    args: argparse.Namespace,
    report: verdict.Report,
    request: Request,
    progress: StepPrinter,
    out: Output,
) -> int:
    """Run the first fix, then examine again; the exit code is the new examination's."""
    plan = list_fixes(report, out)
    if not plan:
        return show(args, report, out)
    if not plan[0].runnable:
        code = show(args, report, out)
        out.say("the first step must be done by hand")
        return code
    line = plan[0].command
    if not run_line(line, out):
        return show(args, report, out) or 1
    out.say("done; examining again")
    again = session.diagnose(request._replace(already=(*request.already, line)), progress)
    return show(args, again, out)


def run_line(line: str, out: Output) -> bool:
    """Run the steps of a command line without a shell; whether all succeeded."""
    for step in line.split(" && "):
        out.say(step, "running: ")
        try:
            done = subprocess.run(
                shlex.split(step), stdin=subprocess.DEVNULL, check=False, stdout=sys.stderr.fileno()
            )
        except (OSError, ValueError) as error:
            out.say("cannot run it: {}".format(error))
            return False
        if done.returncode:
            out.say("it failed with exit code {}".format(done.returncode))
            return False
    return True


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Parse and run; returns the exit code."""
    parser = Parser(
        prog="npwheel doctor",
        description="Why NumPy, or an extension built on it, "
        "does not work here, and the command that fixes it.",
    )
    parser.add_argument("--version", action="version", version="npwheel " + __version__)
    add_arguments(parser)
    return run(parser.parse_args(argv))
