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
from npwheel.build.options import BuildProgress, Options
from npwheel.build.plan import Plan, Planner, TargetPlan, official_image
from npwheel.build.project_facts import read_facts
from npwheel.build.target_job import Job
from npwheel.containers import engine, host_requirements, local
from npwheel.containers.engine import Engine
from npwheel.containers.images import ImageSpec, local_image
from npwheel.containers.registry import answers
from npwheel.core import index, locks, paths, process
from npwheel.core.errors import Interrupted, NpwheelError, RecordError
from npwheel.core.targets import Target
from npwheel.prove import record
from npwheel.prove.record import WheelRecord


@dataclass(frozen=True)
class Result:
    """What came of a run: items of the record's schema."""

    wheels: tuple[Mapping[str, Any], ...]
    unchanged: bool
    record: Path
    logs: Path | None = None


def make_planner(options: Options, report: Callable[[str], None]) -> Planner:
    """Read the project and the index. Raises PlanError."""
    report("reading the project and the index")
    return Planner(read_facts(options.project), index.files("numpy"))


def make_plan(options: Options, planner: Planner) -> Plan:
    """Return the plan, by what is known without an engine: which registries answer."""
    plans = [planner.plan(target, _choose(options, planner, target)) for target in options.targets]
    return Plan(options.project, tuple(plans))


def _choose(options: Options, planner: Planner, target: Target) -> ImageSpec:
    if options.images == "local":
        return local_image(target)
    official = official_image(planner.facts, target)
    if options.images == "auto" and target.local and not answers(official.reference)[0]:
        return local_image(target)
    return official


def run(options: Options, progress: BuildProgress) -> Result:
    """Build, repair, audit and prove every target; publish only if all of them hold.

    Raises the NpwheelError of the first target that failed, after the others ended;
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
        done = up_to_date.unchanged(options, planner)
        if len(done) == len(options.targets):
            wheels = tuple(wheel for found in done.values() for wheel in found)
            return Result(wheels, True, options.output / record.NAME)
        for name in done:
            progress.note(f"{name}: nothing changed, its wheels are kept")
        targets = tuple(t for t in options.targets if t.name not in done)
        options = replace(options, targets=targets)
    with _alone(options):
        return _run(options, planner, progress)


@contextlib.contextmanager
def _alone(options: Options) -> Iterator[None]:
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


def _run(options: Options, planner: Planner | None, progress: BuildProgress) -> Result:
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
            staged = _all(options, plan, planner, working, Path(scratch), logs, progress)
            published = publish(options.output, staged, logs)
    finally:
        working.remove_containers()
    return Result(tuple(entry.as_json() for _, entry in staged), False, published, logs)


def publish(output: Path, staged: Sequence[tuple[Path, WheelRecord]], logs: Path) -> Path:
    """The record's path. What was proven is not lost where the output folder does not take it."""
    try:
        return record.publish(output, staged)
    except RecordError as error:
        with contextlib.suppress(RecordError):
            kept = record.publish(logs / "wheelhouse", staged)
            error.next = f"the wheels and their record are kept in {kept.parent}"
        raise


def _all(
    options: Options,
    plan: Plan,
    planner: Planner,
    working: Engine,
    scratch: Path,
    logs: Path,
    progress: BuildProgress,
) -> list[tuple[Path, WheelRecord]]:
    """Every target, side by side where the cores allow. Emulated ones take longest, so first."""
    staged: list[tuple[Path, WheelRecord]] = []
    errors: list[NpwheelError] = []
    with ThreadPoolExecutor(options.jobs or os.cpu_count() or 1) as pool:
        try:
            futures = []
            for entry in sorted(plan.targets, key=lambda p: not p.emulated):
                name = entry.target.name
                log = logs / f"{name}.log"
                job = Job(entry, options, planner, working, scratch / name, log, progress)
                futures.append(pool.submit(job.run))
            for future in as_completed(futures):
                try:
                    staged += future.result()
                except NpwheelError as error:
                    errors.append(error)
        except BaseException:
            process.cancel()
            raise
    if errors:
        causes = [error for error in errors if not isinstance(error, Interrupted)] or errors
        for other in causes[1:]:
            progress.note(str(other))
        raise causes[0]
    return staged


def _prepare(
    plans: tuple[TargetPlan, ...], options: Options, log: IO[str], say: Callable[[str], None]
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
