"""What a build must know of a project, read once; plans are made of these facts alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from npwheel.build import toolchains
from npwheel.build.project import Project, identifiers, image_reference
from npwheel.core.targets import targets


@dataclass(frozen=True)
class ProjectFacts:
    """A project as it was when the build began.

    identifiers: all that cibuildwheel would build of it on Linux; images: target name ->
    reference of the official image; toolchains: what it asks for -> where; digest: sha256
    over its files; epoch: SOURCE_DATE_EPOCH, seconds.
    """

    project: Project
    identifiers: tuple[str, ...]
    images: Mapping[str, str]
    toolchains: Mapping[str, str]
    digest: str
    epoch: str


def read_facts(project: Project) -> ProjectFacts:
    """Read a project. Raises PlanError with cibuildwheel's reason where that refuses it."""
    known = targets().values()
    archs = tuple(dict.fromkeys(target.arch for target in known))
    return ProjectFacts(
        project=project,
        identifiers=identifiers(project.folder, archs, project.config),
        images={t.name: image_reference(project, t.image_option, t.arch) for t in known},
        toolchains=toolchains.asked(project),
        digest=project.digest(),
        epoch=project.epoch(),
    )
