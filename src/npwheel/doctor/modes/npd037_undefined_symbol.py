"""NPD037: a module needs a function that nothing in the process has."""

import re
from typing import List, NamedTuple, Optional, Tuple

from npwheel.doctor import data, linking
from npwheel.doctor.mode import Mode, line_of
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.modes.common import failed_file, reinstall_words
from npwheel.doctor.python_environment import PythonEnvironment
from npwheel.doctor.saved_text import SavedText
from npwheel.doctor.trial import Trial

BLAS = r"(?:scipy_)?(?:cblas_|openblas_)|^[sdcz](?:gemm|axpy|dot|gemv|potrf|gesv|gelsd)"


class Meaning(NamedTuple):
    """What a missing symbol shows: whose it is, by the prefix that its library uses."""

    because: str
    expected: str
    kind: str  # python, blas, libstdc++, another library's name, or other
    library: str = ""  # how the file names of that library begin


class UndefinedSymbol(Mode):
    """A build for another Python, another release of a library, or a BLAS without CBLAS."""

    id = "NPD037"
    title = "undefined symbol: a build for another Python or library, or the wrong BLAS"
    seen = "undefined symbol: PyModule_AddObjectRef; undefined symbol: cblas_sgemm; H5E_BADATOM_g"
    detected = "whose name the symbol is, by the prefixes that libraries use; which file is loaded"
    fixes = (
        ("pip", "{pip} --force-reinstall --no-deps {spec}"),
        ("apt", "{sudo}apt-get install -y libopenblas0-pthread"),
        ("edit", "own extension: build it with this Python ({python})"),
        ("edit", "own extension: link it with the library that has {symbol}"),
        ("env", "unset LD_LIBRARY_PATH LD_PRELOAD"),
        # A wheel brings its libraries along; one that was built here is in pip's cache.
        (
            "pip",
            "{pip} --force-reinstall --no-cache-dir --no-deps --only-binary=:all: {spec}",
        ),
        ("conda", "conda install -y --prefix {prefix} --force-reinstall {package}"),
    )
    sources = ("numpy#12999", "numpy#14524", "numpy#23909", "pypy#3158", "h5py/h5py#2260")
    signature = r"undefined symbol: (\w+)|Error relocating \S+: (\w+): symbol not found"

    def explain(
        self, environment: PythonEnvironment, trial: Trial, match: "re.Match[str]"
    ) -> Optional[DoctorFinding]:
        """The symbol's name shows whose it is."""
        symbol = match.group(1) or match.group(2)
        file = failed_file(environment, trial)
        loaded = files_loaded(file, environment)
        found = meaning(symbol, "Python " + environment.python, loaded)
        dist, place, words = reinstall_words(environment, file)
        free = environment.experiment("no-loader-path", trial.subject)
        if free is not None and free.works:
            templates = [self.fixes[4]]
        elif found.kind == "blas" and dist is None:
            templates, place = [self.fixes[1], self.fixes[3]], None
        elif dist is None:
            templates = [self.fixes[2 if found.kind == "python" else 3]]
        elif found.library:
            templates = [self.fixes[6], self.fixes[5], self.fixes[0]]
        else:
            templates = [self.fixes[0]]
        words.setdefault("package", words["spec"])
        return self.failed(
            environment,
            trial.subject,
            "{} {}".format(file or "a module", found.because),
            expected=found.expected,
            found="no symbol " + symbol,
            evidence=[("loader", line_of(match)), *(("loads", f) for f in loaded[:5])],
            place=place,
            templates=templates,
            symbol=symbol,
            **words,
        )

    def read(self, saved: SavedText) -> Optional[DoctorFinding]:
        """The symbol's name shows whose it is."""
        match = saved.search(r"([^\s:'\"]*): ?undefined symbol: (\w+)|undefined symbol: (\w+)")
        if match is None:
            return None
        symbol = match.group(2) or match.group(3)
        loaded = re.findall(r"=> (/\S+\.so[\w.]*)", saved.text)
        found = meaning(symbol, "Python " + saved.python if saved.python else "Python", loaded)
        path = re.search(r"LD_LIBRARY_PATH=?\s*[\"']?((?:/[^\s:\"']+:?)+)", saved.text)
        entries = path.group(1).split(":") if path else []
        first = [f for f in loaded if f.rpartition("/")[2].startswith(found.library or "?")]
        if first and first[0].rpartition("/")[0] in entries:
            return self.stated(
                saved,
                (match.group(1) or "a compiled module")
                + " "
                + found.because
                + "; LD_LIBRARY_PATH puts that one before the package's own",
                (("env", "unset LD_LIBRARY_PATH"),),
                match,
            )
        ways: List[Tuple[str, str]] = [
            ("pip", "{pip} install --force-reinstall --no-cache-dir {package}"),
            ("pip", "{pip} install --force-reinstall --no-cache-dir numpy"),
        ]
        if found.kind == "libstdc++":
            ways = [
                ("conda", "conda install -c conda-forge libstdcxx-ng {package}"),
                (
                    "edit",
                    "unset LD_LIBRARY_PATH; else install a newer libstdc++ (of GCC), or a "
                    "release of {package} for this system",
                ),
            ]
        elif found.library:
            ways = [
                ("conda", "conda install -c conda-forge --force-reinstall {package}"),
                (
                    "pip",
                    "{pip} install --force-reinstall --no-cache-dir --only-binary=:all: "
                    "--no-deps {package}",
                ),
            ]
        return self.stated(
            saved, (match.group(1) or "a compiled module") + " " + found.because, ways, match
        )


def files_loaded(file: str, environment: PythonEnvironment) -> List[str]:
    """The libraries that the loader takes for a module, the nearest first."""
    return linking.resolved(file, environment) if file else []


def meaning(symbol: str, python: str, loaded: List[str]) -> Meaning:
    """What is known of a symbol that is not there."""
    if re.match(r"_?Py[A-Z_]", symbol):
        because = "was built for another Python than this {}: {} is not in it".format(
            python.replace("Python ", ""), symbol
        )
        return Meaning(because, "a build for C" + python, "python")
    if re.match(BLAS, symbol):
        because = "needs {}, which the BLAS that is loaded lacks".format(symbol)
        return Meaning(because, "a CBLAS", "blas")
    for pattern, name, library in data.load("npwheel.doctor", "symbols.json")["libraries"]:
        if not re.match(pattern, symbol):
            continue
        files = [path for path in loaded if path.rpartition("/")[2].startswith(library)]
        there = " ({})".format(files[0]) if files else ""
        if library == "libstdc++":
            because = (
                "needs {} of {}, which the one that is loaded{} lacks: it is older than "
                "the module's compiler".format(symbol, name, there)
            )
            return Meaning(because, "a newer libstdc++", "libstdc++", library)
        because = (
            "was built for another release of {} than the one that is loaded{}: {} is not "
            "in it".format(name, there, symbol)
        )
        return Meaning(
            because, "the release of {} that it was built with".format(name), name, library
        )
    because = "needs {}, which no loaded library has".format(symbol)
    return Meaning(because, "a library with it", "other")
