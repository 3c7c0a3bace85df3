"""Importing this registers all scenes."""

from doctorlab import (
    broken_builds,
    broken_files,
    broken_installs,
    broken_machines,
    broken_python,
    good,
)

MODULES = (broken_files, broken_builds, broken_machines, broken_python, broken_installs, good)
