"""NPD014: a manylinux (glibc) build on musl, or the other way round."""

from typing import Iterator

from npwheel.doctor import linking
from npwheel.doctor.installed import tag_of
from npwheel.doctor.mode import Mode, reported
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.modes.common import compiled_of, failed_file, reinstall_words
from npwheel.doctor.python_environment import PythonEnvironment


class WrongLibc(Mode):
    """Alpine needs musllinux wheels (pip >= 21.2) or its own package."""

    id = "NPD014"
    title = "compiled modules are for the other C library (glibc against musl)"
    seen = (
        "Error relocating ...: symbol not found; Error loading shared library "
        "ld-linux-x86-64.so.2; libc.musl-x86_64.so.1: cannot open shared object file"
    )
    detected = "the C library in DT_NEEDED and in the file's tag against the interpreter's loader"
    fixes = (
        ("pip", "{pip} --force-reinstall --no-deps {spec}"),
        ("apk", "{sudo}apk add py3-numpy"),
        ("edit", "container: use an image with glibc, e.g. python:3-slim"),
    )
    sources = ("alpine-pkg-glibc#33", "numpy#20780", "pypa/packaging PEP 656")
    texts = (
        (
            r"Error loading shared library (ld-linux[^:\s]*|libc\.so\.6)"
            r"|Error relocating (\S+): (?:__\w+_chk|gnu_get_libc_version|"
            r"__register_atfork): symbol",
            "a module that was built for glibc is loaded on musl (Alpine)",
            (
                (
                    "pip",
                    "{pip} install --upgrade pip && {pip} install --force-reinstall "
                    "--no-cache-dir numpy {package}",
                ),
                (
                    "pip",
                    "{pip} install --upgrade pip && {pip} install --force-reinstall "
                    "--no-cache-dir numpy",
                ),
                ("edit", "use an image with glibc, such as python:3-slim"),
            ),
        ),
        (
            r"(libc\.musl-\S+?): cannot open shared object file",
            "a module that was built for musl (Alpine) is loaded on glibc: {0} is not there",
            (("pip", "{pip} install --force-reinstall --no-cache-dir numpy"),),
        ),
    )

    def examine(self, environment: PythonEnvironment) -> Iterator[DoctorFinding]:
        """Static evidence, for imports that failed."""
        mine = environment.machine.libc
        for trial in environment.failed:
            for file in compiled_of(environment, trial) or [failed_file(environment, trial)]:
                theirs = libc_of(file)
                if not (mine and theirs) or mine == theirs:
                    continue
                if linking.machine_of(file) != linking.machine_of(environment.executable):
                    continue
                dist, place, words = reinstall_words(environment, file)
                yield self.failed(
                    environment, trial.subject,
                    "its compiled modules are for {}, and this Python runs on {}".format(
                        theirs, mine),
                    expected=mine, found=theirs,
                    evidence=[(file, "is for " + theirs), *reported(trial),
                              ("wheel tag", ", ".join(environment.tags_of(dist)))],
                    place=place, **words
                )  # fmt: skip
                break


def libc_of(file: str) -> str:
    """glibc or musl, by what the file needs, else by its tag; empty if neither shows it."""
    needed = linking.needed(file)
    if any(name.startswith(("libc.musl-", "ld-musl-")) for name in needed):
        return "musl"
    if any(name == "libc.so.6" or name.startswith("ld-linux") for name in needed):
        return "glibc"
    tag = tag_of(file)
    return (
        "musl" if tag.endswith("-musl") else "glibc" if tag.endswith(("-gnu", "-gnueabihf")) else ""
    )
