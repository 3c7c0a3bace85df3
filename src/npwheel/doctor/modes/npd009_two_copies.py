"""NPD009: the wrong one of two NumPys is imported, or two are mixed in one folder."""

import os
import re
from typing import Iterator, Optional

from npwheel.doctor import fixes
from npwheel.doctor.mode import Mode, reported
from npwheel.doctor.model import WARNING, DoctorFinding
from npwheel.doctor.modes.common import no_numpy, quote, reinstall_words
from npwheel.doctor.owners import owner_of
from npwheel.doctor.python_environment import PythonEnvironment
from npwheel.doctor.searchpath import how_added, without_entry
from npwheel.doctor.trial import Trial


class TwoCopies(Mode):
    """PYTHONPATH, the user's site folder or the current folder comes first."""

    id = "NPD009"
    title = "more than one NumPy: the wrong one comes first, or two are mixed"
    seen = "any import error, while pip list shows a NumPy that is all right"
    detected = "numpy on every entry of sys.path; two dist-info; compiled cores of 1.x and 2.x"
    fixes = (
        ("env", "unset PYTHONPATH"),
        ("pip", "rm -r {files} && {pip} --ignore-installed --no-deps {spec}"),
        ("pip", "{python} -m pip uninstall -y{managed} numpy"),
    )
    sources = ("conda#448", "snakepipes#453", "python-feedstock#171")

    def examine(self, environment: PythonEnvironment) -> Iterator[DoctorFinding]:
        """Mixed folders first: a mixture fails wherever it lies."""
        trial = environment.numpy_trial
        if trial is None:
            return
        finding = (
            self.mixed(environment, trial)
            or self.foreign(environment, trial)
            or self.hidden(environment, trial)
        )
        if finding is not None:
            yield finding._replace(state=WARNING) if trial.ok else finding

    def mixed(self, environment: PythonEnvironment, trial: Trial) -> Optional[DoctorFinding]:
        """Files of two versions in one folder."""
        cores = sorted({os.path.dirname(core) for core in environment.core})
        here = [
            d
            for d in environment.named("numpy")
            if environment.winner and d.place == environment.winner.place
        ]
        if environment.winner is None or (len(cores) < 2 and len(here) < 2):
            return None
        folder = os.path.dirname(environment.winner.file)
        files = [folder, folder + ".libs"] + [d.folder for d in here]
        _, place, words = reinstall_words(environment, folder)
        found = " and ".join(d.version for d in here) if len(here) > 1 else "cores of 1.x and 2.x"
        return self.failed(
            environment,
            "numpy",
            "files of two NumPy versions are mixed in {}".format(folder),
            expected="one version",
            found=found,
            evidence=[
                *reported(trial),
                *((d.folder, "metadata of " + d.version) for d in here),
                *((core, "has a compiled core") for core in cores),
            ],
            place=place,
            templates=self.fixes[1:2],
            files=" ".join(quote(f) for f in files if os.path.exists(f)),
            **words,
        )

    def foreign(self, environment: PythonEnvironment, trial: Trial) -> Optional[DoctorFinding]:
        """PYTHONPATH leads into the site folder of another Python: nothing may be changed there."""
        copy = environment.winner
        if trial.ok or copy is None or copy.kind != "package":
            return None
        theirs = re.search(r"/python(\d\.\d+)/(?:site|dist)-packages/?$", copy.place)
        way, template = how_added(environment, copy.place), without_entry(environment, copy.place)
        if theirs is None or theirs.group(1) == environment.python or way != "PYTHONPATH":
            return None
        rest = [c for c in environment.copies("numpy")[1:] if c.kind == "package"]
        if not rest and not fixes.managed(environment):
            template = ("env", "unset PYTHONPATH && {pip} numpy")
        return self.failed(
            environment,
            "numpy",
            "PYTHONPATH brings the packages of Python {}, and this is Python {}".format(
                theirs.group(1), environment.python
            ),
            expected="packages for Python " + environment.python,
            found=copy.place,
            evidence=[
                ("PYTHONPATH", environment.machine.env.get("PYTHONPATH", "")),
                *reported(trial),
            ],
            templates=[template],
        )

    def hidden(self, environment: PythonEnvironment, trial: Trial) -> Optional[DoctorFinding]:
        """Another copy would work: without PYTHONPATH and the like the import does."""
        copies = [copy for copy in environment.copies("numpy") if copy.kind == "package"]
        works = {e.id for e in environment.experiments_of("numpy") if e.works}
        if (
            trial.ok
            or len(copies) < 2
            or not works & {"isolated", "other-copy"}
            or no_numpy(environment)
        ):
            return None
        place = copies[0].place
        way, template = how_added(environment, place), without_entry(environment, place)
        owner = owner_of(environment, copies[0].file)
        if template[0] == "edit" and owner is not None and owner.manager == "pip":
            template = self.fixes[2]
        return self.failed(
            environment,
            "numpy",
            "{} brings {} before {}, and that copy does not work here ({})".format(
                way, copies[0].file, copies[1].file, trial.outcome
            ),
            expected=copies[1].file,
            found=copies[0].file,
            evidence=list(reported(trial)),
            templates=[template],
            managed=" --break-system-packages" if fixes.managed(environment) else "",
        )
