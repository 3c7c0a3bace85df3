"""NPD073: a package is there, and its metadata (dist-info) is not."""

import os
import re
from typing import Iterator, List, Optional

from npwheel.doctor import installed
from npwheel.doctor.fixes import Pairs
from npwheel.doctor.mode import Mode, reported
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.modes.common import asker, quote
from npwheel.doctor.python_environment import PythonEnvironment
from npwheel.doctor.saved_text import SavedText

MESSAGE = (
    r"PackageNotFoundError: (?:No package metadata was found for )?'?([A-Za-z0-9][\w.-]*)"
    r"|DistributionNotFound: The '([A-Za-z0-9][\w.-]*)[^']*' distribution was not found"
)


class BrokenMetadata(Mode):
    """An interrupted installation, a copied folder, or a freezer that left dist-info behind."""

    id = "NPD073"
    title = "the metadata of an installed package is missing"
    seen = (
        "importlib.metadata.PackageNotFoundError: No package metadata was found for numpy; "
        "pkg_resources.DistributionNotFound: The 'numpy' distribution was not found"
    )
    detected = "the exception; a dist-info folder of that name without METADATA"
    fixes = (
        ("conda", "conda install -y --force-reinstall --prefix {prefix} {name}"),
        ("pip", "{cleared}{pip} --force-reinstall --no-deps {name}"),
        ("pip", "{pip} {name}"),
    )
    sources = ("pyinstaller#4498", "importlib_metadata#91")

    def examine(self, environment: PythonEnvironment) -> Iterator[DoctorFinding]:
        """Which metadata an import requires, and what is left of it."""
        for trial in environment.failed:
            match = trial.search(MESSAGE)
            if match is None or trial.root is None:
                continue
            name = match.group(1) or match.group(2)
            left = empty_folders(environment, name)
            module = name.replace("-", "_")
            there = environment.copies(module)
            ways: Pairs
            if not there and not left and not environment.named(name):
                because, ways = "{} is not installed, and {} requires its version", self.fixes[2:]
            else:
                because, ways = "the metadata of {} is missing, and {} requires it", self.fixes[:2]
            who, file, _ = asker(environment, trial)
            yield self.failed(
                environment,
                trial.subject,
                because.format(name, who),
                expected="the folder {}-VERSION.dist-info with METADATA".format(module),
                found=", ".join(left) or "no such folder",
                evidence=[*reported(trial), ("requested by", file)],
                place=there[0].place if there else None,
                templates=ways,
                name=quote(name),
                cleared="rm -r {} && ".format(" ".join(map(quote, left))) if left else "",
                prefix=environment.shell_prefix,
            )

    def read(self, saved: SavedText) -> Optional[DoctorFinding]:
        """A frozen application leaves metadata behind; else the package is not installed."""
        match = saved.search(MESSAGE)
        if match is None:
            return None
        name = match.group(1) or match.group(2)
        ways: Pairs = (("pip", "{pip} install --force-reinstall " + quote(name)),)
        clause = "the metadata of " + name + " is missing"
        if re.search(r"_MEI|PyInstaller", saved.text):
            clause += " in the application that PyInstaller froze"
            ways = (("edit", "build the application again with --copy-metadata " + name),)
        return self.stated(saved, clause, ways, match)


def empty_folders(environment: PythonEnvironment, name: str) -> List[str]:
    """dist-info folders of that name without METADATA."""
    found = []
    wanted = installed.normal(name)
    for place in dict.fromkeys(environment.path):
        for entry in installed.listing(place):
            match = re.match(r"^(.+?)-\d[^-]*\.dist-info$", entry)
            folder = os.path.join(place, entry)
            named = match is not None and installed.normal(match.group(1)) == wanted
            if named and not installed.is_file(os.path.join(folder, "METADATA")):
                found.append(folder)
    return found
