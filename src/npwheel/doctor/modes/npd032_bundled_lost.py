"""NPD032: the libraries that the wheel brought along are gone, or NumPy lies in a zip."""

import re
from typing import Iterator

from npwheel.doctor import linking
from npwheel.doctor.fixes import Pairs
from npwheel.doctor.mode import Mode, reported
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.modes.common import failed_file, reinstall_words
from npwheel.doctor.modes.npd006_wrong_python import WrongPython
from npwheel.doctor.python_environment import PythonEnvironment


class BundledLost(Mode):
    """`numpy.libs` was left behind by a copy, a packer or a thinned image."""

    id = "NPD032"
    title = "the wheel's own libraries (numpy.libs) are missing, or it was not unpacked"
    seen = (
        "libscipy_openblas64_-….so: cannot open shared object file: No such file or directory; "
        "NotADirectoryError: …whl"
    )
    detected = "a library with a wheel's name that is not there; a zip on sys.path"
    fixes = WrongPython.fixes
    sources = ("Nuitka#3964", "pyinstaller#5273", "numpy#18241", "PyOxidizer#764")
    texts = (
        (
            r"(lib(?:scipy_openblas|openblas(?:64_)?p|[\w+.-]+-[0-9a-f]{8})[^\s:]*): cannot open "
            r"shared object file",
            "{0}, which the wheel brings along in its .libs folder, is missing",
            (
                ("pip", "{pip} install --force-reinstall --no-cache-dir {package}"),
                ("pip", "{pip} install --force-reinstall --no-cache-dir numpy"),
            ),
        ),
        (
            r"NotADirectoryError: .*\.(?:whl|zip|egg)|zipimporter.*\bnumpy\b",
            "NumPy lies in a zip file, from which no compiled module can be loaded",
            (("pip", "{pip} install numpy  (unpacked, into a folder)"),),
        ),
    )
    signature = (
        r"(lib[^\s/:]+\.so[.\d]*): cannot open shared object file"
        r"|Error loading shared library (lib[^\s:]+):"
    )

    def examine(self, environment: PythonEnvironment) -> Iterator[DoctorFinding]:
        """A zip first; then the library that the loader misses."""
        for trial in environment.failed:
            copies = environment.copies("numpy") if trial.subject == "numpy" else []
            if copies and copies[0].kind == "zip":
                yield self.failed(
                    environment,
                    "numpy",
                    "it lies in the zip file {}, from which no compiled module can be "
                    "loaded".format(copies[0].place),
                    expected="an unpacked numpy",
                    found="a zip file on sys.path",
                    evidence=list(reported(trial)),
                    templates=zip_fix(len(copies) > 1),
                )
                continue
            match = trial.search(self.signature)
            library = (match.group(1) or match.group(2)) if match else ""
            if not library or not linking.bundled(library):
                continue
            file = failed_file(environment, trial)
            dist, place, words = reinstall_words(environment, file or environment.numpy_folder)
            folder = re.sub(r"/[^/]*$", "", dist.place + "/x") if dist else "site-packages"
            name = dist.name if dist else trial.subject
            yield self.failed(
                environment,
                trial.subject,
                "{}, which its wheel brings along, is missing".format(library),
                expected="{}/{}.libs/{}".format(folder, name, library),
                found="no such file",
                evidence=[(file, "needs " + library), *reported(trial)],
                place=place,
                **words,
            )


def zip_fix(other: bool) -> Pairs:
    """Take the zip off the path; install NumPy where there is no other copy."""
    if other:
        return (("env", "unset PYTHONPATH"),)
    return (("env", "unset PYTHONPATH && {pip} numpy"),)
