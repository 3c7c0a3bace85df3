"""Why an entry is on sys.path, and how its user takes it off again."""

import os
import shlex
from typing import List, Tuple

from npwheel.doctor.python_environment import PythonEnvironment


def how_added(environment: PythonEnvironment, place: str) -> str:
    """What put that entry on sys.path, as a noun: PYTHONPATH, the current folder …"""
    real = os.path.realpath(place)
    if real in [os.path.realpath(entry) for entry in pythonpath(environment)]:
        return "PYTHONPATH"
    if environment.script and real == os.path.realpath(os.path.dirname(environment.script)):
        return "the folder of the script"
    if environment.cwd and real == os.path.realpath(environment.cwd):
        return "the current folder"
    if real == os.path.realpath(str(environment.survey.get("user_site") or "/nowhere")):
        return "the user's own site folder"
    return "sys.path"


def without_entry(environment: PythonEnvironment, place: str) -> Tuple[str, str]:
    """(platform, command) that takes an entry off sys.path."""
    way = how_added(environment, place)
    if way == "PYTHONPATH":
        return "env", without_pythonpath(environment, place)
    if way == "the current folder":
        return "env", "cd " + shlex.quote(outside(environment.cwd))
    if way == "the user's own site folder":
        return "env", "export PYTHONNOUSERSITE=1"
    return "edit", "take {} off sys.path".format(shlex.quote(place))


def without_pythonpath(environment: PythonEnvironment, place: str) -> str:
    """PYTHONPATH without that entry, as a shell line."""
    real = os.path.realpath(place)
    rest = [entry for entry in pythonpath(environment) if os.path.realpath(entry) != real]
    if not rest:
        return "unset PYTHONPATH"
    return "export PYTHONPATH=" + shlex.quote(os.pathsep.join(rest))


def pythonpath(environment: PythonEnvironment) -> List[str]:
    """The entries of PYTHONPATH, absolute."""
    if (environment.survey.get("flags") or {}).get("ignore_environment") and not environment.silent:
        return []
    value = environment.machine.env.get("PYTHONPATH", "")
    return [os.path.join(environment.cwd, entry) for entry in value.split(os.pathsep) if entry]


def outside(folder: str) -> str:
    """The nearest folder above that is not part of a package or of site-packages."""
    at = folder
    while at != "/" and (
        os.path.isfile(os.path.join(at, "__init__.py")) or is_site(at) or at == folder
    ):
        at = os.path.dirname(at)
    return at


def is_site(folder: str) -> bool:
    """Whether packages are installed into that folder."""
    return os.path.basename(folder) in ("site-packages", "dist-packages")
