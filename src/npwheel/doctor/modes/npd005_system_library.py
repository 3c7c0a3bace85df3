"""NPD005: a shared library of the operating system is not installed."""

import glob
import os
import re
import shutil
import subprocess
from typing import Dict, List, Optional, Tuple

from npwheel.doctor import data, fixes, installed, linking
from npwheel.doctor.fixes import Pairs
from npwheel.doctor.mode import Mode, reported
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.modes.common import failed_file, quote
from npwheel.doctor.owners import DPKG, owner_of
from npwheel.doctor.python_environment import PythonEnvironment
from npwheel.doctor.saved_text import SavedText
from npwheel.doctor.trial import Trial

NAME = r"(?P<{}>[\w+.-]+\.so(?:\.[\w.]+)?)"
MESSAGE = (
    NAME.format("a")
    + r": cannot open shared object file: No such file"
    + r"|Error loading shared library "
    + NAME.format("b")
)
BLAS = ("libopenblas", "libf77blas", "libcblas", "libatlas", "liblapack", "libblas", "libgfortran")


class SystemLibrary(Mode):
    """piwheels and distribution builds link the system's BLAS; OpenCV needs libGL."""

    id = "NPD005"
    title = "a shared library of the system is missing"
    seen = (
        "libopenblas.so.0: cannot open shared object file: No such file or directory; "
        "libGL.so.1: cannot open shared object file; libgfortran.so.3: cannot open …"
    )
    detected = "DT_NEEDED of the module, resolved as the loader does (RPATH, RUNPATH, ld.so.conf)"
    fixes = (
        ("apt", "{sudo}apt-get install -y {apt}"),
        ("apk", "{sudo}apk add {apk}"),
        ("dnf", "{sudo}dnf install -y {dnf}"),
        ("conda", "conda install -y --prefix {prefix} -c conda-forge {conda}"),
        ("pip", "PIP_CONFIG_FILE=/dev/null {pip} --force-reinstall --no-deps numpy"),
        ("pip", "{pip} --upgrade {owner}"),
        ("edit", "{elsewhere}"),
        ("edit", "find the package that has {names}: apt-file search {first}"),
    )
    sources = (
        "pirate-audio#120",
        "numpy#14772",
        "piwheels/packages#47",
        "medema-group/BiG-SCAPE#213",
    )
    signature = MESSAGE

    def explain(
        self, environment: PythonEnvironment, trial: Trial, match: "re.Match[str]"
    ) -> Optional[DoctorFinding]:
        """Name the library, who needs it and its package; bundled ones are NPD032's."""
        library = match.group("a") or match.group("b")
        if linking.bundled(library) or ".cpython-" in library or not re.match(r"lib|ld-", library):
            return None
        needed_by = failed_file(environment, trial)
        missing = linking.missing(needed_by, environment) if needed_by else []
        names = list(dict.fromkeys(name for name, _ in missing)) or [library]
        if missing and library not in names:
            names.insert(0, library)
        others = other_versions(environment, library)
        because = "the system library {} is not installed".format(" and ".join(names))
        if others:
            because = "{} needs {}, and this system has {}: it was built for {} one".format(
                needed_by or "a module",
                library,
                os.path.basename(others[0]),
                age(library, os.path.basename(others[0])),
            )
        ways, words = remedies(environment, names, needed_by, bool(others))
        return self.failed(
            environment,
            trial.subject,
            because,
            expected=" and ".join(names),
            found=", ".join(others) or "no file of that name where the loader looks",
            evidence=[*reported(trial), *((by, "needs " + name) for name, by in missing)],
            templates=ways,
            **words,
        )

    def read(self, saved: SavedText) -> Optional[DoctorFinding]:
        """The name, and the packages that have it elsewhere."""
        match = saved.search(MESSAGE)
        library = (match.group("a") or match.group("b")) if match else ""
        if match is None or linking.bundled(library) or ".cpython-" in library:
            return None
        if not re.match(r"lib", library):
            return None
        if re.search(r"(?:-packages|/)[\\/]?\S*/" + re.escape(library) + r"['\"]?: ", saved.text):
            return None  # a package brings it: why that does not load is the cause
        apt, elsewhere = package(library)
        ways: List[Tuple[str, str]] = []
        if elsewhere:
            ways.append(("edit", elsewhere))
        elif match.group("b") or re.search(r"(?i)\balpine\b|ld-musl|\bapk\b", saved.text):
            ways.append(("apk", "apk add so:" + library))
        else:
            dnf = ("dnf", "sudo dnf install -y " + quote(library + "()(64bit)"))
            red = re.search(
                r"(?i)fedora|centos|red ?hat|rhel|rocky|alma|amazon linux|amzn", saved.text
            )
            if apt:
                ways.append(("apt", "sudo apt-get install -y " + apt))
            ways.insert(0 if red else len(ways), dnf)
        return self.stated(
            saved, "the shared library " + library + " is not installed", ways, match
        )


def package(library: str) -> Tuple[str, str]:
    """(package of Debian, what else brings it); empty where it is not known."""
    table = data.load("npwheel.doctor", "libraries.json")
    elsewhere = [text for start, text in table["elsewhere"].items() if library.startswith(start)]
    exact: str = table["apt"].get(library, "")
    return exact, elsewhere[0] if elsewhere and not exact else ""


def remedies(
    environment: PythonEnvironment, names: List[str], file: str, others: bool
) -> Tuple[Pairs, Dict[str, str]]:
    """(ways, words): the system's packages that have the libraries, or a newer build."""
    owner = owner_of(environment, file) if file else None
    dist = installed.owner(file, environment.dists) if file else None
    known = [package(name) for name in names]
    apt = [name for name, _ in known if name and offered(environment, name)]
    words = {
        "apt": " ".join(dict.fromkeys(replaced(environment, apt))),
        "apk": " ".join("so:" + name for name in names),
        "dnf": " ".join(quote(name + "()(64bit)") for name in names),
        "conda": " ".join(dict.fromkeys(stem(name) for name in names)),
        "elsewhere": next((text for _, text in known if text), ""),
        "owner": quote(dist.name) if dist else "",
        "names": " and ".join(names),
        "first": quote(names[0]),
        "prefix": environment.shell_prefix,
    }
    manager = fixes.system(environment)
    by = dict(zip(("apt", "apk", "dnf"), SystemLibrary.fixes[:3]))
    ways: List[Tuple[str, str]] = []
    if words["elsewhere"]:
        ways.append(SystemLibrary.fixes[6])
    if manager == "apt" and len(apt) == len(names):
        ways.append(by["apt"])
    elif manager in ("apk", "dnf") and not others:
        ways.append(by[manager])
    if owner is not None and owner.manager == "conda":
        ways.insert(0, SystemLibrary.fixes[3])
    if dist is not None and dist.name == "numpy" and names[0].startswith(BLAS):
        ways.append(SystemLibrary.fixes[4])
    elif dist is not None and (owner is None or owner.manager == "pip"):
        ways.insert(0 if others and not apt else len(ways), SystemLibrary.fixes[5])
    return ways or [SystemLibrary.fixes[7]], words


def offered(environment: PythonEnvironment, name: str) -> bool:
    """Whether apt can install that package, as far as this machine knows; not if it is there."""
    if os.path.exists(os.path.join(DPKG, name + ".list")) or any(
        entry.startswith(name + ":") and entry.endswith(".list")
        for entry in installed.listing(DPKG)
    ):
        return False
    if not fixes.apt_knows() or not shutil.which("apt-cache"):
        return in_time(environment, name)
    try:
        done = subprocess.run(["apt-cache", "showpkg", name], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, timeout=20, check=False)  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return True
    text = done.stdout.decode("utf-8", "replace")
    versions = text.partition("Versions:")[2].partition("Reverse Depends:")[0].strip()
    provided = text.partition("Reverse Provides:")[2].strip()
    return bool(versions or provided)


# The last glibc (and so the release) that has packages which are gone since.
LAST = {
    "libgfortran3": (2, 27), "libgfortran4": (2, 31), "libssl1.0.0": (2, 27), "libffi6": (2, 28),
    "libssl1.1": (2, 31), "libffi7": (2, 31), "libpng12-0": (2, 23), "libtiff5": (2, 35),
    "libwebp6": (2, 31), "libreadline7": (2, 28), "libjasper1": (2, 24), "libatlas3-base": (2, 40),
    "libtinfo5": (2, 38), "libncurses5": (2, 38), "libncursesw5": (2, 38), "libldap-2.4-2": (2, 31),
}  # fmt: skip


def in_time(environment: PythonEnvironment, name: str) -> bool:
    """Whether the release is not too new for a package, where apt has no lists."""
    last = LAST.get(name)
    return last is None or linking.numbers(environment.machine.libc_version)[:2] <= last


def replaced(environment: PythonEnvironment, names: List[str]) -> List[str]:
    """What has another name on this system: Ubuntu's libjpeg, glib of 64-bit time."""
    ubuntu = environment.machine.os_id == "ubuntu"
    return ["libjpeg-turbo8" if ubuntu and n == "libjpeg62-turbo" else n for n in names]


def stem(library: str) -> str:
    """The conda package of a library, by its name: libgfortran of libgfortran.so.5."""
    return library.partition(".so")[0]


def other_versions(environment: PythonEnvironment, library: str) -> List[str]:
    """Files of the same library with another version, where the loader looks."""
    base, _, version = library.partition(".so.")
    found = []
    for folder in linking.system_folders(environment) if version else ():
        for path in sorted(glob.glob(os.path.join(glob.escape(folder), base + ".so.*"))):
            if re.match(r"^[\d.]+$", path.rpartition(".so.")[2]) and os.path.exists(path):
                found.append(path)
    return list(dict.fromkeys(found))[:3]


def age(wanted: str, there: str) -> str:
    """Whether a module was built for an older or a newer library than the one that is there."""
    left, right = (
        linking.numbers(wanted.partition(".so.")[2]),
        linking.numbers(there.partition(".so.")[2]),
    )
    return "an older" if left < right else "a newer"
