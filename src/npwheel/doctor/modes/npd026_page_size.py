"""NPD026: a file is aligned for smaller memory pages than this kernel has."""

import os
import re
from typing import Iterator

from npwheel.doctor import linking
from npwheel.doctor.mode import Mode, line_of, reported
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.modes.common import failed_file, reinstall_words
from npwheel.doctor.python_environment import PythonEnvironment
from npwheel.doctor.trial import Trial


class PageSize(Mode):
    """Raspberry Pi 5 has 16 KiB pages, RHEL 8 on ARM 64 KiB."""

    id = "NPD026"
    title = "a compiled file is aligned for smaller pages than this kernel has"
    seen = (
        "ELF load command alignment not page-aligned; ELF load command address/offset not "
        "properly aligned; <jemalloc>: Unsupported system page size"
    )
    detected = "the smallest alignment of its load segments against the page size"
    fixes = (
        ("pip", "{pip} --upgrade --force-reinstall --no-deps {name}"),
        ("edit", "Raspberry Pi 5: kernel=kernel8.img in /boot/firmware/config.txt, then reboot"),
        ("edit", "own extension: link with -Wl,-z,max-page-size=65536"),
    )
    sources = ("numpy#16677", "auditwheel#251", "rauthy#1287", "windmill#4422")
    texts = (
        (
            r"ELF load command (?:alignment not page-aligned|address/offset not (?:properly|page-)"
            r"aligned)|<jemalloc>: Unsupported system page size",
            "a compiled file is aligned for smaller memory pages than this kernel's",
            (
                ("pip", "{pip} install --upgrade {package}"),
                ("edit", "Raspberry Pi 5: kernel=kernel8.img in /boot/firmware/config.txt"),
                ("edit", "own build: link with -Wl,-z,max-page-size=65536"),
            ),
        ),
    )
    signature = (
        r"ELF load command (?:alignment not page-aligned|address/offset not (?:properly|page-)"
        r"aligned)|<jemalloc>: Unsupported system page size"
    )

    def examine(self, environment: PythonEnvironment) -> Iterator[DoctorFinding]:
        """By the text, or by the crash of a file with such segments."""
        for trial in environment.failed:
            match = trial.search(self.signature)
            file = named_library(environment, trial) or failed_file(environment, trial)
            align = linking.alignment(file) if file else 0
            small = 0 < align < environment.machine.page
            if not match and not (small and trial.signal):
                continue
            if align and align % environment.machine.page == 0:
                continue  # the file that is named was changed otherwise (strip, patchelf): NPD031
            dist, place, _ = reinstall_words(environment, file)
            name = dist.name if dist else "numpy"
            own = dist is None and trial.subject != "numpy"
            page = environment.machine.page
            yield self.failed(
                environment, trial.subject,
                "{} is aligned for pages of {} KiB and this kernel has {} KiB".format(
                    file or "a library", align // 1024 or "smaller", page // 1024),
                expected="{} or a multiple".format(page), found=str(align or "less"),
                evidence=[(file, "p_align {}".format(align)),
                          *([("loader", line_of(match))] if match else reported(trial))],
                place=place, templates=self.fixes[1:] if own else self.fixes, name=name,
            )  # fmt: skip


def named_library(environment: PythonEnvironment, trial: Trial) -> str:
    """The library that a wheel brings, where the message begins with its name."""
    match = re.match(r"(lib[\w.+-]+\.so[\w.]*): ELF load", trial.root.text if trial.root else "")
    files = linking.bundled_files(environment) if match else []
    return next((f for f in files if match and os.path.basename(f) == match.group(1)), "")
