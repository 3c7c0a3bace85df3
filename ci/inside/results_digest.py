"""Print a digest of results that must be the same on every CPU, as JSON.

Only operations with one right answer are digested: IEEE 754 rounds +, -, *, / and
sqrt the same everywhere, and sums of products of small integers are exact whatever
the order. (exp, sin and float matmul may differ in the last bit between CPUs.)
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator
from typing import Any

import npwheel_probe
import numpy


def integers(rows: int, columns: int, seed: int) -> Any:
    """Integers of -9 ... 9 that need no random generator."""
    i, j = numpy.indices((rows, columns))
    return ((i * 31 + j * 17 + seed * 7) * 2654435761 % 1009 % 19) - 9


def results() -> Iterator[Any]:
    """Arrays, in a fixed order."""
    for size in (1, 2, 3, 4, 8, 17, 64, 130):
        a, b = integers(size, size, 1), integers(size, size, 2)
        for dtype in ("float32", "float64", "complex64", "complex128"):
            x, y = a.astype(dtype), b.astype(dtype)
            yield npwheel_probe.matmul(x, y)
            yield numpy.matmul(x, y)
        x, y = a / 7.0, b / 3.0 + 5.0
        yield from (x + y, x - y, x * y, x / y, numpy.sqrt(abs(x)), x.astype("float32"))
        yield numpy.sort(x, axis=None)
        yield numpy.cumsum(a)


def main() -> None:
    """One line of JSON."""
    total, count = hashlib.sha256(), 0
    for array in results():
        kind = array.dtype.newbyteorder("<")
        total.update(f"{kind.str}{array.shape}".encode())
        total.update((array + 0).astype(kind).tobytes())  # + 0: a zero has no sign
        count += 1
    facts = {"digest": total.hexdigest(), "results": count, "numpy": numpy.__version__}
    sys.stdout.write(json.dumps(facts) + "\n")


main()
