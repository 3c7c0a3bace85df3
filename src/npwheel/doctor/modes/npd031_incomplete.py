"""NPD031: files of an installed distribution are missing or were changed."""

import base64
import hashlib
import os
from typing import Iterator, List, Tuple

from npwheel.doctor import installed
from npwheel.doctor.case import Case
from npwheel.doctor.mode import Mode, said
from npwheel.doctor.model import Finding
from npwheel.doctor.modes.common import reinstall_words
from npwheel.doctor.modes.npd006_wrong_python import WrongPython


class Incomplete(Mode):
    """An interrupted installation, or a tool that thinned out a container image."""

    id = "NPD031"
    title = "files of the installation are missing or changed"
    seen = "any import error inside of the package: No module named 'numpy.…', ImportError"
    detected = "paths, sizes and hashes in RECORD against the files"
    fixes = WrongPython.fixes
    sources = ("numpy#23263",)

    def examine(self, case: Case) -> Iterator[Finding]:
        """Only for a failed import: tests and caches are removed on purpose often enough."""
        for trial in case.failed:
            dist = case.numpy_dist if trial.subject == "numpy" else case.dist_of(trial.subject)
            crashed = trial.signal_name in ("SIGBUS", "SIGSEGV")
            if dist is None or (trial.root is None and not crashed):
                continue
            wrong = differing(dist)
            if not wrong:
                continue
            _, place, words = reinstall_words(case, wrong[0][0])
            count = "{} of its files are".format(len(wrong)) if wrong[1:] else "one of its files is"
            yield self.failed(
                case, trial.subject,
                "{} missing or changed{} {}".format(
                    count, ", first" if wrong[1:] else ":", wrong[0][0]),
                expected="what RECORD of {} {} lists".format(dist.name, dist.version),
                found=wrong[0][1],
                evidence=[*wrong[:5], *said(trial)], place=place, **words
            )  # fmt: skip


def digest(path: str) -> str:
    """SHA-256 of a file as RECORD writes it; empty if it cannot be read."""
    total = hashlib.sha256()
    try:
        with open(path, "rb") as file:
            for block in iter(lambda: file.read(1 << 20), b""):
                total.update(block)
    except OSError:
        return ""
    return base64.urlsafe_b64encode(total.digest()).rstrip(b"=").decode()


def differing(dist: installed.Distribution) -> List[Tuple[str, str]]:
    """(file, how it differs) for code files that RECORD lists; tests and caches excepted."""
    found = []
    for path, size, sha256 in installed.record(dist):
        if not path.endswith((".py", ".so")) or "/tests/" in path:
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
