"""Measure a full healthy run of the doctor against a bare `import numpy`.

Runs both in turn, many times, in one process tree, and prints medians and the
budget of the issue: doctor < 1.5 x import + 1 s. Exit 1 if it is exceeded.

Usage: python benchmarks/doctor.py [--python EXE] [--runs N] [--doctor FILE]
EXE must have NumPy (default: a new environment with the newest); FILE is
npwheel-doctor.pyz (default: made for this run).
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import environment

TOP = Path(__file__).resolve().parents[1]
FACTOR, EXTRA = 1.5, 1.0  # the budget: FACTOR x import + EXTRA seconds


def seconds(command: list[str]) -> float:
    """One run; it must succeed."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


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
    numpy, run = (statistics.median(column) for column in zip(*pairs, strict=True))
    budget = FACTOR * numpy + EXTRA
    result = {
        "import_numpy_s": round(numpy, 3),
        "doctor_s": round(run, 3),
        "budget_s": round(budget, 3),
        "share_of_budget": round(run / budget, 3),
        "runs": args.runs,
    }
    if args.json:
        print(json.dumps(result, indent=2))
    else:
        print(f"import numpy {numpy:.3f} s, doctor {run:.3f} s (medians of {args.runs})")
        print(f"budget {budget:.3f} s: {run / budget:.0%} of it used")
    return 0 if run < budget else 1


if __name__ == "__main__":
    sys.exit(main())
