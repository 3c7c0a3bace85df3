"""NPD003: an extension asks for a newer C-API than the running NumPy has."""

import re
from typing import Optional

from npwheel.doctor.case import Case
from npwheel.doctor.mode import Mode, line_of
from npwheel.doctor.model import Finding
from npwheel.doctor.modes.common import culprit, first_release
from npwheel.doctor.trial import Trial


class ApiVersion(Mode):
    """Modules load on the NumPy they target and on newer ones, never on older ones."""

    id = "NPD003"
    title = "extension compiled against a newer C-API than this NumPy has"
    seen = (
        "module compiled against API version 0xc but this version of numpy is 0x9; module was "
        "compiled against NumPy C-API version 0x12 (NumPy 2.0) but the running NumPy has ..."
    )
    detected = "both numbers on stderr, turned into releases by the table of C-API versions"
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

    def explain(self, case: Case, trial: Trial, match: "re.Match[str]") -> Optional[Finding]:
        """Turn the two numbers into releases."""
        built, running = int(match.group(2), 16), int(match.group(3), 16)
        owner, file, _ = culprit(case, trial)
        oldest = first_release(built)
        place = case.numpy_dist.place if case.numpy_dist else None
        return self.failed(
            case,
            trial.subject,
            "{} was compiled against the C-API of NumPy {}, newer than this NumPy {}".format(
                owner, oldest or hex(built), case.numpy_version
            ),
            expected="C-API version {} (NumPy {} or newer)".format(hex(built), oldest or "?"),
            found="{} (NumPy {})".format(hex(running), case.numpy_version),
            evidence=[("stderr", line_of(match)), ("module", file)],
            place=place,
            numpy="'numpy>={}'".format(oldest) if oldest else "numpy",
            prefix=case.shell_prefix,
        )
