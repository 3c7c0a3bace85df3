"""NPD066: a file that was pickled with one NumPy is read with another."""

import re
from typing import Optional

from npwheel.doctor.linking import numbers
from npwheel.doctor.mode import Mode, reported
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.modes.common import asker, quote
from npwheel.doctor.packages import packages_of
from npwheel.doctor.python_environment import PythonEnvironment
from npwheel.doctor.saved_text import SavedText
from npwheel.doctor.trial import Trial

NEW = r"No module named '?(numpy\._core(?:\.\w+)*)'?"
GENERATOR = r"numpy\.random\.\w+(?:\.\w+)*'?>? is not a known BitGenerator module"
LOADING = (
    r"(?i)pickle|unpickl|joblib|torch[\w./\\]*serialization|torch\.load|np\.load|numpy\.load|npyio"
    r"|lib[\\/]format\.py|\.pkl\b|\.npy\b|\.npz\b|dill|read_pickle|load_model"
)

UNPICKLER = (
    r"(?:^|[\\/])(?:pickle|_compat_pickle|numpy_pickle|pickle_compat|serialization|_dill)\.py$"
)


class Pickle(Mode):
    """NumPy 2 calls numpy.core numpy._core, and writes that name into pickles."""

    id = "NPD066"
    title = "a pickle of NumPy 2 is read with NumPy 1"
    seen = "ModuleNotFoundError: No module named 'numpy._core' in pickle.load, np.load, torch.load"
    detected = "the name numpy._core under a NumPy older than 2, inside of a loader"
    fixes = (
        ("pip", "{pip} --upgrade {spec}"),
        ("conda", "conda install -y --prefix {prefix} {spec}"),
        ("edit", "or save the file again with NumPy 1.26"),
    )
    sources = ("4DVLab/DexGrasp-Anything#7", "numpy/numpy#24844")
    signature = NEW

    def explain(
        self, environment: PythonEnvironment, trial: Trial, match: "re.Match[str]"
    ) -> Optional[DoctorFinding]:
        """NumPy itself must be older: in NumPy 2 a missing part is another fault."""
        if not environment.numpy_version or numbers(environment.numpy_version) >= (2,):
            return None
        who, file, _ = asker(environment, trial)
        frames = " ".join(frame for link in trial.chain for frame in link.frames)
        if trial.subject == "numpy" or not re.search(LOADING, frames + trial.output):
            return None
        return self.failed(
            environment,
            trial.subject,
            "{} reads a file that was pickled with NumPy 2, and this is NumPy {}".format(
                who, environment.numpy_version
            ),
            expected="NumPy 2 or newer",
            found="NumPy " + environment.numpy_version,
            evidence=[*reported(trial), ("read in", file)],
            place=environment.numpy_dist.place if environment.numpy_dist else None,
            spec=quote("numpy>=2"),
            prefix=environment.shell_prefix,
        )

    def other_release(self, saved: SavedText) -> Optional[DoctorFinding]:
        """A module or name that a pickle asks for: the loader itself is innocent."""
        root = saved.root
        if root is None or not root.frames or not re.search(UNPICKLER, root.frames[-1]):
            return None
        match = re.search(
            r"No module named '?(?P<module>[\w.]+)'?|Can't get attribute '(?P<name>\w+)' on "
            r"<module '(?P<of>[\w.]+)'|module '(?P<of2>[\w.]+)' has no attribute '(?P<name2>\w+)'",
            root.text,
        )
        if match is None:
            return None
        words = match.groupdict()
        module = words["module"] or words["of"] or words["of2"] or ""
        top = module.partition(".")[0]
        if top in ("numpy", "__main__"):
            return None
        name = words["name"] or words["name2"] or ""
        what = module + ("." + name if name else "")
        package = packages_of(top).get("pip", "")
        owner = package or top
        if "." in module or name:
            clause = (
                "the pickle names {}, which the installed release of {} does not have: it "
                "was made with another one".format(what, owner)
            )
            advice = (
                "install the release of {0} that made the file (`pip install "
                "'{0}==VERSION'`), or make the file again with this one".format(owner)
            )
        else:
            clause = (
                "the pickle names the module {}, which is not here: it was made by a "
                "program that has it".format(what)
            )
            advice = (
                "put {} (of the program that made the file) on sys.path, or make the file "
                "again".format(what)
            )
        return self.stated(saved, clause, (("edit", advice),), match)

    def read(self, saved: SavedText) -> Optional[DoctorFinding]:
        """Only where a loader is seen, and no NumPy 2 is stated."""
        match = saved.search(GENERATOR)
        if match is not None:
            return self.stated(
                saved,
                "a random generator that was pickled with another release of NumPy is read",
                (
                    ("pip", "{pip} install --upgrade numpy"),
                    ("edit", "or save the file again with the NumPy that reads it"),
                ),
                match,
            )
        found = self.other_release(saved)
        if found is not None:
            return found
        match = saved.search(NEW)
        if match is None or numbers(saved.numpy or "1") >= (2,):
            return None
        if not re.search(LOADING, saved.text):
            return None
        return self.stated(
            saved,
            "a file that was pickled with NumPy 2 is read with NumPy 1",
            (
                ("pip", "{pip} install --upgrade 'numpy>=2'"),
                ("conda", "conda install -c conda-forge 'numpy>=2'"),
                ("edit", "or save the file again with NumPy 1.26"),
            ),
            match,
        )
