"""`npwheel cache`: show what is kept on this machine, and remove what is old."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from npwheel.core import paths, terminal
from npwheel.core.errors import UsageError

if TYPE_CHECKING:
    from npwheel.containers.cache_usage import CacheEntry


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line."""
    parser.epilog = "exit codes: 0 shown or removed; 2 usage"
    parser.add_argument(
        "--older-than",
        type=float,
        metavar="DAYS",
        help="remove what was not used for that many days; 0 removes everything",
    )
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(args: argparse.Namespace) -> int:
    """Show sizes; with --older-than remove first."""
    from npwheel.containers import cache_usage

    if args.older_than is not None and not 0 <= args.older_than < float("inf"):
        raise UsageError(f"invalid number of days: {args.older_than}")
    found = cache_usage.entries()
    removed: list[CacheEntry] = []
    if args.older_than is not None:
        for entry in cache_usage.older_than(found, args.older_than):
            kept = cache_usage.remove(entry)
            if kept:
                terminal.err(f"kept {entry.name}: {kept}")
            else:
                removed.append(entry)
    left = [entry for entry in found if entry not in removed]
    if args.json:
        terminal.document(
            {"cache": str(paths.cache()), "left": _sum(left), "removed": _sum(removed)}
        )
        return 0
    terminal.out(f"cache {paths.cache()}")
    for verb, entries in (("removed", removed), ("kept", left)):
        for kind, (count, size) in _sum(entries).items():
            terminal.out(f"  {verb:<8} {kind:<18} {count:>5}  {size / 1e9:8.2f} GB")
    if args.older_than is None and left:
        terminal.err("remove what was not used for 30 days: npwheel cache --older-than 30")
    return 0


def _sum(entries: Sequence[CacheEntry]) -> dict[str, tuple[int, int]]:
    """Kind -> (entries, bytes)."""
    found: dict[str, tuple[int, int]] = {}
    for entry in entries:
        count, size = found.get(entry.kind, (0, 0))
        found[entry.kind] = (count + 1, size + entry.size)
    return found
