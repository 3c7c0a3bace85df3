"""Try the failed import again under one changed condition: what works shows the cause."""

from typing import List, Mapping, NamedTuple, Optional, Sequence

from npwheel.doctor.model import Experiment
from npwheel.doctor.python_environment import PythonEnvironment
from npwheel.doctor.searchpath import pythonpath
from npwheel.doctor.trial import Trial

PLAIN_CORE = {
    "x86_64": "Prescott",
    "aarch64": "ARMV8",
    "armv7l": "ARMV7",
    "armv8l": "ARMV7",
    "armv6l": "ARMV6",
}


# Conditions that can change what is computed, not only whether the import works.
AFFECT_RESULTS = ("plain-core", "no-loader-path", "no-forced-core")


class Condition(NamedTuple):
    """One change of the child's surroundings."""

    id: str
    condition: str
    env: Mapping[str, str] = {}
    without: Sequence[str] = ()
    flags: Sequence[str] = ()
    cwd: Optional[str] = None
    of_path: bool = False


def of_path(environment: PythonEnvironment) -> List[Condition]:
    """The changes of sys.path that make a difference here, the mildest first."""
    flags = environment.survey.get("flags") or {}
    found = []
    if pythonpath(environment):
        found.append(Condition("no-pythonpath", "no PYTHONPATH", without=("PYTHONPATH",)))
    user = str(environment.survey.get("user_site") or "")
    if environment.survey.get("user_site_enabled") and user in environment.path:
        found.append(Condition("no-user-site", "no user site folder (python -s)", flags=("-s",)))
    if (
        environment.cwd not in ("", "/")
        and not flags.get("safe_path")
        and not flags.get("isolated")
    ):
        found.append(Condition("other-folder", "another current folder (cd /)", cwd="/"))
    if not flags.get("isolated"):
        found.append(Condition("isolated", "isolated mode (python -I)", flags=("-I",)))
    return [condition._replace(of_path=True) for condition in found]


def other_copy(environment: PythonEnvironment, trial: Trial) -> List[Condition]:
    """The next copy of the subject first: whether only the one that is found is broken."""
    top = trial.subject.partition(".")[0]
    copies = [c for c in environment.copies(top) if c.kind in ("package", "module", "extension")]
    if len(copies) < 2 or (environment.survey.get("flags") or {}).get("ignore_environment"):
        return []
    place = copies[1].place
    return [
        Condition("other-copy", "the copy of {} in {}".format(top, place), {"PYTHONPATH": place})
    ]


def conditions(environment: PythonEnvironment, trial: Trial) -> List[Condition]:
    """The changes that are tried on this machine."""
    loader = [n for n in ("LD_LIBRARY_PATH", "LD_PRELOAD") if environment.machine.env.get(n)]
    forced = [
        n
        for n in sorted(environment.machine.env)
        if n.startswith("NPY_") or n in ("OPENBLAS_CORETYPE", "OPENBLAS_VERBOSE")
    ]
    found = [
        *of_path(environment),
        *other_copy(environment, trial),
        Condition(
            "one-thread",
            "one BLAS thread (OPENBLAS_NUM_THREADS=1)",
            {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        ),
    ]
    core = PLAIN_CORE.get(environment.machine.arch)
    if core:
        found.append(
            Condition(
                "plain-core",
                "a plain BLAS core (OPENBLAS_CORETYPE=%s)" % core,
                {"OPENBLAS_CORETYPE": core},
            )
        )
    if loader:
        found.append(Condition("no-loader-path", "no " + " and no ".join(loader), {}, loader))
    if forced:
        found.append(Condition("no-forced-core", "no " + " and no ".join(forced), {}, forced))
    return found


def good(trial: Trial) -> bool:
    """Whether the import worked and its products were right."""
    return trial.ok and not trial.record("wrong") and not trial.record("empty")


def confirm(environment: PythonEnvironment, trial: Trial) -> List[Experiment]:
    """Try trial's import under every condition; nothing is changed on the machine."""
    done: List[Experiment] = []
    name = trial.missing_module.partition(".")[0]
    if name and name != "numpy" and not environment.copies(name):
        return done  # no condition brings what is nowhere
    for c in conditions(environment, trial):
        if trial.ok and c.id not in AFFECT_RESULTS:
            continue
        again = environment.retry(trial, c.env, c.without, c.flags, c.cwd)
        wrong = again.record("wrong")
        outcome = "products are still wrong" if again.ok and wrong else again.outcome
        done.append(Experiment(c.id, trial.subject, c.condition, good(again), outcome, c.of_path))
    return done
