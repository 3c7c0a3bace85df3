"""NPD076: an editable installation cannot build itself again, or its folder is gone."""

import os
import re
from typing import Iterator, List, Optional

from npwheel.doctor import installed
from npwheel.doctor.installed import Distribution, editable, normal
from npwheel.doctor.mode import Mode, reported
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.modes.common import quote
from npwheel.doctor.python_environment import PythonEnvironment
from npwheel.doctor.saved_text import SavedText
from npwheel.doctor.trial import Trial

# The loaders that meson-python, scikit-build-core and setuptools put into site-packages.
LOADER = r"[\\/]_{1,3}(?:editable_+)?(\w+?)(?:_editable(?:_loader)?|_finder)\.py$"
GONE = r"No such file or directory: '([^'\n]+)'"


class Editable(Mode):
    """`pip install -e` in build isolation: what it built with is gone afterwards."""

    id = "NPD076"
    title = "an editable installation does not work any more"
    seen = (
        "FileNotFoundError: '/tmp/pip-build-env-…/ninja'; CalledProcessError in …_editable_loader"
    )
    detected = "the loader's file in the traceback; the project's folder in direct_url.json"
    fixes = (
        ("pip", "{pip} {requires} && {pip} --no-build-isolation -e {source}"),
        ("pip", "{pip} -e {source}"),
        ("edit", "see why the build fails: {command} install --no-build-isolation --editable "
         "{source}"),
        ("edit", "put the project back, or install it again from where it is now: {command} "
         "install -e FOLDER"),
    )  # fmt: skip
    sources = ("mesonbuild/meson-python#600", "matplotlib/matplotlib#27005")

    def examine(self, environment: PythonEnvironment) -> Iterator[DoctorFinding]:
        """By the loader in the traceback, or by a project's folder that is gone."""
        for trial in environment.failed:
            name = loader_of(trial)
            dist = next(iter(environment.named(name)), None) if name else None
            if name and building(trial):
                yield self.rebuilding(environment, trial, name, dist)
            elif trial.missing_module:
                yield from self.moved(environment, trial)

    def rebuilding(
        self, environment: PythonEnvironment, trial: Trial, name: str, dist: Optional[Distribution]
    ) -> DoctorFinding:
        """What the import tried to run, and what of it is gone."""
        source = (dist and editable(dist)) or "."
        gone = re.search(GONE, trial.root.text if trial.root else "")
        because = "the editable installation of {} builds itself again at import, and {}".format(
            name,
            "its {} is gone ({})".format(os.path.basename(gone.group(1)), gone.group(1))
            if gone
            else "that failed: " + trial.whole_outcome,
        )
        return self.failed(
            environment,
            trial.subject,
            because,
            expected="a build that can run again",
            found=str(trial.root or trial.outcome),
            evidence=[*reported(trial), ("project", source)],
            templates=self.fixes[:1] if gone else self.fixes[2:3],
            requires=" ".join(quote(name) for name in build_requires(source, gone)),
            source=quote(source),
            command=environment.shell_python + " -m pip",
        )

    def moved(self, environment: PythonEnvironment, trial: Trial) -> Iterator[DoctorFinding]:
        """The module of a project whose folder does not exist."""
        top = normal(trial.missing_module.partition(".")[0])
        for dist in environment.dists:
            source = editable(dist)
            if not source or os.path.isdir(source) or top not in names_of(dist):
                continue
            yield self.failed(
                environment,
                trial.subject,
                "{} {} is an editable installation of {}, which is gone".format(
                    dist.name, dist.version, source
                ),
                expected="the project in " + source,
                found="no such folder",
                evidence=[*reported(trial), (dist.folder, "editable")],
                templates=self.fixes[3:],
                command=environment.shell_python + " -m pip",
            )

    def read(self, saved: SavedText) -> Optional[DoctorFinding]:
        """The same by the loader's file in a traceback."""
        names = [re.search(LOADER, file) for file in saved.files]
        name = next((match.group(1) for match in names if match), "")
        if not name or not building(saved.trial):
            return None
        gone = saved.search(GONE)
        last = saved.search(r"(?m)^\S*(?:CalledProcessError|ImportError|FileNotFoundError)\b.*")
        match = gone or last
        if match is None:
            return None
        what = "its {0} is gone" if gone else "that failed"
        return self.stated(
            saved,
            "the editable installation of " + name + " builds itself again at import, and " + what,
            (("pip", "{pip} install --no-build-isolation -e ."
              "  (in the project's folder, with its build requirements installed)"),),
            match,
        )  # fmt: skip


def loader_of(trial: Trial) -> str:
    """The distribution whose editable loader the traceback goes through; empty if none."""
    for link in trial.chain:
        for file in (*link.frames, link.file):
            match = re.search(LOADER, file)
            if match:
                return normal(match.group(1))
    return ""


def building(trial: Trial) -> bool:
    """Whether a program was started at import: the loader alone is innocent."""
    return any(
        link.type in ("CalledProcessError", "FileNotFoundError", "PermissionError")
        or "editable" in link.text
        for link in trial.chain
    )


def build_requires(source: str, gone: "Optional[re.Match[str]]") -> List[str]:
    """What the project needs to be built, by its pyproject.toml; and the program that is gone."""
    text = installed.head(os.path.join(source, "pyproject.toml")).decode("utf-8", "replace")
    table = re.search(r"(?ms)^\[build-system\]\s*$(.*?)(?=^\[|\Z)", text)
    listed = (
        re.search(r"(?s)\brequires\s*=\s*\[(.*?)\]\s*$", table.group(1), re.M) if table else None
    )
    found = re.findall(r"""["']([A-Za-z0-9][^"';]*)""", listed.group(1)) if listed else []
    found = [name.strip() for name in found] or ["meson-python"]
    program = os.path.basename(gone.group(1)) if gone else ""
    tools = [name for name in ("ninja", "cmake", "meson") if name == program and name not in found]
    return found + tools


def names_of(dist: Distribution) -> "set[str]":
    """Names that its modules may have."""
    listed = installed.head(os.path.join(dist.folder, "top_level.txt")).decode("utf-8", "replace")
    return {dist.name} | {normal(name) for name in listed.split()}
