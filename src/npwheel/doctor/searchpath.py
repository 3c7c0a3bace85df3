"""Why an entry is on sys.path, and how its user takes it off again."""

import os
import shlex
from typing import List, Tuple

from npwheel.doctor.case import Case


def how_added(case: Case, place: str) -> str:
    """What put that entry on sys.path, as a noun: PYTHONPATH, the current folder …"""
    real = os.path.realpath(place)
    if real in [os.path.realpath(entry) for entry in pythonpath(case)]:
        return "PYTHONPATH"
    if case.script and real == os.path.realpath(os.path.dirname(case.script)):
        return "the folder of the script"
    if case.cwd and real == os.path.realpath(case.cwd):
        return "the current folder"
    if real == os.path.realpath(str(case.survey.get("user_site") or "/nowhere")):
        return "the user's own site folder"
    return "sys.path"


def without_entry(case: Case, place: str) -> Tuple[str, str]:
    """(platform, command) that takes an entry off sys.path."""
    way = how_added(case, place)
    if way == "PYTHONPATH":
        return "env", without_pythonpath(case, place)
    if way == "the current folder":
        return "env", "cd " + shlex.quote(outside(case.cwd))
    if way == "the user's own site folder":
        return "env", "export PYTHONNOUSERSITE=1"
    return "edit", "take {} off sys.path".format(shlex.quote(place))


def without_pythonpath(case: Case, place: str) -> str:
    """PYTHONPATH without that entry, as a shell line."""
    real = os.path.realpath(place)
    rest = [entry for entry in pythonpath(case) if os.path.realpath(entry) != real]
    if not rest:
        return "unset PYTHONPATH"
    return "export PYTHONPATH=" + shlex.quote(os.pathsep.join(rest))


def pythonpath(case: Case) -> List[str]:
    """The entries of PYTHONPATH, absolute."""
    if (case.survey.get("flags") or {}).get("ignore_environment") and not case.silent:
        return []
    value = case.machine.env.get("PYTHONPATH", "")
    return [os.path.join(case.cwd, entry) for entry in value.split(os.pathsep) if entry]


def outside(folder: str) -> str:
    """The nearest folder above that is no part of a package or of site-packages."""
    at = folder
    while at != "/" and (
        os.path.isfile(os.path.join(at, "__init__.py")) or is_site(at) or at == folder
    ):
        at = os.path.dirname(at)
    return at


def is_site(folder: str) -> bool:
    """Whether packages are installed into that folder."""
    return os.path.basename(folder) in ("site-packages", "dist-packages")
