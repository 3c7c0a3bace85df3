"""Values, against exact integers: any shapes, strides, byte order, alignment, overlap."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

DTYPES = ("float32", "float64", "complex64", "complex128")
LENGTHS = st.one_of(st.integers(0, 4), st.integers(5, 40))
quick = settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def integers(draw: st.DrawFn, shape: tuple[int, ...], dtype: str) -> np.ndarray:
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    values = random.integers(-3, 4, shape).astype(dtype)
    return values + 1j * random.integers(-3, 4, shape) if dtype[0] == "c" else values


def lay_out(draw: st.DrawFn, values: np.ndarray) -> np.ndarray:
    """The same values, with any strides, in any order of axes, maybe swapped or unaligned."""
    dtype = values.dtype.newbyteorder(draw(st.sampled_from("==>")))
    ndim = values.ndim
    order = draw(st.permutations(range(ndim)))
    steps = [draw(st.sampled_from((1, 1, 1, -1, 2, -3))) for _ in range(ndim)]
    margins = [draw(st.integers(0, 2)) for _ in range(ndim)]
    axes = zip(values.shape, steps, margins, strict=True)
    lengths = [(max(n, 1) - 1) * abs(s) + 1 + m for n, s, m in axes]
    off = draw(st.sampled_from((0, 0, 0, 1, 4)))
    room = np.full(int(np.prod(lengths)) * dtype.itemsize + off, 0xFF, np.uint8)
    block = room[off:].view(dtype).reshape([lengths[axis] for axis in order])
    block = block.transpose(np.argsort(order))
    taken = zip(values.shape, steps, strict=True)
    ends = [slice(None, (n - 1) * abs(s) + 1 if n else 0) for n, s in taken]
    view = block[(..., *ends)][(..., *(slice(None, None, s) for s in steps))]
    assert view.shape == values.shape
    view[...] = values
    return view


def stack_shapes(draw: st.DrawFn) -> tuple[tuple[int, ...], tuple[int, ...]]:
    full = draw(st.lists(st.integers(0, 3), max_size=3))
    shapes = []
    for _ in range(2):
        own = [1 if draw(st.booleans()) and draw(st.booleans()) else n for n in full]
        shapes.append(tuple(own[draw(st.integers(0, len(own))) :]))
    return shapes[0], shapes[1]


@st.composite
def operands(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    n, k, m = (draw(LENGTHS) for _ in range(3))
    a_stack, b_stack = stack_shapes(draw)
    a_shape = (k,) if draw(st.integers(0, 4)) == 0 else (*a_stack, n, k)
    b_shape = (k,) if draw(st.integers(0, 4)) == 0 else (*b_stack, k, m)
    a_dtype = draw(st.sampled_from(DTYPES))
    b_dtype = draw(st.sampled_from((a_dtype, *DTYPES)))
    a, b = integers(draw, a_shape, a_dtype), integers(draw, b_shape, b_dtype)
    return lay_out(draw, a.astype(a_dtype)), lay_out(draw, b.astype(b_dtype))


def exact(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """By einsum on int64, which calls no BLAS, put together for complex operands."""

    def product(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        x, y = x.astype(np.int64), y.astype(np.int64)
        left, right = "k" if x.ndim == 1 else "...nk", "k" if y.ndim == 1 else "...km"
        result = f"...{'n' * (x.ndim > 1)}{'m' * (y.ndim > 1)}"
        return np.asarray(np.einsum(f"{left},{right}->{result}", x, y))

    a, b = a.astype(np.complex128), b.astype(np.complex128)
    real = product(a.real, b.real) - product(a.imag, b.imag)
    return np.asarray(real + 1j * (product(a.real, b.imag) + product(a.imag, b.real)))


@quick
@given(pair=operands())
def test_new_result(probe: ModuleType, pair: tuple[np.ndarray, np.ndarray]) -> None:
    a, b = pair
    before = a.copy(), b.copy()
    found = probe.matmul(a, b)
    assert found.dtype == np.result_type(a, b).newbyteorder("=")
    assert np.array_equal(found, exact(a, b))
    assert np.shape(found) == exact(a, b).shape
    assert np.array_equal(a, before[0])
    assert np.array_equal(b, before[1])
    if a.ndim == b.ndim == 1:
        assert isinstance(found, np.generic)
    else:
        assert found.flags.c_contiguous
        assert found.flags.owndata


@quick
@given(data=st.data(), pair=operands())
def test_given_result(
    probe: ModuleType, data: st.DataObject, pair: tuple[np.ndarray, np.ndarray]
) -> None:
    a, b = pair
    expected = exact(a, b)
    kind = np.result_type(a, b).kind
    names = DTYPES if kind == "f" else DTYPES[2:]
    larger = data.draw(st.lists(st.integers(1, 2), max_size=1)) if expected.ndim >= 2 else []
    expected = np.broadcast_to(expected, (*larger, *expected.shape))
    garbage = np.full(expected.shape, np.nan, data.draw(st.sampled_from(names)))
    out = lay_out(data.draw, garbage)
    base = out.base
    while base is not None and base.base is not None:
        base = base.base
    inside = np.zeros(base.shape, bool) if base is not None else None
    assert probe.matmul(a, b, out=out) is out
    assert np.array_equal(out, expected)
    if inside is not None and out.size:
        # Nothing was written beside the elements of out.
        rest = base.copy()
        start = out.__array_interface__["data"][0] - base.__array_interface__["data"][0]
        where = np.full(out.shape, start)
        for axis, (length, step) in enumerate(zip(out.shape, out.strides, strict=True)):
            where += (np.arange(length) * step).reshape([-1] + [1] * (out.ndim - axis - 1))
        for byte in range(out.itemsize):
            inside[where.ravel() + byte] = True
        assert (rest[~inside] == 0xFF).all()


@quick
@given(data=st.data())
def test_overlap(probe: ModuleType, data: st.DataObject) -> None:
    """Operands and result are windows on one buffer, at any distance and any strides."""
    dtype = data.draw(st.sampled_from(DTYPES))
    n = data.draw(st.integers(1, 12))
    buffer = integers(data.draw, (400,), dtype).astype(dtype)

    def window() -> np.ndarray:
        row, col = data.draw(st.sampled_from([(n, 1), (1, n), (n + 3, 1), (2 * n, 2), (-n, -1)]))
        reach = (n - 1) * (abs(row) + abs(col))
        first = data.draw(st.integers(0, 399 - reach)) + (reach if row < 0 else 0)
        item = buffer.itemsize
        return np.lib.stride_tricks.as_strided(
            buffer[first:], (n, n), (row * item, col * item), writeable=True
        )

    a, b, out = window(), window(), window()
    expected = exact(a, b)
    probe.matmul(a, b, out=out)
    assert np.array_equal(out, expected)


@pytest.mark.parametrize("dtype", DTYPES)
def test_larger_than_any_kernel(probe: ModuleType, dtype: str) -> None:
    random = np.random.default_rng(0)
    a = random.integers(-3, 4, (301, 257)).astype(dtype)
    b = random.integers(-3, 4, (257, 203)).astype(dtype)
    expected = a.real.astype(np.int64) @ b.real.astype(np.int64)  # int64 has no BLAS
    assert np.array_equal(probe.matmul(a, b), expected)
    assert np.array_equal(probe.matmul(a[::-2], b[:, ::3]), expected[::-2, ::3])


def test_no_dimension_is_lost(probe: ModuleType) -> None:
    """As many dimensions as NumPy allows (64; 32 before NumPy 2)."""
    most = 64
    a = np.ones((1,) * (most - 2) + (2, 3))
    assert probe.matmul(a, a.swapaxes(-1, -2)).shape == (1,) * (most - 2) + (2, 2)
    assert probe.matmul(a, np.ones(3)).shape == (1,) * (most - 2) + (2,)


def test_subclasses_and_sequences(probe: ModuleType) -> None:
    class Sub(np.ndarray):
        pass

    a = np.arange(4.0).reshape(2, 2)
    assert type(probe.matmul(a.view(Sub), a)) is np.ndarray
    assert np.array_equal(probe.matmul(a.tolist(), a), a @ a)


def test_nan_and_infinity_pass(probe: ModuleType) -> None:
    """A stretch of NaN in one operand may not vanish, nor one in out come through."""
    for n in (3, 30):
        a = np.full((n, n), np.nan)
        assert np.isnan(probe.matmul(a, np.zeros((n, n)))).all()
        assert np.isnan(probe.matmul(a, np.zeros(n))).all()
        out = np.full(n, np.nan)
        assert (probe.matmul(np.zeros((n, n)), np.zeros(n), out=out) == 0).all()
