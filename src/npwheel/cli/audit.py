"""`npwheel audit`: on which NumPy does a wheel load, and is its metadata true?"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from npwheel.audit import catalogue, fetch
from npwheel.audit.model import WheelReport
from npwheel.audit.one import audit_installed, audit_wheel
from npwheel.core.errors import NotChecked, UsageError
from npwheel.core.requirements import parse_release
from npwheel.numpy_releases import table
from npwheel.report import audit_github, audit_json, audit_rules, audit_sarif, audit_text
from npwheel.report.plain import plain

FORMATS = ("text", "json", "github", "sarif")
_PYTHON = re.compile(r"\d\.\d{1,2}t?")
_SOON = 2.0  # seconds before a progress line appears


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line."""
    parser.epilog = (
        "exit codes: 0 nothing found; 1 an error was found (--strict: or a warning); 2 usage; "
        "3 something could not be checked. 1 goes before 3."
    )
    parser.add_argument(
        "wheels", nargs="*", metavar="WHEEL",
        help="wheel files, folders of them, or NAME==VERSION; with --installed, distributions",
    )  # fmt: skip
    parser.add_argument("--installed", action="store_true", help="audit what is installed here")
    parser.add_argument(
        "--platform", action="append", default=[], metavar="TAG",
        help="of NAME==VERSION: manylinux_2_28_x86_64, musllinux_1_2_aarch64, …; repeatable",
    )  # fmt: skip
    parser.add_argument("--python", metavar="X.Y", help="of NAME==VERSION: 3.12, 3.13t")
    parser.add_argument("--full", action="store_true", help="also ask auditwheel and abi3audit")
    parser.add_argument(
        "--select", action="append", default=[], metavar="ID",
        help="only these rules; NPA1 stands for NPA101, NPA102, …; repeatable, or with commas",
    )  # fmt: skip
    parser.add_argument("--ignore", action="append", default=[], metavar="ID", help="not these")
    parser.add_argument("--strict", action="store_true", help="warnings give exit code 1 too")
    parser.add_argument("--format", choices=FORMATS, default=None, help="default: text")
    parser.add_argument("--json", action="store_true", help="the same as --format json")
    parser.add_argument("-v", "--verbose", action="store_true", help="each module, and notes")
    parser.add_argument("--list", action="store_true", help="name all rules")
    parser.add_argument("--markdown", action="store_true", help="with --list: the whole document")
    parser.add_argument("--explain", metavar="ID", help="print a rule's page")


def run(args: argparse.Namespace) -> int:
    """Print the audit; the exit code. Raises UsageError."""
    if args.explain:
        print(audit_rules.page(catalogue.rule(args.explain)))
        return 0
    if args.list:
        rules = catalogue.all_rules()
        print(audit_rules.document(rules) if args.markdown else audit_rules.listing(rules), end="")
        print("" if args.markdown else "\n", end="")
        return 0
    if args.json and args.format not in (None, "json"):
        raise UsageError(f"--json and --format {args.format} exclude each other")
    reports = list(_reports(args))
    old = table.outdated()
    if old:
        print(f"note: {old}", file=sys.stderr)
    text = _rendered(args, reports)
    if text:
        print(text)
    return exit_code(reports, args.strict)


def exit_code(reports: list[WheelReport], strict: bool) -> int:
    """1 for errors, 3 where something could not be checked, 0 only where all is fine."""
    if any(report.failed(strict) for report in reports):
        return 1
    return 3 if not reports or any(report.unchecked for report in reports) else 0


def _rendered(args: argparse.Namespace, reports: list[WheelReport]) -> str:
    kind = "json" if args.json else args.format or "text"
    if kind == "json":
        return audit_json.render(reports)
    if kind == "sarif":
        return audit_sarif.render(reports, catalogue.all_rules())
    if kind == "github":
        return plain(audit_github.render(reports))
    return plain(audit_text.render(reports, args.verbose))


def _reports(args: argparse.Namespace) -> Iterator[WheelReport]:
    rules = catalogue.chosen(_words(args.select), _words(args.ignore))
    if args.installed:
        from npwheel.wheel.installed_wheel import installed_names

        for name in args.wheels or installed_names():
            yield audit_installed(name, rules, _Progress(name))
        return
    if not args.wheels:
        raise UsageError("no wheel is named", next="npwheel audit WHEEL…, or --installed")
    with tempfile.TemporaryDirectory(prefix="npwheel-audit-") as folder:
        for path in _paths(args, Path(folder)):
            yield audit_wheel(path, rules, args.full, _Progress(path.name))


def _paths(args: argparse.Namespace, folder: Path) -> Iterator[Path]:
    for index, word in enumerate(args.wheels):
        if os.path.isdir(word):  # noqa: PTH112 (unlike pathlib's, it takes every name)
            found = _inside(word)
            if not found:
                raise UsageError(f"no wheel lies in {word}", next="name a folder with .whl files")
            yield from found
        elif _is_there(word):
            yield Path(word)
        elif parse_release(word):
            if args.python and not _PYTHON.fullmatch(args.python):
                raise UsageError(f"--python {args.python} is no Python, expected 3.12 or 3.13t")
            place = folder / str(index)
            place.mkdir()
            yield from fetch.wheels(word, args.platform, args.python, place)
        else:
            raise UsageError(
                f"{word} is neither a file, a folder nor NAME==VERSION", next="look at the name"
            )


def _inside(folder: str) -> list[Path]:
    """The wheels below a folder. Raises NotChecked where a folder cannot be read."""

    def unreadable(error: OSError) -> None:
        raise NotChecked(
            f"the folder {error.filename} cannot be read: {error.strerror}",
            next="make it readable, or name the wheels",
        )

    return sorted(
        Path(place, name)
        for place, _, names in os.walk(folder, onerror=unreadable)
        for name in names
        if name.endswith(".whl")
    )


def _is_there(word: str) -> bool:
    """Does it name a file, be it one that may not be looked at?"""
    try:
        os.lstat(word)
    except PermissionError:
        return True  # opening it tells what is forbidden
    except (OSError, ValueError):
        return False
    return True


def _words(given: list[str]) -> list[str]:
    return [word for entry in given for word in entry.split(",") if word]


class _Progress:
    """A line on a terminal's stderr once a wheel takes longer than a moment."""

    def __init__(self, name: str) -> None:
        self._name = plain(name)[:60]
        self._begun = time.monotonic()
        self._live = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"

    def __call__(self, done: int, of: int) -> None:
        if self._live and time.monotonic() - self._begun > _SOON:
            end = "\r\x1b[K" if done >= of else ""
            share = 100 * done // max(of, 1)
            print(f"\r{self._name}: {share} % read{end}", end="", file=sys.stderr, flush=True)
