"""NPD001: an extension built on NumPy 1.x runs on NumPy 2."""

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


class BuiltOnNumPy1(Mode):
    """The headers of 1.x bake in an ABI that NumPy 2 refuses."""

    id = "NPD001"
    title = "extension built on NumPy 1.x under NumPy 2"
    seen = (
        "A module that was compiled using NumPy 1.x cannot be run in NumPy 2.0.2; "
        "AttributeError: _ARRAY_API not found; numpy.core.multiarray failed to import"
    )
    detected = "the text on stderr, which the last line of the traceback does not repeat"
    fixes = (
        ("pip", "{pip} --upgrade {owner}"),
        ("conda", "conda install -y --prefix {prefix} {owner}"),
        ("pip", "{pip} 'numpy<2'"),
        ("conda", "conda install -y --prefix {prefix} 'numpy<2'"),
        ("edit", "own extension: build it again on NumPy 2 headers, it then runs on 1.x and 2.x"),
    )
    sources = ("jupyter/notebook#7522", "spyder#23561", "FunClip#91")
    signature = (
        r"A module that was compiled using NumPy 1\.x cannot be run in\s+NumPy (\d+(?:\.\d+)+)"
        r"|AttributeError: _ARRAY_API not found"
    )

    def explain(
        self, environment: PythonEnvironment, trial: Trial, match: "re.Match[str]"
    ) -> Optional[DoctorFinding]:
        """Name the owner of the module whose line of the traceback imported it."""
        owner, file, known = culprit(environment, trial)
        release = on_numpy2(environment, known)
        return self.failed(
            environment,
            trial.subject,
            "{} was built on NumPy 1.x and this is NumPy 2".format(owner),
            expected=(release + " or newer" if release else "a build on NumPy 2 headers")
            + " (or numpy<2)",
            found="NumPy {}".format(match.group(1) or environment.numpy_version),
            evidence=[("stderr", line_of(match)), ("module", file)],
            place=None if not known else known.place,
            templates=fixes_of_old_build(environment, known, self.fixes[:2], self.fixes[2:]),
            **upgrade_words(environment, owner, release),
        )

    def read(self, saved: SavedText) -> Optional[DoctorFinding]:
        """Whose module it is stands in the traceback."""
        match = saved.search(self.signature)
        if match is None:
            # PyTorch's own words; the reason stands in a warning before, and may be another.
            match = saved.search(r"RuntimeError: Numpy is not available")
            if saved.search(r"Failed to initialize NumPy: (?!_ARRAY_API)"):
                return None
            if match is not None and not saved.numpy.startswith("2."):
                return self.stated(
                    saved,
                    "PyTorch runs without NumPy: it was built for another release of it than the "
                    "installed one, or there is none",
                    (("edit", "read the warning `Failed to initialize NumPy: ...` that stands "
                      "before it: it names the reason"),),
                    match,
                )  # fmt: skip
        if match is None:
            return None
        return self.stated(
            saved,
            "{owner} was built on NumPy 1.x and runs with NumPy 2",
            text_fixes_of_old_build(saved),
            match,
        )
