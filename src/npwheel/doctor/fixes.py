"""From a mode's command templates to the commands of this machine.

A mode declares `fixes = ((platform, template), …)`, the best first. Words in
braces are filled in here, quoted for a POSIX shell. The fix that is shown first
is the first declared one that can be used here.
"""

import os
import shlex
import shutil
from typing import List, Optional, Sequence, Tuple

from npwheel.doctor import installed
from npwheel.doctor.installed import Distribution
from npwheel.doctor.model import Fix
from npwheel.doctor.python_environment import PythonEnvironment

Pairs = Sequence[Tuple[str, str]]  # (platform, template)
UNRUNNABLE = ("edit", "env")
# Options of pip that uv calls otherwise; the rest are the same.
OF_UV = (("--ignore-installed", "--reinstall"),)
PACKAGE = {"apt": "python3-numpy", "apk": "py3-numpy", "dnf": "python3-numpy", "conda": "numpy"}


def system(environment: PythonEnvironment) -> str:
    """The package manager of the operating system: apt, apk, dnf or empty."""
    words = (environment.machine.os_id + " " + environment.machine.os_like).split()
    for name, systems in (
        ("apt", ("debian", "ubuntu", "raspbian")),
        ("apk", ("alpine",)),
        ("dnf", ("rhel", "fedora", "centos", "rocky", "almalinux", "amzn")),
    ):
        if any(word in systems for word in words):
            return name
    return ""


def conda(environment: PythonEnvironment) -> bool:
    """Whether the interpreter is a conda environment's."""
    return os.path.isdir(os.path.join(environment.prefix, "conda-meta"))


def managed(environment: PythonEnvironment) -> bool:
    """Whether pip refuses to install here (PEP 668)."""
    return not environment.in_venv and os.path.isfile(
        os.path.join(environment.stdlib, "EXTERNALLY-MANAGED")
    )


def of_installer(dist: Optional[Distribution], templates: Pairs) -> Pairs:
    """The templates with conda's before pip's where conda installed the distribution.

    Either can be used in a conda environment, but two installers of one package
    leave its files mixed.
    """
    if dist is None or installed.installer(dist) != "conda":
        return templates
    slots = [i for i, (platform, _) in enumerate(templates) if platform in ("conda", "pip")]
    ordered = sorted((templates[i] for i in slots), key=lambda pair: pair[0] != "conda")
    swapped = list(templates)
    for slot, pair in zip(slots, ordered):
        swapped[slot] = pair
    return swapped


def by_system(environment: PythonEnvironment, place: str) -> bool:
    """Whether a folder belongs to the operating system's package manager."""
    if not place.startswith("/usr/lib"):
        return False
    return bool(system(environment)) and os.path.basename(place) in (
        "dist-packages",
        "site-packages",
    )


def own_site(environment: PythonEnvironment, place: str) -> bool:
    """Whether pip installs into that folder without further options."""
    inside = place.startswith(environment.prefix.rstrip("/") + "/")
    return inside and os.path.basename(place) in ("site-packages", "dist-packages")


def has_pip(environment: PythonEnvironment) -> bool:
    """Whether `-m pip` can work."""
    return any(copy.kind == "package" for copy in environment.copies("pip"))


def bring_pip(environment: PythonEnvironment) -> str:
    """How this interpreter gets a pip. Debian's own has an ensurepip that refuses."""
    own = os.path.isdir(os.path.join(environment.stdlib, "ensurepip"))
    if not (own and (environment.in_venv or environment.prefix != "/usr")):
        for manager, line in (
            ("apt", "apt-get install -y python3-pip"),
            ("apk", "apk add py3-pip"),
            ("dnf", "dnf install -y python3-pip"),
        ):
            if system(environment) == manager:
                return environment.sudo + line
    return environment.shell_python + " -m ensurepip"


def pip(environment: PythonEnvironment, place: str = "", tool: str = "pip") -> str:
    """`… pip install` with the options that reach `place` (default: where pip installs)."""
    if tool == "uv":
        words = "uv pip install --python " + environment.shell_python
    else:
        words = environment.shell_python + " -m pip install"
        if not has_pip(environment):
            words = "{} && {}".format(bring_pip(environment), words)
    if place and not own_site(environment, place):
        if place == environment.survey.get("user_site") and tool == "pip":
            words += " --user"
        else:
            words += " --upgrade --target " + shlex.quote(place)
    if managed(environment) and "--target" not in words:
        words += " --break-system-packages"
    return words


def usable(environment: PythonEnvironment, place: Optional[str]) -> List[str]:
    """The platforms whose command can work here; for a Python package also there."""
    tools = ["pip"] if has_pip(environment) or not shutil.which("uv") else ["uv"]
    if place is None:
        found = [system(environment)] + (["conda"] if conda(environment) else [])
        return found + ([] if managed(environment) else tools) + list(UNRUNNABLE)
    if conda(environment) and own_site(environment, place):
        return ["conda", *tools, *UNRUNNABLE]
    if by_system(environment, place):
        return [system(environment), *UNRUNNABLE]
    return tools + list(UNRUNNABLE)


def apt_knows() -> bool:
    """Whether apt has lists of packages; images of containers come without."""
    return any("_Packages" in name for name in installed.listing("/var/lib/apt/lists"))


def fill(
    environment: PythonEnvironment, templates: Pairs, place: Optional[str] = None, **words: str
) -> Tuple[Fix, ...]:
    """The fixes, the one for this machine first; `place` is where a Python package lies.

    Words of a template: {pip} installs where the package lies, {python}, {sudo},
    {package} is NumPy's name for that package manager; and those given, which
    must be ready for a shell.
    """
    filled = []
    for platform, template in templates:
        for tool in ("pip", "uv") if platform == "pip" else (platform,):
            names = {
                "pip": pip(environment, place or "", tool),
                "python": environment.shell_python,
                "sudo": environment.sudo,
                "package": PACKAGE.get(tool, "numpy"),
            }
            names.update(words)
            line = template.format(**names)
            for pips, uvs in OF_UV if tool == "uv" else ():
                line = line.replace(pips, uvs)
            if "apt-get install" in line and not apt_knows():
                line = environment.sudo + "apt-get update && " + line
            if line not in environment.already:
                filled.append(
                    Fix(tool, line, tool not in UNRUNNABLE, tool in usable(environment, place))
                )
    # Stable: first those that can be used here, as declared; then the rest.
    return tuple(sorted(filled, key=lambda fix: not fix.here))
