"""`npwheel build`: build, repair, audit and prove the wheels of a project."""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from npwheel.core import terminal
from npwheel.core.errors import NpwheelError, UsageError

if TYPE_CHECKING:
    from npwheel.build.source import Source

EPILOG = """\
Arguments that you do not give come from the project's own [tool.cibuildwheel].
exit codes: 0 proven; 2 usage; 10 no engine; 11 image; 12 plan; 13 build;
14 repair; 15 audit; 16 proof; 17 record; 130 interrupted
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line."""
    parser.epilog = EPILOG
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument(
        "project",
        nargs="?",
        metavar="PROJECT",
        help="a folder, an sdist file, or NAME==VERSION from the index "
        "(default: ext where a project is there, else this folder)",
    )
    parser.add_argument(
        "--target",
        action="append",
        default=[],
        metavar="NAME",
        help="a target in cibuildwheel's words, or `native`; repeatable (default: the four)",
    )
    parser.add_argument(
        "--images",
        choices=("auto", "official", "local"),
        default="auto",
        help="official images, their local stand-ins, or whichever can be had (default)",
    )
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("wheelhouse"),
        metavar="DIR",
        help="where proven wheels and npwheel.json go (default: wheelhouse)",
    )
    parser.add_argument("--engine", choices=("docker", "podman"), help="default: whichever works")
    parser.add_argument("--jobs", type=int, default=0, metavar="N", help="targets side by side")
    parser.add_argument(
        "--all-or-nothing",
        action="store_true",
        help="publish no wheel unless every target is proven (default: those that are)",
    )
    parser.add_argument("--force", action="store_true", help="build even if nothing changed")
    parser.add_argument(
        "--setup",
        action="store_true",
        help="install what is missing (engine, emulators, debootstrap) with the package manager",
    )
    parser.add_argument("--plan", action="store_true", help="print the plan and stop")
    parser.add_argument("--json", action="store_true", help="print plan or record as JSON")


def run(args: argparse.Namespace) -> int:
    """Build, or print the plan; the exit code is that of the first cause."""
    try:
        import cibuildwheel  # noqa: F401
    except ImportError:
        raise UsageError(
            "`npwheel build` needs cibuildwheel, which is not installed",
            next="pip install 'npwheel[build]'",
        ) from None
    from npwheel.build import source

    with tempfile.TemporaryDirectory() as scratch:
        found = source.obtain(args.project or default_project(), Path(scratch))
        for note in found.notes:
            terminal.err(f"{found.file}: {note}")
        return _build(args, found)


def default_project() -> str:
    """The extension of a repository such as npwheel's own, else the project one stands in."""
    return "ext" if Path("ext", "pyproject.toml").is_file() else "."


def _build(args: argparse.Namespace, source: Source) -> int:
    from npwheel.build import project, run
    from npwheel.build.options import BuildOptions
    from npwheel.cli.progress import ConsoleProgress
    from npwheel.core import targets
    from npwheel.prove import record_format
    from npwheel.report.plan_text import plan_text
    from npwheel.report.record_text import record_text

    sdist = {"file": source.file, "sha256": source.sha256} if source.file else {}
    options = BuildOptions(
        project=project.load(source.folder, sdist, source.config),
        targets=targets.choose(args.target),
        images=args.images,
        output=args.output,
        setup=args.setup,
        engine=args.engine,
        jobs=args.jobs,
        force=args.force,
        argument=args.project or "",
        named=bool(args.target),
        all_or_nothing=args.all_or_nothing,
    )
    if args.plan:
        plan = run.make_plan(options, run.make_planner(options, lambda _: None))
        if args.json:
            terminal.document(plan.as_json())
        else:
            terminal.out(plan_text(plan))
        return 0
    try:
        with ConsoleProgress() as progress:
            result = run.run(options, progress)
    except NpwheelError as error:
        _explain(error)
        _page(args.output)  # of what is proven although a target failed
        raise
    fresh = not (result.unchanged and (args.output / "report.html").exists())
    page = _page(args.output) if fresh else None
    if args.json:
        found = {"schema_version": record_format.VERSION, "wheels": list(result.wheels)}
        terminal.document(found)
    else:
        terminal.out(record_text(result.wheels))
    if result.unchanged:
        terminal.err(f"nothing changed since {result.record} was made")
    else:
        terminal.err(f"recorded in {result.record}; logs in {result.logs}")
    if page:
        terminal.err(f"the page: {page}")
    return 0


def _page(folder: Path) -> Path | None:
    """Write report.html beside the record; None where there is no record, or it says nothing."""
    from npwheel.core import files
    from npwheel.prove import record, result
    from npwheel.report.html_report import html_report

    page = folder / "report.html"
    try:
        missing = record.read(folder).missing
        found = result.recorded(folder)
        if not (found.wheels or missing):
            return None
        made = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
        files.write_text(page, html_report(found, made, missing))
    except (NpwheelError, OSError) as error:
        terminal.err(f"{page} is not written: {error}")
        return None
    return page


def _explain(error: NpwheelError) -> None:
    for line in error.tail:
        terminal.err(f"  | {line}")
    if error.kept:
        terminal.err(f"kept with the log: {error.kept}")
    if error.log:
        terminal.err(f"the whole log: {error.log}")
