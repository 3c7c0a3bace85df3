"""NPD075: a user's own site folder: not looked into, or looked into by the wrong program."""

import glob
import os
import re
from typing import Iterator, List, NamedTuple, Optional, Tuple

from npwheel.doctor import installed
from npwheel.doctor.fixes import managed
from npwheel.doctor.mode import Mode, reported
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.modes.common import quote
from npwheel.doctor.python_environment import PythonEnvironment
from npwheel.doctor.saved_text import SavedText

# Where `pip install --user` puts packages, in tracebacks of the three systems.
USER = (
    r"(?:[A-Za-z]:[^\"\n]{0,120}?[\\/]AppData[\\/]Roaming[\\/]Python[\\/]Python\d+|/Users/[^/\s]+/Library/"
    r"Python/\d[\d.]*/lib/python|/[^\"\s]{0,120}?/\.local/lib/python\d[\d.]*)[\\/](?:lib[\\/]\w+[\\/])?"
    r"site-packages"
)
APPLICATION = (
    r"(?i)[\\/](Blender|QGIS|FreeCAD|GIMP|Maya|Inkscape|KiCad|Krita)[\w.~ -]*[\\/.]|"
    r"[\\/](OSGEO4W)[\w~]*[\\/]|/Applications/([^/\n]+)\.app/|[\\/]apps[\\/](qgis)[\w-]*[\\/]"
)
BINARY = (
    r"\[WinError 193\][^\n]*|not a valid Win32 application|DLL load failed[^\n]*|compiled using "
    r"NumPy 1\.x|size changed, may indicate|multiarray failed to import|undefined symbol"
    r"|compiled against A[BP]I version"
)


class UserSiteModule(NamedTuple):
    """A module in the site folder of a user that is not on this sys.path."""

    folder: str  # that site-packages
    python: str  # X.Y of it
    home: str


class UserSite(Mode):
    """sudo, another version of Python, a variable or a virtual environment leaves it out."""

    id = "NPD075"
    title = "a user's own packages (pip install --user) are left out, or disturb another program"
    seen = "No module named 'x' with sudo, though `pip install` says that it is there"
    detected = "the module in ~/.local of the user, or of SUDO_USER, and why it is not on sys.path"
    fixes = (
        ("edit", "run it without sudo, or for all users: {sudo}{install}"),
        ("env", "unset PYTHONNOUSERSITE"),
        ("pip", "{pip} {name}"),
        ("env", "export PYTHONNOUSERSITE=1"),
    )
    sources = ("gluap/pyduofern#29", "qgis/QGIS#63733", "thegoodhen/AprilTools#15")

    def examine(self, environment: PythonEnvironment) -> Iterator[DoctorFinding]:
        """Only for a module of which there is nothing on sys.path."""
        for trial in environment.failed:
            name = trial.missing_module.partition(".")[0]
            if not name or environment.copies(name) or environment.named(name):
                continue
            for place in places(environment, name):
                why, way = reason(environment, place)
                dist = owner_in(place, name)
                if not dist and "{" in way[1]:  # the name of a module is not one for pip
                    way = (
                        "edit",
                        "install what brings {name} for this Python, or use the one that has it",
                    )
                option = "--break-system-packages " if managed(environment) else ""
                words = (environment.shell_python, option, quote(dist))
                install = "{} -m pip install {}{}".format(*words)
                yield self.failed(
                    environment,
                    trial.subject,
                    "{} is installed in {} alone, {}".format(name, place.folder, why),
                    expected="{} on sys.path".format(name),
                    found="it in " + place.folder,
                    evidence=[*reported(trial), ("has it", os.path.join(place.folder, name))],
                    templates=[way],
                    name=quote(dist or name),
                    install=install,
                )
                break

    def read(self, saved: SavedText) -> Optional[DoctorFinding]:
        """A program with a Python of its own that finds the user's packages first."""
        match = saved.search(BINARY)
        if match is None or saved.building:
            return None
        site = re.search(USER + r"[\\/](\w+)", saved.text)
        outside = re.sub(USER, "", saved.text)
        programs = re.findall(APPLICATION, outside)
        if site is None or not programs:
            return None
        program = next(group for group in programs[-1] if group).replace("OSGEO4W", "QGIS")
        folder, package = site.group()[: -len(site.group(1)) - 1], site.group(1)
        clause = "{} of the user's own folder {} is found by {}, which brings a Python and ".format(
            {"numpy": "NumPy"}.get(package, package), folder, program
        )
        if "193" in match.group() or "Win32" in match.group():
            clause += "packages of its own: it is for another bitness (32 or 64 bit) or machine"
        else:
            clause += "packages of its own, made for another release"
        tool = "set" if saved.system == "windows" else "export"
        advice = "{} PYTHONNOUSERSITE=1 before {} starts; or remove that copy: pip uninstall {}"
        return self.stated(
            saved,
            clause.replace("{", "{{").replace("}", "}}"),
            (("edit", advice.format(tool, program, package)),),
            match,
        )


def places(environment: PythonEnvironment, name: str) -> List[UserSiteModule]:
    """Where users' site folders have the module; those for this Python first."""
    found = []
    for home in homes(environment):
        pattern = os.path.join(glob.escape(home), ".local", "lib", "python3*", "site-packages")
        for folder in sorted(glob.glob(pattern)):
            version = folder.split(os.sep)[-2][len("python") :].rstrip("t")
            if folder not in environment.path and installed.copies(name, [folder], ""):
                found.append(UserSiteModule(folder, version, home))
    return sorted(found, key=lambda place: place.python != environment.python)


def homes(environment: PythonEnvironment) -> List[str]:
    """Home directories: of who called sudo, of this user, and HOME."""
    import pwd

    env = environment.machine.env
    users = [row.pw_dir for row in pwd.getpwall() if row.pw_uid == environment.machine.uid]
    callers = [env.get("SUDO_USER"), env.get("DOAS_USER")]
    found = [row.pw_dir for row in pwd.getpwall() if row.pw_name in callers]
    found += [*users, env.get("HOME", "")]
    return list(dict.fromkeys(home for home in found if home not in ("", "/")))


def reason(environment: PythonEnvironment, place: UserSiteModule) -> Tuple[str, Tuple[str, str]]:
    """Why Python does not look there, and what changes that."""
    env = environment.machine.env
    home = env.get("HOME", "")
    if place.python != environment.python:
        return "which is for Python {}, and this is {}".format(
            place.python, environment.python
        ), UserSite.fixes[2]
    if environment.in_venv:
        return "and a virtual environment does not look there", UserSite.fixes[2]
    if os.path.realpath(place.home) != os.path.realpath(home or "/nowhere"):
        who = env.get("SUDO_USER") or env.get("DOAS_USER")
        if who:
            why = "the folder of user {}, and sudo runs Python as another user".format(who)
            return why, UserSite.fixes[0]
        return "and HOME is {}".format(home or "not set"), (
            "env",
            "export HOME=" + quote(place.home),
        )
    if env.get("PYTHONNOUSERSITE"):
        return "and PYTHONNOUSERSITE keeps Python from looking there", UserSite.fixes[1]
    return "and this Python was started so that it does not look there (-s, -I or -S)", (
        "env",
        "start Python without -s, -I and -S",
    )


def owner_in(place: UserSiteModule, name: str) -> str:
    """The distribution that brings a module of that folder; empty if unknown."""
    for dist in installed.distributions([place.folder]):
        start = os.path.join(place.folder, name)
        rows = installed.record(dist)
        if any(row.path.startswith((start + "/", start + ".")) for row in rows):
            return dist.name
    return ""
