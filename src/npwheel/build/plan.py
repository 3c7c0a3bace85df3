"""What a run will do, before it does anything: targets, images, Pythons, NumPys."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from npwheel.build import system_proofs
from npwheel.build.project import Project, known_pythons
from npwheel.build.project_facts import ProjectFacts
from npwheel.containers.images import ImageSpec
from npwheel.core.errors import PlanError
from npwheel.core.index import IndexFile
from npwheel.core.requirements import bound_on
from npwheel.core.tags import SystemPlatform, parse_platform, platform_tags, python_of, python_tags
from npwheel.core.targets import Target
from npwheel.core.wheel_selection import admitted, range_for

SCHEMA_VERSION = 1
_TOOLCHAINS = {"fortran": "Fortran compiler", "openmp": "OpenMP", "rust": "Rust compiler"}


@dataclass(frozen=True)
class PythonRange:
    """The NumPys that a Python has on a target; `reason` where no proof can run."""

    python: str
    lowest: str | None
    newest: str | None
    reason: str = ""


@dataclass(frozen=True)
class TargetPlan:
    """One target: where it is built, as what, and on what it will be proven."""

    target: Target
    image: ImageSpec
    build: tuple[str, ...]  # cibuildwheel identifiers
    not_built: Mapping[str, str]  # identifier -> reason
    pythons: tuple[PythonRange, ...]
    emulated: bool
    warnings: tuple[str, ...] = ()  # what may make the build fail
    systems: tuple[str, ...] = ()  # that prove it with NumPys of their own; () for the image

    @property
    def platform(self) -> SystemPlatform:
        """What decides which wheels its image takes."""
        return SystemPlatform(self.target.libc, self.image.libc_version, self.target.arch)

    def as_json(self) -> dict[str, Any]:
        """The `targets` item of `--plan --json`."""
        return {
            "target": self.target.name,
            "emulated": self.emulated,
            "image": self.image.as_json(),
            "build": list(self.build),
            "not_built": dict(self.not_built),
            "pythons": [asdict(python) for python in self.pythons],
            "warnings": list(self.warnings),
            **({"systems": list(self.systems)} if self.systems else {}),
        }


@dataclass(frozen=True)
class Plan:
    """Everything that a run will do."""

    project: Project
    targets: tuple[TargetPlan, ...]
    skipped: tuple[str, ...] = ()  # default targets that the project does not build
    refused: Mapping[str, PlanError] = field(default_factory=dict)  # target -> why

    def as_json(self) -> dict[str, Any]:
        """What `--plan --json` prints."""
        return {
            "schema_version": SCHEMA_VERSION,
            "skipped": list(self.skipped),
            "refused": {name: error.what for name, error in self.refused.items()},
            "project": {"name": self.project.name, "folder": str(self.project.folder)},
            "targets": [plan.as_json() for plan in self.targets],
        }


@dataclass(frozen=True)
class Planner:
    """Plans of one project, each computed once. files: NumPy's, on the index."""

    facts: ProjectFacts
    files: Sequence[IndexFile]
    _made: dict[tuple[Target, ImageSpec], TargetPlan] = field(default_factory=dict, repr=False)

    def builds(self, target: Target) -> bool:
        """Return whether the project's own settings select a build of the target."""
        return any(name.endswith(f"-{target.name}") for name in self.facts.identifiers)

    def plan(self, target: Target, image: ImageSpec) -> TargetPlan:
        """Return the plan of a target in an image. Raises PlanError, as `target_plan`."""
        key = (target, image)
        if key not in self._made:
            self._made[key] = target_plan(self.facts, target, image, self.files)
        return self._made[key]


def official_image(facts: ProjectFacts, target: Target) -> ImageSpec:
    """Return the image that cibuildwheel itself would take."""
    reference = facts.images[target.name]
    return ImageSpec(reference, "official", _promised(reference, target), None, reference)


def _promised(reference: str, target: Target) -> str:
    """The libc release that an image's policy name promises."""
    for word in re.findall(r"(?:many|musl)linux\w+", reference):
        found = parse_platform(word)
        if found and found.release:
            return "{}.{}".format(*found.release)
    # Not one of PyPA's names; the lowest that NumPy still builds for is the safe guess.
    return "1.2" if target.libc == "musl" else "2.28"


def target_plan(
    facts: ProjectFacts, target: Target, image: ImageSpec, files: Sequence[IndexFile]
) -> TargetPlan:
    """Return the plan of one target. Raises PlanError when nothing can be built or proven."""
    project = facts.project
    known = known_pythons(target.name)
    held = known if image.pythons is None else image.pythons
    wanted = [name for name in facts.identifiers if name.endswith(f"-{target.name}")]
    if not wanted:
        raise PlanError(
            f"{project.name} builds nothing for {target.name}",
            why="its own build and skip options select no build of this target",
            next=f"fix [tool.cibuildwheel], or leave {target.name} out with --target",
        )
    ranges = [
        _range(project, target, image, python, files)
        for python in known
        if project.requires_python.contains(_release(python), prereleases=True)
    ]
    systems: tuple[str, ...] = ()
    warnings = _lacks(facts, image)
    have = {entry.python for entry in ranges if entry.newest is not None}
    if not have:
        systems = tuple(system.name for system in system_proofs.shipping(target))
        if not systems:
            raise PlanError(
                f"{target.name} is refused: no Python of it has a NumPy wheel",
                why=f"none of {len(files)} NumPy files on the index has a tag for "
                f"{target.libc} {image.libc_version} on {target.arch}",
                next="choose another target",
            )
        if image.kind == "official":
            warnings += ("NumPy has no wheel there: a build that needs it compiles it, in hours",)
        have = set(held)  # proven with the NumPy that distributions ship
    build, not_built = _builds(wanted, held, have, project)
    return TargetPlan(
        target, image, build, not_built, tuple(ranges), not target.native, warnings, systems
    )


def _lacks(facts: ProjectFacts, image: ImageSpec) -> tuple[str, ...]:
    """Toolchains that the project asks for and the image does not have."""
    return tuple(
        f"the local image has no {_TOOLCHAINS[name]}: {where}"
        for name, where in facts.toolchains.items()
        if name in image.lacks
    )


def _builds(
    wanted: Sequence[str], held: Sequence[str], have: Collection[str], project: Project
) -> tuple[tuple[str, ...], dict[str, str]]:
    """Split identifiers into those that are built and those that are not, with the reason.

    have: the Pythons that have a NumPy.

    Where the image holds none of them, its oldest Python takes their place: that
    serves projects with stable-ABI wheels, and the wheel's tags tell whether it did.
    """
    usable = [p for p in held if p in have]
    build = tuple(name for name in wanted if python_of(name) in usable)
    reasons = {name: _reason(name, have) for name in wanted if name not in build}
    if not build and usable:
        suffix = wanted[0].split("-", 1)[1]
        usable = [p for p in usable if project.requires_python.contains(_release(p))]
        if usable:
            build = (f"cp{usable[0].replace('.', '')}-{suffix}",)
    if not build:
        raise PlanError(
            f"nothing to build: the image holds CPython {', '.join(held) or 'none'}, "
            f"{project.name} wants {', '.join(wanted)}",
            next="use --images official where a container registry can be reached",
        )
    return build, reasons


def _range(
    project: Project, target: Target, image: ImageSpec, python: str, files: Sequence[IndexFile]
) -> PythonRange:
    tags = python_tags(python, platform_tags(target.libc, image.libc_version, target.arch))
    bound = bound_on("numpy", project.requires, python, target.arch)
    found = range_for(admitted(files, bound), python, tags)
    if found is None:
        return PythonRange(python, None, None, "no NumPy wheel for this Python and platform")
    held = image.pythons is None or python in image.pythons
    reason = "" if held else f"the image has no CPython {python}"
    return PythonRange(python, found[0], found[1], reason)


def _reason(identifier: str, have: Collection[str]) -> str:
    if identifier.startswith("cp"):
        python = python_of(identifier)
        if python not in have:
            return f"no NumPy has a wheel for CPython {python} there"
        return f"the image has no CPython {python}"
    return "only CPython is built and proven here; plain cibuildwheel builds it"


def _release(python: str) -> str:
    return python.rstrip("t")
