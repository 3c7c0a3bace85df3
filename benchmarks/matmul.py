"""Measure the probe's matmul against numpy.matmul and the reference BLAS.

    python benchmarks/matmul.py [--wheelhouse DIR] [--seconds 1.0] [--setup]

Takes the wheel that this Python would install, puts it and the newest NumPy into a clean
environment, and runs ext/bench.py there: medians of calls made in turns in one process,
with one BLAS thread. The reference BLAS is Debian's libblas3 (`--setup` installs it):
what a Python on Alpine had when NumPy was built without an optimised BLAS.

Claims: n = 4 at least 3 times as fast as NumPy, n >= 512 at least 0.98 as fast.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import environment
from claims import Claim, save
from packaging.tags import sys_tags

from npwheel.containers import setup
from npwheel.prove import candidates
from npwheel.prove.candidates import CandidateWheel

BENCH = Path(__file__).parents[1] / "ext" / "bench.py"
# Debian's own name of the reference library, whatever /etc/alternatives says.
REFERENCE = ("/usr/lib/*-linux-gnu/blas/libblas.so.3", "/usr/lib*/libblas.so.3")
PACKAGE = "libblas3"


def own_wheel(folder: Path) -> CandidateWheel | None:
    """The probe's wheel in the folder that this Python installs."""
    found = [candidates.load(path) for path in sorted(folder.glob("npwheel_probe-*.whl"))]
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    return candidates.best(found, python, tuple(sys_tags()))


def reference(install: bool) -> Path | None:
    """The reference BLAS on this machine."""
    for attempt in range(2):
        for pattern in REFERENCE:
            for path in sorted(Path("/").glob(pattern.lstrip("/"))):
                return path
        if not install or attempt:
            return None
        with tempfile.TemporaryFile("w+", encoding="utf-8") as log:
            setup.install((PACKAGE,), log, lambda text: print(text, file=sys.stderr))
    return None


def run(wheel: Path, seconds: float, blas: Path | None) -> dict[str, Any]:
    """ext/bench.py's JSON, from an environment with the wheel and the newest NumPy."""
    with tempfile.TemporaryDirectory(prefix="npwheel-bench-") as folder:
        python = environment.holding(Path(folder), "numpy", str(wheel))
        command = [python, str(BENCH), "--json", "--seconds", str(seconds)]
        if blas is not None:
            command += ["--reference-blas", str(blas)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, cwd=folder)
    data: dict[str, Any] = json.loads(done.stdout)
    return data


def claims(data: dict[str, Any]) -> Iterator[Claim]:
    """How many times as fast the probe is, row by row; the goals stand in ext/bench.py."""
    for row in data["rows"]:
        least = round(1 / row["goal"], 2) if row["goal"] else None
        text = f"{row['dtype']} n = {row['n']}, against {row['against']}"
        yield Claim(text, 1 / row["ratio"], "x", least=least)


def main() -> int:
    """Print; the exit status is 1 where a goal is missed, 3 where nothing was measured."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--wheelhouse", type=Path, default=Path("wheelhouse"))
    parser.add_argument("--seconds", type=float, default=1.0, help="time for each row")
    parser.add_argument("--setup", action="store_true", help=f"install {PACKAGE} if missing")
    options = parser.parse_args()
    wheel = own_wheel(options.wheelhouse)
    if wheel is None:
        print(f"{options.wheelhouse} has no wheel for this Python: NOT RUN", file=sys.stderr)
        return 3
    blas = reference(options.setup)
    data = run(wheel.path, options.seconds, blas)
    found = list(claims(data))
    print(f"times as fast as, one BLAS thread; numpy {data['numpy']}, {wheel.path.name}")
    for claim in found:
        print(claim.line())
    if blas is None:
        print(f"reference BLAS: NOT RUN, {PACKAGE} is not installed (--setup does)")
    about = {key: value for key, value in data.items() if key != "schema_version"}
    save(options.wheelhouse / "bench.json", "matmul", found, wheel=wheel.path.name, **about)
    return 0 if all(claim.met is not False for claim in found) else 1


if __name__ == "__main__":
    sys.exit(main())
