"""`npwheel plan`: list the targets and the CI runner of each."""

from __future__ import annotations

import argparse
import json

from npwheel.core import targets, terminal
from npwheel.release.matrix import matrix


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line."""
    parser.epilog = "What a target is built and proven with: `npwheel build --plan`."
    parser.add_argument(
        "--target",
        action="append",
        default=[],
        metavar="NAMES",
        help="targets, or `native`, separated by spaces; repeatable (default: the four)",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--github", action="store_true", help="a line for $GITHUB_OUTPUT: matrix=…")
    form.add_argument("--json", action="store_true", help="as JSON")


def run(args: argparse.Namespace) -> int:
    """Print the targets."""
    chosen = targets.choose([name for words in args.target for name in words.split()])
    found = matrix(chosen)
    if args.github:
        terminal.out(f"matrix={json.dumps(found)}")
    elif args.json:
        terminal.document({"schema_version": 1, **found})
    else:
        serves = {target.name: target.serves for target in chosen}
        for row in found["include"]:
            terminal.out(f"{row['target']:<20} {row['runner']:<18} {serves[row['target']]}")
    return 0
