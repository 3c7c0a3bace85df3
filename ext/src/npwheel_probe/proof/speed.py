"""How long this module's matmul takes beside NumPy's, in the same process."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from statistics import median

import numpy as np

from npwheel_probe._core import matmul
from npwheel_probe.proof.oracle import Array, operand

ROUND = 2e-3  # seconds: calls too short for the clock are repeated to last so long


@dataclass(frozen=True)
class Timing:
    """Median seconds per call for one square product of n by n."""

    dtype: str
    n: int
    ours: float
    numpy: float

    @property
    def ratio(self) -> float:
        """Our time over NumPy's: below 1, ours is faster."""
        return self.ours / self.numpy


def _seconds(function: Callable[..., Array], a: Array, b: Array, calls: int) -> float:
    repeat = range(calls)
    start = time.perf_counter()
    for _ in repeat:
        function(a, b)
    return (time.perf_counter() - start) / calls


def compare(
    first: Callable[..., Array], second: Callable[..., Array], a: Array, b: Array, budget: float
) -> tuple[float, float]:
    """Median seconds per call of each, measured in turns for about `budget` seconds.

    In turns, and each round in the other order, since clocks and caches drift; at least
    three rounds, whatever they take.
    """
    once = max(_seconds(first, a, b, 2), _seconds(second, a, b, 2), 1e-9)
    calls = max(1, int(ROUND / once))
    rounds = max(3, int(budget / (2 * once * calls)))
    times: tuple[list[float], list[float]] = ([], [])
    for i in range(rounds):
        for which in (0, 1) if i % 2 else (1, 0):
            times[which].append(_seconds((first, second)[which], a, b, calls))
    return median(times[0]), median(times[1])


def timings(dtypes: Iterable[str], sizes: Iterable[int], budget: float) -> Iterator[Timing]:
    """Measure every size for every dtype, each for about `budget` seconds."""
    for n in sizes:
        for dtype in dtypes:
            is_complex = np.dtype(dtype).kind == "c"
            a = operand((n, n), 3, is_complex).astype(dtype)
            b = operand((n, n), 4, is_complex).astype(dtype)
            yield Timing(dtype, n, *compare(matmul, np.matmul, a, b, budget))
