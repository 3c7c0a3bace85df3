"""NPD062: a compiled module of another Python is found first, through PYTHONPATH above all."""

import os
import re
from typing import Iterator, List

from npwheel.doctor import installed
from npwheel.doctor.mode import Mode, reported
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.modes.common import failed_file, python_of
from npwheel.doctor.python_environment import PythonEnvironment
from npwheel.doctor.searchpath import how_added, without_entry
from npwheel.doctor.trial import Trial

PYTHON_2 = (
    r"undefined symbol: (?:PyString_\w+|PyInt_\w+|_Py_ZeroStruct|_Py_TrueStruct|PyClass_Type"
    r"|PyUnicodeUCS\w+|Py_InitModule\w*|PyFile_\w+|PyCObject_\w+)"
)


class OtherPython(Mode):
    """ROS puts Python 2.7's folders on PYTHONPATH; a bare `.so` fits every name."""

    id = "NPD062"
    title = "a compiled module of another Python comes first on sys.path"
    seen = (
        "dynamic module does not define module export function (PyInit_cv2); undefined symbol: "
        "PyString_Type"
    )
    detected = "the folder's or the symbol's Python; how that folder came on sys.path"
    fixes = (("env", "unset PYTHONPATH"), ("edit", "take {place} off sys.path"))
    sources = ("DavidFernandezChaves/Detectron2_ros#2", "cv_bridge#341")
    signature = (
        r"dynamic module does not define (?:module export function|init function) \(\w+\)|"
        + PYTHON_2
    )
    texts = (
        (
            r"(/opt/ros/\w+/lib/python2\.7/dist-packages)[\s\S]*" + signature,
            "ROS brings Python 2.7's packages ({0}) to another Python",
            (("env", "unset PYTHONPATH"),),
        ),
        (
            r"dynamic module does not define (?:module export|init) function "
            r"\((?:PyInit_|init)?(\w+)\)",
            "the compiled module {0} that is found was built for another Python, or has "
            "another name",
            (("env", "unset PYTHONPATH"), ("pip", "{pip} install --force-reinstall {package}")),
        ),
        (
            PYTHON_2,
            "a compiled module of Python 2 is loaded by {python}",
            (("env", "unset PYTHONPATH"),),
        ),
    )

    def examine(self, environment: PythonEnvironment) -> Iterator[DoctorFinding]:
        """By the message, or by the folder of the file that failed."""
        for trial in environment.failed:
            if trial.subject == "numpy":
                continue  # NPD006, NPD009
            file = failed_file(environment, trial)
            place = entry_of(environment, file)
            theirs = python_in(file) or (trial.search(PYTHON_2) and "2")
            if not place or not theirs or theirs == environment.python:
                continue
            matched = trial.search(self.signature) is not None
            if not matched and not tag_differs(environment, trial, file):
                continue
            way = how_added(environment, place)
            yield self.failed(
                environment,
                trial.subject,
                "{} is for Python {}, and {} brings it before others".format(file, theirs, way),
                expected="modules for Python " + environment.python,
                found=file,
                evidence=[
                    *reported(trial),
                    *(("also there", f) for f in better(environment, trial, file)),
                ],
                templates=[without_entry(environment, place)],
            )


def python_in(file: str) -> str:
    """X.Y of a path such as /opt/ros/melodic/lib/python2.7/dist-packages/cv2.so."""
    match = re.search(r"/python(\d\.\d+)/", file)
    return match.group(1) if match else ""


def entry_of(environment: PythonEnvironment, file: str) -> str:
    """The entry of PYTHONPATH, or another one that is not this Python's own, with the file."""
    places = [p for p in environment.path if file.startswith(p.rstrip("/") + "/")]
    own = os.path.join(environment.prefix, "lib")
    return max((p for p in places if not p.startswith(own)), key=len, default="")


def tag_differs(environment: PythonEnvironment, trial: Trial, file: str) -> bool:
    """Whether the file's own name is of another Python."""
    theirs = python_of(installed.tag_of(file))
    return bool(theirs) and theirs != "CPython " + environment.python and trial.root is not None


def better(environment: PythonEnvironment, trial: Trial, file: str) -> List[str]:
    """Other copies of the module."""
    copies = environment.copies(trial.subject.partition(".")[0])
    return [copy.file for copy in copies if copy.file != file][:3]
