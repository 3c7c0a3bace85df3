"""`npwheel prove`: install wheels on the systems of users and test them there."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from npwheel.core import files, terminal
from npwheel.core.errors import NotChecked, ProofError, UsageError

EPILOG = """\
Systems, CPUs and official images are listed in ci/systems.toml. Where the folder of the
wheels holds npwheel.json, proofs are added to it and report.html is written beside it.
exit codes: 0 no proof failed; 2 usage; 3 a system or CPU asked for by name could not run;
10 no engine; 12 the index cannot be read; 16 a proof failed; 17 record; 130 interrupted
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line."""
    parser.epilog = EPILOG
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument(
        "wheels",
        nargs="*",
        metavar="WHEEL",
        help="wheels, folders of them, or NAME==VERSION for the published wheels that each "
        "system's pip would choose (default: wheelhouse)",
    )
    parser.add_argument(
        "--system",
        action="append",
        default=[],
        metavar="NAME",
        help="only this system; repeatable (default: all, and all CPUs)",
    )
    parser.add_argument(
        "--cpu",
        action="append",
        default=[],
        metavar="NAME",
        help="only this emulated CPU; repeatable, may go with --system",
    )
    parser.add_argument(
        "--images",
        choices=("auto", "official", "local"),
        default="auto",
        help="official images, roots made from packages, or whichever can be had (default)",
    )
    parser.add_argument(
        "--test",
        default="",
        metavar="COMMAND",
        help="shell command that proves the wheel beyond importing it",
    )
    parser.add_argument(
        "--numpy",
        choices=("pre",),
        help="also prove with the newest pre-release of NumPy, where one is newer",
    )
    parser.add_argument(
        "--nightly-index",
        default="",
        metavar="URL",
        help="look for that pre-release on this index too; implies --numpy pre",
    )
    parser.add_argument("--report", type=Path, metavar="FILE", help="where the page goes")
    parser.add_argument("--engine", choices=("docker", "podman"), help="default: whichever works")
    parser.add_argument("--jobs", type=int, default=0, metavar="N", help="systems side by side")
    parser.add_argument("--setup", action="store_true", help="install what is missing")
    parser.add_argument(
        "--no-run", action="store_true", help="run nothing: matrix and page of what is recorded"
    )
    parser.add_argument("--json", action="store_true", help="print the matrix as JSON")


def run(args: argparse.Namespace) -> int:
    """Prove; the matrix goes to stdout. Raises ProofError or NotChecked after it."""
    from npwheel.cli.progress import ConsoleProgress
    from npwheel.core.requirements import parse_release
    from npwheel.prove import run as prove
    from npwheel.prove.proof import FAIL
    from npwheel.prove.record import NAME
    from npwheel.report.html_report import html_report
    from npwheel.report.matrix_report import matrix_text

    releases = tuple(filter(None, map(parse_release, args.wheels)))
    given = [Path(text) for text in args.wheels if parse_release(text) is None]
    wheels = _wheels(given if args.wheels else [Path("wheelhouse")])
    options = prove.ProveOptions(
        wheels=wheels,
        releases=releases,
        systems=tuple(args.system),
        cpus=tuple(args.cpu),
        images=args.images,
        setup=args.setup,
        engine=args.engine,
        jobs=args.jobs,
        test=args.test,
        following=args.numpy == "pre",
        nightly=args.nightly_index,
        run=not args.no_run,
    )
    with ConsoleProgress() as progress:
        result = prove.prove(options, progress)
    if args.json:
        terminal.document(result.as_json())
    else:
        terminal.out(matrix_text(result))
    folder = result.wheels[0].wheel.path.parent
    report = args.report
    if report is None and (folder / NAME).exists():
        report = folder / "report.html"
    if report is None:
        terminal.err(f"not recorded: {folder} has no {NAME}; --report writes the page")
    else:
        _write(report, html_report(result, time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())))
        terminal.err(f"the page: {report}")
    terminal.err(f"logs: {result.logs}")
    failed = [proof for proof in result.proofs() if proof.outcome == FAIL]
    if failed:
        raise ProofError(
            f"{len(failed)} of {len(result.proofs())} cells failed, the first: "
            f"{failed[0].where}, Python {failed[0].python}, numpy {failed[0].numpy}",
            why=failed[0].reason,
        )
    idle = result.idle(args.system, args.cpu)
    if idle:
        raise NotChecked(
            "asked for by name but not run: " + ", ".join(name for name, _ in idle),
            why="; ".join(dict.fromkeys(reason for _, reason in idle)),
        )
    return 0


def _wheels(given: list[Path]) -> tuple[Path, ...]:
    """Wheels named, and those in folders named. Raises UsageError where there is none."""
    found: dict[Path, None] = {}
    for path in given:
        own = sorted(path.glob("*.whl")) if path.is_dir() else [path]
        if not own:
            raise UsageError(f"{path} holds no wheel", next="build one with `npwheel build`")
        found.update(dict.fromkeys(own))
    return tuple(found)


def _write(path: Path, text: str) -> None:
    try:
        files.write_text(path, text)
    except OSError as error:
        raise UsageError(f"{path} cannot be written", why=str(error)) from error
