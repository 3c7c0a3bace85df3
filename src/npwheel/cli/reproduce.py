"""`npwheel reproduce`: rebuild a commit and compare the result byte for byte."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from npwheel.core import terminal

EPILOG = """\
Everything is built twice from HEAD: in two folders, at two times in two time zones, with
different file times, permissions and languages. Changes that are not committed take no part.
Each file that --wheels has under the same name is confirmed or denied by its sha256.
exit codes: 0 all alike; 1 a file differs or is denied; 2 usage; 3 nothing to compare; 17 no
record; else as `npwheel build`
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line."""
    parser.epilog = EPILOG
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument(
        "--target",
        action="append",
        default=[],
        metavar="NAME",
        help="wheels of this target; repeatable (default: the four)",
    )
    parser.add_argument(
        "--packages-only", action="store_true", help="sdists and the pure wheel, no containers"
    )
    parser.add_argument("--images", choices=("auto", "official", "local"), default="auto")
    parser.add_argument(
        "--repository", type=Path, default=Path(), metavar="DIR", help="default: this folder"
    )
    parser.add_argument(
        "--wheels",
        type=Path,
        metavar="DIR",
        help="wheels and record to confirm, or a release folder (default: wheelhouse, if it has "
        "a record)",
    )
    parser.add_argument(
        "--against",
        metavar="NAME==VERSION",
        help="instead: rebuild a published wheel from its sdist, and name what differs",
    )
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(args: argparse.Namespace) -> int:
    """Build twice and compare."""
    from npwheel.prove import record
    from npwheel.release import contents
    from npwheel.release.reproduce import reproduce

    begun = time.monotonic()

    def say(text: str) -> None:
        terminal.err(f"[{time.monotonic() - begun:4.0f} s] {text}")

    build = ["--images", args.images]
    build += [word for name in args.target for word in ("--target", name)]
    if args.against:
        return _against(args.against, build, say, as_json=args.json)
    wheels = args.wheels
    if wheels is None and (args.repository / "wheelhouse" / record.NAME).is_file():
        wheels = args.repository / "wheelhouse"
    found = reproduce(
        args.repository,
        None if args.packages_only else build,
        contents.read(args.repository),
        say,
        wheels,
    )
    if args.json:
        rows = [
            {
                "file": c.file,
                "sha256": c.sha256,
                "difference": str(c.difference or c.apart or ""),
                "released": c.released,
                "verdict": c.verdict,
            }
            for c in found
        ]
        terminal.document({"schema_version": 1, "files": rows})
    else:
        for entry in found:
            terminal.out(f"{entry.verdict:<9} {entry.file} {entry.sha256}")
            if entry.verdict == "denied":
                terminal.out(f"          the released one has sha256 {entry.released}")
            if entry.difference or entry.apart:
                terminal.out(f"          {entry.difference or entry.apart}")
    return 1 if any(entry.verdict in ("differs", "denied") for entry in found) else 0


def _against(
    requirement: str, build: list[str], say: Callable[[str], None], *, as_json: bool
) -> int:
    from npwheel.release.against import against

    found = against(requirement, build, say)
    if as_json:
        terminal.document({"schema_version": 1, "wheels": [asdict(entry) for entry in found]})
        return 0 if all(entry.alike for entry in found) else 1
    for entry in found:
        word = "alike" if entry.alike else "differs" if entry.published else "unknown"
        terminal.out(f"{word:<9} {entry.file} and {entry.published or 'no published wheel'}")
        for member, how in entry.differences:
            terminal.out(f"          {member}: {how}")
    return 0 if all(entry.alike for entry in found) else 1
