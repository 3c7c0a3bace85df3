"""A script's own folder comes first on sys.path: what it imports, and what its folder hides."""

import ast
import os
from typing import Callable, List, Sequence, Tuple

from npwheel.doctor import data, installed, launch
from npwheel.doctor.python_environment import PythonEnvironment
from npwheel.doctor.trial import Trial

MOST = 200  # folders that are looked at
TRIED = 4  # and in which the import is tried: each costs as much as an import of NumPy


def script_in(words: Sequence[str]) -> "Tuple[str, List[str]]":
    """(script, other words): the first word that is a Python file."""
    scripts = [word for word in words if word.endswith(".py") and os.path.isfile(word)]
    return (scripts[0] if scripts else ""), [word for word in words if word not in scripts]


def imports_of(script: str) -> List[str]:
    """Installed packages that a script imports, at its top; numpy if none can be read."""
    try:
        tree = ast.parse(installed.head(script, 4 << 20))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ["numpy"]
    own = set(data.load("npwheel.doctor", "standard_library.json")["names"])
    own |= {name.split(".")[0] for name in installed.listing(os.path.dirname(script) or ".")}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name.split(".")[0] for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.append(node.module.split(".")[0])
    return [name for name in dict.fromkeys(found) if name not in own] or ["numpy"]


def tried(
    environment: PythonEnvironment, progress: Callable[[str], object]
) -> List[Tuple[str, Trial]]:
    """(folder, trial) of numpy's import for scripts of folders below the current one.

    Only folders that are not packages and have a file with the name of a module of
    the standard library; what the import does there is the proof.
    """
    done: List[Tuple[str, Trial]] = []
    for folder in folders_below(environment.cwd):
        names = installed.listing(folder)
        hiding = {n[:-3] for n in names if n.endswith(".py")} & (
            environment.library_modules | {"numpy"}
        )
        if hiding and "__init__.py" not in names and len(done) < TRIED:
            progress("importing numpy as a script in {} does".format(folder))
            steps = ["script:" + folder, "import:numpy"]
            done.append((folder, launch.run(environment.exe, "numpy", steps, environment.timeout)))
    return done


def folders_below(top: str) -> List[str]:
    """The folders below, two deep, without hidden ones and environments."""
    found: List[str] = []
    for name in installed.listing(top) if top not in ("", "/") else ():
        folder = os.path.join(top, name)
        if name.startswith(".") or not os.path.isdir(folder) or os.path.islink(folder):
            continue
        if os.path.exists(os.path.join(folder, "pyvenv.cfg")) or name in SKIPPED:
            continue
        found.append(folder)
        inner = [os.path.join(folder, n) for n in installed.listing(folder) if n not in SKIPPED]
        found += [p for p in inner if os.path.isdir(p) and not os.path.islink(p)]
        if len(found) > MOST:
            break
    return found[:MOST]


SKIPPED = ("node_modules", "site-packages", "__pycache__", "lib", "lib64", "build", "dist")
