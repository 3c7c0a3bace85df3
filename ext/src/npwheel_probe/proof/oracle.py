"""Operands of small integers, and their product computed without any BLAS.

Both numpy.matmul and this module can be wrong at once, as when they bundle the same
OpenBLAS, so neither is a judge of the other. Sums of products of small integers are exact
in float32 already and do not depend on the order of summation: a right result is equal to
the integer product, bit for bit.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Array = Any  # numpy.typing is newer than the oldest NumPy that the proof runs on

MOST = 3  # operands hold integers in -MOST ... MOST


def operand(shape: tuple[int, ...], seed: int, is_complex: bool) -> Array:
    """Integers of this shape as complex128 or float64, the same for the same seed."""
    random = np.random.RandomState(seed)

    def draw() -> Array:
        # asarray: for the shape () RandomState returns a plain int.
        return np.asarray(random.randint(-MOST, MOST + 1, size=shape)).astype(np.float64)

    return draw() + 1j * draw() if is_complex else draw()


def _integer_product(a: Array, b: Array) -> Array:
    """Product of int64 stacks (..., n, k) and (..., k, m), one outer product at a time."""
    shape = np.broadcast(a[..., :1, :1], b[..., :1, :1]).shape[:-2]
    total = np.zeros((*shape, a.shape[-2], b.shape[-1]), np.int64)
    for i in range(a.shape[-1]):
        total += a[..., :, i, None] * b[..., None, i, :]
    return total


def exact_product(a: Array, b: Array) -> Array:
    """The product of arrays of integers by the rules of numpy.matmul, as complex128."""
    a, b = np.asarray(a), np.asarray(b)
    vector_a, vector_b = a.ndim == 1, b.ndim == 1
    a = a[None, :] if vector_a else a
    b = b[:, None] if vector_b else b
    ar, br = a.real.astype(np.int64), b.real.astype(np.int64)
    product = _integer_product(ar, br).astype(np.complex128)
    if np.iscomplexobj(a) or np.iscomplexobj(b):
        ai, bi = a.imag.astype(np.int64), b.imag.astype(np.int64)
        product -= _integer_product(ai, bi)
        product += 1j * (_integer_product(ar, bi) + _integer_product(ai, br))
    if vector_b:
        product = product[..., 0]
    return product[..., 0] if vector_a and vector_b else product[..., 0, :] if vector_a else product
