"""`npwheel release`: prepare and check a release without uploading it."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from npwheel.core import process, targets, terminal
from npwheel.core.errors import BuildError, UsageError

EPILOG = """\
The folder holds what is uploaded, with SHA256SUMS. A dry run needs no tag, takes wheels that
were built on local images too, and marks all that it makes.
exit codes: 0 done; 1 refused, each reason is a line; 2 usage; 17 no record or no release
folder; else as `npwheel build`
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line."""
    parser.epilog = EPILOG
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("tag", nargs="?", help="vX.Y.Z")
    parser.add_argument(
        "--preflight",
        action="store_true",
        help="check tag, versions, changelog and working tree, and stop",
    )
    parser.add_argument("--dry-run", action="store_true", help="no tag needed; local images taken")
    parser.add_argument(
        "--wheels",
        type=Path,
        metavar="DIR",
        help="wheels that were built and recorded (default: build them into wheelhouse)",
    )
    parser.add_argument(
        "--images",
        choices=("auto", "official", "local"),
        default="auto",
        help="for the build; as `npwheel build --images`",
    )
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FOLDER",
        help="the release folder, made anew (default: dist/vX.Y.Z, dist/vX.Y.Z-dry-run)",
    )
    parser.add_argument("--repository", type=Path, default=Path(), metavar="DIR")
    parser.add_argument(
        "--check",
        type=Path,
        metavar="FOLDER",
        help="instead: is a release folder still as it was made, and no dry run?",
    )
    parser.add_argument("--json", action="store_true", help="the outcome as JSON")


def run(args: argparse.Namespace) -> int:
    """Prepare a release, or check a folder."""
    if args.check:
        return _check(args.check, dry_run=args.dry_run)
    if not args.tag:
        raise UsageError("no tag is named", next="npwheel release [--dry-run] vX.Y.Z")
    from npwheel.release import contents
    from npwheel.release import run as release

    begun = time.monotonic()

    def say(text: str) -> None:
        terminal.err(f"[{time.monotonic() - begun:4.0f} s] {text}")

    request = release.ReleaseRequest(
        tag=args.tag,
        repository=args.repository,
        wheels=args.wheels or args.repository / "wheelhouse",
        targets=contents.read(args.repository).targets
        or tuple(target.name for target in targets.choose([])),
        output=args.output or Path("dist", args.tag + ("-dry-run" if args.dry_run else "")),
        dry_run=args.dry_run,
    )
    refused = release.before(request)
    if refused:
        return _report(release.ReleaseOutcome(None, tuple(refused)), args)
    if args.preflight:
        terminal.err(f"{args.tag}: versions, changelog and working tree agree")
        return 0
    if args.wheels is None:
        _build(request.repository, args.images, request.wheels)
    return _report(release.prepare(request, say), args)


def _build(repository: Path, images: str, output: Path) -> None:
    from npwheel.release import contents

    for entry in contents.read(repository).distributions:
        if entry.pure:
            continue
        command = process.python("npwheel", "build", str((repository / entry.folder).absolute()))
        command += ["--images", images, "--output", str(output.absolute())]
        code = process.run(command, stdout=sys.stderr.buffer, stderr=None).code
        if code:
            raise BuildError(
                f"the wheels of {entry.name} were not built: `npwheel build` ended with {code}"
            )


def _report(outcome: object, args: argparse.Namespace) -> int:
    from npwheel.release.run import ReleaseOutcome

    assert isinstance(outcome, ReleaseOutcome)
    if args.json:
        found = {
            "schema_version": 1,
            "folder": str(outcome.folder) if outcome.folder else None,
            "refusals": [str(refusal) for refusal in outcome.refusals],
            "marks": list(outcome.marks),
        }
        terminal.document(found)
    for refusal in outcome.refusals:
        terminal.err(f"refused: {refusal}")
    for mark in outcome.marks:
        terminal.err(f"a real release would refuse: {mark}")
    if outcome.folder and not args.json:
        terminal.out(str(outcome.folder))
    return 0 if outcome.folder else 1


def _check(place: Path, *, dry_run: bool) -> int:
    from npwheel.release import folder

    about, found = folder.check(place)
    wrong = list(found)
    if about.dry_run and not dry_run:
        wrong.append("it was made by a dry run")
    for line in wrong:
        terminal.err(f"refused: {place}: {line}")
    if not wrong:
        terminal.out(f"{place}: v{about.version} of {about.commit}, as it was made")
    return 1 if wrong else 0
