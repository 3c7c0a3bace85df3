"""`npwheel init`: write the settings and the workflow of a project."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from npwheel.core import terminal
from npwheel.core.errors import UsageError

EPILOG = """\
Shows the diff and asks; nothing of the project is run. What [tool.cibuildwheel] says already,
comments and all other settings are kept. Run twice, it changes nothing the second time.
exit codes: 0 written, or nothing to do; 1 with --check: it would change something;
2 usage, or it may not ask and --yes is not given
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line."""
    parser.epilog = EPILOG
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument(
        "project", nargs="?", type=Path, default=Path(), help="project folder (default: this one)"
    )
    parser.add_argument(
        "--target",
        action="append",
        default=[],
        metavar="NAMES",
        help="targets of the workflow, separated by spaces; repeatable (default: the four)",
    )
    consent = parser.add_mutually_exclusive_group()
    consent.add_argument("--yes", action="store_true", help="write without asking")
    consent.add_argument("--check", action="store_true", help="write nothing; exit 1 on a change")
    parser.add_argument("--json", action="store_true", help="diff and advice as JSON")


def run(args: argparse.Namespace) -> int:
    """Show, ask, write."""
    try:
        import tomlkit  # noqa: F401
    except ImportError:
        raise UsageError(
            "`npwheel init` needs tomlkit, which is not installed",
            why="it keeps the comments of pyproject.toml",
            next="pip install 'npwheel[init]'",
        ) from None
    from npwheel.core.targets import choose
    from npwheel.init.changes import write
    from npwheel.init.plan import make

    plan = make(args.project, choose([name for words in args.target for name in words.split()]))
    base = plan.facts.repository
    diffs = [change.diff(base) for change in plan.changes]
    if args.json:
        found = [
            {"path": str(change.path), "diff": diff}
            for change, diff in zip(plan.changes, diffs, strict=True)
        ]
        document = {"schema_version": 1, "changes": found, "advice": list(plan.advice)}
        terminal.document(document)
    else:
        terminal.out("".join(diffs), end="")
        for line in plan.advice:
            terminal.out(f"note: {line}")
        if not plan.changes:
            terminal.out("nothing to change")
    if not plan.changes:
        return 0
    if args.check:
        return 1
    if not args.yes and not _consent():
        terminal.err("nothing was written")
        return 0
    write(plan.changes, base)
    names = ", ".join(str(change.path.relative_to(base)) for change in plan.changes)
    terminal.err(f"written: {names}")
    return 0


def _consent() -> bool:
    if not sys.stdin.isatty():
        raise UsageError(
            "nothing was written: nobody can be asked, since this is no terminal",
            next="add --yes to write the changes shown, or --check to only look",
        )
    terminal.err("write this? [y/N] ", end="")
    return sys.stdin.readline().strip().lower() in ("y", "yes")
