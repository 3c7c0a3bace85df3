"""NPD006: the compiled modules are for another version of Python."""

import re
from typing import Optional

from npwheel.doctor import installed
from npwheel.doctor.fixes import Pairs, of_installer, own_site
from npwheel.doctor.installed import Distribution, tag_of
from npwheel.doctor.mode import Mode, reported
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.modes.common import compiled_of, python_of, quote, reinstall_words
from npwheel.doctor.packages import packages_of
from npwheel.doctor.python_environment import PythonEnvironment
from npwheel.doctor.saved_text import SavedText
from npwheel.doctor.searchpath import how_added, without_pythonpath
from npwheel.doctor.trial import Trial


class WrongPython(Mode):
    """A folder was copied from, or a wheel made for, another Python."""

    id = "NPD006"
    title = "compiled modules are for another version of Python"
    seen = (
        "No module named 'numpy.core._multiarray_umath'; the last line says: you should not try "
        "to import numpy from its source directory"
    )
    detected = "the whole tag in the modules' file names against the interpreter's own tag"
    fixes = (
        ("conda", "conda install -y --force-reinstall --prefix {prefix} {package}"),
        ("apt", "{sudo}apt-get install -y --reinstall {package}"),
        ("apk", "{sudo}apk fix --reinstall {package}"),
        ("dnf", "{sudo}dnf reinstall -y {package}"),
        ("pip", "{pip} --force-reinstall --no-deps {spec}"),
    )
    sources = ("numpy#23263", "numpy#25303", "Klayers#62")
    signature = r"No module named '([\w.]+)'|cannot import name"

    def explain(
        self, environment: PythonEnvironment, trial: Trial, match: "re.Match[str]"
    ) -> Optional[DoctorFinding]:
        """Compare tags, of whatever module; another platform is NPD007's or NPD014's."""
        files = compiled_of(environment, trial)
        tags = [tag_of(file) for file in files if file.endswith(".so")]
        ours = python_of(environment.suffix_tag)
        theirs = sorted({python_of(tag) for tag in tags if python_of(tag)})
        if not theirs or not ours or ours in theirs:
            return None
        owner, place, words = reinstall_words(environment, files[0])
        ways: Pairs = of_installer(owner, self.fixes)
        brought = self.brought(environment, files[0])
        if brought:  # nothing is installed into the folder of another Python
            ways, place = [("env", brought + " && {pip} {name}")], None
            words["name"] = quote(owner.name if owner else trial.subject.partition(".")[0])
        where = ""
        added = owner.place if owner else ""
        if (
            added
            and not own_site(environment, added)
            and how_added(environment, added) == "sys.path"
        ):
            where = " in {}, which the program adds to sys.path,".format(added)
        return self.failed(
            environment,
            trial.subject,
            "its compiled modules{} are for {}, and this is {}".format(
                where, " and ".join(theirs), ours
            ),
            expected=environment.suffix_tag,
            found=", ".join(sorted(set(tags))),
            evidence=[
                (files[0], "is not for this Python"),
                *reported(trial),
                ("wheel tag", ", ".join(environment.tags_of(owner))),
            ],
            place=place,
            templates=ways,
            **words,
        )

    @staticmethod
    def brought(environment: PythonEnvironment, file: str) -> str:
        """How the folder of a file is taken off PYTHONPATH; empty if it came otherwise."""
        places = [p for p in environment.path if file.startswith(p.rstrip("/") + "/")]
        place = max(places, key=len, default="")
        if not place or how_added(environment, place) != "PYTHONPATH":
            return ""
        return without_pythonpath(environment, place)

    def read(self, saved: SavedText) -> Optional[DoctorFinding]:
        """NumPy's core is not found: a build for another Python, or a copy from elsewhere."""
        match = saved.search(r"No module named '(numpy\.(?:_core|core)\._multiarray_umath)'")
        if match is None:
            return self.system_copy(saved)
        lacking = re.search(
            r"module '(\w+)' has no attribute", saved.root.text if saved.root else ""
        )
        if lacking and not re.search(r"[\\/]numpy[\\/]_?core[\\/]__init__\.py", saved.text):
            # Printed by a compiled module that goes on: its headers know that name, NumPy does not.
            words = packages_of(lacking.group(1)).get("pip") or lacking.group(1)
            return self.stated(
                saved,
                words + " was built for a newer NumPy (1.16 or later) than the installed one",
                (("pip", "{pip} install --upgrade numpy " + quote(words)),),
                match,
            )
        clause = "NumPy's compiled core is not there for {python}"
        other = re.findall(r"_multiarray_umath\.(?:cpython-|cp)(\d)(\d+)", saved.text)
        if other:
            clause += ": it is for Python " + " and ".join(sorted({".".join(o) for o in other}))
        ways: Pairs = (
            ("conda", "conda install --force-reinstall numpy"),
            ("pip", "{pip} install --force-reinstall --no-cache-dir numpy"),
        )
        if re.search(r"/var/task|/opt/python|AWS_LAMBDA|lambda_function", saved.text):
            clause += " of the Lambda runtime"
            ways = (("pip", "{pip} install --platform manylinux2014_x86_64 --only-binary=:all: "
                     "--python-version " + (saved.python or "3.12") + " --target python "
                                                                      "numpy"),)  # fmt: skip
        return self.stated(saved, clause, ways, match)

    def system_copy(self, saved: SavedText) -> Optional[DoctorFinding]:
        """NumPy of the system's packages, whose compiled parts are for the system's Python."""
        match = saved.search(
            r"cannot import name '?(?:multiarray|_multiarray_umath|umath|add_newdocs)'? from "
            r"'?numpy\.(?:_core|core)'? \((/usr/lib/python3/dist-packages)/"
        )
        if match is None:
            return None
        return self.stated(
            saved,
            "the NumPy of the system's packages ({0}) was built for another Python than the one "
            "that imports it",
            (("edit", "install NumPy for the Python that runs the program: "
              "THAT-PYTHON -m pip install numpy"),),
            match,
        )  # fmt: skip


def renewed(dist: Distribution) -> Pairs:
    """What installs a distribution again whose files are gone; {gone} is what is left of it."""
    if installed.record(dist):
        return WrongPython.fixes
    # pip does not uninstall what it has no list of.
    cleared = "rm -r {gone} && "
    return [(p, cleared + line if p == "pip" else line) for p, line in WrongPython.fixes]
