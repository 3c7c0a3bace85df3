"""Which scipy-openblas32 to pin: correctness per CPU, symbol versions and sizes, measured.

    python evidence.py 0.3.31.188.0 0.3.34.0.0 ...

downloads each version for every target of the wheels, runs check.c with it on every CPU of
cores.toml and prints the tables of OPENBLAS.md. Needs Python 3.11, pip, a C compiler,
readelf, and for the CPUs that this machine does not have qemu-user-static,
gcc-aarch64-linux-gnu and libc6-dev-arm64-cross (Debian's names). libgfortran of some
releases needs libz.so.1: for arm64 unpack zlib1g:arm64 into a copy of
/usr/aarch64-linux-gnu and name that with --sysroot.

What could not be run is in the table as "not run", never as right. Exits with 1 if a
product was wrong or a program died.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
LOADER_FAILED = 127  # what the dynamic loader exits with when a library is missing
TARGETS = {
    "manylinux_x86_64": ("manylinux2014_x86_64", "manylinux_2_27_x86_64", "manylinux_2_28_x86_64"),
    "manylinux_aarch64": (
        "manylinux2014_aarch64",
        "manylinux_2_27_aarch64",
        "manylinux_2_28_aarch64",
    ),
    "musllinux_x86_64": ("musllinux_1_2_x86_64",),
    "musllinux_aarch64": ("musllinux_1_2_aarch64",),
}


def fetch(version: str, target: str, into: Path) -> Path | None:
    """The unpacked package for `target`, or None if the index has no wheel for it."""
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:"]
    for tag in TARGETS[target]:
        command += ["--platform", tag]
    done = subprocess.run(
        [*command, "--dest", str(into), f"scipy-openblas32=={version}"],
        capture_output=True,
        check=False,
    )
    wheels = list(into.glob("*.whl"))
    if done.returncode != 0 or not wheels:
        return None
    with zipfile.ZipFile(wheels[0]) as archive:
        archive.extractall(into)
    return into / "scipy_openblas32"


def describe(package: Path) -> str:
    """Size, newest symbol version of glibc, and what is bundled beside the library."""
    library = package / "lib" / "libscipy_openblas.so"
    text = subprocess.run(
        ["readelf", "-VW", str(library)], capture_output=True, text=True, check=True
    ).stdout
    glibc = {tuple(map(int, v.split("."))) for v in re.findall(r"GLIBC_([0-9.]+)", text)}
    newest = ".".join(map(str, max(glibc))) if glibc else "-"
    bundled = sorted(p.name.partition("-")[0] for p in package.glob("lib/*.so.*")) or ["nothing"]
    total = sum(p.stat().st_size for p in package.glob("lib/*.so*"))
    return f"{total / 1e6:.1f} | {newest} | {', '.join(bundled)}"


def missing(arch: str, spec: dict[str, Any], cpu: dict[str, str]) -> str | None:
    """Why this CPU cannot be shown on this machine, or None if it can."""
    if "core" in cpu:
        if platform.machine() != arch:
            return f"this machine is {platform.machine()}"
        if cpu["needs"] not in Path("/proc/cpuinfo").read_text(encoding="utf-8"):
            return f"this CPU has no {cpu['needs']}"
        return None
    needed = [spec["emulator"][0], spec.get("compiler", "cc")]
    gone = [tool for tool in needed if shutil.which(tool) is None]
    return f"no {' and no '.join(gone)}" if gone else None


def check(arch: str, spec: dict[str, Any], cpu: dict[str, str], package: Path) -> tuple[str, bool]:
    """One table cell, and whether a wrong product was seen."""
    why = missing(arch, spec, cpu)
    if why is not None:
        return f"not run: {why}", False
    program, libraries = package / "check", package / "lib"
    subprocess.run(
        [
            *(spec.get("compiler", "cc"), "-std=c11", "-O1", f"-I{package / 'include'}"),
            *(str(HERE / "check.c"), f"-L{libraries}", "-lscipy_openblas"),
            *(f"-Wl,-rpath,{libraries}", "-Wl,--allow-shlib-undefined", "-o", str(program)),
        ],
        check=True,
    )
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    command = [str(program)]
    if "core" in cpu:
        environment["OPENBLAS_CORETYPE"] = cpu["core"]
    else:
        command = [*spec["emulator"], cpu["cpu"], *command]
        if "sysroot" in spec:
            environment["QEMU_LD_PREFIX"] = spec["sysroot"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode == LOADER_FAILED:
        return f"not run: {done.stderr.strip().rpartition(': error while loading ')[2]}", False
    if done.returncode not in (0, 1) or not done.stdout:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        return f"**died** with {done.returncode}: {last}", True
    core, checked, wrong, first = done.stdout.strip().split(maxsplit=3)
    if done.returncode:
        return f"{core}: **{wrong} of {checked} wrong** (first: {first})", True
    return f"{core}: right", False


def main() -> int:
    """Prints both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("version", nargs="+")
    parser.add_argument("--sysroot", help="root of the arm64 loader and libraries")
    options = parser.parse_args()
    versions = options.version
    cores = tomllib.loads((HERE / "cores.toml").read_text(encoding="utf-8"))
    if options.sysroot:
        cores["aarch64"]["sysroot"] = options.sysroot
    failed = False
    with tempfile.TemporaryDirectory() as scratch:
        packages: dict[tuple[str, str], Path | None] = {}
        print("| version | target | libraries, MB | glibc | bundled |\n|---|---|---|---|---|")
        for version in versions:
            for target in TARGETS:
                into = Path(scratch, version, target)
                into.mkdir(parents=True)
                package = packages[version, target] = fetch(version, target, into)
                cells = describe(package) if package else "no wheel | | "
                print(f"| {version} | {target} | {cells} |", flush=True)
        print("\n| CPU | " + " | ".join(versions) + " |\n" + "|---" * (len(versions) + 1) + "|")
        for arch, spec in cores.items():
            for cpu in spec["cpus"]:
                row = [f"{arch} {cpu.get('cpu') or 'native, kernels of ' + cpu['core']}"]
                for version in versions:
                    package = packages[version, f"manylinux_{arch}"]
                    cell, bad = check(arch, spec, cpu, package) if package else ("no wheel", False)
                    failed |= bad
                    row.append(cell)
                print("| " + " | ".join(row) + " |", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
