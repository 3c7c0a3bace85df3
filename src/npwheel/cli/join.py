"""`npwheel join`: merge the wheels and records of several builds."""

from __future__ import annotations

import argparse
from pathlib import Path

from npwheel.core import targets, terminal
from npwheel.prove import record_format
from npwheel.release.join import join
from npwheel.report.record_text import record_text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line."""
    parser.epilog = "exit codes: 0 joined; 17 a wheel is missing, comes twice, or was changed"
    parser.add_argument(
        "folders",
        nargs="+",
        type=Path,
        help="each with an npwheel.json, or with folders that have one",
    )
    parser.add_argument(
        "--target",
        action="append",
        default=[],
        metavar="NAMES",
        help="targets that must be there, separated by spaces; repeatable (default: the four)",
    )
    parser.add_argument("--output", type=Path, default=Path("wheelhouse"), metavar="DIR")
    parser.add_argument("--json", action="store_true", help="the record, not its report")


def run(args: argparse.Namespace) -> int:
    """Join and report."""
    names = [name for words in args.target for name in words.split()]
    wanted = [target.name for target in targets.choose(names)]
    wheels = join(args.folders, wanted, args.output)
    if args.json:
        terminal.document({"schema_version": record_format.VERSION, "wheels": wheels})
    else:
        terminal.out(record_text(wheels))
    return 0
