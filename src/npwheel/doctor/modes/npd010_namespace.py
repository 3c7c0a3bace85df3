"""NPD010: an empty folder answers to `import numpy`."""

from typing import Iterator

from npwheel.doctor.installed import Distribution
from npwheel.doctor.mode import Mode
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.modes.common import numpy_spec, quote
from npwheel.doctor.modes.npd006_wrong_python import renewed
from npwheel.doctor.python_environment import PythonEnvironment


class Namespace(Mode):
    """Python makes a namespace package of any folder; it has no contents."""

    id = "NPD010"
    title = "`numpy` is a folder without __init__.py"
    seen = "module 'numpy' has no attribute 'array'; numpy.__file__ is None"
    detected = "the import works, but the module has no file and no `arange`"
    fixes = (
        ("conda", "conda install -y --prefix {prefix} numpy"),
        ("pip", "{pip} numpy"),
        ("apt", "{sudo}apt-get install -y {package}"),
        ("apk", "{sudo}apk add {package}"),
        ("dnf", "{sudo}dnf install -y {package}"),
    )
    sources = ("numpy#19528",)

    def examine(self, environment: PythonEnvironment) -> Iterator[DoctorFinding]:
        """A real NumPy anywhere on sys.path would win over such a folder."""
        trial = environment.numpy_trial
        if trial is None or not trial.record("empty") or environment.winner is None:
            return
        if environment.winner.kind != "namespace":
            return
        if environment.numpy_dist is not None:
            yield self.half(environment, environment.winner.file, environment.numpy_dist)
            return
        yield self.failed(
            environment,
            "numpy",
            "{} is a folder without __init__.py, and no NumPy is installed".format(
                environment.winner.file
            ),
            expected="numpy/__init__.py",
            found="an empty namespace package",
            evidence=[(environment.winner.file, "has no __init__.py")],
            effect="is imported but empty",
            prefix=environment.shell_prefix,
        )

    def half(
        self, environment: PythonEnvironment, folder: str, dist: Distribution
    ) -> DoctorFinding:
        """NumPy was installed there; its __init__.py is gone."""
        return self.failed(
            environment,
            "numpy",
            "{} has no __init__.py, which was installed there".format(folder),
            expected="what was installed of numpy " + dist.version,
            found="a folder without __init__.py",
            evidence=[(dist.folder, "metadata of " + dist.version)],
            place=dist.place,
            effect="is imported but empty",
            templates=renewed(dist),
            gone=quote(folder) + " " + quote(dist.folder),
            spec=numpy_spec(environment, dist.version),
            prefix=environment.shell_prefix,
        )
