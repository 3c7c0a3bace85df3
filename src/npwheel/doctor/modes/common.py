"""What several modes ask: whose file is it, which files answer to a module's name."""

import os
import re
import shlex
from typing import Any, Dict, List, Optional, Tuple

from npwheel.doctor import data, installed
from npwheel.doctor.fixes import Pairs, of_installer
from npwheel.doctor.installed import Distribution
from npwheel.doctor.owners import owner_of
from npwheel.doctor.python_environment import PythonEnvironment
from npwheel.doctor.saved_text import SavedText
from npwheel.doctor.trial import Trial
from npwheel.numpy_releases import table

quote = shlex.quote


def first_release(api: int) -> str:
    """The first NumPy release with that C-API version, or empty."""
    return table.release_of_api(api)


def failed_file(environment: PythonEnvironment, trial: Trial) -> str:
    """The compiled module that the loader refused: the root's path, or one that it names."""
    if trial.root is not None and trial.root.path and trial.root.path.endswith(".so"):
        return trial.root.path
    match = re.search(r"(/[^\s:'\"()]+\.so)\b", trial.output)
    if match and os.path.exists(match.group(1)):
        return match.group(1)
    files = compiled_of(environment, trial)
    return files[0] if files else ""


def compiled_of(environment: PythonEnvironment, trial: Trial) -> List[str]:
    """Compiled files that have the name of the module that was not found or not loaded."""
    for link in reversed(trial.chain):
        if link.path and link.path.endswith((".so", ".pyd")) and os.path.exists(link.path):
            return [link.path]
        name = link.name or first_group(r"No module named '([\w.]+)'", link.text)
        # `import a.b` may fail as "cannot import name 'c' from 'a.b'".
        extra = first_group(r"cannot import name '(\w+)'", link.text)
        for dotted in [name + "." + extra] * bool(extra) + [name]:
            files = files_named(environment, dotted)
            if files:
                return files
    if trial.subject == "numpy":
        return environment.core
    return files_named(environment, trial.subject)


def files_named(environment: PythonEnvironment, dotted: str) -> List[str]:
    """Compiled files on sys.path that would be the module `a.b.c`, were they for this Python."""
    *parents, stem = dotted.split(".")
    if not stem:
        return []
    for place in environment.path:
        folder = os.path.join(place, *parents)
        found = [
            os.path.join(folder, name)
            for name in installed.listing(folder)
            if name.split(".")[0] == stem and name.endswith(installed.MODULE_SUFFIXES)
        ]
        if found:
            return found
    return []


def first_group(pattern: str, text: str) -> str:
    """The first group of the first match, or empty."""
    match = re.search(pattern, text)
    return match.group(1) if match else ""


def python_of(tag: str) -> str:
    """`CPython 3.11` of `cpython-311-x86_64-linux-gnu` or `cp311-win_amd64`; empty if in none."""
    match = re.match(r"(?:cpython-|cp)(\d)(\d+)(t?)", tag)
    if not match:
        return ""
    threads = " free-threaded" if match.group(3) else ""
    return "CPython {}.{}{}".format(match.group(1), match.group(2), threads)


def culprit(
    environment: PythonEnvironment, trial: Trial
) -> Tuple[str, str, Optional[Distribution]]:
    """(name, file, distribution) of the module whose import brought the failure.

    The traceback of NumPy's own text on stderr ends in the importing file; else
    the deepest file of the chain that is not NumPy's, else the subject.
    """
    numpy = environment.numpy_folder + "/"
    quoted = re.findall(r'File "([^"]+)"', trial.stderr)
    files = [link.file for link in reversed(trial.chain)] + quoted[::-1]
    for file in files:
        if file.startswith("/") and not (environment.numpy_folder and file.startswith(numpy)):
            dist = installed.owner(file, environment.dists)
            if dist is not None and dist.name != "numpy":
                return "{} {}".format(dist.name, dist.version), file, dist
    near = files_named(environment, trial.failed_module or trial.subject)
    for file in near:
        dist = installed.owner(file, environment.dists)
        return ("{} {}".format(dist.name, dist.version) if dist else file), file, dist
    dist = environment.dist_of(trial.subject)
    return ("{} {}".format(dist.name, dist.version) if dist else trial.subject), "", dist


def asker(environment: PythonEnvironment, trial: Trial) -> Tuple[str, str, Optional[Distribution]]:
    """Return (name, file, distribution) of the code that failed: the root's innermost own frame.

    Frames of the standard library are passed over: importlib stands between. So are those of
    the module from which something is requested: its `__getattr__` refuses.
    """
    library = environment.stdlib.rstrip("/") + "/"
    files = list(trial.root.frames) if trial.root else []
    if trial.root and trial.root.file and not files:
        files = [trial.root.file]
    asked = first_group(r"module '(\w+)", trial.root.text) if trial.root else ""
    if (
        not asked
        and trial.root
        and re.search(r"`np\.|numpy\.ndarray|ndarray class", trial.root.text)
    ):
        asked = "numpy"
    while (
        asked
        and files
        and "/{}/".format(asked) in files[-1]
        and any("/{}/".format(asked) not in file for file in files)
    ):
        files.pop()
    for file in reversed(files):
        third = "/site-packages/" in file or "/dist-packages/" in file
        if file.startswith("/") and (third or not file.startswith(library)):
            dist = installed.owner(file, environment.dists)
            return ("{} {}".format(dist.name, dist.version) if dist else file), file, dist
    dist = environment.dist_of(trial.subject)
    return ("{} {}".format(dist.name, dist.version) if dist else trial.subject), "", dist


def upgrade_words(
    environment: PythonEnvironment, owner: str, release: str = "", **more: str
) -> Dict[str, Any]:
    """The words of commands that upgrade `name version`, to at least `release` if given."""
    name = owner.split(" ", maxsplit=1)[0]
    return dict(
        more,
        owner=quote(name + (">=" + release if release else "")),
        prefix=environment.shell_prefix,
    )


def on_numpy2(environment: PythonEnvironment, dist: Optional[Distribution]) -> str:
    """The release to upgrade to, the first of `dist` that loads on NumPy 2; empty if not known.

    Empty too where that release is already there: then it was built on old headers here.
    """
    known = data.load("npwheel.doctor", "numpy2.json")
    if dist is None or environment.python in known["not_on"].get(dist.name, ()):
        return ""
    first = str(known["first"].get(dist.name, ""))
    return first if table.key(first) > table.key(dist.version) else ""


def known_upgrade(environment: PythonEnvironment, dist: Optional[Distribution]) -> str:
    """`h5py>=3.11.0` where that release is known to load on NumPy 2 and is newer; else empty."""
    release = on_numpy2(environment, dist) if dist is not None else ""
    return "{}>={}".format(dist.name, release) if dist is not None and release else ""


def fixes_of_old_build(
    environment: PythonEnvironment,
    dist: Optional[Distribution],
    upgrades: Pairs,
    older_numpy: Pairs,
) -> Pairs:
    """What fixes a build on NumPy 1.x under NumPy 2, the surest first.

    An upgrade is sure only where a release is known that loads on NumPy 2; a NumPy
    below 2 is, wherever it has a wheel.
    """
    older_numpy = of_installer(environment.numpy_dist, older_numpy)
    if dist is None:
        return older_numpy
    upgrades = of_installer(dist, upgrades)
    if on_numpy2(environment, dist) or not numpy1(environment):
        return (*upgrades, *older_numpy)
    return (*older_numpy, *upgrades)


def numpy1(environment: PythonEnvironment) -> List[str]:
    """The releases below 2 that have a wheel for this Python and machine, oldest first."""
    return [r for r in table.releases(*environment.target) if table.key(r) < (2,)]


def numpy_spec(environment: PythonEnvironment, version: str) -> str:
    """`numpy==version` if a wheel of it exists for this Python and machine, else the newest one."""
    if version and not table.has_wheel(version, *environment.target):
        version = table.newest_wheel(*environment.target)
    return quote("numpy=={}".format(version)) if version else "numpy"


def no_numpy(environment: PythonEnvironment) -> bool:
    """Whether the package `numpy` is somebody's own: it has no core, and nobody installed it."""
    names = installed.listing(environment.numpy_folder)
    return environment.numpy_dist is None and not {"core", "_core"} & set(names)


def reinstall_words(
    environment: PythonEnvironment, file: str
) -> Tuple[Optional[Distribution], Optional[str], Dict[str, Any]]:
    """(owner, place, words): what is installed again, and where, to renew `file`."""
    dist = installed.owner(file, environment.dists)
    if dist is None and environment.numpy_folder and file.startswith(environment.numpy_folder):
        dist = environment.numpy_dist
    if dist is None:
        place = (
            environment.winner.place
            if environment.winner and file.startswith(environment.winner.place)
            else None
        )
        name, version = ("numpy", "") if place else (os.path.basename(file).split(".")[0], "")
    else:
        place, name, version = dist.place, dist.name, dist.version
    if name == "numpy":
        spec = numpy_spec(environment, version)
    else:
        spec = quote("{}=={}".format(name, version) if version else name)
    words = {"spec": spec, "prefix": environment.shell_prefix}
    owner = owner_of(environment, file) if file else None
    if owner is not None and owner.manager != "pip":
        words["package"] = quote(owner.package)
        place = place or (environment.dists[0].place if environment.dists else None)
    elif name != "numpy":
        words["package"] = quote(name)
    return dist, place, words


def text_fixes_of_old_build(saved: SavedText) -> Pairs:
    """The same for a saved text, which names the owner of the module at best."""
    release = data.load("npwheel.doctor", "numpy2.json")["first"].get(saved.owner, "")
    older = [
        ("pip", "{pip} install 'numpy<2'"),
        ("conda", "conda install -c conda-forge 'numpy<2'"),
    ]
    if release and saved.python not in data.load("npwheel.doctor", "numpy2.json")["not_on"].get(
        saved.owner, ()
    ):
        newer = quote("{}>={}".format(saved.owner, release))
        return [
            ("pip", "{pip} install --upgrade " + newer),
            ("conda", "conda install -c conda-forge " + newer),
            *older,
        ]
    return [*older, ("pip", "{pip} install --upgrade {package}")]
