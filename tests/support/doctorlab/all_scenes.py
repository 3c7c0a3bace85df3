"""Importing this registers all scenes."""

from doctorlab import (
    broken_builds,
    broken_files,
    broken_installs,
    broken_machines,
    broken_projects,
    broken_python,
    broken_reports,
    good,
)

MODULES = (
    broken_files,
    broken_builds,
    broken_machines,
    broken_projects,
    broken_python,
    broken_reports,
    broken_installs,
    good,
)
