"""`npwheel where`: check which real-world platforms can run a wheel."""

from __future__ import annotations

import argparse
from pathlib import Path

from npwheel.core import terminal
from npwheel.core.errors import NpwheelError, UsageError
from npwheel.numpy_releases import table
from npwheel.places import Place, load
from npwheel.report.where_report import places_text, where_json, where_text
from npwheel.where import wheel_facts
from npwheel.where.candidates import Candidate, of_release, read
from npwheel.where.compatibility import NO, UNKNOWN, answer
from npwheel.where.machines import machines

EPILOG = """\
Nothing is installed or run: the answer comes from what the wheels say and hold, and from
tables of places, pips and NumPy releases that come with npwheel.
outcomes: runs; with care (an option or a pin is needed, and named); no; unknown
exit codes: 0 answered; 2 usage; 3 a wheel cannot be read; 12 the index cannot be read;
with --check: 1 a machine says no, 3 nobody can say
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line."""
    parser.epilog = EPILOG
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument(
        "wheels",
        nargs="*",
        metavar="WHEEL",
        help="wheel files of one project, or NAME==VERSION for all wheels of a release",
    )
    parser.add_argument(
        "--place",
        action="append",
        default=[],
        metavar="WORD",
        help="only places whose family, id or name has this word (pi, alpine, gcp, …); repeatable",
    )
    parser.add_argument("--arch", metavar="NAME", help="only machines of this architecture")
    parser.add_argument("--python", metavar="X.Y", help="only machines with this Python")
    parser.add_argument("--places", action="store_true", help="print the places and their sources")
    parser.add_argument("--check", action="store_true", help="exit 1 unless it runs on all of them")
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(args: argparse.Namespace) -> int:
    """Print the answers."""
    places = _places(args.place)
    if args.places:
        if args.json:
            rows = [place._asdict() for place in places]
            terminal.document({"schema_version": 1, "places": rows})
        else:
            terminal.out(places_text(places))
        return 0
    chosen = [
        machine
        for machine in machines(places)
        if args.arch in (None, machine.arch) and args.python in (None, machine.minor)
    ]
    if not chosen:
        raise UsageError(
            "no machine of those places fits --arch and --python",
            next="`npwheel where --places` lists what there is",
        )
    candidates = _candidates(args.wheels)
    found = answer(candidates, chosen, wheel_facts)
    old = table.outdated(on_index=_newest_on_index(args.wheels))
    if old:
        terminal.err(f"note: {old}")
    if args.json:
        terminal.document(where_json(candidates[0].project, found))
    else:
        terminal.out(where_text(found))
    outcomes = {entry.outcome for entry in found}
    if args.check and outcomes & {NO, UNKNOWN}:
        return 1 if NO in outcomes else 3
    return 0


def _newest_on_index(names: list[str]) -> str:
    """The newest NumPy on the index, where a name had it read; "" elsewhere."""
    if all(name.endswith(".whl") for name in names):
        return ""
    from npwheel.core import index, wheel_selection

    try:
        return wheel_selection.newest_final(index.files("numpy"))
    except NpwheelError:
        return ""


def _candidates(names: list[str]) -> list[Candidate]:
    if not names:
        raise UsageError("no wheel is named", next="name wheel files, or NAME==VERSION")
    found: list[Candidate] = []
    for name in names:
        if name.endswith(".whl"):
            found.append(read(Path(name)))
        else:
            found += of_release(name)
    projects = sorted({candidate.project for candidate in found})
    if len(projects) > 1:
        raise UsageError(
            f"the wheels belong to several projects: {', '.join(projects)}",
            next="ask about one project at a time",
        )
    return found


def _places(words: list[str]) -> list[Place]:
    places = load()
    if not words:
        return places
    found = []
    for word in words:
        lower = word.lower()
        fitting = [p for p in places if lower == p.family]
        fitting = fitting or [p for p in places if lower in p.id or lower in p.name.lower()]
        if not fitting:
            families = ", ".join(dict.fromkeys(p.family for p in places))
            raise UsageError(
                f"no place is called {word}",
                next=f"families are: {families}; `npwheel where --places` lists all",
            )
        found += [place for place in fitting if place not in found]
    return found
