"""Which installer owns a file: pip (RECORD), dpkg, apk, rpm or conda.

What is broken is repaired by the installer that owns it; a file that nobody
owns is the user's own.
"""

import os
import subprocess
from typing import List, NamedTuple, Optional

from npwheel.doctor import installed
from npwheel.doctor.installed import Distribution
from npwheel.doctor.python_environment import PythonEnvironment

DPKG = "/var/lib/dpkg/info"
APK = ("/lib/apk/db/installed", "/usr/lib/apk/db/installed")
LARGEST = 256 << 20


class Owner(NamedTuple):
    """The package that a file came with."""

    manager: str  # pip, conda, apt, apk or dnf
    package: str  # its name for that manager
    version: str  # empty where it is not known
    dist: Optional[Distribution]  # its Python metadata, if it has any


def owner_of(environment: PythonEnvironment, path: str) -> Optional[Owner]:
    """The package that brought a file or a folder; None if nobody knows it."""
    found: Optional[Owner] = environment.once(("owner", path), lambda: look_up(environment, path))
    return found


def look_up(environment: PythonEnvironment, path: str) -> Optional[Owner]:
    """The system's package manager first: Debian's Python packages have a RECORD as well."""
    dist = dist_of_file(path, environment.dists)
    paths = list(dict.fromkeys([path, os.path.realpath(path)]))
    if environment.prefix and under(path, environment.prefix) and not environment.in_venv:
        conda = conda_package(environment.prefix, path)
        if conda is not None and (dist is None or installed.installer(dist) in ("conda", "")):
            return Owner("conda", conda[0], conda[1], dist)
    for each in paths:
        if each.startswith(("/usr/", "/lib", "/bin/", "/opt/")):
            for manager, name in (("apt", dpkg(each)), ("apk", apk(each)), ("dnf", rpm(each))):
                if name:
                    return Owner(manager, name, "", dist)
    return None if dist is None else Owner("pip", dist.name, dist.version, dist)


def dist_of_file(path: str, dists: List[Distribution]) -> Optional[Distribution]:
    """The distribution whose RECORD lists a file, or files below a folder."""
    below = path.rstrip("/") + "/"
    for dist in dists:
        if path.startswith(dist.place.rstrip("/") + "/"):
            for row in installed.record(dist):
                if row.path == path or row.path.startswith(below):
                    return dist
    return None


def under(path: str, folder: str) -> bool:
    """Whether a path lies below a folder."""
    return path.startswith(folder.rstrip("/") + "/")


def dpkg(path: str) -> str:
    """The Debian package that lists a path; /lib and /usr/lib are one folder on newer systems."""
    forms = {path, path[4:] if path.startswith("/usr/lib") else "/usr" + path}
    wanted = [b"\n" + os.fsencode(form) + b"\n" for form in forms]
    for name in installed.listing(DPKG):
        if name.endswith(".list"):
            text = b"\n" + installed.head(os.path.join(DPKG, name), LARGEST)
            if any(line in text for line in wanted):
                return name[: -len(".list")].partition(":")[0]
    return ""


def apk(path: str) -> str:
    """The Alpine package that lists a path."""
    folder, base = os.path.split(path.lstrip("/"))
    for database in APK:
        package = here = ""
        for line in installed.head(database, LARGEST).decode("utf-8", "replace").splitlines():
            if line.startswith("P:"):
                package = line[2:]
            elif line.startswith("F:"):
                here = line[2:]
                if here == path.lstrip("/"):
                    return package
            elif line.startswith("R:") and here == folder and line[2:] == base:
                return package
    return ""


def rpm(path: str) -> str:
    """The RPM that owns a path."""
    if not os.path.isdir("/var/lib/rpm") and not os.path.isdir("/usr/lib/sysimage/rpm"):
        return ""
    try:
        done = subprocess.run(
            ["rpm", "-qf", "--qf", "%{NAME}\\n", path],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            timeout=20,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    words = done.stdout.decode("utf-8", "replace").split()
    return words[0] if done.returncode == 0 and words else ""


def conda_package(prefix: str, path: str) -> "Optional[tuple[str, str]]":
    """(name, version) of the conda package that lists a path."""
    folder = os.path.join(prefix, "conda-meta")
    inner = os.fsencode('"' + os.path.relpath(path, prefix))
    for name in installed.listing(folder):
        if name.endswith(".json"):
            text = installed.head(os.path.join(folder, name), LARGEST)
            if inner + b'"' in text or inner + b"/" in text:
                package, version, _ = name.rsplit("-", 2)
                return package, version
    return None


def package_of(path: str) -> str:
    """The outermost package (a folder with __init__.py) that a path lies in; empty if in none."""
    found, folder = "", path if os.path.isdir(path) else os.path.dirname(path)
    while installed.is_file(os.path.join(folder, "__init__.py")):
        found, folder = folder, os.path.dirname(folder)
    return found
