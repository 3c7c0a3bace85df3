"""`npwheel reproduce`: rebuild a commit and compare the result byte for byte."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from npwheel.core import terminal

EPILOG = """\
Everything is built twice from HEAD: in two folders, at two times in two time zones, with
different file times, permissions and languages. Changes that are not committed take no part.
exit codes: 0 all alike; 1 a file differs; 2 usage; 3 nothing to compare; else as `npwheel build`
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line."""
    parser.epilog = EPILOG
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument(
        "--target", action="append", default=[], metavar="NAME",
        help="wheels of this target; repeatable (default: the four)",
    )  # fmt: skip
    parser.add_argument(
        "--packages-only", action="store_true", help="sdists and the pure wheel, no containers"
    )
    parser.add_argument("--images", choices=("auto", "official", "local"), default="auto")
    parser.add_argument(
        "--repository", type=Path, default=Path(), metavar="DIR", help="default: this folder"
    )
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(args: argparse.Namespace) -> int:
    """Build twice and compare."""
    from npwheel.release.contents import distributions
    from npwheel.release.reproduce import reproduce

    begun = time.monotonic()

    def say(text: str) -> None:
        terminal.err(f"[{time.monotonic() - begun:4.0f} s] {text}")

    build = ["--images", args.images]
    build += [word for name in args.target for word in ("--target", name)]
    found = reproduce(args.repository, None if args.packages_only else build, distributions(), say)
    if args.json:
        rows = [
            {"file": c.file, "sha256": c.sha256, "difference": str(c.difference or "")}
            for c in found
        ]
        terminal.document({"schema_version": 1, "files": rows})
    else:
        for entry in found:
            terminal.out(
                f"{'differs' if entry.difference else 'alike':<8} {entry.file} {entry.sha256}"
            )
            if entry.difference:
                terminal.out(f"         {entry.difference}")
    return 1 if any(entry.difference for entry in found) else 0
