"""Measure a full healthy run of the doctor against a bare `import numpy`.

Runs both in turn, many times, in one process tree, and prints medians and two budgets: wall
time below 1.5 x import + 1 s, and CPU time (of all processes) below 1.5 x import + 0.35 s, which
other programs on the machine change less. Exit 1 if one is exceeded.

Usage: python benchmarks/doctor.py [--python EXE] [--runs N] [--doctor FILE]
EXE must have NumPy (default: a new environment with the newest); FILE is
npwheel-doctor.pyz (default: made for this run).
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import environment

TOP = Path(__file__).resolve().parents[1]
FACTOR, EXTRA, EXTRA_CPU = 1.5, 1.0, 0.35  # the budgets: FACTOR x import + EXTRA seconds


def seconds(command: list[str]) -> tuple[float, float]:
    """(wall, CPU) seconds of one run and its children; it must succeed."""
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, used


def medians(runs: list[tuple[float, float]]) -> tuple[float, float]:
    """The medians of wall and CPU time, each by itself."""
    wall, used = zip(*runs, strict=True)
    return statistics.median(wall), statistics.median(used)


def main() -> int:
    """Measure and print; 0 if the budget is kept."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python")
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--doctor", type=Path)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        doctor = args.doctor
        if doctor is None:
            subprocess.run([sys.executable, TOP / "tools/make_pyz.py", folder], check=True,
                           stdout=subprocess.DEVNULL)  # fmt: skip
            doctor = Path(folder) / "npwheel-doctor.pyz"
        python = args.python or environment.holding(Path(folder), "numpy")
        bare = [python, "-c", "import numpy"]
        full = [python, str(doctor)]
        seconds(bare), seconds(full)  # warm the caches
        pairs = [(seconds(bare), seconds(full)) for _ in range(args.runs)]
    (numpy, numpy_cpu), (run, run_cpu) = (medians(list(x)) for x in zip(*pairs, strict=True))
    budget, budget_cpu = FACTOR * numpy + EXTRA, FACTOR * numpy_cpu + EXTRA_CPU
    result = {
        "import_numpy_s": round(numpy, 3),
        "doctor_s": round(run, 3),
        "budget_s": round(budget, 3),
        "share_of_budget": round(run / budget, 3),
        "import_numpy_cpu_s": round(numpy_cpu, 3),
        "doctor_cpu_s": round(run_cpu, 3),
        "share_of_cpu_budget": round(run_cpu / budget_cpu, 3),
        "runs": args.runs,
    }
    if args.json:
        print(json.dumps(result, indent=2))
    else:
        print(f"import numpy {numpy:.3f} s, doctor {run:.3f} s (medians of {args.runs})")
        print(f"budget {budget:.3f} s: {run / budget:.0%} of it used")
        print(f"CPU: import numpy {numpy_cpu:.3f} s, doctor {run_cpu:.3f} s, "
              f"budget {budget_cpu:.3f} s: {run_cpu / budget_cpu:.0%} of it used")  # fmt: skip
    return 0 if run < budget and run_cpu < budget_cpu else 1


if __name__ == "__main__":
    sys.exit(main())
