"""The doctor, and the environments that it is tried in."""

from doctorlab.fixtures import built, lab, need, workshop  # noqa: F401
