"""Runs the cases with this module's matmul and with NumPy's, against the oracle."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from npwheel_probe._core import matmul
from npwheel_probe.proof.cases import Case, cases
from npwheel_probe.proof.layouts import LAYOUTS
from npwheel_probe.proof.oracle import Array, exact_product, operand


@dataclass(frozen=True)
class Wrong:
    """A case whose result was not the oracle's, and how."""

    case: Case
    how: str


@dataclass(frozen=True)
class Verdict:
    """How many products were computed, and the wrong ones."""

    checked: int
    wrong: Sequence[Wrong]

    @property
    def right(self) -> bool:
        """Were there products, and all of them right?"""
        return self.checked > 0 and not self.wrong


@cache  # some MB in all; both judges ask for the same
def _values(
    a_shape: tuple[int, ...], b_shape: tuple[int, ...], is_complex: bool
) -> tuple[Array, Array, Array]:
    a, b = operand(a_shape, 1, is_complex), operand(b_shape, 2, is_complex)
    return a, b, exact_product(a, b)


def _difference(found: Array, expected: Array, dtype: str) -> str | None:
    found = np.asarray(found)
    if found.dtype != np.dtype(dtype):
        return f"expected dtype {dtype}, found {found.dtype}"
    if found.shape != expected.shape:
        return f"expected shape {expected.shape}, found {found.shape}"
    bad = ~(found == expected)  # so that NaN is bad
    if not bad.any():
        return None
    where = tuple(int(i[0]) for i in np.nonzero(bad)) if found.ndim else ()
    return (
        f"{int(bad.sum())} of {found.size} elements; at {where} expected {expected[where]}, "
        f"found {found[where]}"
    )


def _wrong(case: Case, function: Callable[..., Array]) -> str | None:
    is_complex = case.dtype.startswith("complex")
    a, b, expected = _values(case.a_shape, case.b_shape, is_complex)
    operands = (
        LAYOUTS[case.a_layout](a.astype(case.dtype)),
        LAYOUTS[case.b_layout](b.astype(case.dtype)),
    )
    if case.out is None:
        found = function(*operands)
    else:
        # Filled with NaN, which nothing may let through into the result.
        out = LAYOUTS[case.out](np.full(expected.shape, np.nan, case.dtype))
        found = function(*operands, out=out)
        if found is not out:
            return "expected out itself to be returned, found another object"
        found = out.astype(case.dtype)  # out may be in the other byte order
    return _difference(found, expected, case.dtype)


def _overlapping(case: Case, function: Callable[..., Array]) -> str | None:
    """Results written over both operands, and over one of them backwards."""
    n = case.a_shape[0]
    a, _, _ = _values((n, n), (n, n), case.dtype.startswith("complex"))
    expected = exact_product(a, a)
    for name, view in (("both operands", slice(None)), ("them backwards", slice(None, None, -1))):
        both = np.array(a.astype(case.dtype))
        function(both, both, out=both[view])
        difference = _difference(both[view], expected, case.dtype)
        if difference is not None:
            return f"with out over {name}: {difference}"
    return None


def judge(function: Callable[..., Array], *, with_out: bool) -> Verdict:
    """Run every case with `function`, which has the signature of numpy.matmul.

    with_out=False leaves the cases with a given result out.
    """
    checked, wrong = 0, []
    for case in cases():
        checks = [_wrong]
        if case.out is not None and case.a_shape == (20, 30):
            checks.append(_overlapping)
        if case.out is not None and not with_out:
            continue
        for check in checks:
            checked += 1
            try:
                how = check(case, function)
            except Exception as error:  # any of them is a finding, none may end the proof
                how = f"{type(error).__name__}: {error}"
            if how is not None:
                wrong.append(Wrong(case, how))
    return Verdict(checked, tuple(wrong))


def judge_ours() -> Verdict:
    """This module's matmul."""
    return judge(matmul, with_out=True)


def judge_numpy() -> Verdict:
    """NumPy's, whose BLAS may be wrong on this CPU.

    Without `out`: NumPy up to 1.21 writes outside of a reversed one, and so could end the
    proof of a module that is right.
    """
    return judge(np.matmul, with_out=False)
