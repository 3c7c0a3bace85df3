"""NPD055: what is installed is not what an extension's own metadata requires."""

from typing import Iterator, List, Tuple

from npwheel.doctor.installed import Distribution
from npwheel.doctor.mode import Mode, reported
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.modes.common import culprit, numpy1, on_numpy2, quote
from npwheel.doctor.python_environment import PythonEnvironment
from npwheel.doctor.requires import admits, requirements


class Unmet(Mode):
    """`pip install --no-deps`, a forced pin, or a later install that moved NumPy."""

    id = "NPD055"
    title = "a package's own requirement is not met"
    seen = "ImportError: cannot import name ... from 'numpy....'; module 'numpy' has no attribute"
    detected = "Requires-Dist of the package whose import failed, against what is installed"
    fixes = (
        ("conda", "conda install -y --prefix {prefix} {spec}"),
        ("pip", "{pip} {spec}"),
    )
    sources = ("measured: scipy 1.13.1 with numpy 1.20.3",)
    texts = (
        (
            r"(\S+) needs NumPy ([\d.]+) or less\.? Got NumPy ([\d.]*\d)",
            "{0} needs NumPy {1} or older, and {2} is installed",
            (("pip", "{pip} install 'numpy<{2}'"), ("pip", "{pip} install --upgrade {package}")),
        ),
        (
            r"(\S+) needs NumPy ([\d.]+) or (?:greater|newer)",
            "{0} needs NumPy {1} or newer",
            (("pip", "{pip} install --upgrade 'numpy>={1}'"),),
        ),
        (
            r"(?m)(\S+) ([\w.]+) requires (\S+), but you(?: have|'ll have) (\S+) (\S+) which is "
            r"incompatible",
            "{0} {1} requires {2}, and {3} {4} is installed",
            (("pip", "{pip} install --upgrade {0}"), ("pip", "{pip} install '{2}'")),
        ),
    )

    def examine(self, environment: PythonEnvironment) -> Iterator[DoctorFinding]:
        """Only for a failed import: much works outside of what metadata admits."""
        for trial in environment.failed:
            _, _, dist = culprit(environment, trial)
            owners = [dist, environment.dist_of(trial.subject)]
            for owner in dict.fromkeys(o for o in owners if o is not None and o.name != "numpy"):
                for spec, there in unmet(environment, owner):
                    yield self.failed(
                        environment, trial.subject,
                        "{} {} requires {} and {} is installed".format(
                            owner.name, owner.version, spec, there.version),
                        expected=spec, found="{} {}".format(there.name, there.version),
                        evidence=[(owner.folder, "Requires-Dist: " + spec),
                                  (there.folder, there.version), *reported(trial)],
                        place=there.place, spec=quote(bounded(environment, owner, spec)),
                        prefix=environment.shell_prefix,
                    )  # fmt: skip


def unmet(environment: PythonEnvironment, dist: Distribution) -> List[Tuple[str, Distribution]]:
    """(requirement, what is installed instead), NumPy first; what is missing is another mode's."""
    found = []
    for name, spec in requirements(environment, dist):
        there = environment.named(name)[:1]
        if there and spec and admits(spec, there[0].version) is False:
            found.append((name + spec, there[0]))
    return sorted(found, key=lambda pair: pair[1].name != "numpy")


def bounded(environment: PythonEnvironment, dist: Distribution, spec: str) -> str:
    """The requirement, kept below NumPy 2 where the package does not load on that."""
    open_above = spec.startswith("numpy") and "<" not in spec and "=" in spec
    return (
        spec + ",<2"
        if open_above and on_numpy2(environment, dist) and numpy1(environment)
        else spec
    )
