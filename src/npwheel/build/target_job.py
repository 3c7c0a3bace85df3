"""One target, from its image to its proofs."""

from __future__ import annotations

import contextlib
import shlex
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import IO

from npwheel.build import causes, cibuildwheel, system_proofs, up_to_date, wheel_audit
from npwheel.build.options import BuildOptions, BuildProgress
from npwheel.build.plan import Planner, TargetPlan
from npwheel.build.proof_plan import RepairedWheel
from npwheel.containers import emulation, images, native_uv, network
from npwheel.containers.engine import Engine, describe
from npwheel.containers.images import ReadyImage, local_image
from npwheel.containers.local import debian_locks
from npwheel.core.errors import AuditError, ImageError, NpwheelError, ProofError
from npwheel.core.files import sha256_of
from npwheel.core.tags import python_order
from npwheel.prove import minimum_numpy, proof, wheel_contents
from npwheel.prove.proof import Proof, ProofRequest
from npwheel.prove.record import WheelRecord
from npwheel.sbom import BuildFacts, annotate, binary_claims
from npwheel.sbom.build_facts import build_facts


@dataclass(frozen=True)
class Job:
    """The work of one target; `run` returns wheels that are proven, or raises."""

    plan: TargetPlan
    options: BuildOptions
    planner: Planner
    engine: Engine
    folder: Path  # scratch
    log: Path
    progress: BuildProgress

    def run(self) -> list[tuple[Path, WheelRecord]]:
        """Image, build, proofs. Raises the NpwheelError of its cause, with the log's place."""
        try:
            with self.log.open("w", encoding="utf-8") as log:
                return self._run(log)
        except NpwheelError as error:
            error.log = str(self.log)
            if self.plan.target.name not in error.what.partition(":")[0]:
                error.what = f"{self.plan.target.name}: {error.what}"
            raise

    def _say(self, text: str) -> None:
        self.progress.step(self.plan.target.name, text)

    def _run(self, log: IO[str]) -> list[tuple[Path, WheelRecord]]:
        planned, ready = self._image(log)
        plan = self._held(planned, ready)
        target, engine = plan.target, self.engine
        env = emulation.environment(target.arch)
        engine = engine.with_args(tuple(f"--env={k}={v}" for k, v in env.items()), ())
        self._say("reaching the index from a container")
        online = network.reach_index(
            engine, ready.reference, target.arch, cibuildwheel.UTILITY_PYTHON
        )
        online = online.with_args(images.build_flags(ready), ())
        output = self.folder / "wheels"
        output.mkdir(parents=True)
        request = cibuildwheel.BuildRequest(
            self.options.project, plan, ready, online, self._official()
        )
        built = cibuildwheel.build(request, output, log, self._say)
        self._say("auditing")
        with self._kept(*built.wheels):
            # Which NumPy wheels there are is unknown to the audit: systems prove it.
            wheel_audit.audit(built.wheels, target.name, log, ("NPA109",) if plan.systems else ())
        made_of = up_to_date.digest(self.planner.facts, planned)
        self._say("writing what the wheels are made of")
        common = self._facts(plan, ready, engine)
        entries = []
        for wheel in built.wheels:
            only = common.numpy if len(plan.build) == 1 else None
            facts = replace(common, numpy=built.numpys.get(wheel.name, only))
            annotate(wheel, facts)
            # Proofs get no network: all they install is at hand and was verified.
            with self._kept(wheel):
                proofs = self._prove(wheel, plan, ready, log)
            entries.append((wheel, self._record(wheel, plan, facts, made_of, proofs)))
        self._say("proven")
        return entries

    @contextlib.contextmanager
    def _kept(self, *wheels: Path) -> Iterator[None]:
        """Keep wheels with the log where one of them fails."""
        try:
            yield
        except (AuditError, ProofError) as error:
            place = self.log.with_suffix("")
            place.mkdir(exist_ok=True)
            for wheel in wheels:
                shutil.copyfile(wheel, place / wheel.name)
            error.kept = str(place / wheels[0].name if len(wheels) == 1 else place)
            raise

    def _official(self) -> str:
        """The command that builds this target in its official image."""
        project = shlex.quote(self.options.argument) if self.options.argument else ""
        words = ["npwheel build", project, f"--target {self.plan.target.name} --images official"]
        return " ".join(word for word in words if word) + ", where the registry answers"

    def _facts(self, plan: TargetPlan, ready: ReadyImage, engine: Engine) -> BuildFacts:
        """What only the build knows of its wheels, for their SBOMs."""
        picture = {"reference": ready.reference, "digest": ready.digest, "kind": ready.kind}
        if ready.release:
            picture["release"] = ready.release
        if ready.deviations:
            picture["deviations"] = ", ".join(ready.deviations)
        return build_facts(
            self.log,
            picture,
            plan.platform,
            engine,
            epoch=int(self.planner.facts.epoch),
        )

    def _image(self, log: IO[str]) -> tuple[TargetPlan, ReadyImage]:
        """The plan's image, or its stand-in (and its plan) where it cannot be pulled after all."""
        plan, target = self.plan, self.plan.target
        self._say(f"image {plan.image.reference}")
        try:
            ready = images.ready(plan.image, target.arch, self.engine, log, self._say)
        except ImageError as error:
            if plan.image.kind == "local" or self.options.images != "auto" or not target.local:
                raise
            self.progress.note(
                f"{target.name}: {error.what} ({error.why}); the local stand-in is used instead"
            )
            plan = self.planner.plan(target, local_image(target))
            ready = images.ready(plan.image, target.arch, self.engine, log, self._say)
        if ready.deviations:
            self.progress.note(debian_locks.describe_deviations(target.local, ready.deviations))
        return plan, images.inventory(ready, target.arch, self.engine, cibuildwheel.UTILITY_PYTHON)

    def _held(self, plan: TargetPlan, ready: ReadyImage) -> TargetPlan:
        """The plan again, with the Pythons and the libc that the image really has."""
        held = replace(
            plan.image,
            pythons=tuple(ready.pythons or ()),
            libc_version=ready.libc_version or plan.image.libc_version,
        )
        return self.planner.plan(plan.target, held)

    def _prove(
        self,
        wheel: Path,
        plan: TargetPlan,
        ready: ReadyImage,
        log: IO[str],
    ) -> tuple[Proof, ...]:
        """Every proof of a wheel; raises ProofError when one fails, or when none could run."""
        if plan.systems:
            return system_proofs.prove(
                wheel,
                [s for s in system_proofs.shipping(plan.target) if s.name in plan.systems],
                self.options,
                self.engine,
                self.log,
                self.progress,
            )
        where = f"{plan.image.kind} image {plan.target.name}"
        candidate = RepairedWheel(
            wheel, self.options.project, plan, ready, self.planner.files, where
        )
        container = proof.ProofContainer(
            self.engine,
            ready.reference,
            plan.target.arch,
            cibuildwheel.UTILITY_PYTHON,
            uv=native_uv.program(log),
        )
        run = partial(proof.run, container=container, where=where, log=log, progress=self._say)
        wanted, proofs = candidate.proofs()
        proofs += run(wanted)
        if all(p.outcome == proof.NOT_RUN for p in proofs):
            reasons = dict.fromkeys(p.reason for p in proofs)
            image = plan.image
            cause = causes.find(
                list(reasons),
                causes.FailureContext("proof", image.kind, image.reference, self._official()),
            )
            raise ProofError(
                f"{wheel.name}: no Python of its image can prove it",
                why="; ".join(reasons) or "its tags and metadata admit none of them",
                next=cause.next if cause else "",
            )
        failed = [p for p in proofs if p.outcome == proof.FAIL]
        if failed:
            first = minimum_numpy.broken_promise(proofs)
            lowest = self._lowest(candidate, first, proofs, lambda entry: run([entry])[0])
            first = first or failed[0]
            more = f" (and {len(failed) - 1} more)" if failed[1:] else ""
            alike = [p for p in proofs if p.python == first.python and p.outcome != proof.NOT_RUN]
            if len(alike) > 1 and all(p in failed and p.step == first.step for p in alike):
                tried = " and ".join(str(p.numpy) for p in alike)
                raise ProofError(
                    f"{wheel.name} fails on Python {first.python} with every NumPy tried "
                    f"({tried}){more}",
                    why=first.reason,
                    next="NumPy's version makes no difference: look at the project, or at its test"
                    if first.step == "test"
                    else "",
                )
            raise ProofError(
                f"{wheel.name} fails {proof.with_numpy(first.numpy)} on "
                f"Python {first.python}{more}",
                why=first.reason,
                next=f"require numpy>={lowest}: the lowest that works on Python {first.python}"
                if lowest
                else "",
            )
        return tuple(sorted(proofs, key=lambda p: (python_order(p.python), p.numpy or "")))

    def _lowest(
        self,
        candidate: RepairedWheel,
        broken: Proof | None,
        proofs: Sequence[Proof],
        run: Callable[[ProofRequest], Proof],
    ) -> str:
        """The lowest NumPy that passes where the lowest promised one does not; "" for none.

        Raises ProofError where another requirement is to blame.
        """
        if broken is None:
            return ""
        self._say("looking for what is to blame")
        others = minimum_numpy.other_requirements(candidate, broken, run)
        if others:
            raise ProofError(
                f"{candidate.path.name} fails on Python {broken.python} with the lowest of what "
                f"it requires ({', '.join(others)})",
                why=broken.reason,
                next=f"raise these bounds; with the newest of them numpy {broken.numpy} passes",
            )
        newest = next(
            p.numpy for p in proofs if p.python == broken.python and p.outcome == proof.PASS
        )
        return minimum_numpy.search(candidate, broken, newest or "", run)

    def _record(
        self,
        wheel: Path,
        plan: TargetPlan,
        facts: BuildFacts,
        made_of: str,
        proofs: tuple[Proof, ...],
    ) -> WheelRecord:
        found = binary_claims.read(wheel)
        return WheelRecord(
            file=wheel.name,
            sha256=sha256_of(wheel),
            size=wheel.stat().st_size,
            project=self.options.project.name,
            source=self.options.project.source,
            target=plan.target.name,
            inputs=made_of,
            image=facts.image,
            engine=describe(self.engine),
            numpy={"built": facts.numpy, "target_api": found.target_api},
            openblas=found.openblas,
            not_built=wheel_contents.not_served(wheel, plan.not_built),
            proofs=proofs,
        )
