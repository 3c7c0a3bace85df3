"""Refresh src/npwheel/doctor/numpy_removed.json: names that NumPy's releases removed.

Installs one release of every minor version into a temporary directory, asks each
which public names it has, and keeps the first release that lacks a name which an
older one had. `use` comes from NumPy's own table of expired names.

Usage: python tools/numpy_removed.py      (needs uv, and the Pythons of RELEASES)
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

TARGET = Path(__file__).resolve().parents[1] / "src/npwheel/doctor/numpy_removed.json"
RELEASES = (
    ("1.16.6", "3.7"), ("1.19.5", "3.8"), ("1.20.3", "3.8"), ("1.21.6", "3.8"), ("1.22.4", "3.8"),
    ("1.23.5", "3.8"), ("1.24.4", "3.8"), ("1.25.2", "3.9"), ("1.26.4", "3.9"), ("2.0.2", "3.9"),
    ("2.1.3", "3.10"), ("2.2.6", "3.10"), ("2.3.5", "3.11"), ("2.4.6", "3.11"), ("2.5.0", "3.12"),
)  # fmt: skip
MODULES = (
    "numpy", "numpy.random", "numpy.linalg", "numpy.fft", "numpy.ma", "numpy.testing",
    "numpy.lib", "numpy.core", "numpy.core.multiarray", "numpy.core.umath", "numpy.core.numeric",
    "numpy.core.numerictypes", "numpy.compat", "numpy.ctypeslib", "numpy.polynomial",
    "numpy.lib.function_base", "numpy.lib.stride_tricks", "numpy.testing.utils",
)  # fmt: skip
# What NumPy's own messages leave out.
USE = {
    "numpy.bool": "bool", "numpy.int": "int", "numpy.float": "float", "numpy.complex": "complex",
    "numpy.object": "object", "numpy.str": "str", "numpy.long": "int", "numpy.unicode": "str",
    "numpy.typeDict": "numpy.sctypeDict", "numpy.asscalar": "a.item()",
    "numpy.rank": "numpy.ndim", "numpy.trapz": "numpy.trapezoid", "numpy.in1d": "numpy.isin",
    "numpy.ndarray.ptp": "numpy.ptp(a)", "numpy.ndarray.itemset": "a[index] = value",
    "numpy.ndarray.newbyteorder": "a.view(a.dtype.newbyteorder())",
    "numpy.ndarray.tostring": "a.tobytes()", "numpy.fromstring": "numpy.frombuffer",
    "numpy.float96": "numpy.longdouble", "numpy.testing.assert_": "assert",
    "numpy.distutils": "setuptools or meson-python", "numpy.int0": "numpy.intp",
}  # fmt: skip
ADDED = ("numpy", "submodules", "numpy.ndarray", "numpy.linalg", "numpy.random", "numpy.testing")
STUBS = ("ptp", "itemset", "newbyteorder")
ASK = """
import importlib, json, sys, warnings
warnings.simplefilter("ignore")
modules, union = json.load(sys.stdin)
answer = {}
for name in modules:
    try:
        module = importlib.import_module(name)
    except Exception:
        continue
    extra = union.get(name, [])
    names = [n for n in set(dir(module)) | set(extra) if not n.startswith("_")]
    def has(n):
        try:
            value = getattr(module, n)
        except Exception:
            return False
        return extra or "numpy" in str(getattr(value, "__module__", "numpy")) or not hasattr(
            value, "__file__")
    answer[name] = sorted(n for n in names if has(n))
import numpy
names = set(dir(numpy.ndarray)) | set(union.get("numpy.ndarray", []))
answer["numpy.ndarray"] = sorted(n for n in names if n[0] != "_" and hasattr(numpy.ndarray, n))
packages = ["core", "distutils", "compat", "dual", "oldnumeric", "numarray", "matlib", "f2py",
            "testing.decorators", "testing.utils", "testing.nosetester", "lib.function_base",
            "lib.financial", "core.umath_tests", "core.multiarray_tests", "ma.bench", "_core",
            "lib.index_tricks", "lib.shape_base", "lib.type_check", "lib.utils", "rec", "char"]
found = []
for name in packages:
    try:
        importlib.import_module("numpy." + name)
        found.append(name)
    except Exception:
        pass
answer["submodules"] = found
try:
    from numpy._expired_attrs_2_0 import __expired_attributes__ as expired
except ImportError:
    expired = {}
print(json.dumps([answer, expired]))
"""


Names = dict[str, list[str]]  # module -> its names
STUBS_SINCE = "2.0"


def ask(python: str, folder: Path, union: Names) -> tuple[Names, dict[str, str]]:
    """(names, NumPy's own table of expired ones) of one installed release."""
    done = subprocess.run(
        [python, "-c", ASK],
        input=json.dumps([MODULES, union]),
        text=True,
        capture_output=True,
        check=True,
        env={"PYTHONPATH": str(folder)},
    )
    names, expired = json.loads(done.stdout)
    return names, {f"numpy.{name}": str(text) for name, text in expired.items()}


def replacement(text: str) -> str:
    """`np.nan` of "Use `np.nan` instead."; other sentences stay as they are."""
    match = re.fullmatch(r"Use `([^`]+)`(?: instead)?\.?", text.strip())
    return match.group(1) if match else text


def install(top: Path) -> dict[str, str]:
    """Install every release below `top`; returns the Python of each."""
    pythons = {}
    for version, python in RELEASES:
        exe = shutil.which(f"python{python}") or f"python{python}"
        pythons[version] = exe
        if not (top / version).is_dir():
            words = [shutil.which("uv") or "uv", "pip", "install", "-q", "--python", exe]
            words += ["--target", str(top / version), "--only-binary=:all:", f"numpy=={version}"]
            subprocess.run(words, check=True)
    return pythons


def minor(version: str) -> str:
    """X.Y of a release."""
    return ".".join(version.split(".")[:2])


def removals(answers: list[tuple[str, Names]], expired: dict[str, str]) -> Names:
    """name -> [first release without it, replacement, release in which it came back]."""
    removed: Names = {}
    previous = answers[0][1]
    for version, now in answers[1:]:
        for module, names in previous.items():
            for name in sorted(set(names) - set(now.get(module, []))):
                full = f"numpy.{name}" if module == "submodules" else f"{module}.{name}"
                if module in now or module == "submodules":
                    use = USE.get(full) or replacement(expired.get(full, ""))
                    removed[full] = [minor(version), use]
        for name, row in removed.items():  # numpy.bool came back in 2.0
            module, _, last = name.rpartition(".")
            if last in now.get(module, []) and len(row) < 3:
                row.append(minor(version))
        previous = now
    for name in STUBS:  # the class still has them, and they raise
        full = f"numpy.ndarray.{name}"
        removed[full] = [STUBS_SINCE, USE[full]]
    return removed


def additions(answers: list[tuple[str, Names]]) -> dict[str, str]:
    """name -> first release with it."""
    # An attribute without an import since 2.0 only.
    added = {"numpy.typing": "1.20"}
    known = {f"{m}.{n}" for m, names in answers[0][1].items() for n in names}
    for version, names in answers[1:]:
        now = {f"{m}.{n}" for m in ADDED for n in names.get(m, [])}
        for name in sorted(now - known):
            added.setdefault(name.replace("submodules.", "numpy."), minor(version))
        known |= now
    return added


def rows(table: dict[str, object]) -> str:
    """The lines of a JSON mapping, sorted."""
    return ",\n".join(f"  {json.dumps(k)}: {json.dumps(v)}" for k, v in sorted(table.items()))


def main() -> int:
    """Install, ask twice (the second time about all names), and write."""
    top = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp())
    pythons = install(top)
    union: Names = {}
    for version, _ in RELEASES:
        for module, names in ask(pythons[version], top / version, {})[0].items():
            union[module] = sorted(set(union.get(module, [])) | set(names))
    found = [(version, ask(pythons[version], top / version, union)) for version, _ in RELEASES]
    expired = {name: text for _, (_, table) in found for name, text in table.items()}
    answers = [(version, names) for version, (names, _) in found]
    about = (
        "removed: name -> [first release without it, what replaces it, the release in which it "
        "came back]. added: name -> first release with it. By tools/numpy_removed.py."
    )
    removed = rows(dict(removals(answers, expired)))
    added = rows(dict(additions(answers)))
    TARGET.write_text(
        f'{{\n "about": {json.dumps(about)},\n "removed": {{\n{removed}\n }},\n'
        f' "added": {{\n{added}\n }}\n}}\n'
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
