"""NPD028: the file system on which the modules lie is mounted noexec."""

import os
import re
from typing import Optional

from npwheel.doctor.machine import mount_of
from npwheel.doctor.mode import Mode, line_of
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.modes.common import failed_file, quote
from npwheel.doctor.python_environment import PythonEnvironment
from npwheel.doctor.trial import Trial


class NoExec(Mode):
    """A hardened /tmp or /home, or a network or USB file system."""

    id = "NPD028"
    title = "the modules lie on a file system mounted noexec"
    seen = "failed to map segment from shared object: Operation not permitted"
    detected = "the mount options of the module's file system"
    fixes = (
        ("edit", "move the environment to another file system, or: mount -o remount,exec {point}"),
    )
    sources = ("numpy#8462",)
    texts = (
        (
            r"(/(?:tmp|var/tmp|dev/shm))/(?:pip-|\.tmp\w+/builds)[^\s:]+: (?:failed to map segment "
            r"from shared object|Operation not permitted)",
            "{0}, where pip builds, is mounted noexec, so no compiled module can be loaded from it",
            (
                (
                    "edit",
                    "mkdir -p ~/tmp && TMPDIR=~/tmp python -m pip install ... (the same again; "
                    "uv reads TMPDIR, too)",
                ),
            ),
        ),
        (
            r"(/(?:tmp|var/tmp|dev/shm))/(?:_MEI|onefile_)[^\s:]+: failed to map segment from "
            r"shared object",
            "{0}, where the one-file application unpacks itself, is mounted noexec",
            (("edit", "start it with TMPDIR=DIR, a folder from which programs may run"),),
        ),
        (
            r"(/[^\s:]+): failed to map segment from shared object: Operation not permitted|"
            r"Error loading shared library (/[^\s:]+): Operation not permitted",
            "{0}{1} cannot be loaded: its file system is mounted noexec (or a policy forbids it)",
            (("edit", "install into, or set TMPDIR to, a folder from which programs may run"),),
        ),
        (
            r"failed to map segment from shared object: Operation not permitted",
            "the file system is mounted noexec, so no compiled module can be loaded from it",
            (("edit", "install into, or set TMPDIR to, a folder from which programs may run"),),
        ),
    )
    signature = (
        r"failed to map segment from shared object(?:: (.+))?|"
        r"Error loading shared library /[^\s:]+: Operation not permitted"
    )

    def explain(
        self, environment: PythonEnvironment, trial: Trial, match: "re.Match[str]"
    ) -> Optional[DoctorFinding]:
        """Only if the mount has that option; SELinux is NPD044's."""
        file = failed_file(environment, trial)
        point, options = mount_of(file or environment.numpy_folder or environment.prefix)
        if "noexec" not in options.split(","):
            return None
        finding = self.failed(
            environment,
            trial.subject,
            "its modules lie on a file system that is mounted noexec ({})".format(point),
            expected="a mount with exec",
            found="noexec on " + point,
            evidence=[("loader", line_of(match)), ("/proc/self/mounts", options)],
            templates=(("edit", "{sudo}mount -o remount,exec {point}"),),
            point=quote(point),
        )
        # Runnable, for whoever administers the machine.
        usable = os.path.ismount(point)
        return finding._replace(fixes=tuple(f._replace(runnable=usable) for f in finding.fixes))
