"""What is refused, and how: as numpy.matmul refuses it, where NumPy does."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.lib.stride_tricks import as_strided

SHAPES = st.lists(st.integers(0, 3), max_size=4).map(tuple)


def outcome(function: Any, *args: Any, **kwargs: Any) -> Any:
    """The shape of the result, or the type of error."""
    try:
        return np.shape(function(*args, **kwargs))
    except (ValueError, TypeError) as error:
        return error


@settings(
    max_examples=1500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(a=SHAPES, b=SHAPES, out=st.none() | SHAPES)
def test_shapes_as_numpy(
    probe: ModuleType, a: tuple[int, ...], b: tuple[int, ...], out: tuple[int, ...] | None
) -> None:
    operands = np.zeros(a), np.zeros(b)
    given_out = None if out is None else np.zeros(out)
    ours = outcome(probe.matmul, *operands, out=given_out)
    without_out = outcome(np.matmul, *operands)
    if isinstance(without_out, Exception) or (out is not None and len(out) < len(without_out)):
        # Refused whatever out is. NumPy lets an out of too few dimensions turn a matrix into
        # a stack of vectors: (3,) @ (1, 3) fails, and yet fills an out of shape ().
        assert type(ours) is ValueError
        if out is None:
            same_message(ours, without_out)
        return
    numpys = outcome(np.matmul, *operands, out=given_out)
    if isinstance(numpys, Exception):
        assert type(ours) is type(numpys) is ValueError
        same_message(ours, numpys)
    else:
        assert ours == numpys


def same_message(ours: Exception, numpys: Exception) -> None:
    """Word for word about core dimensions; about stacks NumPy's differs by release."""
    if "core" in str(numpys):
        assert str(ours) == str(numpys)
    else:
        assert str(ours).startswith("matmul: ")


@pytest.mark.parametrize(
    "dtype", ["bool", "int8", "int64", "uint32", "float16", "longdouble", "clongdouble", "O", "U1"]
)
@pytest.mark.parametrize("place", [0, 1])
def test_other_dtypes(probe: ModuleType, dtype: str, place: int) -> None:
    operands: list[Any] = [np.ones((2, 2)), np.ones((2, 2))]
    operands[place] = operands[place].astype(dtype)
    name = str(operands[place].dtype)
    with pytest.raises(TypeError) as caught:
        probe.matmul(*operands)
    text = str(caught.value)
    assert f"operand {place} has dtype {name}" in text
    for supported in ("float32", "float64", "complex64", "complex128"):
        assert supported in text


def test_out(probe: ModuleType) -> None:
    a = np.ones((2, 2))
    read_only = np.ones((2, 2))
    read_only.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        probe.matmul(a, a, out=read_only)
    with pytest.raises(TypeError, match=r"must be a numpy\.ndarray or None, not <class 'list'>"):
        probe.matmul(a, a, out=[[0.0, 0.0], [0.0, 0.0]])
    with pytest.raises(TypeError, match="out has dtype int64; supported are"):
        probe.matmul(a, a, out=np.ones((2, 2), np.int64))
    with pytest.raises(TypeError, match="imaginary part"):
        probe.matmul(a + 1j, a, out=np.ones((2, 2)))
    with pytest.raises(ValueError, match=r"out has shape \(1, 2, 2\).* broadcast to \(3, 2, 2\)"):
        probe.matmul(np.ones((3, 2, 2)), a, out=np.ones((1, 2, 2)))


def test_out_is_whole_or_untouched(probe: ModuleType) -> None:
    out = np.full((2, 2), 7.0)
    with pytest.raises(ValueError, match="core dimension"):
        probe.matmul(np.ones((2, 3)), np.ones((2, 2)), out=out)
    assert (out == 7).all()


def test_arguments(probe: ModuleType) -> None:
    a = np.ones((2, 2))
    assert probe.matmul(a=a, b=a, out=None).sum() == 8
    for args, kwargs in [((), {}), ((a,), {}), ((a, a, a, a), {}), ((a, a), {"c": a})]:
        with pytest.raises(TypeError):
            probe.matmul(*args, **kwargs)
    with pytest.raises(TypeError):
        probe.matmul(a, a, a, out=a)


@pytest.mark.parametrize("shape", [(2**31, 2), (2, 2**31)])
def test_dimensions_beyond_blas(probe: ModuleType, shape: tuple[int, int]) -> None:
    """Zero strides: an array with room for one element can have any shape."""
    a = as_strided(np.ones(1, np.float32), shape, (0, 0))
    b = as_strided(np.ones(1, np.float32), (shape[1], 1), (0, 0))
    # A result of 2**31 elements is given, since it would take 8 GB.
    out = as_strided(np.ones(1, np.float32), (shape[0], 1), (0, 0), writeable=True)
    with pytest.raises((ValueError, MemoryError)) as caught:
        probe.matmul(a, b, out=out)
    if isinstance(caught.value, ValueError):
        assert "32-bit" in str(caught.value)
        assert str(2**31) in str(caught.value)


def test_strides_beyond_blas(probe: ModuleType, tmp_path: Path) -> None:
    """A leading dimension that no int holds: copied, not truncated. In a file with holes."""
    wide = np.memmap(tmp_path / "holes", np.float32, "w+", shape=(2, 2**31 + 64))
    a = wide[:, :20]
    a[...] = np.arange(40).reshape(2, 20) % 5
    assert np.array_equal(probe.matmul(a, a.T), np.array(a) @ np.array(a.T))


def test_empty_needs_no_blas(probe: ModuleType) -> None:
    huge = as_strided(np.ones(1), (2**31, 0), (0, 8))
    assert probe.matmul(huge, np.ones((0, 0))).shape == (2**31, 0)
