"""What a build must know of a project, read once; plans are made of these facts alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from npwheel.build.project import Project, identifiers, image_reference
from npwheel.core.targets import targets

_FORTRAN = {".f", ".for", ".f77", ".f90", ".f95", ".f03", ".f08"}


@dataclass(frozen=True)
class ProjectFacts:
    """A project as it was when the build began.

    identifiers: all that cibuildwheel would build of it on Linux; images: target name ->
    reference of the official image; fortran: its first Fortran source, "" where it has
    none; digest: sha256 over its files; epoch: SOURCE_DATE_EPOCH, seconds.
    """

    project: Project
    identifiers: tuple[str, ...]
    images: Mapping[str, str]
    fortran: str
    digest: str
    epoch: str


def read_facts(project: Project) -> ProjectFacts:
    """Read a project. Raises PlanError with cibuildwheel's reason where that refuses it."""
    known = targets().values()
    archs = tuple(dict.fromkeys(target.arch for target in known))
    fortran = (p for p in project.files() if p.suffix.lower() in _FORTRAN)
    return ProjectFacts(
        project=project,
        identifiers=identifiers(project.folder, archs, project.config),
        images={t.name: image_reference(project, t.image_option, t.arch) for t in known},
        fortran=next((str(path.relative_to(project.folder)) for path in fortran), ""),
        digest=project.digest(),
        epoch=project.epoch(),
    )
