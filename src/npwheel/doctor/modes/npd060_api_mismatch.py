"""NPD060: one package asks another for something that the installed release does not have."""

import os
import re
from typing import Iterator, Optional, Tuple

from npwheel.doctor.installed import Distribution, record
from npwheel.doctor.mode import Mode, reported
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.modes.common import asker, quote, reinstall_words
from npwheel.doctor.modes.npd006_wrong_python import WrongPython
from npwheel.doctor.python_environment import PythonEnvironment
from npwheel.doctor.saved_text import SavedText
from npwheel.doctor.trial import Trial

PARTIAL = "from partially initialized module"
PATTERNS = (
    r"cannot import name '?(?P<name>\w+)'? from (?:partially initialized module )?"
    r"'?(?P<module>[\w.]+)'?",
    r"module '(?P<module>[\w.]+)' has no attribute '(?P<name>\w+)'",
    r"No module named '?(?P<module>\w+(?:\.\w+)*)\.(?P<name>\w+)'?",
)


class ApiMismatch(Mode):
    """An old package with a new dependency, or the other way round."""

    id = "NPD060"
    title = "a package asks another one for a name that its release does not have"
    seen = "cannot import name 'X' from 'Y' (…/site-packages/Y/__init__.py); No module named 'Y.X'"
    detected = "the name, the package that lacks it and the package that asks, with their releases"
    fixes = (
        ("pip", "{pip} --upgrade {both}"),
        ("conda", "conda update -y --prefix {prefix} {both}"),
    )
    sources = ("measured: an old package with a new dependency",)

    def examine(self, environment: PythonEnvironment) -> Iterator[DoctorFinding]:
        """Both sides must be installed packages, or the asker a file of the user's."""
        for trial in environment.failed:
            name, module = asked_for(trial)
            lacking = environment.dist_of(module) if module else None
            if lacking is None or not trial.root or not trial.root.frames:
                continue  # without a frame it is the command line that asks
            who, file, dist = asker(environment, trial)
            partial = trial.search(PARTIAL) is not None  # may be a circle of imports, too
            if dist is None or dist.name != lacking.name:
                if not partial:
                    yield self.asked(environment, trial, (who, file, dist), lacking, name, module)
            elif never_built(environment, trial, lacking, name, module):
                yield self.without(environment, trial, lacking, name, module)
            elif not partial:
                yield self.torn(environment, trial, lacking, name, module)

    def asked(
        self,
        environment: PythonEnvironment,
        trial: Trial,
        by: Tuple[str, str, Optional[Distribution]],
        lacking: Distribution,
        name: str,
        module: str,
    ) -> DoctorFinding:
        """Two releases that do not go together."""
        who, file, dist = by
        own = [
            ("edit", "change {file}, or install the release of {lacking} that it was written for")
        ]
        return self.failed(
            environment, trial.subject,
            "{} uses {} of {}, which {} {} does not have".format(
                who, name, module, lacking.name, lacking.version),
            expected="releases that go "
                     "together", found="{} {}".format(lacking.name, lacking.version),
            evidence=[*reported(trial), ("requested by", file)],
            place=(dist or lacking).place, templates=self.fixes if dist else own,
            both=" ".join(quote(d.name) for d in (dist, lacking) if d), file=quote(file),
            lacking=lacking.name, prefix=environment.shell_prefix,
        )  # fmt: skip

    def without(
        self,
        environment: PythonEnvironment,
        trial: Trial,
        dist: Distribution,
        name: str,
        module: str,
    ) -> DoctorFinding:
        """A package that was built here, without a part that its RECORD does not list."""
        _, _, words = reinstall_words(environment, trial.root.file if trial.root else "")
        return self.failed(
            environment, trial.subject,
            "{} {} was built without its part {}.{}: what that needs was not there when it "
            "was built".format(dist.name, dist.version, module, name),
            expected="a build with {}".format(name), found="none in " + dist.folder,
            evidence=list(reported(trial)), place=dist.place,
            templates=[("pip", "{pip} setuptools wheel && {pip} --force-reinstall --no-deps "
                        "--no-cache-dir --no-build-isolation {spec}")], **words,
        )  # fmt: skip

    def torn(
        self,
        environment: PythonEnvironment,
        trial: Trial,
        dist: Distribution,
        name: str,
        module: str,
    ) -> DoctorFinding:
        """A package asks itself: files of two releases, or of half an installation."""
        file = trial.root.file if trial.root else ""
        _, place, words = reinstall_words(environment, file)
        return self.failed(
            environment,
            trial.subject,
            "{} {} lacks its own {}.{}: files of another release are mixed in, or some are "
            "missing".format(dist.name, dist.version, module, name),
            expected="the files of one release",
            found="no " + name,
            evidence=[*reported(trial), ("requested by", file)],
            place=place,
            templates=WrongPython.fixes,
            **words,
        )

    def read(self, saved: SavedText) -> Optional[DoctorFinding]:
        """What the last message misses, and who asks."""
        if saved.building or saved.root is None or PARTIAL in saved.root.text:
            return None
        for pattern in PATTERNS:
            match = re.search(pattern, str(saved.root.text))
            if match is None:
                continue
            module, name, owner = match.group("module"), match.group("name"), saved.owner
            who = saved.named(owner) if owner else saved.own_file
            if not who or module.split(".")[0] in ("numpy", owner):
                continue
            return self.stated(
                saved,
                "{} uses {} of {}, which the installed release does not have".format(
                    who, name, module),
                (("pip", "{pip} install --upgrade {package} " + quote(top_package(module))),)
                if owner else (("edit", "install the release of {} that {} was written for".format(
                    top_package(module), who)),),
                match,
            )  # fmt: skip
        return None


def never_built(
    environment: PythonEnvironment, trial: Trial, dist: Distribution, name: str, module: str
) -> bool:
    """Whether a compiled part is not missing but was never there: RECORD does not list it."""
    rows = [row.path for row in record(dist)]
    part = os.path.join(dist.place, *module.split("."), name)
    listed = any(row.startswith((part + ".", part + "/")) for row in rows)
    local = all(re.search(r"-linux_\w+$", tag) for tag in environment.tags_of(dist))
    file = trial.root.file if trial.root else ""
    return file in rows and not listed and local and name.startswith("_")


def top_package(module: str) -> str:
    """The package of a module, as pip calls it."""
    from npwheel.doctor.packages import packages_of

    return packages_of(module).get("pip") or module.split(".", maxsplit=1)[0]


def asked_for(trial: Trial) -> Tuple[str, str]:
    """(name, module) that the root exception misses; empty if it is something else."""
    for pattern in PATTERNS:
        match = re.search(pattern, trial.root.text if trial.root else "")
        if match is not None:
            return match.group("name"), match.group("module")
    return "", ""
