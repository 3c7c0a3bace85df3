"""Which products the proof computes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from npwheel_probe.proof.layouts import LAYOUTS

DTYPES = ("float32", "float64", "complex64", "complex128")

# Around the widths of the kernels (4, 8, 16), of their blocks, and of this module's own
# loops for tiny products.
SIZES = (1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 17, 31, 64, 65, 130, 257)

# Operand shapes for which every layout is tried: products for the tiny loops and for BLAS,
# vectors on either side and on both, stacks that broadcast, nothing to add up, nothing.
SHAPES: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...] = (
    ((3, 4), (4, 2)),
    ((20, 30), (30, 10)),
    ((33, 65), (65,)),
    ((65,), (65, 33)),
    ((40,), (40,)),
    ((3,), (3,)),
    ((1, 40), (40, 1)),
    ((2, 1, 9, 5), (3, 5, 11)),
    ((2, 9, 12), (12,)),
    ((4, 0), (0, 5)),
    ((0, 4), (4, 5)),
    ((0, 2, 3), (3, 4)),
)


@dataclass(frozen=True)
class Case:
    """One product. `out` is the layout of a given result, or None for a new one."""

    dtype: str
    a_shape: tuple[int, ...]
    b_shape: tuple[int, ...]
    a_layout: str = "rows"
    b_layout: str = "rows"
    out: str | None = None


def cases() -> Iterator[Case]:
    """All of them, the products of one pair of shapes together."""
    for size in SIZES:
        for dtype in DTYPES:
            yield Case(dtype, (size, size), (size, size))
    for a_shape, b_shape in SHAPES:
        for dtype in DTYPES:
            for layout in LAYOUTS:
                yield Case(dtype, a_shape, b_shape, layout, "rows")
                yield Case(dtype, a_shape, b_shape, "rows", layout)
                yield Case(dtype, a_shape, b_shape, layout, layout)
                yield Case(dtype, a_shape, b_shape, out=layout)
