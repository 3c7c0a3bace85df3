"""Which proofs a built wheel needs: each Python it admits, at both ends of its NumPys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from packaging.requirements import Requirement
from packaging.tags import Tag
from packaging.utils import canonicalize_name

from npwheel.build import project_test
from npwheel.build.plan import TargetPlan
from npwheel.build.project import Project
from npwheel.containers.images import ReadyImage
from npwheel.core import download, requirements, wheel_selection
from npwheel.core.index import IndexFile
from npwheel.core.tags import python_tags
from npwheel.core.wheel_selection import admitted, range_for
from npwheel.numpy_releases import table
from npwheel.prove import dependencies, wheel_contents
from npwheel.prove.proof import NOT_RUN, Proof, ProofRequest
from npwheel.sbom import binary_claims
from npwheel.wheel import declared_requirements


@dataclass(frozen=True)
class RepairedWheel:
    """A repaired wheel that has yet to be proven. files: NumPy's, on the index."""

    path: Path
    project: Project
    plan: TargetPlan
    ready: ReadyImage
    files: Sequence[IndexFile]
    where: str

    def proofs(self) -> tuple[list[ProofRequest], list[Proof]]:
        """The proofs to run, and those that cannot run here, each with its reason.

        The wheel's own metadata says which NumPys it promises: that is what a
        requirement became which the project computes. Raises NotChecked or PlanError.
        """
        wanted: list[ProofRequest] = []
        idle: list[Proof] = []
        for entry in self.plan.pythons:
            if not requirements.admits_python(self._metadata.requires_python, entry.python):
                continue
            if not wheel_contents.admits(self.path, self.tags(entry.python)):
                continue
            for numpy, want in self._ends(entry.python):
                found = self._proof(entry.python, numpy, want)
                if isinstance(found, ProofRequest):
                    wanted.append(found)
                else:
                    idle.append(found)
        return wanted, idle

    def tags(self, python: str) -> tuple[Tag, ...]:
        """What that Python takes of platform wheels in the image, best first."""
        return python_tags(python, self.plan.platform.tags)

    def admitted(self, python: str) -> list[IndexFile]:
        """The files of NumPy that the wheel's metadata admits on a Python."""
        bound = requirements.bound_on("numpy", self._numpy, python, self.plan.target.arch)
        return admitted(self.files, bound)

    def wanted(self, python: str, numpy: str | None, want: str) -> ProofRequest | str:
        """One proof, its files fetched; the reason where what it needs is unavailable."""
        test = project_test.of_project(self.project, python, self.plan.target.name)
        also = test.requires
        if test.extras:
            name = self.path.name.split("-", 1)[0]
            also += (f"{name}{test.extras} @ {self.path.resolve().as_uri()}",)
        found = self._dependencies(python, numpy, want, also)
        not_tested = test.reason
        if not found.resolution and also:
            not_tested = f"what it requires is unavailable: {found.reason}"
            test = project_test.Test()
            found = self._dependencies(python, numpy, want, ())
        if not found.resolution:
            return found.reason
        files, pins = [*found.files], [*found.requirements]
        if numpy is not None:
            file = wheel_selection.of_release(self.files, numpy, self.tags(python))
            assert file is not None  # the range was read from the same files
            files.insert(0, file)
            pins.insert(0, f"numpy=={numpy}")
        return ProofRequest(
            python=python,
            executable=(self.ready.pythons or {})[python],
            numpy=numpy,
            wheel=self.path,
            contents=self._contents,
            requirements=tuple(pins),
            files=tuple(download.wheel(file) for file in files),
            test=test.command,
            not_tested=not_tested,
            sources=test.sources,
            project=self.project.folder if test.needs_project else None,
            note=found.reason,
            interpreter=self.ready.origin(python),
        )

    @cached_property
    def _metadata(self) -> declared_requirements.DeclaredRequirements:
        return declared_requirements.read(self.path)

    @cached_property
    def _contents(self) -> wheel_contents.Contents:
        return wheel_contents.read(self.path)

    @cached_property
    def _numpy(self) -> tuple[Requirement, ...]:
        """What is required of NumPy; where nothing is, what its modules demand."""
        named = [r for r in self._metadata.requires if canonicalize_name(r.name) == "numpy"]
        if named:
            return tuple(named)
        target = binary_claims.read(self.path).target_api
        if target is None:
            return ()
        return (Requirement(f"numpy>={table.release_of_api(int(target, 16))}"),)

    def _ends(self, python: str) -> list[tuple[str | None, str]]:
        """(NumPy, resolution of everything else): both ends, or one where nothing differs."""
        if self._numpy:
            found = range_for(self.admitted(python), python, self.tags(python))
            lowest, newest = found or (None, None)
        else:
            lowest = newest = None
        others = len(self._metadata.requires) > len(self._numpy)
        ends = [(lowest, dependencies.LOWEST), (newest, dependencies.HIGHEST)]
        return ends if others or lowest != newest else ends[1:]

    def _proof(self, python: str, numpy: str | None, want: str) -> ProofRequest | Proof:
        found: ProofRequest | str
        if numpy is None and self._numpy:
            bound = self._numpy[0].specifier
            found = f"no NumPy wheel for this Python and platform is numpy{bound}"
        elif python not in (self.ready.pythons or {}):
            found = f"the image has no CPython {python}"
        else:
            found = self.wanted(python, numpy, want)
        if isinstance(found, ProofRequest):
            return found
        return Proof(python, numpy, self.where, NOT_RUN, found)

    def _dependencies(
        self, python: str, numpy: str | None, want: str, also: tuple[str, ...]
    ) -> dependencies.Dependencies:
        environment = dependencies.ProofEnvironment(python, self.plan.platform, numpy)
        return dependencies.resolve(self.path, environment, want=want, also=also)
