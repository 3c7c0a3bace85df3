"""NPD068: an extension switches the CPU's floating-point mode for the whole process."""

from typing import Iterator

from npwheel.doctor.mode import Mode
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.modes.common import quote
from npwheel.doctor.python_environment import PythonEnvironment


class Subnormals(Mode):
    """Linked by GCC with -ffast-math: the smallest numbers become zero, for all other code too."""

    id = "NPD068"
    title = "importing an extension makes subnormal numbers zero"
    seen = "UserWarning: The value of the smallest subnormal for <class 'numpy.float64'> is zero"
    detected = "a subnormal number, halved before and after each import in the child"
    fixes = (
        ("pip", "{pip} --upgrade {owner}"),
        ("edit", "own extension: link it without -ffast-math and -Ofast (or with GCC 13 or newer)"),
    )
    sources = ("numpy#20895", "gevent#1864", "moyix's report on 2,514 packages")
    texts = (
        (
            r"The value of the smallest subnormal for (.+?) (?:type )?is zero",
            "an extension that was linked with -ffast-math made subnormal numbers zero for the "
            "whole process",
            (("edit", "upgrade that extension: `npwheel doctor` on that machine names it"),),
        ),
    )

    def examine(self, environment: PythonEnvironment) -> Iterator[DoctorFinding]:
        """Works, but computes wrongly: a warning."""
        for trial in environment.trials:
            module = trial.record("flushed")
            if not isinstance(module, str):
                continue
            dist = environment.dist_of(module)
            yield self.warning(
                environment,
                trial.subject,
                "importing {} sets the CPU to treat subnormal numbers as zero, in all code".format(
                    "{} {} ({})".format(dist.name, dist.version, module) if dist else module
                ),
                expected="1e-308 / 2 to be more than 0",
                found="0.0",
                place=dist.place if dist else None,
                templates=self.fixes[:1] if dist else self.fixes[1:],
                owner=quote(dist.name) if dist else "",
            )
