"""NPD063: a package wants to write a cache, and may not."""

import re
from typing import Optional

from npwheel.doctor.mode import Mode, line_of
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.modes.common import asker
from npwheel.doctor.python_environment import PythonEnvironment
from npwheel.doctor.trial import Trial

VARIABLES = (
    ("numba", r"cannot cache function|NUMBA_CACHE_DIR", "NUMBA_CACHE_DIR"),
    ("matplotlib", r"matplotlib", "MPLCONFIGDIR"),
    ("transformers", r"huggingface|transformers", "HF_HOME"),
    ("torch", r"torch", "TORCH_HOME"),
    ("pytensor", r"pytensor|theano|aesara", "PYTENSOR_FLAGS=base_compiledir"),
)


class Cache(Mode):
    """Containers and services without a home directory."""

    id = "NPD063"
    title = "a cache directory is not writable"
    seen = (
        "RuntimeError: cannot cache function '__shear_dense': no locator available for file "
        "'…/librosa/util/utils.py'; PermissionError: [Errno 13] Permission denied: '/.cache'"
    )
    detected = "the text; which package raises it"
    fixes = (("env", "export {variable}={folder}"),)
    sources = ("librosa/librosa#1156", "numba/numba#4032", "matplotlib#4785")
    signature = (
        r"cannot cache function '?[^\n']+'?: no locator available for file '([^']+)'"
        r"|(?:PermissionError: \[Errno 13\] Permission denied|Read-only file system|"
        r"FileNotFoundError: \[Errno 2\] No such file or directory): "
        r"'?([^'\n]*(?:/\.cache|/\.config|/\.numba"
        r"|/\.local/share|/nonexistent|/\.keras|/\.theano|/\.pytensor)[^'\n]*)"
    )
    texts = (
        (
            r"cannot cache function '?([^\n']+)'?: no locator available for file '([^']+)'",
            "numba may not write its cache for {1}",
            (("env", "export NUMBA_CACHE_DIR=/tmp/numba-cache"),),
        ),
        (
            signature,
            "a cache directory is not writable: {1}",
            (("env", "export XDG_CACHE_HOME=/tmp/cache XDG_CONFIG_HOME=/tmp/config"),),
        ),
    )

    def explain(
        self, environment: PythonEnvironment, trial: Trial, match: "re.Match[str]"
    ) -> Optional[DoctorFinding]:
        """numba has a variable of its own; most others follow XDG_CACHE_HOME."""
        who, file, _ = asker(environment, trial)
        where = match.group(1) or match.group(2)
        variable = "XDG_CACHE_HOME"
        for _, pattern, name in VARIABLES:
            if re.search(pattern, match.group() + who):
                variable = name
                break
        return self.failed(
            environment,
            trial.subject,
            "{} cannot write its cache: neither next to {} nor in the home directory".format(
                "numba" if variable.startswith("NUMBA") else who, where
            ),
            expected="a directory that user {} can write".format(environment.machine.uid),
            found="none",
            evidence=[("exception", line_of(match)), ("raised in", file)],
            variable=variable,
            folder="/tmp/" + variable.lower().replace("_dir", "").replace("_", "-"),  # noqa: S108
        )
