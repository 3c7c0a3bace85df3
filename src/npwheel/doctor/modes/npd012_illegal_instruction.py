"""NPD012: an illegal instruction: code for a newer CPU, or the wrong BLAS kernels."""

import re
from typing import Iterator, Optional

from npwheel.doctor.mode import Mode, reported
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.packages import packages_of
from npwheel.doctor.python_environment import PythonEnvironment
from npwheel.doctor.saved_text import SavedText


class IllegalInstruction(Mode):
    """ARMv6 boards with ARMv7 builds; OpenBLAS that takes the CPU for another."""

    id = "NPD012"
    title = "illegal instruction"
    seen = "Illegal instruction (core dumped); exit code 132; the interpreter is just gone"
    detected = "SIGILL of the child; the features that the CPU reports; a try with plain kernels"
    fixes = (
        ("env", "export OPENBLAS_CORETYPE={core}"),
        ("apt", "{sudo}apt-get install -y python3-numpy"),
        ("pip", "{pip} --force-reinstall --no-binary=:all: numpy"),
    )
    sources = ("numpy#18131", "onnxruntime#6375", "piwheels/packages#275", "raspi-cam-srv#85")
    texts = (
        (
            r"(?i)\billegal (?:instruction|hardware instruction)|\bSIGILL\b|exit (?:code|status):? "
            r"132\b|0xC000001D|-1073741795",
            "the CPU does not have an instruction that a compiled module uses",
            (
                (
                    "edit",
                    "find the package whose import ends the program, and install one of its "
                    "releases, or builds, for an older CPU (`-v` of the doctor there names it)",
                ),
            ),
        ),
    )

    def read(self, saved: SavedText) -> Optional[DoctorFinding]:
        """Which import ended the program, and on which CPU, where the text shows them."""
        match = saved.search(self.texts[0][0])
        name = saved.last_import
        if match is None or not name:
            return super().read(saved)
        model = re.search(r"(?i)model name\s*:?\s+([^\n]+)", saved.text)
        cpu = "the CPU ({})".format(model.group(1).strip()) if model else "the CPU"
        package = packages_of(name.partition(".")[0]).get("pip") or name.partition(".")[0]
        return self.stated(
            saved,
            "{} does not have an instruction that {} uses (often AVX, which builds of large "
            "packages need)".format(cpu, saved.named(package)),
            (("edit", "install a release, or a build, of {} for an older CPU; in a virtual "
              "machine let it see the host's CPU".format(package)),),
            match,
        )  # fmt: skip

    def examine(self, environment: PythonEnvironment) -> Iterator[DoctorFinding]:
        """ARMv6 first, then kernels that can be chosen, then what is left."""
        for trial in environment.failed:
            if trial.signal_name != "SIGILL":
                continue
            answer = environment.cpu()
            evidence = [*reported(trial), *((k, str(v)) for k, v in sorted(answer.items()))]
            plain = environment.experiment("plain-core", trial.subject)
            if plain is not None and plain.works:
                core = plain.condition.rpartition("=")[2].rstrip(")")
                yield self.failed(
                    environment,
                    trial.subject,
                    "OpenBLAS chose kernels that this CPU cannot run",
                    expected="kernels for this CPU",
                    found="an illegal instruction",
                    evidence=[*evidence, ("experiment", "works with " + plain.condition)],
                    templates=self.fixes[:1],
                    core=core,
                )
            elif environment.machine.arch.startswith("arm") and answer.get("neon") is False:
                yield self.failed(
                    environment,
                    trial.subject,
                    "this CPU is ARMv6 (Pi 1, Zero) and these builds are for ARMv7 with NEON",
                    expected="ARMv6 code",
                    found="ARMv7 code",
                    evidence=evidence,
                    templates=self.fixes[1:2],
                )
            else:
                yield self.failed(
                    environment,
                    trial.subject,
                    "its machine code has an instruction that this CPU does not have",
                    expected="code for this CPU",
                    found="SIGILL",
                    evidence=evidence,
                    templates=self.fixes[1:],
                )
