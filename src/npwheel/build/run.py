"""A whole run: plan, engine, every target side by side, one record at the end."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import IO, Any

from npwheel.build import up_to_date
from npwheel.build.options import BuildOptions, BuildProgress, Outcome
from npwheel.build.plan import Plan, Planner, TargetPlan, official_image
from npwheel.build.project_facts import read_facts
from npwheel.build.target_job import Job
from npwheel.containers import engine, host_requirements, local
from npwheel.containers.images import ImageSpec, local_image
from npwheel.containers.registry import answers
from npwheel.core import index, locks, paths, process
from npwheel.core.errors import Interrupted, NpwheelError, PlanError, RecordError
from npwheel.core.targets import Target
from npwheel.prove import record
from npwheel.prove.record import WheelRecord


@dataclass(frozen=True)
class BuildResult:
    """What came of a run: items of the record's schema."""

    wheels: tuple[Mapping[str, Any], ...]
    unchanged: bool
    record: Path
    logs: Path | None = None


def make_planner(options: BuildOptions, report: Callable[[str], None]) -> Planner:
    """Read the project and the index. Raises PlanError."""
    report("reading the project and the index")
    return Planner(read_facts(options.project), index.files("numpy"))


def make_plan(options: BuildOptions, planner: Planner) -> Plan:
    """Return the plan, by what is known without an engine: which registries answer.

    A target that is refused is no reason to leave out the others. Raises PlanError where
    all are.
    """
    targets = _selected(options, planner)
    plans: list[TargetPlan] = []
    refused: dict[str, PlanError] = {}
    for target in targets:
        try:
            plans.append(planner.plan(target, _choose(options, planner, target)))
        except PlanError as error:
            refused[target.name] = error
    if not plans:
        raise next(iter(refused.values()))
    skipped = tuple(target.name for target in options.targets if target not in targets)
    return Plan(options.project, tuple(plans), skipped, refused)


def _selected(options: BuildOptions, planner: Planner) -> tuple[Target, ...]:
    """The targets to build: of the default ones only those that the project itself builds."""
    if options.named:
        return options.targets
    return tuple(filter(planner.builds, options.targets)) or options.targets


def _choose(options: BuildOptions, planner: Planner, target: Target) -> ImageSpec:
    if options.images == "local":
        return local_image(target)
    official = official_image(planner.facts, target)
    if options.images == "auto" and target.local and not answers(official.reference)[0]:
        return local_image(target)
    return official


def run(options: BuildOptions, progress: BuildProgress) -> BuildResult:
    """Build, repair, audit and prove every target, and publish those that are proven.

    Raises the NpwheelError of the earliest stage at which a target failed, after the others
    ended and what is proven was published (with all_or_nothing: nothing is);
    KeyboardInterrupt after what was started has been removed.
    """
    record.check_writable(options.output)
    say = partial(progress.step, "")
    # What is cheap to miss comes first: without a record there is nothing to compare, and
    # the engine is looked for before the index is read.
    record.read(options.output)  # one that cannot be read could not be added to
    planner = None
    if not options.force and (options.output / record.NAME).exists():
        planner = make_planner(options, say)
        options = replace(options, targets=_selected(options, planner), named=True)
        done = up_to_date.unchanged(options, planner)
        if len(done) == len(options.targets):
            wheels = tuple(wheel for found in done.values() for wheel in found)
            return BuildResult(wheels, True, options.output / record.NAME)
        for name in done:
            progress.note(f"{name}: nothing changed, its wheels are kept")
        targets = tuple(t for t in options.targets if t.name not in done)
        options = replace(options, targets=targets)
    with _alone(options):
        return _run(options, planner, progress)


@contextlib.contextmanager
def _alone(options: BuildOptions) -> Iterator[None]:
    """Keep other builds of the same targets out of the output folder. Raises RecordError."""
    names = [f"{options.project.name}\0{target.name}" for target in options.targets]
    keys = [hashlib.sha256(name.encode()).hexdigest()[:16] for name in names]
    try:
        with locks.exclusive(options.output / f".npwheel-{key}.lock" for key in keys):
            yield
    except locks.Busy as error:
        target = options.targets[keys.index(error.file.stem.rpartition("-")[2])].name
        raise RecordError(
            f"{target}: another build of {options.project.name} for it writes to {options.output}",
            why=f"process {error.pid or '?'} is at work on it",
            next="wait until it ends, or choose another folder with --output",
        ) from error


def _run(options: BuildOptions, planner: Planner | None, progress: BuildProgress) -> BuildResult:
    """Build what is left to build. planner: None where nothing was read yet."""
    say = partial(progress.step, "")
    logs = paths.writable_cache("logs", f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}")
    with (logs / "setup.log").open("w", encoding="utf-8") as log:
        working = host_requirements.find_engine(options.engine, log, say, install=options.setup)
        planner = planner or make_planner(options, say)
        progress.note(f"engine: {engine.describe(working)}")
        plan = make_plan(options, planner)
        progress.plan(plan)
        _prepare(plan.targets, options, log, say)
    try:
        with tempfile.TemporaryDirectory(prefix="npwheel-run-") as scratch:
            jobs = [
                Job(
                    entry,
                    options,
                    planner,
                    working,
                    Path(scratch, entry.target.name),
                    logs / f"{entry.target.name}.log",
                    progress,
                )
                for entry in plan.targets
            ]
            staged, failed = _all(jobs, options.jobs or os.cpu_count() or 1, progress)
            failed |= plan.refused
            _note_others(failed, progress)
            progress.outcomes(_outcomes(plan, staged, failed))
            if staged and not (failed and options.all_or_nothing):
                missing = [_missing(options.project.name, *item) for item in failed.items()]
                published = publish(options.output, staged, logs, missing)
            if failed:
                raise _first(failed)
    finally:
        working.remove_containers()
    return BuildResult(tuple(entry.as_json() for _, entry in staged), False, published, logs)


def _outcomes(
    plan: Plan, staged: Sequence[tuple[Path, WheelRecord]], failed: Mapping[str, NpwheelError]
) -> list[Outcome]:
    found = []
    for name in (*(entry.target.name for entry in plan.targets), *plan.refused):
        wheels = tuple(entry for _, entry in staged if entry.target == name)
        found.append(Outcome(name, wheels, failed.get(name)))
    return found


def _missing(project: str, target: str, error: NpwheelError) -> dict[str, Any]:
    """The record's item of a target that has no proven wheel."""
    entry: dict[str, Any] = {
        "project": project,
        "target": target,
        "reason": error.reason,
        "exit_code": error.exit_code,
        "log": error.log,
        "wheel": error.kept,
    }
    return {key: value for key, value in entry.items() if value}


def _first(failed: Mapping[str, NpwheelError]) -> NpwheelError:
    """The error of the earliest stage: exit codes are numbered by stage."""
    return min(failed.values(), key=lambda error: error.exit_code)


def publish(
    output: Path,
    staged: Sequence[tuple[Path, WheelRecord]],
    logs: Path,
    missing: Sequence[Mapping[str, Any]] = (),
) -> Path:
    """The record's path. What was proven is not lost where the output folder does not take it."""
    try:
        return record.publish(output, staged, missing)
    except RecordError as error:
        with contextlib.suppress(RecordError):
            kept = record.publish(logs / "wheelhouse", staged, missing)
            error.next = f"the wheels and their record are kept in {kept.parent}"
        raise


def _all(
    jobs: Sequence[Job], workers: int, progress: BuildProgress
) -> tuple[list[tuple[Path, WheelRecord]], dict[str, NpwheelError]]:
    """Every target, side by side where the cores allow: (proven wheels, target -> its error).

    Emulated ones take longest, so they begin.
    """
    staged: list[tuple[Path, WheelRecord]] = []
    failed: dict[str, NpwheelError] = {}
    with ThreadPoolExecutor(workers) as pool:
        try:
            ordered = sorted(jobs, key=lambda job: not job.plan.emulated)
            futures = {pool.submit(job.run): job.plan.target.name for job in ordered}
            for future in as_completed(futures):
                try:
                    staged += future.result()
                except NpwheelError as error:
                    failed[futures[future]] = error
        except BaseException:
            progress.note("stopping: what was started is removed")
            process.cancel()
            raise
    return staged, failed


def _note_others(failed: Mapping[str, NpwheelError], progress: BuildProgress) -> None:
    """Print the errors that are not the one that ends the build."""
    first = _first(failed) if failed else None
    for other in failed.values():
        if other is not first and not isinstance(other, Interrupted):
            progress.note(f"error: {other}")


def _prepare(
    plans: tuple[TargetPlan, ...], options: BuildOptions, log: IO[str], say: Callable[[str], None]
) -> None:
    """What the plans need of this machine. Raises ImageError or EngineError."""
    programs = [
        need
        for plan in plans
        if plan.image.kind == "local"
        for need in local.recipes()[plan.target.local].needs
    ]
    emulated = [plan.target.arch for plan in plans if plan.emulated]
    host_requirements.ensure(programs, emulated, log, say, install=options.setup)
