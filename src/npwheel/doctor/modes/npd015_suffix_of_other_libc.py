"""NPD015: a musl interpreter that looks for modules with a glibc tag."""

from typing import Iterator

from npwheel.doctor.mode import Mode, reported
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.python_environment import PythonEnvironment


class SuffixOfOtherLibc(Mode):
    """Early standalone builds for musl (as uv installs) were configured as -linux-gnu."""

    id = "NPD015"
    title = "the interpreter expects module names of the other C library"
    seen = "No module named 'numpy._core._multiarray_umath' although the wheel is the right one"
    detected = "the interpreter's own tag has -gnu and its C library is musl"
    fixes = (
        ("uv", "uv python install --reinstall {version}"),
        ("edit", "use the distribution's Python, or a standalone build of 3.13 or newer"),
    )
    sources = ("python-build-standalone#724", "uv#16349", "numpy#30024")

    def examine(self, environment: PythonEnvironment) -> Iterator[DoctorFinding]:
        """Only where the import of NumPy fails on it."""
        trial = environment.numpy_trial
        tag = environment.suffix_tag
        if (
            trial is None
            or trial.ok
            or environment.machine.libc != "musl"
            or not tag.endswith("-gnu")
        ):
            return
        theirs = [core for core in environment.core if "-musl" in core]
        if theirs:
            finding = self.failed(
                environment,
                "numpy",
                "this musl Python looks for modules named for glibc",
                expected=tag,
                found=theirs[0].rpartition("/")[2],
                evidence=[("EXT_SUFFIX", tag), *reported(trial)],
                version=environment.python,
            )
            yield finding._replace(
                fixes=tuple(sorted(finding.fixes, key=lambda fix: fix.platform != "uv"))
            )
