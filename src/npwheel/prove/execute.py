"""Every cell that was asked for, system by system, in clean containers."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from packaging.version import Version

from npwheel.containers.engine import Engine
from npwheel.core import download, paths, process, wheel_selection
from npwheel.core.errors import NpwheelError, PlanError
from npwheel.core.progress import Progress
from npwheel.core.tags import python_tags
from npwheel.core.targets import machine
from npwheel.prove import (
    dependencies,
    packaged_numpy,
    proof,
    questions,
    scipy_pairs,
    system_image,
    wheel_contents,
)
from npwheel.prove.dependencies import Dependencies
from npwheel.prove.matrix import IndexFiles, PlannedProof
from npwheel.prove.proof import FAIL, NOT_RUN, PASS, Proof, ProofRequest
from npwheel.prove.system_image import SystemImage
from npwheel.prove.systems import Cpu, System

# NumPy alone on a CPU below its baseline: its own check says so, or code before that check
# dies of an illegal instruction. Python itself was seen to start there.
REFUSALS = ("baseline optimizations", "killed by signal 4")

Key = tuple[str | None, ...]


@dataclass(frozen=True)
class _Requirements:
    """What a proof installs with the wheel: pinned requirements and the wheels that are them."""

    requirements: tuple[str, ...] = ()
    files: tuple[Path, ...] = ()

    def and_(self, others: Dependencies) -> _Requirements:
        """With the wheel's own dependencies, which are downloaded."""
        files = tuple(download.wheel(other) for other in others.files)
        return _Requirements(self.requirements + others.requirements, self.files + files)


@dataclass(frozen=True)
class SystemRun:
    """The proofs of one system; `run` gives one for every cell."""

    system: System
    cells: Sequence[PlannedProof]
    cpus: Mapping[str, Cpu]
    index: IndexFiles
    engine: Engine
    images: str
    setup: bool
    test: str  # instead of the project's own command, where not ""
    log: Path
    progress: Progress

    def run(self) -> dict[Key, Proof]:
        """By cell key. What cannot run is a proof too, with its reason."""
        with self.log.open("w", encoding="utf-8") as log:
            return self._run(log)

    def _say(self, text: str) -> None:
        self.progress.step(self.system.name, text)

    def _run(self, log: IO[str]) -> dict[Key, Proof]:
        found = {cell.key: idle(cell, cell.reason) for cell in self.cells if cell.reason}
        todo = {cell.key: cell for cell in self.cells if not cell.reason}
        if not todo:
            return found
        try:
            here = system_image.ready(
                self.system, self.images, self.engine, log, self._say, install=self.setup
            )
        except NpwheelError as error:
            found.update((key, idle(cell, error.reason)) for key, cell in todo.items())
            return found
        emulators = _emulators(self.system.arch) if any(c.cpu for c in todo.values()) else []
        wanted: list[tuple[PlannedProof, ProofRequest]] = []
        for key, cell in todo.items():
            if cell.cpu and self.system.arch == machine() and not emulators:
                reason = f"qemu-{self.system.arch}-static is not here to emulate the CPU"
                found[key] = idle(cell, reason)
                continue
            try:
                wanted.append((cell, self._wanted(cell, here)))
            except NpwheelError as error:
                found[key] = idle(cell, error.reason)
        try:
            tools = (scipy_pairs.script(), *_scripts(self.cells), *emulators)
            container = proof.ProofContainer(
                self.engine, here.reference, self.system.arch, here.runner, tools
            )
            requests = [entry for _, entry in wanted]
            proofs = proof.run(requests, container, self.system.name, log, self._say)
        except NpwheelError as error:
            proofs = tuple(idle(cell, error.reason) for cell, _ in wanted)
        for (cell, entry), result in zip(wanted, proofs, strict=True):
            found[cell.key] = _of_cell(cell, entry, result)
        self._say(_summary(found.values()))
        return found

    def _wanted(self, cell: PlannedProof, here: SystemImage) -> ProofRequest:
        """What the container is given for a cell; wheels are fetched. Raises NpwheelError."""
        assert cell.wheel is not None
        if cell.python not in here.pythons:
            raise NpwheelError(f"{here.kind} image {here.reference} has no CPython {cell.python}")
        system = self.system
        tags = python_tags(cell.python, system.platform.tags)
        slow = system.arch != machine() or cell.cpu is not None
        command = self.test or questions.test_command(cell.project, emulated=slow)
        if cell.package:
            shipped, source = self._packaged(cell, here)
            needed = self._dependencies(cell, shipped, packaged=True)
            found = self._request(cell, here, command, shipped, _Requirements().and_(needed))
            return replace(found, numpy_source=source)
        numpy = cell.numpy
        installed = _Requirements()
        environment: dict[str, str] = {}
        if cell.scipy:
            scipy, numpy = scipy_pairs.choose(cell, self.index, tags)
            installed = _Requirements((f"scipy=={cell.scipy}",), (scipy,))
            environment.update(scipy_pairs.ENVIRONMENT)
        if numpy:
            known = [*self.index.numpy, *(self.index.following or ())]
            file = wheel_selection.of_release(known, numpy, tags)
            assert file is not None  # the cell was planned from the same files
            itself = _Requirements((f"numpy=={numpy}",), (download.wheel(file),))
            needed = self._dependencies(cell, numpy)
            installed = _Requirements(
                itself.requirements + installed.requirements, itself.files + installed.files
            ).and_(needed)
        launcher: tuple[str, ...] = ()
        if cell.cpu:
            cpu = self.cpus[cell.cpu]
            if system.arch == machine():
                launcher = _launcher(cpu)
            else:  # every program of the system runs in the emulator already
                environment["QEMU_CPU"] = cpu.model
        found = self._request(cell, here, command, numpy, installed)
        source = self._source(numpy)
        return replace(found, environment=environment, launcher=launcher, numpy_source=source)

    def _request(
        self,
        cell: PlannedProof,
        here: SystemImage,
        command: str,
        numpy: str | None,
        installed: _Requirements,
    ) -> ProofRequest:
        assert cell.wheel is not None
        return ProofRequest(
            python=cell.python,
            executable=here.pythons[cell.python],
            numpy=numpy,
            wheel=cell.wheel.path,
            contents=wheel_contents.read(cell.wheel.path),
            requirements=installed.requirements,
            files=installed.files,
            test=_test(cell, command),
            interpreter=here.source,
        )

    def _source(self, numpy: str | None) -> Mapping[str, Any]:
        """Where the record says that this NumPy came from."""
        known = any(str(file.version) == numpy for file in self.index.numpy)
        found: dict[str, Any] = {"kind": "index" if known else "nightly"}
        if numpy and Version(numpy).is_prerelease:
            found["prerelease"] = True
        return found

    def _packaged(self, cell: PlannedProof, here: SystemImage) -> tuple[str, Mapping[str, Any]]:
        """The NumPy that the system itself ships, and its source. Raises NpwheelError."""
        assert cell.wheel is not None
        version = here.numpy_package
        numpy = packaged_numpy.release(version)
        if not numpy:
            raise NpwheelError(
                f"{here.kind} image {here.reference} has no {cell.package}",
                why=f"unexpected version {version!r}" if version else "",
            )
        bound = dependencies.numpy_bound(cell.wheel.path, cell.python, self.system.arch)
        refused = packaged_numpy.refused(cell.package, version, bound)
        if refused:
            raise PlanError(refused)
        return numpy, {"kind": proof.DISTRIBUTION, "package": cell.package, "version": version}

    def _dependencies(
        self, cell: PlannedProof, numpy: str, *, packaged: bool = False
    ) -> Dependencies:
        """What else the wheel needs at run time. Raises PlanError where that is unavailable."""
        assert cell.wheel is not None
        here = dependencies.ProofEnvironment(cell.python, self.system.platform, numpy, packaged)
        found = dependencies.resolve(cell.wheel.path, here, want=dependencies.HIGHEST)
        if not found.resolution:
            raise PlanError(found.reason)
        own = [line for line in found.requirements if line.startswith("scipy==")]
        if cell.scipy and own:
            raise PlanError(f"the wheel itself asks for {own[0]}: every cell is with SciPy")
        return found


def idle(cell: PlannedProof, reason: str) -> Proof:
    """The proof of a cell that did not run."""
    return Proof(cell.python, cell.numpy, cell.where, NOT_RUN, reason)


def _of_cell(cell: PlannedProof, entry: ProofRequest, result: Proof) -> Proof:
    """A container's result as the cell's: its place, and numpy's own refusals told apart."""
    result = replace(result, where=cell.where, numpy=entry.numpy)
    if cell.cpu and result.step == "numpy" and any(text in result.reason for text in REFUSALS):
        reason = f"numpy {entry.numpy} itself does not run on this CPU: {result.reason}"
        return replace(result, outcome=NOT_RUN, reason=reason)
    if result.outcome == FAIL and result.step == "numpy":
        return replace(result, reason=f"numpy itself, without the wheel: {result.reason}")
    if result.outcome == PASS:
        notes = (result.reason, _remark(result.facts))
        return replace(result, reason="; ".join(note for note in notes if note))
    return result


def _remark(facts: Mapping[str, Any]) -> str:
    """What npwheel-probe saw of NumPy's own matmul, if that was wrong; "" otherwise."""
    try:
        own = facts["numpy"]["matmul"]
        if own["right"]:
            return ""
        return f"numpy's own matmul is wrong here, in {own['wrong']} of {own['checked']} products"
    except (KeyError, TypeError):
        return ""


def _test(cell: PlannedProof, command: str) -> str:
    """The shell command of a cell: what its case demands around the project's own."""
    parts = [command] if command else []
    if cell.case and cell.case.absent:
        parts.insert(
            0,
            f"for f in {shlex.join(cell.case.absent)}; do if test -e $f; then "
            'echo "AssertionError: this system is not bare: $f is there"; exit 1; fi; done',
        )
    if cell.case and cell.case.script:
        parts.append(f"python {proof.TOOLS}/{cell.case.script}")
    return " && ".join(parts)


def _scripts(cells: Iterable[PlannedProof]) -> list[Path]:
    names = {cell.case.script for cell in cells if cell.case and cell.case.script}
    return [paths.ci() / "inside" / name for name in sorted(names)]


def _launcher(cpu: Cpu) -> tuple[str, ...]:
    return (f"{proof.TOOLS}/qemu-{cpu.arch}-static", "-cpu", cpu.model)


def _emulators(arch: str) -> list[Path]:
    """The static emulator of this machine's own architecture, for CPUs that it is not."""
    found = shutil.which(f"qemu-{arch}-static") if arch == machine() else None
    return [Path(found)] if found else []


def _summary(proofs: Iterable[Proof]) -> str:
    outcomes = [proof.outcome for proof in proofs]
    return ", ".join(f"{outcomes.count(o)} {o}" for o in dict.fromkeys(outcomes))


def run(runs: Sequence[SystemRun], jobs: int) -> dict[Key, Proof]:
    """Every system, side by side where the cores allow; emulated ones first, they take longest.

    Raises KeyboardInterrupt after children have ended; containers are the caller's.
    """
    found: dict[Key, Proof] = {}
    with ThreadPoolExecutor(jobs or os.cpu_count() or 1) as pool:
        try:
            ordered = sorted(runs, key=lambda entry: entry.system.arch == machine())
            for future in as_completed([pool.submit(entry.run) for entry in ordered]):
                found.update(future.result())
        except BaseException:
            process.cancel()
            raise
    return found
