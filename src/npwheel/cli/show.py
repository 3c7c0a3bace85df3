"""`npwheel show`: show what a wheel was built against, and with which tools."""

from __future__ import annotations

import argparse
from pathlib import Path

from npwheel import sbom
from npwheel.core import terminal
from npwheel.report.wheel_claims import show_json, show_text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line."""
    parser.epilog = (
        "exit codes: 0 shown; 1 the SBOM and the binaries disagree; 3 unreadable wheel; "
        "17 malformed SBOM"
    )
    parser.add_argument("wheel", type=Path, metavar="WHEEL")
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(args: argparse.Namespace) -> int:
    """Show a wheel."""
    shown = sbom.show(args.wheel)
    if args.json:
        terminal.document(show_json(shown))
    else:
        terminal.out(show_text(shown))
    return 1 if shown.disagreements else 0
