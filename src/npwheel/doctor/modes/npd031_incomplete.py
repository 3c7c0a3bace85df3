"""NPD031: files of an installed distribution are missing or were changed."""

import base64
import hashlib
import os
import re
from typing import Iterator, List, Tuple

from npwheel.doctor import installed
from npwheel.doctor.mode import Mode, reported
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.modes.common import reinstall_words
from npwheel.doctor.modes.npd006_wrong_python import WrongPython
from npwheel.doctor.owners import DPKG, owner_of
from npwheel.doctor.python_environment import PythonEnvironment


class Incomplete(Mode):
    """An interrupted installation, or a tool that thinned out a container image."""

    id = "NPD031"
    title = "files of the installation are missing or changed"
    seen = "any import error inside of the package: No module named 'numpy.…', ImportError"
    detected = "paths, sizes and hashes in RECORD against the files"
    fixes = WrongPython.fixes
    sources = ("numpy#23263",)

    texts = (
        (
            r"has no attribute '__(?:reduce|setstate)_cython__'|does not export expected C "
            r"(?:function|variable)|has no attribute '__pyx_capi__'",
            "compiled modules of {owner} are of different releases: files of two installations are "
            "mixed",
            (
                ("conda", "conda install --force-reinstall {package}"),
                ("pip", "{pip} uninstall -y {package} && {pip} install --no-cache-dir {package}"),
            ),
        ),
    )

    def examine(self, environment: PythonEnvironment) -> Iterator[DoctorFinding]:
        """Only for a failed import: tests and caches are removed on purpose often enough."""
        for trial in environment.failed:
            dist = (
                environment.numpy_dist
                if trial.subject == "numpy"
                else environment.dist_of(trial.subject)
            )
            crashed = trial.signal_name in ("SIGBUS", "SIGSEGV")
            if dist is None or (trial.root is None and not crashed):
                continue
            # A distribution strips files from its packages: there its own list counts.
            owner = (
                owner_of(environment, trial.root.file) if trial.root and trial.root.file else None
            )
            if owner is None or owner.manager == "pip":
                owner = owner_of(environment, dist.folder)
            managed = owner is not None and owner.manager in ("apt", "apk", "dnf")
            wrong = differing(dist) if not managed else by_dpkg(owner.package if owner else "")
            if not wrong:
                continue
            _, place, words = reinstall_words(environment, wrong[0][0])
            count = "{} of its files are".format(len(wrong)) if wrong[1:] else "one of its files is"
            yield self.failed(
                environment,
                trial.subject,
                "{} missing or changed{} {}".format(
                    count, ", first" if wrong[1:] else ":", wrong[0][0]
                ),
                expected="what RECORD of {} {} lists".format(dist.name, dist.version),
                found=wrong[0][1],
                evidence=[*wrong[:5], *reported(trial)],
                place=place,
                **words,
            )


def digest(path: str, kind: str = "sha256") -> str:
    """SHA-256 of a file as RECORD writes it, or MD5 as dpkg does; empty if it cannot be read."""
    total = hashlib.new(kind)
    try:
        with open(path, "rb") as file:
            for block in iter(lambda: file.read(1 << 20), b""):
                total.update(block)
    except OSError:
        return ""
    if kind == "md5":
        return total.hexdigest()
    return base64.urlsafe_b64encode(total.digest()).rstrip(b"=").decode()


def differing(dist: installed.Distribution) -> List[Tuple[str, str]]:
    """(file, how it differs) for code files that RECORD lists; tests and caches excepted."""
    found = []
    for path, size, sha256 in installed.record(dist):
        if not re.search(r"\.py$|\.so[.\d]*$", path) or "/tests/" in path:
            continue
        try:
            real = os.stat(path).st_size
        except FileNotFoundError:
            found.append((path, "missing"))
            continue
        except OSError as error:
            found.append((path, error.strerror or "unreadable"))
            continue
        if size is not None and size != real:
            found.append((path, "{} bytes instead of {}".format(real, size)))
        elif sha256 and installed.is_file(path) and digest(path) not in ("", sha256):
            found.append((path, "its size, but other contents (its SHA-256 differs)"))
    return found


def by_dpkg(package: str) -> List[Tuple[str, str]]:
    """(file, how it differs) for code files of a Debian package, by dpkg's checksums."""
    found = []
    for name in installed.listing(DPKG):
        if name.partition(".")[0].partition(":")[0] == package and name.endswith(".md5sums"):
            text = installed.head(os.path.join(DPKG, name), 64 << 20).decode("utf-8", "replace")
            for line in text.splitlines():
                md5, _, inner = line.partition("  ")
                path = "/" + inner
                if not path.endswith((".py", ".so")) or "/tests/" in path:
                    continue
                if not os.path.exists(path):
                    found.append((path, "missing"))
                elif installed.is_file(path) and digest(path, "md5") not in ("", md5):
                    found.append((path, "other contents (its MD5 differs)"))
    return found
