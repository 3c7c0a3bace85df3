"""NPD003: an extension requires a newer C-API than the running NumPy has."""

import re
from typing import Iterator, Optional

from npwheel.doctor import installed
from npwheel.doctor.fixes import Pairs
from npwheel.doctor.mode import Mode, line_of, reported
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.modes.common import (
    culprit,
    files_named,
    first_release,
    numpy1,
    quote,
    text_fixes_of_old_build,
)
from npwheel.doctor.python_environment import PythonEnvironment
from npwheel.doctor.saved_text import SavedText
from npwheel.doctor.trial import Trial
from npwheel.numpy_releases import table

SWALLOWED = r"numpy\.(?:_core|core)\.(?:multiarray|umath) failed to import"
LARGEST = 256 << 20
ABI = 0x1000000  # the first number of an ABI


class ApiVersion(Mode):
    """Modules load on the NumPy they target and on newer ones, never on older ones."""

    id = "NPD003"
    title = "extension compiled against a newer C-API than this NumPy has"
    seen = (
        "module compiled against API version 0xc but this version of numpy is 0x9; module was "
        "compiled against NumPy C-API version 0x12 (NumPy 2.0) but the running NumPy has ..."
    )
    detected = (
        "both numbers on stderr, turned into releases by the table of C-API versions; where Cython "
        "3 hides them, the check in the module that an older NumPy refused"
    )
    fixes = (
        ("pip", "{pip} --upgrade {numpy}"),
        ("conda", "conda install -y --prefix {prefix} {numpy}"),
        ("apt", "{sudo}apt-get install -y --only-upgrade python3-numpy"),
        ("edit", "own extension: build it on older headers, or set NPY_TARGET_VERSION"),
    )
    sources = ("Virgo#25", "NeuralRecon#147", "BEVFormer#252", "numpy#25948")
    signature = (
        r"module (?:was )?compiled against (NumPy C-API|API|ABI) version (?:0x)?([0-9a-f]+)"
        r"(?: \(NumPy [\d.]+\))? but (?:this version of numpy is|the running NumPy has C-API "
        r"version) (?:0x)?([0-9a-f]+)"
    )

    def examine(self, environment: PythonEnvironment) -> Iterator[DoctorFinding]:
        """By the numbers, or where Cython 3 swallowed them by the text in the module itself."""
        found = list(super().examine(environment))
        yield from found
        explained = {finding.subject for finding in found}
        for trial in environment.failed:
            swallowed = trial.search(SWALLOWED)
            if swallowed and trial.subject not in explained and environment.numpy_works:
                finding = self.unnumbered(environment, trial)
                if finding is not None:
                    yield finding

    def unnumbered(self, environment: PythonEnvironment, trial: Trial) -> Optional[DoctorFinding]:
        """The check of the headers failed, and NumPy is older than 2: its version is too low."""
        owner, file, _ = culprit(environment, trial)
        file = (
            file if file.endswith(".so") else "".join(files_named(environment, trial.subject)[:1])
        )
        body = installed.head(file, LARGEST)
        if b"compiled against" not in body or table.key(environment.numpy_version) >= (2,):
            return None
        named = re.findall(rb"\(NumPy (\d+\.\d+)\+?\) but the running", body)
        oldest = max((text.decode() for text in named), key=table.key) if named else ""
        wanted = (
            "numpy>={}".format(oldest) if oldest else "numpy<2" if numpy1(environment) else "numpy"
        )
        return self.failed(
            environment,
            trial.subject,
            "{} was compiled against a newer C-API than this NumPy {} has".format(
                owner, environment.numpy_version
            ),
            expected="NumPy {} or newer".format(oldest) if oldest else "a newer NumPy",
            found="NumPy " + environment.numpy_version,
            evidence=[*reported(trial), (file, "contains the check; Cython 3 hides its message")],
            place=environment.numpy_dist.place if environment.numpy_dist else None,
            numpy=quote(wanted),
            prefix=environment.shell_prefix,
        )

    def explain(
        self, environment: PythonEnvironment, trial: Trial, match: "re.Match[str]"
    ) -> Optional[DoctorFinding]:
        """Turn the two numbers into releases."""
        built, running = int(match.group(2), 16), int(match.group(3), 16)
        owner, file, _ = culprit(environment, trial)
        oldest = first_release(built)
        place = environment.numpy_dist.place if environment.numpy_dist else None
        return self.failed(
            environment,
            trial.subject,
            "{} was compiled against the C-API of NumPy {}, newer than this NumPy {}".format(
                owner, oldest or hex(built), environment.numpy_version
            ),
            expected="C-API version {} (NumPy {} or newer)".format(hex(built), oldest or "?"),
            found="{} (NumPy {})".format(hex(running), environment.numpy_version),
            evidence=[("stderr", line_of(match)), ("module", file)],
            place=place,
            numpy=spec(environment, built, oldest),
            prefix=environment.shell_prefix,
        )

    def read(self, saved: SavedText) -> Optional[DoctorFinding]:
        """Both numbers stand in the message."""
        match = saved.search(self.signature)
        if match is None:
            match = saved.search(SWALLOWED)
            if match is None or saved.search("A module that was compiled using NumPy 1"):
                return None
            return self.stated(
                saved,
                "{owner} was built for another release of NumPy than {numpy}",
                (
                    ("pip", "{pip} install --upgrade numpy {package}"),
                    ("pip", "{pip} install --upgrade numpy"),
                ),
                match,
            )
        built, running = int(match.group(2), 16), int(match.group(3), 16)
        oldest = first_release(built)
        if built >= ABI:  # 0x1000009 against 0x2000000: NumPy 1 against NumPy 2
            newer = running > built
            clause = "{owner} was built on NumPy %s and runs with NumPy %s" % (
                ("1.x", "2") if newer else ("2", "1.x")
            )
            ways: Pairs = (
                text_fixes_of_old_build(saved)
                if newer
                else (("pip", "{pip} install --upgrade 'numpy>=2'"),)
            )
            return self.stated(saved, clause, ways, match)
        spec_ = "numpy>={}{}".format(oldest, ",<2" if built < table.API_OF_2 else "")
        words = {}
        if saved.search("Failed to initialize NumPy: module"):  # PyTorch's own words
            words = {"owner": saved.named("torch"), "package": "torch"}
        clause = (
            "{owner} was compiled against the C-API of NumPy %s (%s), newer than the running "
            "NumPy's (%s)"
        ) % (oldest or "?", hex(built), hex(running))
        ways = (
            ("pip", "{pip} install --upgrade " + quote(spec_ if oldest else "numpy")),
            ("conda", "conda install -c conda-forge " + quote(spec_ if oldest else "numpy")),
        )
        return self.stated(saved, clause, ways, match, **words)


def spec(environment: PythonEnvironment, built: int, oldest: str) -> str:
    """What is installed: a build on 1.x headers does not load on NumPy 2 either."""
    if not oldest:
        return "numpy"
    below = (table.key(release) for release in numpy1(environment))
    below_2 = built < table.API_OF_2 and any(release >= table.key(oldest) for release in below)
    return quote("numpy>={}{}".format(oldest, ",<2" if below_2 else ""))
