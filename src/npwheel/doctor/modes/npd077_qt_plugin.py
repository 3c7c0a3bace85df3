"""NPD077: Qt ends the program: two Qts in one process, or no display."""

import re
from typing import Optional

from npwheel.doctor.mode import Mode, line_of, reported
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.python_environment import PythonEnvironment
from npwheel.doctor.trial import Trial

HEADLESS = "python -m pip uninstall -y opencv-python opencv-contrib-python && python -m pip install"
NO_DISPLAY = r"(?:could not|cannot) connect to display|no DISPLAY environment variable"


class QtPlugin(Mode):
    """OpenCV's wheel brings a Qt of its own, and tells Qt where its plugins are."""

    id = "NPD077"
    title = "Qt finds no platform plugin that it can load"
    seen = 'Could not load the Qt platform plugin "xcb" in ".../cv2/qt/plugins" even though …'
    detected = "the text: the folder of the plugins, or the display"
    fixes = (
        ("pip", "{python} -m pip uninstall -y opencv-python && {pip} opencv-python-headless"),
        ("env", "export QT_QPA_PLATFORM=offscreen"),
        ("env", "export QT_DEBUG_PLUGINS=1"),
    )
    sources = ("wkentaro/labelme#842", "opencv/opencv-python#736", "emilianavt/OpenSeeFace#72")
    signature = r"Could not (?:load|find) the Qt platform plugin|" + NO_DISPLAY
    texts = (
        (
            NO_DISPLAY,
            "Qt finds no display to open a window on",
            (("edit", "install opencv-python-headless instead of opencv-python, or export "
              "QT_QPA_PLATFORM=offscreen; with ssh: ssh -X"),),
        ),
        (
            r'Could not (?:load|find) the Qt platform plugin "(\w+)" in "([^"\n]*cv2[^"\n]*)"',
            "the plugins of OpenCV's own Qt ({1}, cv2) do not go with the Qt of the program (PyQt, "
            "PySide, or the system's)",
            (("pip", HEADLESS + " opencv-python-headless"),),
        ),
        (
            r'Could not (?:load|find) the Qt platform plugin "(\w+)" in "([^"\n]*)"',
            "Qt cannot load its platform plugin {0}: a library that it needs is not installed, or "
            "two installations of Qt are mixed",
            (("edit", "QT_DEBUG_PLUGINS=1 names the library; on Debian often: sudo apt-get install "
              "-y libxcb-cursor0 libxcb-xinerama0"),),
        ),
    )  # fmt: skip

    def explain(
        self, environment: PythonEnvironment, trial: Trial, match: "re.Match[str]"
    ) -> Optional[DoctorFinding]:
        """An import that opens a window, and aborts."""
        display = re.search(NO_DISPLAY, trial.output)
        because = "Qt finds no display to open a window on"
        ways = self.fixes[1:2]
        if not display:
            cv2 = trial.search(r"cv2[\\/]qt[\\/]plugins") is not None
            because = "the plugins of OpenCV's own Qt do not go with the program's Qt"
            ways = self.fixes[:1]
            if not cv2:
                because, ways = "Qt cannot load its platform plugin", self.fixes[2:]
        return self.failed(
            environment,
            trial.subject,
            because,
            evidence=[("stderr", line_of(match)), *reported(trial)],
            templates=ways,
        )
