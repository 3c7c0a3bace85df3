"""`npwheel audit`: read a wheel's NumPy range and compare it with its metadata."""

from __future__ import annotations

import argparse
import json
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

from npwheel.audit import catalogue
from npwheel.audit.audit_wheel import audit_installed, audit_wheel
from npwheel.audit.model import WheelReport
from npwheel.core import terminal
from npwheel.core.errors import NotChecked, UsageError
from npwheel.core.requirements import parse_release
from npwheel.numpy_releases import table
from npwheel.report import (
    audit_github,
    audit_json,
    audit_rules,
    audit_sarif,
    audit_table,
    audit_text,
)

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
        "wheels",
        nargs="*",
        metavar="WHEEL",
        help="wheel files, folders of them, or NAME==VERSION; with --installed, distributions",
    )
    parser.add_argument("--installed", action="store_true", help="audit what is installed here")
    parser.add_argument(
        "--platform",
        action="append",
        default=[],
        metavar="TAG",
        help="of NAME==VERSION: manylinux_2_28_x86_64, …; repeatable (default: all its wheels)",
    )
    parser.add_argument("--python", metavar="X.Y", help="of NAME==VERSION: 3.12, 3.13t")
    parser.add_argument(
        "--with-numpy",
        metavar="VERSION",
        help="with --installed: what stops working if that NumPy is installed, and what fixes it",
    )
    parser.add_argument(
        "-r",
        "--requirements",
        metavar="FILE",
        type=Path,
        help="the NumPy range on which all wheels that requirements.txt, pylock.toml, uv.lock or "
        "poetry.lock pins load; for --platform and --python",
    )
    parser.add_argument("--full", action="store_true", help="also ask auditwheel and abi3audit")
    parser.add_argument(
        "--select",
        action="append",
        default=[],
        metavar="ID",
        help="only these rules; NPA1 stands for NPA101, NPA102, …; repeatable, or with commas",
    )
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
        terminal.out(audit_rules.page(catalogue.rule(args.explain)))
        return 0
    if args.list:
        rules = catalogue.all_rules()
        if args.markdown:
            terminal.out(audit_rules.document(rules), end="")
        else:
            terminal.out(audit_rules.listing(rules))
        return 0
    if args.json and args.format not in (None, "json"):
        raise UsageError(f"--json and --format {args.format} exclude each other")
    if args.requirements:
        return _together(args)
    if args.with_numpy:
        return _upgrade(args)
    reports = list(_reports(args))
    old = table.outdated()
    if old:
        terminal.err(f"note: {old}")
    kind = args.format or ("json" if args.json else "text")
    _print(kind, reports, args.verbose, as_table=_is_release(args) and len(reports) > 1)
    return exit_code(reports, args.strict)


def _upgrade(args: argparse.Namespace) -> int:
    """Print what stops working with another NumPy. 1: something does; 3: not all could be read."""
    from npwheel.audit.newest_release import newest_wheel
    from npwheel.audit.upgrade import BREAKS, DOUBT, FORBIDS, prospects
    from npwheel.report.upgrade import upgrade_json, upgrade_text
    from npwheel.wheel.installed_wheel import installed_names

    release = parse_release(f"numpy=={args.with_numpy}")
    if not args.installed or release is None or args.format not in (None, "text", "json"):
        raise UsageError(
            "--with-numpy takes one release, with --installed, as text or JSON",
            next="npwheel audit --installed --with-numpy 2.2.6",
        )
    numpy = str(release.version)
    found = prospects(args.wheels or installed_names(), numpy, newest_wheel)
    if args.json or args.format == "json":
        terminal.document(upgrade_json(numpy, found))
    else:
        terminal.out(upgrade_text(numpy, found))
    outcomes = {entry.outcome for entry in found}
    if outcomes & {BREAKS, FORBIDS}:
        return 1
    return 3 if DOUBT in outcomes else 0


def _together(args: argparse.Namespace) -> int:
    """Print on which NumPy all pinned wheels load. 1: on none, or not on the pinned one."""
    from npwheel.audit import common_numpy, fetch, lock_files
    from npwheel.report.together import together_json, together_text

    if args.wheels or len(args.platform) > 1 or args.format not in (None, "text", "json"):
        raise UsageError(
            "-r takes no other wheels, one --platform, and prints text or JSON",
            next="npwheel audit -r requirements.txt --platform manylinux_2_28_x86_64",
        )
    _check_python(args.python)
    platform = args.platform[0] if args.platform else fetch.running_platform()
    python = args.python or fetch.running_python()
    found = common_numpy.judged(lock_files.read(args.requirements), platform, python)
    if args.json or args.format == "json":
        terminal.document(together_json(found))
    else:
        terminal.out(together_text(found))
    refused = found.locked and any(found.locked not in need.releases for need in found.needs)
    if refused or found.conflicts or (found.needs and not found.releases):
        return 1
    return 3 if found.unread else 0


def _check_python(python: str | None) -> None:
    if python and not _PYTHON.fullmatch(python):
        raise UsageError(f"--python {python} is no Python, expected 3.12 or 3.13t")


def exit_code(reports: list[WheelReport], strict: bool) -> int:
    """1 for errors, 3 where something could not be checked, 0 only where all is fine."""
    if any(report.failed(strict) for report in reports):
        return 1
    return 3 if not reports or any(report.unchecked for report in reports) else 0


def _is_release(args: argparse.Namespace) -> bool:
    """Are all wheels of one release asked for?"""
    whole = len(args.wheels) == 1 and not (args.installed or args.platform or args.python)
    return whole and not _is_there(args.wheels[0]) and parse_release(args.wheels[0]) is not None


def _print(kind: str, reports: list[WheelReport], verbose: bool, *, as_table: bool) -> None:
    if kind == "json":
        terminal.document(json.loads(audit_json.render(reports)))
    elif kind == "sarif":
        terminal.document(json.loads(audit_sarif.render(reports, catalogue.all_rules())))
    elif as_table and kind == "text" and not verbose:
        terminal.out(audit_table.render(reports))
    else:
        github = kind == "github"
        text = audit_github.render(reports) if github else audit_text.render(reports, verbose)
        if text:
            terminal.out(text)


def _reports(args: argparse.Namespace) -> Iterator[WheelReport]:
    rules = catalogue.chosen(_words(args.select), _words(args.ignore))
    if args.installed:
        from npwheel.wheel.installed_wheel import installed_names

        for name in args.wheels or installed_names():
            yield audit_installed(name, rules, _AuditProgress(name))
        return
    if not args.wheels:
        raise UsageError("no wheel is named", next="npwheel audit WHEEL…, or --installed")
    for path in _paths(args):
        yield audit_wheel(path, rules, args.full, _AuditProgress(path.name))


def _paths(args: argparse.Namespace) -> Iterator[Path]:
    for word in args.wheels:
        if os.path.isdir(word):  # noqa: PTH112 (unlike pathlib's, it takes every name)
            found = _inside(word)
            if not found:
                raise UsageError(f"no wheel lies in {word}", next="name a folder with .whl files")
            yield from found
        elif _is_there(word):
            yield Path(word)
        elif release := parse_release(word):
            from npwheel.audit import fetch  # reads the index, which takes long to import

            _check_python(args.python)
            yield from fetch.wheels(release, args.platform, args.python)
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


class _AuditProgress:
    """A line on a terminal's stderr once a wheel takes longer than a moment."""

    def __init__(self, name: str) -> None:
        self._name = terminal.plain(name)[:60]
        self._begun = time.monotonic()
        self._live = terminal.is_live()

    def __call__(self, done: int, of: int) -> None:
        if self._live and time.monotonic() - self._begun > _SOON:
            terminal.erase(0)
            if done < of:
                terminal.err(f"{self._name}: {100 * done // max(of, 1)} % read", end="")
