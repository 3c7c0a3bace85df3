"""Python imports this at start-up: SciPy with its own BLAS is in the process before the wheel.

Two BLAS libraries then share one process. SciPy's must compute rightly before
anything else is imported, and still when the program ends; the oracle is Python's
own integers. Any failure ends the process, since `site` would only mention it.
"""

import atexit
import os
import sys
import traceback

WRONG = 70  # exit code; EX_SOFTWARE


def check(when: str) -> None:
    """SciPy's dgemm and LU, on numbers that float64 holds exactly."""
    import numpy  # noqa: PLC0415 - where neither imports, the traceback must be seen
    import scipy.linalg  # noqa: PLC0415

    size = 24
    rows = [[(i * 7 + j * 3) % 19 - 9 for j in range(size)] for i in range(size)]
    exact = [
        [sum(rows[i][k] * rows[k][j] for k in range(size)) for j in range(size)]
        for i in range(size)
    ]
    a = numpy.array(rows, dtype=float, order="F")
    if scipy.linalg.blas.dgemm(1.0, a, a).tolist() != exact:
        raise ArithmeticError("SciPy's dgemm is wrong " + when)
    b = a + 40.0 * numpy.eye(size)  # diagonally dominant enough to be solved well
    error = abs(scipy.linalg.solve(b, b @ numpy.ones(size)) - 1.0).max()
    if not error < 1e-8:
        raise ArithmeticError(f"SciPy's solve is wrong {when}: error {error}")


def ended() -> None:
    """What cannot be raised from here ends the process."""
    guarded("after the wheel was used")


def guarded(when: str) -> None:
    """Check, or end the process with the traceback."""
    try:
        check(when)
    except BaseException:
        traceback.print_exc()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(WRONG)


guarded("before the wheel is imported")
atexit.register(ended)
