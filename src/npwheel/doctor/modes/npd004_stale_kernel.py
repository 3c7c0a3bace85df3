"""NPD004: a notebook kernel still runs the NumPy that was replaced on the disk."""

import os
import re
from typing import Iterator, List, Optional, Tuple

from npwheel.doctor.machine import slurp
from npwheel.doctor.mode import Mode
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.python_environment import PythonEnvironment
from npwheel.doctor.saved_text import SavedText


class StaleKernel(Mode):
    """A fresh import works; the process that started the doctor cannot know it."""

    id = "NPD004"
    title = "the process that called the doctor still runs a NumPy that was replaced"
    seen = (
        "numpy.dtype size changed, or: cannot import name ... from 'numpy', right after "
        "pip install in a notebook"
    )
    detected = "an ancestor process has files of NumPy mapped that are deleted since"
    fixes = (
        (
            "edit",
            "restart the kernel: Runtime > Restart session, or in a cell: "
            "import os; os.kill(os.getpid(), 9)",
        ),
    )
    sources = ("colabtools#5205", "colabtools#5238", "ColabFold#693")
    texts = (
        (
            r"(?s)Successfully installed [^\n]*numpy-[\d.]+.*(?:size changed, may indicate binary|"
            r"cannot import name '\w+' from 'numpy)|You must restart the runtime",
            "NumPy was replaced while the notebook's kernel had it loaded",
            (("edit", "restart the kernel (Runtime > Restart session)"),),
        ),
    )

    def read(self, saved: SavedText) -> Optional[DoctorFinding]:
        """In a notebook NumPy disagrees with itself: two releases, in memory and on the disk."""
        root = saved.root
        notebook = re.search(r"<ipython-input|ipykernel_|<cell line|In \[\d+\]", saved.text)
        if root is None or not notebook or not saved.files:
            return super().read(saved)
        inside = re.search(r"(?:^|[\\/])numpy[\\/]", saved.files[-1])
        match = saved.search(
            r"size changed, may indicate binary incompatibility|cannot import name '\w+' from "
            r"'numpy\._?core[\w.]*'|module 'numpy\.\w[\w.]*' has no attribute"
        )
        if not inside or match is None:
            return super().read(saved)
        return self.stated(saved, self.texts[0][1], self.texts[0][2], match)

    def examine(self, environment: PythonEnvironment) -> Iterator[DoctorFinding]:
        """Look at the processes that we descend from."""
        for pid, name in ancestors():
            stale = stale_files(slurp("/proc/{}/maps".format(pid)))
            if stale:
                yield self.failed(
                    environment,
                    "numpy",
                    "NumPy was replaced on the disk while process {} ({}) had it loaded".format(
                        pid, name
                    ),
                    expected="one NumPy on the disk and in memory",
                    found="{} deleted files still loaded".format(len(stale)),
                    evidence=[("/proc/{}/maps".format(pid), stale[0])],
                    effect="fails in the running process",
                )


def ancestors() -> List[Tuple[int, str]]:
    """(pid, program) of the parent, its parent and so on; empty without /proc."""
    found: List[Tuple[int, str]] = []
    pid = os.getppid()
    while pid > 1 and len(found) < 20:
        stat = slurp("/proc/{}/stat".format(pid))
        if not stat:
            break
        name = stat[stat.find("(") + 1 : stat.rfind(")")]
        found.append((pid, name))
        words = stat[stat.rfind(")") + 1 :].split()
        pid = int(words[1]) if len(words) > 1 and words[1].isdigit() else 0
    return found


def stale_files(maps: str) -> List[str]:
    """Compiled modules of NumPy that a process has mapped and that exist no more."""
    lines = [line for line in maps.splitlines() if line.endswith(".so (deleted)")]
    paths = [line[line.find("/") :] for line in lines if "/numpy/" in line]
    return sorted(set(paths))
