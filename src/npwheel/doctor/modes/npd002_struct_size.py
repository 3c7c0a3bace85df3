"""NPD002: Cython finds NumPy's structures of another size than it was built with."""

import re
from typing import Optional

from npwheel.doctor.mode import Mode, line_of
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.modes.common import (
    culprit,
    fixes_of_old_build,
    on_numpy2,
    text_fixes_of_old_build,
    upgrade_words,
)
from npwheel.doctor.python_environment import PythonEnvironment
from npwheel.doctor.saved_text import SavedText
from npwheel.doctor.trial import Trial


class StructSize(Mode):
    """The numbers give the direction: the newer side has the larger dtype in 1.x."""

    id = "NPD002"
    title = "Cython extension expects another size of a NumPy structure"
    seen = (
        "numpy.dtype size changed, may indicate binary incompatibility. "
        "Expected 96 from C header, got 88 from PyObject"
    )
    detected = "the two sizes: 96 is NumPy 1.x's dtype, 88 is what NumPy 2 answers to such a build"
    fixes = (
        ("pip", "{pip} --upgrade {owner}"),
        ("conda", "conda install -y --prefix {prefix} {owner}"),
        ("pip", "{pip} {numpy_side}"),
        ("conda", "conda install -y --prefix {prefix} {conda_side}"),
    )
    sources = ("numpy#11628", "valis#165", "vertex-ai-samples#3895")
    signature = (
        r"numpy\.(dtype|ndarray|ufunc|flatiter|broadcast) (?:size changed, may indicate binary "
        r"incompatibility\.|has the wrong size, try recompiling\.?) Expected "
        r"(\d+)(?: from C header)?, got (\d+)"
    )

    def explain(
        self, environment: PythonEnvironment, trial: Trial, match: "re.Match[str]"
    ) -> Optional[DoctorFinding]:
        """Which side is too old."""
        owner, file, known = culprit(environment, trial)
        kind, expected, found = match.group(1), int(match.group(2)), int(match.group(3))
        one = kind == "dtype" and expected > found
        if one:
            because = "{} was built on NumPy 1.x and this is NumPy {}".format(
                owner, environment.numpy_version
            )
            side = of_conda = "'numpy<2'"
        else:
            because = "{} was built on another NumPy than this {}".format(
                owner, environment.numpy_version
            )
            side, of_conda = "--upgrade numpy", "numpy"
        upgrades, other = self.fixes[:2], self.fixes[2:]
        if one:
            fixes = fixes_of_old_build(environment, known, upgrades, other)
        else:
            fixes = (*other, *upgrades) if known else other
        release = on_numpy2(environment, known) if one else ""
        return self.failed(
            environment,
            trial.subject,
            because,
            expected="numpy.{} of {} bytes".format(kind, expected),
            found="{} bytes".format(found),
            evidence=[("exception", line_of(match)), ("module", file)],
            place=None if not known else known.place,
            templates=fixes,
            **upgrade_words(environment, owner, release, numpy_side=side, conda_side=of_conda),
        )

    def read(self, saved: SavedText) -> Optional[DoctorFinding]:
        """The sizes show which side is older."""
        match = saved.search(self.signature)
        if match is None:
            return None
        kind, expected, found = match.group(1), int(match.group(2)), int(match.group(3))
        if kind == "dtype" and expected > found:
            clause, ways = "{owner} was built on NumPy 1.x and runs with NumPy 2", None
        else:
            clause = "{owner} was built on another NumPy than the one that runs"
            ways = (
                ("pip", "{pip} install --upgrade --force-reinstall --no-cache-dir {package}"),
                ("pip", "{pip} install --upgrade numpy"),
            )
        clause += " ({0} of {1} bytes expected, {2} found)"
        return self.stated(saved, clause, ways or text_fixes_of_old_build(saved), match)
