"""The whole matrix against plain cibuildwheel with one build per Python.

    python benchmarks/matrix.py [--project ext] [--target NAME]... [--cold]

Both build, repair and test wheels of the same targets, in the same images, which are
there before the clock starts. Plain cibuildwheel builds a wheel for each Python that the
image holds and tests it once, on the newest NumPy; npwheel builds one stable-ABI wheel
and proves it on each of those Pythons, on its lowest and its newest NumPy.

Claim: npwheel takes at most a quarter of the time. With --cold, npwheel is also timed with
an empty cache, images and all. Claim: 12 minutes or less.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from claims import Claim, save

from npwheel.build import project, run
from npwheel.build.cibuildwheel import UTILITY_PYTHON
from npwheel.build.options import BuildOptions
from npwheel.build.plan import TargetPlan
from npwheel.containers import emulation, engine, images, network
from npwheel.containers.engine import Engine
from npwheel.containers.images import ReadyImage
from npwheel.core import paths, targets

MOST = 0.25
COLD_MINUTES = 12.0


def npwheel(options: argparse.Namespace, cache: Path | None = None) -> float:
    """Seconds of `npwheel build` for the targets; raises CalledProcessError."""
    env = {**os.environ, **({"NPWHEEL_CACHE": str(cache)} if cache else {})}
    with tempfile.TemporaryDirectory(prefix="npwheel-bench-") as folder:
        command = [sys.executable, "-m", "npwheel", "build", str(options.project), "--force"]
        command += [f"--target={name}" for name in options.target]
        command += [f"--output={folder}", f"--images={options.images}"]
        command += ["--setup"] if options.setup else []
        begun = time.monotonic()
        subprocess.run(command, env=env, check=True, stdout=subprocess.DEVNULL)
        return time.monotonic() - begun


def plain(source: Path, plan: TargetPlan, ready: ReadyImage, online: Engine) -> float:
    """Seconds of plain cibuildwheel for one target, a build for each Python of its image."""
    target = plan.target
    pythons = [python for python in ready.pythons or {} if not python.endswith("t")]
    env = {**os.environ, "CIBW_CONTAINER_ENGINE": online.cibuildwheel()}
    env["CIBW_BUILD"] = " ".join(f"cp{p.replace('.', '')}-{target.name}" for p in pythons)
    env[f"CIBW_{target.image_option.upper().replace('-', '_')}"] = ready.reference
    env["CIBW_CONFIG_SETTINGS"] = "wheel.py-api="  # one wheel for each Python
    with tempfile.TemporaryDirectory(prefix="npwheel-bench-") as folder:
        command = [sys.executable, "-m", "cibuildwheel", "--platform=linux"]
        command += [f"--archs={target.arch}", f"--output-dir={folder}", "."]
        begun = time.monotonic()
        subprocess.run(command, cwd=source, env=env, check=True, stdout=sys.stderr)
        seconds = time.monotonic() - begun
        built = len(list(Path(folder).glob("*.whl")))
    if built != len(pythons):
        raise SystemExit(f"{target.name}: expected {len(pythons)} wheels, found {built}")
    print(f"plain cibuildwheel, {target.name}: {built} builds in {seconds:.0f} s", flush=True)
    return seconds


def prepared(
    options: argparse.Namespace, working: Engine
) -> list[tuple[TargetPlan, ReadyImage, Engine]]:
    """Each target's image with an engine that reaches the index from it, as npwheel finds them."""
    own = BuildOptions(
        project.load(options.project), targets.choose(options.target), options.images
    )
    found = []
    for plan in run.make_plan(own, run.make_planner(own, lambda _: None)).targets:
        arch = plan.target.arch
        with Path(os.devnull).open("w", encoding="utf-8") as quiet:
            ready = images.ready(plan.image, arch, working, quiet, lambda _: None)
        ready = images.inventory(ready, arch, working, UTILITY_PYTHON)
        env = tuple(f"--env={k}={v}" for k, v in emulation.environment(arch).items())
        reference, python = ready.reference, UTILITY_PYTHON
        online = network.reach_index(working.with_args(env, ()), reference, arch, python)
        found.append((plan, ready, online))
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Print; the exit status is 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--project", type=Path, default=Path("ext"))
    parser.add_argument("--target", action="append", default=[], help="default: the four")
    parser.add_argument("--images", choices=("auto", "official", "local"), default="auto")
    parser.add_argument("--wheelhouse", type=Path, default=Path("wheelhouse"))
    parser.add_argument("--cold", action="store_true", help="time an empty cache too")
    parser.add_argument("--setup", action="store_true", help="install what is missing")
    options = parser.parse_args(arguments)
    claims = []
    if options.cold:
        place = paths.cache().parent
        place.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="npwheel-cold-", dir=place) as cache:
            minutes = npwheel(options, Path(cache)) / 60
        claims.append(Claim("npwheel build with an empty cache", minutes, "min", most=COLD_MINUTES))
        print(claims[-1].line(), flush=True)
    ready = prepared(options, engine.find())
    ours = npwheel(options)
    print(f"npwheel build: {ours:.0f} s", flush=True)
    theirs = sum(plain(options.project, *entry) for entry in ready)
    names = ", ".join(plan.target.name for plan, _, _ in ready)
    print(f"targets: {names}")
    claims.append(Claim("npwheel's time over plain cibuildwheel's", ours / theirs, "x", most=MOST))
    print(claims[-1].line())
    options.wheelhouse.mkdir(exist_ok=True)
    seconds = {"npwheel": ours, "plain": theirs}
    save(options.wheelhouse / "bench.json", "matrix", claims, targets=names, seconds=seconds)
    return 0 if all(claim.met is not False for claim in claims) else 1


if __name__ == "__main__":
    sys.exit(main())
