"""NPD061: a NumPy of pip's hides the system's, for which the system's packages were built."""

from typing import Iterator, List, Optional

from npwheel.doctor import installed
from npwheel.doctor.fixes import by_system, managed
from npwheel.doctor.installed import Copy, Distribution
from npwheel.doctor.mode import Mode, reported
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.modes.common import asker, quote
from npwheel.doctor.python_environment import PythonEnvironment
from npwheel.doctor.requires import admits, requirements
from npwheel.doctor.searchpath import how_added
from npwheel.doctor.trial import Trial


class SystemBuild(Mode):
    """`pip install --user` of anything brings a NumPy 2 into ~/.local."""

    id = "NPD061"
    title = "pip's NumPy hides the one that the system's packages were built for"
    seen = (
        "numpy.dtype size changed; A module that was compiled using NumPy 1.x; in packages of "
        "/usr/lib/python3/dist-packages, with NumPy in ~/.local or /usr/local"
    )
    detected = "the failing package lies in the system's folder, the NumPy that wins does not"
    fixes = (
        ("pip", "{python} -m pip uninstall -y{managed} numpy"),
        ("pip", "{pip} --upgrade {names}"),
        ("env", "export PYTHONNOUSERSITE=1"),
    )
    sources = ("tim-janik/imagewmark#18", "snakepipes#453")

    def examine(self, environment: PythonEnvironment) -> Iterator[DoctorFinding]:
        """Only where the system has a NumPy of its own."""
        winner = environment.winner
        others = [c for c in environment.copies("numpy")[1:] if by_system(environment, c.place)]
        if winner is None or not others or by_system(environment, winner.place):
            return
        for trial in environment.failed:
            _, _, dist = asker(environment, trial)
            dist = (
                dist
                if dist is not None and dist.name != "numpy"
                else environment.dist_of(trial.subject)
            )
            working = [
                e for e in environment.experiments_of(trial.subject) if e.works and e.of_path
            ]
            if dist is None or dist.name == "numpy" or not by_system(environment, dist.place):
                continue
            if not working and not about_numpy(trial):
                continue
            yield self.built_for(environment, trial, dist, winner, others[0])

    def built_for(
        self,
        environment: PythonEnvironment,
        trial: Trial,
        dist: Distribution,
        winner: Copy,
        system: Copy,
    ) -> DoctorFinding:
        """Take pip's away; where others need it, bring the package from pip as well."""
        theirs = version_at(environment, system.place)
        needing = need_winner(environment, winner.place, theirs)
        way = how_added(environment, winner.place)
        if way == "PYTHONPATH":
            ways = [("env", "unset PYTHONPATH")]
        elif needing:
            ways = [self.fixes[1]]
        else:
            ways = [self.fixes[0]] + ([self.fixes[2]] if "user" in way else [])
        return self.failed(
            environment, trial.subject,
            "NumPy {} in {} hides the system's NumPy {}, for which {} {} was built".format(
                environment.numpy_version, winner.place, theirs, dist.name, dist.version),
            expected="NumPy " + theirs, found="NumPy " + environment.numpy_version,
            evidence=[(winner.file, way), (system.file, "the system's"), *reported(trial),
                      *((name, "needs the newer NumPy") for name in needing[:3])],
            place=winner.place, templates=ways,
            managed=" --break-system-packages" if managed(environment) else "",
            names=" ".join(quote(name) for name in system_users(environment, dist)),
        )  # fmt: skip


def about_numpy(trial: Trial) -> bool:
    """Whether the failure is one of NumPy's API or ABI."""
    return trial.search(r"(?i)numpy") is not None


def version_at(environment: PythonEnvironment, place: str) -> str:
    """The release of NumPy whose metadata lies in that folder."""
    found = [d.version for d in environment.named("numpy") if d.place == place]
    return found[0] if found else "?"


def need_winner(environment: PythonEnvironment, place: str, version: str) -> List[str]:
    """Distributions in the winner's folder that do not admit the system's NumPy."""
    found = []
    for dist in environment.dists:
        if dist.place == place and dist.name != "numpy":
            for name, spec in requirements(environment, dist):
                if installed.normal(name) == "numpy" and spec and admits(spec, version) is False:
                    found.append(dist.name)
    return found


def system_users(environment: PythonEnvironment, first: Optional[Distribution]) -> List[str]:
    """The failing packages of the system, the first one first."""
    names = [first.name] if first else []
    for trial in environment.failed:
        dist = environment.dist_of(trial.subject)
        if dist is not None and dist.name != "numpy":
            names.append(dist.name)
    return list(dict.fromkeys(names))
