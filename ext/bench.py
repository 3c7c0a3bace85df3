"""How fast this module's matmul is beside NumPy's, and beside the reference BLAS.

    python bench.py [--json] [--seconds 1.0] [--reference-blas /usr/lib/.../libblas.so.3]

Every ratio compares medians of calls made in turns in this one process, with one BLAS
thread. With --reference-blas (Debian's package libblas3), plain Fortran BLAS is measured
too, which tells what an optimised BLAS is worth. Needs npwheel_probe and numpy installed.
"""

from __future__ import annotations

import os

# Before NumPy is imported: an OpenBLAS reads it once, when it is loaded.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import argparse
import ctypes
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

import numpy as np
from npwheel_probe import blas_info, matmul
from npwheel_probe.proof.machine import machine
from npwheel_probe.proof.oracle import Array, exact_product, operand
from npwheel_probe.proof.speed import compare, timings

SCHEMA_VERSION = 1
SIZES = (2, 4, 8, 64, 512, 2000)
DTYPES = ("float32", "float64", "complex64", "complex128")
# For smaller ones the call through ctypes takes longer than the product, and n = 2000 takes
# the reference BLAS half a minute.
REFERENCE_SIZES = (64, 512)

# Goals for ours / NumPy's time: n = 4 three times as fast, n >= 512 at least 0.98 as fast.
GOALS = {4: 1 / 3, 512: 1 / 0.98, 2000: 1 / 0.98}


@dataclass(frozen=True)
class Row:
    """Median seconds per product of n by n; `other` is what ours is compared with."""

    against: str
    dtype: str
    n: int
    ours: float
    other: float

    @property
    def ratio(self) -> float:
        """Our time over the other: below 1, ours is faster."""
        return self.ours / self.other

    @property
    def goal(self) -> float | None:
        """The ratio that is aimed at, where there is one."""
        return GOALS.get(self.n) if self.against == "numpy" else None


def reference_gemm(path: str, dtype: str) -> Callable[[Array, Array], Array]:
    """?gemm of a Fortran BLAS at `path`, as a function of two square arrays.

    The arrays are row-major; Fortran reads them as transposes, so B comes first.
    """
    routine = ctypes.CDLL(path)[{"float32": "sgemm_", "float64": "dgemm_"}[dtype]]
    routine.restype = None
    scalar = {"float32": ctypes.c_float, "float64": ctypes.c_double}[dtype]
    one, zero = ctypes.byref(scalar(1)), ctypes.byref(scalar(0))
    no = ctypes.c_char_p(b"N")

    def gemm(a: Array, b: Array) -> Array:
        c = np.empty_like(a)
        n = ctypes.byref(ctypes.c_int(a.shape[0]))
        pointers = [ctypes.c_void_p(x.ctypes.data) for x in (b, a, c)]
        routine(no, no, n, n, n, one, pointers[0], n, pointers[1], n, zero, pointers[2], n)
        return c

    a, b = operand((9, 9), 1, False), operand((9, 9), 2, False)
    if not np.array_equal(gemm(a.astype(dtype), b.astype(dtype)), exact_product(a, b)):
        raise SystemExit(f"bench: {path} multiplies wrong, or is no Fortran BLAS with 32-bit int")
    return gemm


def measure(seconds: float, reference: str | None) -> Iterator[Row]:
    """Every row, as soon as it is measured."""
    for t in timings(DTYPES, SIZES, seconds):
        yield Row("numpy", t.dtype, t.n, t.ours, t.numpy)
    if reference is None:
        return
    for n in REFERENCE_SIZES:
        for dtype in ("float32", "float64"):
            a, b = (operand((n, n), seed, False).astype(dtype) for seed in (3, 4))
            gemm = reference_gemm(reference, dtype)
            yield Row("reference BLAS", dtype, n, *compare(matmul, gemm, a, b, seconds))


def as_line(row: Row) -> str:
    """One row for people."""
    goal = ""
    if row.goal is not None:
        goal = f"  goal {row.goal:.2f}: {'met' if row.ratio <= row.goal else 'NOT MET'}"
    return (
        f"{row.against:<15}{row.dtype:<11}{row.n:>5}{row.ours * 1e6:14.2f}"
        f"{row.other * 1e6:14.2f}{row.ratio:8.2f}{goal}"
    )


def main() -> int:
    """Measure and print; the exit status says nothing of the speed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--seconds", type=float, default=1.0, help="time for each row")
    parser.add_argument("--reference-blas", metavar="FILE", help="shared library to compare with")
    options = parser.parse_args()
    blas, here = blas_info(), machine()
    about = (
        f"CPython {here.python}, NumPy {np.__version__}, {blas['library']} {blas['version']} "
        f"({blas['core']}), {here.architecture}, {here.cpu}, {blas['threads']} BLAS thread"
    )
    print(about, file=sys.stderr if options.json else sys.stdout)
    if not options.json:
        print(f"{'against':<15}{'dtype':<11}{'n':>5}{'ours, us':>14}{'other, us':>14}{'ratio':>8}")
    rows = []
    for row in measure(options.seconds, options.reference_blas):
        rows.append({**asdict(row), "ratio": row.ratio, "goal": row.goal})
        print(as_line(row), file=sys.stderr if options.json else sys.stdout, flush=True)
    if options.json:
        about_numpy = {"numpy": np.__version__, "machine": asdict(here), "blas": dict(blas)}
        print(json.dumps({"schema_version": SCHEMA_VERSION, **about_numpy, "rows": rows}, indent=1))
    if options.reference_blas is None:
        print("reference BLAS: not run, no --reference-blas", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
