"""NPD010: an empty folder answers to `import numpy`."""

from typing import Iterator

from npwheel.doctor.case import Case
from npwheel.doctor.fixes import Pairs
from npwheel.doctor.mode import Mode
from npwheel.doctor.model import Finding


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

    def examine(self, case: Case) -> Iterator[Finding]:
        """A real NumPy anywhere on sys.path would win over such a folder."""
        trial = case.numpy_trial
        if trial is None or not trial.record("empty") or case.winner is None:
            return
        place = None
        templates: Pairs = self.fixes
        if case.numpy_dist is not None:  # half of an installation
            place = case.numpy_dist.place
            templates = (("pip", "{pip} --ignore-installed numpy"), *self.fixes)
        yield self.failed(
            case,
            "numpy",
            "{} is a folder without __init__.py, and no NumPy is installed".format(
                case.winner.file
            ),
            expected="numpy/__init__.py",
            found="an empty namespace package",
            evidence=[(case.winner.file, "has no __init__.py")],
            place=place,
            effect="is imported but empty",
            templates=templates,
            prefix=case.shell_prefix,
        )
