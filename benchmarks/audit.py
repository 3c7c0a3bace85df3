"""Measure `npwheel audit` against `auditwheel show` and `abi3audit`.

    python benchmarks/audit.py [FOLDER]

Audits the same wheels with each, in one run, on one machine: a small C
extension, NumPy, and the largest SciPy. The wheels are fetched by pip into
FOLDER (default: a temporary one), never installed. Each time is the best of
three whole processes, start of Python included; ratios are what counts.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

WHEELS = ("mapbox-earcut==1.0.1", "numpy==2.4.6", "scipy==1.18.1")
PLATFORMS = ("manylinux2014_x86_64", "manylinux_2_17_x86_64", "manylinux_2_28_x86_64")
PYTHONS = {"mapbox-earcut==1.0.1": "3.11"}
RUNS = 3
TOOLS = {
    "npwheel audit": ("-m", "npwheel", "audit", "--json"),
    "auditwheel show": ("-m", "auditwheel", "show"),
    "abi3audit": ("-m", "abi3audit", "--assume-minimum-abi3", "3.2"),
}


def fetch(requirement: str, folder: Path) -> Path:
    """The wheel of a requirement, by pip; kept in the folder."""
    name, version = requirement.split("==")
    pattern = f"{name.replace('-', '_')}-{version}-*.whl"
    if not list(folder.glob(pattern)):
        platforms = [word for p in PLATFORMS for word in ("--platform", p)]
        python = PYTHONS.get(requirement, "3.13")
        subprocess.run(
            [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:",
             "--python-version", python, *platforms, "-d", str(folder), requirement],
            check=True,
        )  # fmt: skip
    return next(folder.glob(pattern))


def seconds(arguments: tuple[str, ...], wheel: Path) -> float | None:
    """Best wall-clock time of a tool on a wheel; None where it does not judge such a wheel."""
    best = None
    for _ in range(RUNS):
        begun = time.perf_counter()
        done = subprocess.run(
            [sys.executable, *arguments, str(wheel)], capture_output=True, text=True, check=False
        )
        taken = time.perf_counter() - begun
        if done.returncode not in (0, 1) or "Traceback" in done.stderr:
            sys.stderr.write(f"{' '.join(arguments)} {wheel.name}: {done.stderr[-300:]}\n")
            return None
        best = taken if best is None else min(best, taken)
    return best


def unpacked(wheel: Path) -> float:
    """Seconds for `zipfile` to unpack every library into memory: what no reader can be below."""
    code = (
        "import sys, time, zipfile; t = time.perf_counter(); z = zipfile.ZipFile(sys.argv[1]);"
        "[z.read(n) for n in z.namelist() if '.so' in n]; print(time.perf_counter() - t)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(wheel)], capture_output=True, text=True, check=True
    )
    return float(done.stdout)


def main(folder: Path) -> None:
    """Print the table."""
    print(f"{os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}, Python {sys.version.split()[0]}")
    print(f"{'wheel':34} {'MB':>5} {'unzip':>7} " + "".join(f"{name:>17}" for name in TOOLS))
    for requirement in WHEELS:
        wheel = fetch(requirement, folder)
        times = {name: seconds(arguments, wheel) for name, arguments in TOOLS.items()}
        own = times["npwheel audit"]
        cells = []
        for taken in times.values():
            ratio = f" ({taken / own:.1f}x)" if taken and own else ""
            cells.append(f"{taken:.2f} s{ratio}" if taken else "failed")
        size = wheel.stat().st_size / 1e6
        print(
            f"{requirement:34} {size:5.1f} {unpacked(wheel):5.2f} s "
            + "".join(f"{cell:>17}" for cell in cells)
        )
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"largest process: {peak:.0f} MB")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as temporary:
            main(Path(temporary))
