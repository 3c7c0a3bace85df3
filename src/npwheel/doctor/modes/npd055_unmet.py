"""NPD055: what is installed is not what an extension's own metadata asks for."""

from typing import Iterator, List, Tuple

from npwheel.doctor.case import Case
from npwheel.doctor.installed import Distribution
from npwheel.doctor.mode import Mode, reported
from npwheel.doctor.model import Finding
from npwheel.doctor.modes.common import culprit, numpy1, on_numpy2, quote
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

    def examine(self, case: Case) -> Iterator[Finding]:
        """Only for a failed import: much works outside of what metadata admits."""
        for trial in case.failed:
            _, _, dist = culprit(case, trial)
            owners = [dist, case.dist_of(trial.subject)]
            for owner in dict.fromkeys(o for o in owners if o is not None and o.name != "numpy"):
                for spec, there in unmet(case, owner):
                    yield self.failed(
                        case, trial.subject,
                        "{} {} requires {} and {} is installed".format(
                            owner.name, owner.version, spec, there.version),
                        expected=spec, found="{} {}".format(there.name, there.version),
                        evidence=[(owner.folder, "Requires-Dist: " + spec),
                                  (there.folder, there.version), *reported(trial)],
                        place=there.place, spec=quote(bounded(case, owner, spec)),
                        prefix=case.shell_prefix,
                    )  # fmt: skip


def unmet(case: Case, dist: Distribution) -> List[Tuple[str, Distribution]]:
    """(requirement, what is installed instead), NumPy first; what is missing is another mode's."""
    found = []
    for name, spec in requirements(case, dist):
        there = case.named(name)[:1]
        if there and spec and admits(spec, there[0].version) is False:
            found.append((name + spec, there[0]))
    return sorted(found, key=lambda pair: pair[1].name != "numpy")


def bounded(case: Case, dist: Distribution, spec: str) -> str:
    """The requirement, kept below NumPy 2 where the package does not load on that."""
    open_above = spec.startswith("numpy") and "<" not in spec and "=" in spec
    return spec + ",<2" if open_above and on_numpy2(case, dist) and numpy1(case) else spec
