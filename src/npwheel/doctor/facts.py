"""The facts that matter on any machine, for the summary and for `--json`."""

from typing import Any, Dict, List, Tuple

from npwheel.doctor import privacy
from npwheel.doctor.python_environment import PythonEnvironment
from npwheel.doctor.saved_text import SavedText


def summary(environment: PythonEnvironment) -> List[Tuple[str, str]]:
    """(label, value) lines: Python, system, NumPy, BLAS."""
    if environment.saved is not None:
        return stated(environment.saved)
    m = environment.machine
    system = "{}, {} {}, {}".format(m.os_name or "unknown system", m.libc, m.libc_version, m.arch)
    if m.bits == 32:
        system += ", 32-bit Python"
    if m.page not in (0, 4096):
        system += ", {} KiB pages".format(m.page // 1024)
    if m.emulated:
        system += " (emulated CPU: expect it to be many times slower)"
    lines = [
        ("Python", "{}.{}.{} at {}".format(*environment.version, environment.executable)),
        ("system", m.model + ", " + system if m.model else system),
    ]
    if environment.winner is not None:
        lines.append(
            ("NumPy", "{} at {}".format(environment.numpy_version or "?", environment.winner.file))
        )
    if environment.numpy_works:
        lines.append(("BLAS", blas(environment)))
    return lines


def stated(saved: SavedText) -> List[Tuple[str, str]]:
    """What a text states about its machine."""
    known = [("Python", saved.python), ("NumPy", saved.numpy), ("system", saved.system)]
    return [(label, value + " (by the text)") for label, value in known if value]


def blas(environment: PythonEnvironment) -> str:
    """The BLAS that the running NumPy uses, its core and its threads."""
    answers = environment.numerics("openblas") or {}
    texts = []
    for path, answer in answers.items():
        config = str(answer.get("config", "OpenBLAS")).split(" NO_")[0].split(" DYNAMIC")[0].strip()
        texts.append(
            "{}, core {}, {} threads ({})".format(
                config, answer.get("core", "?"), answer.get("threads", "?"), path.rpartition("/")[2]
            )
        )
    if not texts:
        texts = [path.rpartition("/")[2] for path in environment.numerics("blas") or []]
    return "; ".join(texts) or "none found (not OpenBLAS, or /proc does not show it)"


def machine(environment: PythonEnvironment) -> Dict[str, Any]:
    """Everything as data."""
    m = environment.machine
    values = {k: v for k, v in m._asdict().items() if k not in ("env", "cpu_flags")}
    for key in ("quota", "processes", "cgroup_pids", "address_space"):
        limit = values[key]
        values[key] = None if limit is None else {"value": limit.value, "where": limit.where}
    return {
        "python": {
            "executable": environment.executable,
            "version": ".".join(str(n) for n in environment.version),
            "implementation": environment.survey.get("implementation", ""),
            "prefix": environment.prefix,
            "venv": environment.in_venv,
            "module_tag": environment.suffix_tag,
            "path": environment.path,
        },
        "machine": values,
        "numpy": {
            "version": environment.numpy_version,
            "file": environment.winner.file if environment.winner else None,
            "copies": [copy.file for copy in environment.copies("numpy")],
            "blas": environment.numerics("blas") or [],
            "openblas": environment.numerics("openblas") or {},
        },
        "environment": privacy.shown(m.env),
    }
