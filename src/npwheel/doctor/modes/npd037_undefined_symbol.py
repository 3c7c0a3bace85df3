"""NPD037: a module needs a function that nothing in the process has."""

import re
from typing import Optional, Tuple

from npwheel.doctor.mode import Mode, line_of
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.modes.common import failed_file, reinstall_words
from npwheel.doctor.python_environment import PythonEnvironment
from npwheel.doctor.saved_text import SavedText
from npwheel.doctor.trial import Trial


class UndefinedSymbol(Mode):
    """A build for another Python, or a BLAS without the CBLAS interface."""

    id = "NPD037"
    title = "undefined symbol: a build for another Python, or the wrong BLAS"
    seen = "undefined symbol: PyModule_AddObjectRef; undefined symbol: cblas_sgemm"
    detected = "whose name the symbol is: Python's, BLAS's or the C++ library's"
    fixes = (
        ("pip", "{pip} --force-reinstall --no-deps {spec}"),
        ("apt", "{sudo}apt-get install -y libopenblas0-pthread"),
        ("edit", "own extension: build it with this Python ({python})"),
        ("edit", "own extension: link it with the library that has {symbol}"),
    )
    sources = ("numpy#12999", "numpy#14524", "numpy#23909", "pypy#3158")
    signature = r"undefined symbol: (\w+)|Error relocating \S+: (\w+): symbol not found"

    def explain(
        self, environment: PythonEnvironment, trial: Trial, match: "re.Match[str]"
    ) -> Optional[DoctorFinding]:
        """The symbol's name shows whose it is."""
        symbol = match.group(1) or match.group(2)
        file = failed_file(environment, trial)
        because, expected, which = meaning(symbol, environment)
        dist, place, words = reinstall_words(environment, file)
        if which == "blas" and dist is None:
            templates, place = [self.fixes[1], self.fixes[3]], None
        elif dist is None:
            templates = [self.fixes[2 if which == "python" else 3]]
        else:
            templates = [self.fixes[0]]
        return self.failed(
            environment,
            trial.subject,
            "{} {}".format(file or "a module", because),
            expected=expected,
            found="no symbol " + symbol,
            evidence=[("loader", line_of(match))],
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
        what = "a compiled module"
        if match.group(1):
            what = match.group(1)
        ways = (("pip", "{pip} install --force-reinstall --no-cache-dir {package}"),
                ("pip", "{pip} install --force-reinstall --no-cache-dir numpy"))  # fmt: skip
        if re.match(r"_?Py[A-Z_]", symbol):
            clause = "{} was built for another Python than {{python}}: {} is not in it"
        elif re.match(r"(?:scipy_)?cblas_|openblas_|^[sdcz](?:gemm|axpy|dot|gemv)", symbol):
            clause = "{} needs {}, which the BLAS that is loaded lacks"
        elif symbol.startswith(("_ZN2at", "_ZN3c10", "_ZNK3c10", "_ZNK2at")):
            clause = "{} was built for another release of PyTorch: {} is not in it"
        else:
            clause = "{} needs {}, which no loaded library has: it was built for other releases"
        return self.stated(saved, clause.format(what, symbol), ways, match)


def meaning(symbol: str, environment: PythonEnvironment) -> Tuple[str, str, str]:
    """(because, expected, kind) for a symbol that is not there."""
    if re.match(r"_?Py[A-Z_]", symbol):
        because = "was built for another Python than this {}: {} is not in it".format(
            environment.python, symbol
        )
        return because, "a build for CPython " + environment.python, "python"
    if re.match(
        r"(?:scipy_)?(?:cblas_|openblas_)|^[sdcz](?:gemm|axpy|dot|gemv|potrf|gesv)", symbol
    ):
        return "needs {}, which the BLAS that is loaded lacks".format(symbol), "a CBLAS", "blas"
    return "needs {}, which no loaded library has".format(symbol), "a library with it", "other"
