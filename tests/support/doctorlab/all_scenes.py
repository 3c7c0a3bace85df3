"""Importing this registers all scenes."""

from doctorlab import broken_builds, broken_files, broken_installs, broken_machines, good

MODULES = (broken_files, broken_builds, broken_machines, broken_installs, good)
