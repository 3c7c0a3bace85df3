"""A whole run: plan, engine, every target side by side, one record at the end."""

from __future__ import annotations

import contextlib
import os
import signal
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

from npwheel import paths
from npwheel.errors import Interrupted, NpwheelError, RecordError
from npwheel.numpys import index
from npwheel.numpys.index import IndexFile
from npwheel.pipeline import engine, host, inputs, process, record
from npwheel.pipeline.engine import Engine
from npwheel.pipeline.job import Job
from npwheel.pipeline.options import Options, Progress
from npwheel.pipeline.plan import Image, Plan, local_image, official_image, target_plan
from npwheel.pipeline.record import WheelRecord
from npwheel.pipeline.registry import answers
from npwheel.pipeline.targets import Target


@dataclass(frozen=True)
class Result:
    """What came of a run: items of the record's schema."""

    wheels: tuple[Mapping[str, Any], ...]
    unchanged: bool
    record: Path
    logs: Path | None = None


def make_plan(options: Options, files: Sequence[IndexFile]) -> Plan:
    """The plan, by what can be known without an engine: which registries answer."""
    return Plan(
        options.project,
        tuple(
            target_plan(options.project, target, _choose(options, target), files)
            for target in options.targets
        ),
    )


def _choose(options: Options, target: Target) -> Image:
    if options.images == "local":
        return local_image(target)
    official = official_image(options.project, target)
    if options.images == "auto" and target.local and not answers(official.reference)[0]:
        return local_image(target)
    return official


def run(options: Options, progress: Progress) -> Result:
    """Build, repair, audit and prove every target; publish only if all of them hold.

    Raises the NpwheelError of the first target that failed, after the others ended;
    KeyboardInterrupt after what was started has been removed.
    """
    record.check_writable(options.output)
    say = partial(progress.step, "")
    # What is cheap to miss comes first: without a record there is nothing to compare, and
    # the engine is looked for before the index is read.
    recorded = not options.force and (options.output / record.NAME).exists()
    if recorded:
        say("reading the index")
        done = inputs.unchanged(options, index.files("numpy"))
        if len(done) == len(options.targets):
            wheels = tuple(wheel for found in done.values() for wheel in found)
            return Result(wheels, True, options.output / record.NAME)
        for name in done:
            progress.note(f"{name}: nothing changed, its wheels are kept")
        targets = tuple(t for t in options.targets if t.name not in done)
        options = replace(options, targets=targets)
    logs = paths.cache() / "logs" / f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}"
    logs.mkdir(parents=True, exist_ok=True)
    with (logs / "setup.log").open("w", encoding="utf-8") as log:
        working = host.find_engine(options.engine, log, say, install=options.setup)
        if not recorded:
            say("reading the index")
        files = index.files("numpy")
        progress.note(f"engine: {engine.describe(working)}")
        plan = make_plan(options, files)
        progress.plan(plan)
        host.prepare(plan.targets, options, log, say)
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        with tempfile.TemporaryDirectory(prefix="npwheel-run-") as scratch:
            staged = _all(options, plan, files, working, Path(scratch), logs, progress)
            published = _published(options.output, staged, logs)
    finally:
        signal.signal(signal.SIGTERM, before)
        working.remove_containers()
    return Result(tuple(entry.as_json() for _, entry in staged), False, published, logs)


def _published(output: Path, staged: Sequence[tuple[Path, WheelRecord]], logs: Path) -> Path:
    """The record's path. What was proven is not lost where the output folder does not take it."""
    try:
        return record.publish(output, staged)
    except RecordError as error:
        with contextlib.suppress(RecordError):
            kept = record.publish(logs / "wheelhouse", staged)
            error.next = f"the wheels and their record are kept in {kept.parent}"
        raise


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _all(
    options: Options,
    plan: Plan,
    files: Sequence[IndexFile],
    working: Engine,
    scratch: Path,
    logs: Path,
    progress: Progress,
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
                job = Job(entry, options, files, working, scratch / name, log, progress)
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
