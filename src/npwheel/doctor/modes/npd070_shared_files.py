"""NPD070: two distributions install the same package folder."""

import os
from typing import Iterator, List

from npwheel.doctor import installed
from npwheel.doctor.installed import Distribution
from npwheel.doctor.mode import Mode, reported
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.modes.common import quote
from npwheel.doctor.python_environment import PythonEnvironment


class SharedFiles(Mode):
    """opencv-python and opencv-python-headless both bring `cv2`: the later one wins by halves."""

    id = "NPD070"
    title = "two distributions installed over each other"
    seen = "any import error of cv2, skimage, serial …, after another package brought a variant"
    detected = "the compiled modules of the package in the RECORD of more than one distribution"
    fixes = (("pip", "{python} -m pip uninstall -y {all} && {pip} {first}"),)
    sources = ("opencv/opencv-python#846", "opencv-python#388")

    def examine(self, environment: PythonEnvironment) -> Iterator[DoctorFinding]:
        """Only for a failed import of that package."""
        for trial in environment.failed:
            top = trial.subject.partition(".")[0]
            dists = claiming(environment, top)
            if len(dists) < 2:
                continue
            yield self.failed(
                environment,
                trial.subject,
                "{} both install {}".format(
                    " and ".join("{} {}".format(d.name, d.version) for d in dists), top
                ),
                expected="one of them",
                found=str(len(dists)),
                evidence=[*reported(trial), *((d.folder, "lists " + top) for d in dists)],
                place=dists[0].place,
                all=" ".join(quote(d.name) for d in dists),
                first=quote(dists[0].name),
            )


def claiming(environment: PythonEnvironment, top: str) -> List[Distribution]:
    """The distributions of the winner's folder whose RECORD has __init__.py of that package."""
    copies = environment.copies(top)[:1]
    found = []
    for dist in environment.dists:
        if copies and copies[0].kind == "package" and dist.place == copies[0].place:
            wanted = os.path.join(dist.place, top, "__init__.py")
            if any(row.path == wanted for row in installed.record(dist)):
                found.append(dist)
    names = {dist.name for dist in found}
    return found if len(names) > 1 else []
