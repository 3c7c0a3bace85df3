"""`npwheel doctor`: pass everything to the doctor's own command line."""

from __future__ import annotations

import argparse

from npwheel.doctor import commandline


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The doctor's own options."""
    commandline.add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Examine; returns 0 healthy, 1 broken, 2 usage, 3 a check could not run."""
    return commandline.run(args)
