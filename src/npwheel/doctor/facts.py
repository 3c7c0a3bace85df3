"""The facts that matter on any machine, for the summary and for `--json`."""

from typing import Any, Dict, List, Tuple

from npwheel.doctor import privacy
from npwheel.doctor.case import Case
from npwheel.doctor.saved_text import SavedText


def summary(case: Case) -> List[Tuple[str, str]]:
    """(label, value) lines: Python, system, NumPy, BLAS."""
    if case.saved is not None:
        return stated(case.saved)
    m = case.machine
    system = "{}, {} {}, {}".format(m.os_name or "unknown system", m.libc, m.libc_version, m.arch)
    if m.bits == 32:
        system += ", 32-bit Python"
    if m.page not in (0, 4096):
        system += ", {} KiB pages".format(m.page // 1024)
    if m.emulated:
        system += " (emulated CPU: expect it to be many times slower)"
    lines = [
        ("Python", "{}.{}.{} at {}".format(*case.version, case.executable)),
        ("system", m.model + ", " + system if m.model else system),
    ]
    if case.winner is not None:
        lines.append(("NumPy", "{} at {}".format(case.numpy_version or "?", case.winner.file)))
    if case.numpy_works:
        lines.append(("BLAS", blas(case)))
    return lines


def stated(saved: SavedText) -> List[Tuple[str, str]]:
    """What a text states about its machine."""
    known = [("Python", saved.python), ("NumPy", saved.numpy), ("system", saved.system)]
    return [(label, value + " (by the text)") for label, value in known if value]


def blas(case: Case) -> str:
    """The BLAS that the running NumPy uses, its core and its threads."""
    answers = case.numerics("openblas") or {}
    texts = []
    for path, answer in answers.items():
        config = str(answer.get("config", "OpenBLAS")).split(" NO_")[0].split(" DYNAMIC")[0].strip()
        texts.append(
            "{}, core {}, {} threads ({})".format(
                config, answer.get("core", "?"), answer.get("threads", "?"), path.rpartition("/")[2]
            )
        )
    if not texts:
        texts = [path.rpartition("/")[2] for path in case.numerics("blas") or []]
    return "; ".join(texts) or "none found (not OpenBLAS, or /proc does not show it)"


def machine(case: Case) -> Dict[str, Any]:
    """Everything as data."""
    m = case.machine
    values = {k: v for k, v in m._asdict().items() if k not in ("env", "cpu_flags")}
    for key in ("quota", "processes", "cgroup_pids", "address_space"):
        limit = values[key]
        values[key] = None if limit is None else {"value": limit.value, "where": limit.where}
    return {
        "python": {
            "executable": case.executable,
            "version": ".".join(str(n) for n in case.version),
            "implementation": case.survey.get("implementation", ""),
            "prefix": case.prefix,
            "venv": case.in_venv,
            "module_tag": case.suffix_tag,
            "path": case.path,
        },
        "machine": values,
        "numpy": {
            "version": case.numpy_version,
            "file": case.winner.file if case.winner else None,
            "copies": [copy.file for copy in case.copies("numpy")],
            "blas": case.numerics("blas") or [],
            "openblas": case.numerics("openblas") or {},
        },
        "environment": privacy.shown(m.env),
    }
