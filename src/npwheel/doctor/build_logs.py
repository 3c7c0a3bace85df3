"""What a log of pip or of a compiler shows about a package that was built from source, and failed.

(pattern, what it means, ways). Specific messages first; {name} is the package that failed.
"""

from typing import Sequence, Tuple

from npwheel.doctor.saved_text import SavedText

Row = Tuple[str, str, Sequence[Tuple[str, str]]]

WHEEL = ("pip", "{pip} install --upgrade pip && {pip} install --only-binary=:all: {name}")
OLDER = ("edit", "or use a Python that has a wheel of it (one or two versions older)")
APT = "sudo apt-get install -y "

ROWS: Sequence[Row] = (
    (
        r"Python\.h: No such file or directory|fatal error: '?Python\.h'? (?:file )?not found",
        "{name} is compiled because it has no wheel here, and Python's headers are not installed",
        (WHEEL, ("apt", APT + "python3-dev"), ("dnf", "sudo dnf install -y python3-devel")),
    ),
    (
        r"Microsoft Visual C\+\+ (\d+\.\d) (?:or greater )?is required",
        "{name} is compiled because it has no wheel here, and Windows has no C++ compiler",
        (WHEEL, OLDER, ("edit", "or install the Microsoft C++ Build Tools")),
    ),
    (
        r"numpy[\\/]arrayobject\.h'?:? (?:No such file|file not found)|"
        r"numpy/arrayobject\.h.*not found",
        "{name} is compiled without NumPy's headers: its build does not ask for them",
        (("pip", "{pip} install numpy && {pip} install --no-build-isolation {name}"), WHEEL),
    ),
    (
        r"(?i)can't find Rust compiler|cargo(?:, the Rust package manager,)? is not installed|"
        r"rustc.{0,40}not (?:found|installed)",
        "{name} is compiled because it has no wheel here, and there is no Rust compiler",
        (WHEEL, OLDER, ("edit", "or install Rust from your system's packages")),
    ),
    (
        r"(?i)CMake must be installed|cmake: not found|No such file or directory: 'cmake'|"
        r"Could NOT find CMake",
        "{name} is compiled because it has no wheel here, and CMake is not installed",
        (WHEEL, ("pip", "{pip} install cmake"), ("apt", APT + "cmake build-essential")),
    ),
    (
        r"Compatibility with CMake < 3\.5 has been removed",
        "the build of {name} is too old for CMake 4",
        (("env", "export CMAKE_POLICY_VERSION_MINIMUM=3.5"), WHEEL),
    ),
    (
        r"[Nn]o module named '?pkg_resources'?",
        "the build of {name} imports pkg_resources, which setuptools 82 removed",
        (("pip", "echo 'setuptools<81' > constraints.txt && PIP_CONSTRAINT=constraints.txt "
          "{pip} install {name}"), ("pip", "{pip} install --upgrade {name}")),
    ),
    (
        r"No module named '?distutils'?|module 'pkgutil' has no attribute 'ImpImporter'|"
        r"No module named '?imp'?(?:\s|$)|cannot import name 'Mapping' from 'collections'|"
        r"'SafeConfigParser'|use_2to3 is invalid",
        "{name} has no wheel for {python}, and its build from source failed: the sources are older "
        "than this Python",
        (WHEEL, ("pip", "{pip} install --upgrade {name}"), OLDER),
    ),
    (
        r"No module named '?numpy\.distutils'?|numpy\.distutils is deprecated[\s\S]*error",
        "the build of {name} needs numpy.distutils, which NumPy has not for Python 3.12 and later",
        (WHEEL, ("pip", "{pip} install --upgrade {name}"), OLDER),
    ),
    (
        r"No module named '?(numpy|[Cc]ython|pybind11|torch|wheel|setuptools|packaging|skbuild)'?",
        "the build of {name} imports {0}, which it does not ask for",
        (WHEEL, ("pip", "{pip} install {0} setuptools wheel && {pip} install --no-build-isolation "
                 "{name}")),
    ),
    (
        r"NumPy requires GCC >= ([\d.]+)",
        "{name} has no wheel here, and its build from source failed: it needs GCC {0} or newer",
        (WHEEL, OLDER),
    ),
    (
        r"(?i)(?:Killed signal terminated program|virtual memory exhausted|cc1plus.*Killed)",
        "memory ran out while {name} was compiled because it has no wheel here",
        (WHEEL, ("edit", "or add swap space")),
    ),
    (
        r"Unknown compiler\(s\)|(?:command|unable to execute) "
        r"'?(?:x86_64-linux-gnu-)?(?:gcc|cc|g\+\+|"
        r"clang)'?:? (?:failed: )?No such file|No such file or directory: '(?:gcc|cc|g\+\+)'|"
        r"no acceptable C compiler|RuntimeError: Broken toolchain",
        "{name} has no wheel here, and its build from source failed: there is no compiler",
        (WHEEL, ("apt", APT + "build-essential python3-dev"),
         ("apk", "apk add build-base python3-dev"), OLDER),
    ),
    (
        r"(?i)(?:Dependency|library) \"?(?:openblas|lapack|blas)\"? (?:found: NO|not found)|"
        r"No BLAS/LAPACK libraries found|Did not find.*(?:openblas|lapack)",
        "{name} has no wheel here, and its build from source failed: BLAS is not installed",
        (WHEEL, ("apt", APT + "libopenblas-dev gfortran"), ("apk", "apk add openblas-dev "
                                                                   "gfortran")),
    ),
    (
        r"(?i)Fortran compiler.*not found|No such file or directory: 'gfortran'|"
        r"Unknown compiler.*gfortran",
        "{name} has no wheel here, and its build from source failed: there is no Fortran compiler",
        (WHEEL, ("apt", APT + "gfortran libopenblas-dev"), OLDER),
    ),
    (
        r"pg_config executable not found|mysql_config not found|xcrun: error|"
        r"fatal error: ([\w/.-]+\.h):? ?(?:No such file|file not found)",
        "{name} is compiled because it has no wheel here, and "
        "the headers of a library are missing ({0})",
        (WHEEL, ("edit", "or install the development package that has {0}")),
    ),
    (
        r"'_PyLong_AsByteArray'|too (?:few|many) arguments to function[^\n]*_Py|"
        r"'PyThreadState' \{?aka|has no member named 'ob_digit'|_PyErr_StackItem|"
        r"'PyFrameObject'.*has no member|incomplete type.*_frame",
        "the C code of {name} was generated for an older Python than {python}",
        (WHEEL, ("pip", "{pip} install --upgrade {name}"), OLDER),
    ),
    (
        r"Compiler cython cannot compile programs|Cython\.Compiler\.Errors\.CompileError",
        "{name} does not compile with this release of Cython",
        (WHEEL, ("pip", "echo 'cython<3' > constraints.txt && PIP_CONSTRAINT=constraints.txt {pip} "
                 "install {name}")),
    ),
)  # fmt: skip

NAMES = (
    r"Failed to build installable wheels for some pyproject\.toml based projects \(?([\w.-]+)",
    r"Could not build wheels for ([\w.-]+)",
    r"ERROR: Failed building wheel for ([\w.-]+)",
    r"Failed to build '?`?([A-Za-z][\w.-]*)",
    r"Failed building wheel for ([\w.-]+)",
    r"[/\\](?:pip-install-\w+|pip-req-build-\w+)[/\\]([A-Za-z][\w.-]*?)_?[0-9a-f]{32}",
    r"Collecting ([A-Za-z][\w.-]*)(?:[^\n]*\n(?!Collecting)){0,60}?[^\n]*(?:error|ERROR)",
    r"metadata-generation-failed[\s\S]*?(?:from|╰─>|for) ([A-Za-z][\w-]+)",
    r"pip install ([A-Za-z][\w.-]*)",
)


def failed_package(saved: SavedText) -> str:
    """The package whose build failed; `the package` where the log does not name it."""
    for pattern in NAMES:
        match = saved.search(pattern)
        if match is not None and match.group(1).lower() not in ("see", "some", "output", "above"):
            return match.group(1).rstrip(".,:")
    return ""
