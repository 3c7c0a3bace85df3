"""The ways that the same values can lie in memory.

An array of no dimensions has only one, apart from misaligned and swapped.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from npwheel_probe.proof.oracle import Array


def _every(step: int, ndim: int) -> tuple[Any, ...]:
    """An index with this step along every axis; the ellipsis keeps no dimensions an array."""
    return (Ellipsis, *[slice(None, None, step)] * ndim)


def rows(x: Array) -> Array:
    """Row-major and contiguous."""
    return np.array(x, order="C")


def columns(x: Array) -> Array:
    """Column-major: the last two axes swapped in memory."""
    if x.ndim < 2:
        return rows(x)
    return np.array(np.swapaxes(x, -1, -2), order="C").swapaxes(-1, -2)


def wide(x: Array) -> Array:
    """Row-major inside a larger array: a leading dimension beyond the row."""
    if x.ndim == 0:
        return rows(x)
    room = np.full((*x.shape[:-1], x.shape[-1] + 3), np.nan, x.dtype)
    room[..., : x.shape[-1]] = x
    return room[..., : x.shape[-1]]


def spaced(x: Array) -> Array:
    """Every second element of every axis: no stride is that of an element."""
    room = np.full([2 * length for length in x.shape], np.nan, x.dtype)
    view = room[_every(2, x.ndim)]
    view[...] = x
    return view


def reversed_axes(x: Array) -> Array:
    """Negative strides along every axis."""
    return np.array(x[_every(-1, x.ndim)], order="C")[_every(-1, x.ndim)]


def misaligned(x: Array) -> Array:
    """One byte off the alignment of the element."""
    room = np.zeros(x.nbytes + 1, np.uint8)
    view = room[1:].view(x.dtype).reshape(x.shape)
    view[...] = x
    return view


def swapped(x: Array) -> Array:
    """In the other byte order."""
    return x.astype(x.dtype.newbyteorder())


LAYOUTS: dict[str, Callable[[Array], Array]] = {
    "rows": rows,
    "columns": columns,
    "wide": wide,
    "spaced": spaced,
    "reversed": reversed_axes,
    "misaligned": misaligned,
    "swapped": swapped,
}
