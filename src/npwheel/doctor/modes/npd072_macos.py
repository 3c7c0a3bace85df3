"""NPD072: macOS does not load a compiled module."""

from typing import Iterator, Optional

from npwheel.doctor.mode import Mode
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.python_environment import PythonEnvironment
from npwheel.doctor.saved_text import SITE, SavedText, read

REINSTALL = (
    ("pip", "{pip} install --force-reinstall --no-cache-dir {package}"),
    ("pip", "{pip} install --force-reinstall --no-cache-dir numpy"),
)


class MacOS(Mode):
    """Rosetta's x86_64 next to arm64, Homebrew's libraries, signatures."""

    id = "NPD072"
    title = "macOS cannot load a compiled module (dlopen)"
    seen = (
        "mach-o file, but is an incompatible architecture (have 'x86_64', need 'arm64e'); Library "
        "not loaded: @rpath/libgfortran.5.dylib; symbol not found in flat namespace"
    )
    detected = "the text: architectures, the library, or the symbol that dlopen names"
    fixes = REINSTALL
    sources = ("numpy/numpy#19443", "numpy#18143", "numpy#20464")
    texts = (
        (
            r"(?:mach-o file, but is an incompatible architecture|mach-o, but wrong architecture|"
            r"incompatible architecture)[^\n]*?\(have '?\(?([\w, ]+?)\)?'?,? need "
            r"'?\(?(\w+)\)?'?\)?",
            "a compiled module is for {0}, and this Python runs as {1}",
            (
                *REINSTALL,
                (
                    "edit",
                    "use one architecture for the terminal, Python and all packages "
                    "(`python -c 'import platform; print(platform.machine())'`)",
                ),
            ),
        ),
        (
            r"(?:mach-o, but wrong architecture|incompatible architecture|Bad CPU type "
            r"in executable)",
            "a compiled module is for another architecture than this Python (x86_64 against arm64)",
            REINSTALL,
        ),
        (
            r"Library not loaded: ((?:/opt/homebrew|/usr/local)/(?:opt|Cellar)/([\w@.+-]+)"
            r"/[^\s']+)",
            "Homebrew's library {0} is gone, or of another version than the module was built with",
            (("edit", "brew reinstall {1}"),),
        ),
        (
            r"Library not loaded: (\S+?)'?\s+Referenced from: ([^\n]+)",
            "the library {0}, which {1} needs, is not where it was when that was built",
            (
                *REINSTALL,
                ("edit", "Homebrew: brew reinstall what brings the library (gcc, openblas)"),
            ),
        ),
        (
            r"Symbol not found: \(?'?_\w+\$NEWLAPACK\w*'?\)?",
            "this NumPy needs the Accelerate framework of macOS 13.3 or newer, and this macOS is "
            "older",
            (
                (
                    "edit",
                    "update macOS, or install a release of the program (or of NumPy: pip picks "
                    "the build for this macOS) that supports it",
                ),
            ),
        ),
        (
            r"Symbol not found: \(?'?(_\w+)'?\)?[\s\S]{0,600}?Expected in:\s+(?:<[\w-]+> )?"
            r"'?(/System/Library/[^\s']+|/usr/lib/[^\s']+)",
            "a compiled module was built for a newer macOS than this one: {1} has no {0}",
            (("edit", "update macOS, or install a build for this one"), *REINSTALL),
        ),
        (
            r"(?:[Ss]ymbol not found(?: in flat namespace)?:?) \(?'?(_\w+)'?\)?",
            "a compiled module needs {0}, which the loaded libraries do not have: it was built for "
            "another macOS, library or Python",
            REINSTALL,
        ),
        (
            r"code signature (?:in|invalid)|not valid for use in process|library load "
            r"disallowed by "
            r"system policy",
            "macOS refuses the signature of a compiled module",
            (*REINSTALL, ("edit", "xattr -dr com.apple.quarantine on the environment's folder")),
        ),
        (
            r"Polyfit sanity test emitted a warning|Accelerate backend (?:is buggy|, which)",
            "NumPy was built from source with Apple's Accelerate, which computes wrongly",
            (("pip", "{pip} install --only-binary=:all: --force-reinstall numpy"),),
        ),
    )

    def read(self, saved: SavedText) -> Optional[DoctorFinding]:
        """A library outside of site-packages (R's, Homebrew's) is not repaired by pip."""
        match = saved.search(
            r"dlopen\(([^,\n]+), [^\n]*?incompatible architecture \(have '?\(?([\w, ]+?)"
            r"\)?'?,? need "
            r"'?\(?(\w+?)e?\)?'?\)"
        )
        if match is None or SITE.search(match.group(1)):
            return super().read(saved)
        return self.stated(
            saved,
            "{0} is for {1}, and this Python runs as {2}",
            (("edit", "install the {2} build of what {0} belongs to, or a Python for {1}"),),
            match,
        )

    def examine(self, environment: PythonEnvironment) -> Iterator[DoctorFinding]:
        """What an import on macOS prints is judged by its text."""
        for trial in environment.failed:
            if "dlopen(" in trial.output:
                finding = self.read(read(trial.output))
                if finding is not None:
                    yield finding._replace(subject=trial.subject)
