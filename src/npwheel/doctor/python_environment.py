"""The Python environment under examination; facts that are expensive to find are read on demand."""

import os
import shlex
from typing import Any, Dict, FrozenSet, List, Mapping, Optional, Sequence, Tuple

from npwheel.doctor import installed, launch
from npwheel.doctor.installed import Copy, Distribution
from npwheel.doctor.machine import Machine
from npwheel.doctor.model import Experiment
from npwheel.doctor.saved_text import SavedText
from npwheel.doctor.trial import Trial

NARROW = {"x86_64": "i686", "aarch64": "armv7l", "armv8l": "armv7l"}


class PythonEnvironment:
    """The interpreter, the machine, what lies on its path, and how the imports went.

    exe:    the command that starts the interpreter, with its flags
    survey: what it reports of itself (see child.py)
    trials: one per subject; the first is NumPy's
    """

    def __init__(
        self,
        exe: Sequence[str],
        survey: Mapping[str, Any],
        machine: Machine,
        trials: Sequence[Trial],
        pins: Sequence[Tuple[str, str]] = (),
        timeout: float = 60.0,
    ) -> None:
        self.exe = tuple(exe)
        self.survey = survey
        self.machine = machine
        self.trials = list(trials)
        self.pins = list(pins)  # (where, requirement)
        self.timeout = timeout
        self.experiments: List[Experiment] = []
        self.script = ""  # the file whose imports are examined, if one was named
        self.saved: Optional[SavedText] = None  # a text that is judged instead of this machine
        self.silent = False  # whether the interpreter reported nothing of itself, at first
        self.in_folders: List[Tuple[str, Trial]] = []  # (folder, numpy as a script there has it)
        self.already: Tuple[str, ...] = ()  # commands that were run before this examination
        self._memo: Dict[Any, Any] = {}

    def once(self, key: Any, make: Any) -> Any:
        """The value of make(), worked out once."""
        if key not in self._memo:
            self._memo[key] = make()
        return self._memo[key]

    # --- the interpreter

    @property
    def version(self) -> Tuple[int, ...]:
        """(major, minor, micro)."""
        return tuple(self.survey.get("version", (0, 0, 0)))

    @property
    def python(self) -> str:
        """X.Y."""
        return "{}.{}".format(*self.version[:2])

    @property
    def executable(self) -> str:
        """How a user would start it: as given on the command line, or its path."""
        return str(self.survey.get("executable") or (self.exe[0] if self.exe else ""))

    @property
    def prefix(self) -> str:
        """sys.prefix."""
        return str(self.survey.get("prefix", ""))

    @property
    def in_venv(self) -> bool:
        """Whether it is a virtual environment's."""
        return self.prefix != self.survey.get("base_prefix")

    @property
    def cwd(self) -> str:
        """Its working directory."""
        return str(self.survey.get("cwd", ""))

    @property
    def path(self) -> List[str]:
        """sys.path, absolute."""
        entries = [str(entry) for entry in self.survey.get("path", [])]
        # In a folder that has been removed, a relative entry leads nowhere.
        return [os.path.join(self.cwd, e) for e in entries if self.cwd or os.path.isabs(e)]

    @property
    def stdlib(self) -> str:
        """The folder of the standard library."""
        return os.path.dirname(str(self.survey.get("stdlib", "")))

    @property
    def suffix_tag(self) -> str:
        """The tag that its own modules carry, e.g. cpython-311-x86_64-linux-gnu."""
        suffixes = self.survey.get("suffixes") or [""]
        return str(suffixes[0]).strip(".").rpartition(".so")[0].strip(".")

    @property
    def library_modules(self) -> FrozenSet[str]:
        """Top-level names of the standard library, from its folders and what is built in."""
        found: FrozenSet[str] = self.once("library", self._library_modules)
        return found

    def _library_modules(self) -> FrozenSet[str]:
        names = installed.listing(self.stdlib)
        names += installed.listing(os.path.join(self.stdlib, "lib-dynload"))
        stems = {name.split(".")[0] for name in names} | set(self.survey.get("builtin", ()))
        return frozenset(stems - {"__pycache__", "site-packages", "dist-packages", "test"})

    # --- what is installed

    @property
    def dists(self) -> List[Distribution]:
        """All distributions on its sys.path."""
        found = self.once("dists", lambda: installed.distributions(self.path))
        return list(found)

    def named(self, name: str) -> List[Distribution]:
        """The distributions of that name, in the order of sys.path."""
        wanted = installed.normal(name)
        return [dist for dist in self.dists if dist.name == wanted]

    def copies(self, name: str) -> List[Copy]:
        """Where `import name` could be answered from, the winner first."""
        found = self.once(("copies", name), lambda: installed.copies(name, self.path, self.cwd))
        return list(found)

    @property
    def winner(self) -> Optional[Copy]:
        """The NumPy that is imported, or would be."""
        found = self.copies("numpy")
        return found[0] if found else None

    @property
    def numpy_dist(self) -> Optional[Distribution]:
        """The distribution of the NumPy that is imported; None if it has no metadata."""
        if self.winner is None:
            return None
        here = [d for d in self.named("numpy") if d.place == self.winner.place]
        # Two of them: the one whose files are there is the one with its version.
        here.sort(key=lambda dist: dist.version == self.imported.get("version"))
        return here[-1] if here else None

    @property
    def numpy_version(self) -> str:
        """What its metadata states, or the running NumPy itself, or empty."""
        ran = self.imported
        if ran.get("version"):
            return str(ran["version"])
        return self.numpy_dist.version if self.numpy_dist else ""

    @property
    def imported(self) -> Dict[str, Any]:
        """What the child reported of the NumPy that it imported; empty if it could not."""
        trial = self.numpy_trial
        records = trial.records if trial else ()
        for key, value in records:
            if key == "imported" and isinstance(value, dict) and value.get("module") == "numpy":
                return value
        return {}

    @property
    def numpy_folder(self) -> str:
        """The folder `numpy`; empty if it is not a package in a folder."""
        if self.winner is None or self.winner.kind != "package":
            return ""
        return os.path.dirname(self.winner.file)

    @property
    def numpy_modules(self) -> List[str]:
        """Compiled modules of the NumPy that is imported, for whatever platform they are."""
        if not self.numpy_folder:
            return []
        found = self.once("modules", lambda: installed.modules(self.numpy_folder))
        return list(found)

    @property
    def core(self) -> List[str]:
        """Files of the core module `_multiarray_umath`, for whatever platform."""
        return [m for m in self.numpy_modules if "/_multiarray_umath." in m]

    # --- how it went

    @property
    def failed(self) -> List[Trial]:
        """The trials that did not work."""
        return [trial for trial in self.trials if not trial.ok]

    @property
    def numpy_trial(self) -> Optional[Trial]:
        """The trial of NumPy itself."""
        for trial in self.trials:
            if trial.subject == "numpy":
                return trial
        return None

    @property
    def numpy_works(self) -> bool:
        """Whether NumPy was imported."""
        trial = self.numpy_trial
        return trial is not None and trial.ok

    def numerics(self, key: str) -> Any:
        """A fact that the imported NumPy gave about itself, or None."""
        trial = self.numpy_trial
        facts = trial.record("numerics") if trial else None
        return facts.get(key) if isinstance(facts, dict) else None

    def retry(
        self,
        trial: Trial,
        env: Optional[Mapping[str, str]] = None,
        without: Sequence[str] = (),
        flags: Sequence[str] = (),
        cwd: Optional[str] = None,
    ) -> Trial:
        """Exactly the same imports with other variables or flags; the machine stays as it is."""
        changed = {k: v for k, v in self.machine.env.items() if k not in without}
        changed.update(env or {})
        limit = min(self.timeout, 15.0) if trial.timed_out else self.timeout
        steps = trial.steps or launch.stages(trial.subject)
        return launch.run([*self.exe, *flags], trial.subject, steps, limit, changed, cwd=cwd)

    def experiment(self, name: str, subject: str) -> Optional[Experiment]:
        """The outcome of that experiment, if it was made."""
        for done in self.experiments:
            if done.id == name and done.subject == subject:
                return done
        return None

    def experiments_of(self, subject: str) -> List[Experiment]:
        """All experiments that were made with a subject."""
        return [done for done in self.experiments if done.subject == subject]

    # --- words for commands

    @property
    def sudo(self) -> str:
        """`sudo ` where it is needed."""
        return "" if self.machine.uid == 0 else "sudo "

    @property
    def shell_python(self) -> str:
        """The interpreter as a word of a shell line."""
        return shlex.quote(self.executable)

    @property
    def shell_prefix(self) -> str:
        """sys.prefix as a word of a shell line."""
        return shlex.quote(self.prefix)

    @property
    def target(self) -> Tuple[str, str, str]:
        """(Python X.Y, C library, machine): what decides which wheels fit."""
        narrow = NARROW if self.machine.bits == 32 else {}  # a 64-bit kernel reports its own name
        return self.python, self.machine.libc, narrow.get(self.machine.arch, self.machine.arch)

    def tags_of(self, dist: Optional[Distribution]) -> List[str]:
        """The tags of the wheel that a distribution came from."""
        return installed.wheel_tags(dist) if dist else []

    def dist_of(self, module: str) -> Optional[Distribution]:
        """The distribution that lists a file of that module, by its RECORD; None if unknown."""
        top = module.partition(".")[0]
        for dist in self.dists:
            if dist.name == installed.normal(top):
                return dist
        for dist in self.dists:
            start = os.path.join(dist.place, top)
            rows = installed.record(dist)
            if any(row.path.startswith((start + "/", start + ".")) for row in rows):
                return dist
        return None

    def cpu(self) -> Dict[str, Any]:
        """What the CPU answers, asked in a child: {"x86": {flag: bool}} or {"neon": bool}."""
        return dict(self.once("cpu", self._ask_cpu))

    def _ask_cpu(self) -> Dict[str, Any]:
        trial = launch.run(self.exe, "ctypes", [], min(self.timeout, 20.0), script="cpu.py")
        answer = trial.record("cpu")
        return answer if isinstance(answer, dict) else {}
