"""Nothing is leaked or kept, whatever goes wrong; the GIL is free while BLAS works."""

from __future__ import annotations

import contextlib
import gc
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest


def calls(matmul: Callable[..., object]) -> dict[str, Callable[[], object]]:
    """One call for every way through the C code, right and wrong."""
    tiny, matrix, vector = np.ones((3, 3)), np.ones((20, 20)), np.ones(20)
    spaced = np.ones((40, 40))[::2, ::2]
    swapped = matrix.astype(matrix.dtype.newbyteorder())
    locked = np.ones((20, 20))
    locked.flags.writeable = False
    out = np.zeros((20, 20))
    # Made once: numpy.ones of 2.4 itself keeps a reference to the dtype in every call.
    stacks = np.ones((3, 1, 20, 20)), np.ones((2, 20, 20))
    wide, tall, two = np.ones((3, 0)), np.ones((0, 3)), np.ones((2, 3, 3))
    integers = np.zeros((20, 20), int)
    return {
        "tiny": lambda: matmul(tiny, tiny),
        "gemm": lambda: matmul(matrix, matrix),
        "gemv": lambda: matmul(matrix, vector),
        "dot": lambda: matmul(vector, vector),
        "copied": lambda: matmul(spaced, spaced),
        "copied vectors": lambda: matmul(spaced[0], np.broadcast_to(1.0, 20)),
        "converted": lambda: matmul(swapped, matrix.astype("F")),
        "sequences": lambda: matmul([[1.0, 2.0]], [[1.0], [2.0]]),
        "stack": lambda: matmul(*stacks),
        "empty": lambda: matmul(wide, tall),
        "out": lambda: matmul(matrix, matrix, out=out),
        "out keyword": lambda: matmul(a=matrix, b=matrix, out=out),
        "out over an operand": lambda: matmul(out, out, out=out) * out.fill(1),
        "out cast": lambda: matmul(matrix, matrix, out=np.zeros((20, 20), "F")),
        "wrong dtype": lambda: matmul(matrix, integers),
        "no array": lambda: matmul(matrix, object()),
        "ragged": lambda: matmul(matrix, [[1.0], [1.0, 2.0]]),
        "core dimension": lambda: matmul(matrix, tiny),
        "no dimension": lambda: matmul(1.0, matrix),
        "no broadcast": lambda: matmul(two, stacks[0][:, 0, :3, :3][[0] * 4]),
        "out shape": lambda: matmul(stacks[1], matrix, out=out),
        "out locked": lambda: matmul(matrix, matrix, out=locked),
        "out dtype": lambda: matmul(matrix, matrix, out=integers),
        "out no array": lambda: matmul(matrix, matrix, out=3),
        "no arguments": matmul,
    }


def attempt(call: Callable[[], object]) -> None:
    with contextlib.suppress(TypeError, ValueError):
        call()


@pytest.mark.parametrize("name", list(calls(np.matmul)))
def test_references_and_blocks(probe: ModuleType, name: str) -> None:
    call = calls(probe.matmul)[name]
    closure = [cell.cell_contents for cell in getattr(call, "__closure__", None) or ()]
    for _ in range(50):
        attempt(call)
    gc.collect()
    watched = [*closure, np.dtype("f8"), np.dtype("c16"), None]
    blocks = sys.getallocatedblocks()
    before = [sys.getrefcount(x) for x in watched]
    for _ in range(1000):
        attempt(call)
    after = [sys.getrefcount(x) for x in watched]
    gc.collect()
    assert max(abs(x - y) for x, y in zip(before, after, strict=True)) < 100
    assert sys.getallocatedblocks() - blocks < 300


def resident() -> int:
    """Bytes of this process that lie in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def test_scratch_is_freed(probe: ModuleType) -> None:
    """malloc's memory is counted by nobody: a leak of 2 MB per call would be 400 MB."""
    spaced = np.ones((1024, 512))[::2, ::2]
    probe.matmul(spaced, spaced.T)
    before = resident()
    for _ in range(200):
        probe.matmul(spaced, spaced.T)
    assert resident() - before < 50e6


def test_out_of_memory(venv_python: Path) -> None:
    """Scratch of 4 GB in 2 GB of address space: MemoryError, and the module goes on."""
    script = """
        import resource
        import numpy as np
        from npwheel_probe import matmul
        resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
        huge = np.lib.stride_tricks.as_strided(np.ones(1, "D"), (4096, 65536), (0, 0))
        thin = np.ones((65536, 2), "D")
        for _ in range(3):
            try:
                matmul(huge, thin)
            except MemoryError:
                continue
            raise SystemExit("no MemoryError")
        assert matmul(np.ones((9, 9)), np.ones((9, 9)))[0, 0] == 9
        print("went on")
    """
    done = subprocess.run(
        [venv_python, "-c", textwrap.dedent(script)],
        capture_output=True,
        text=True,
        check=False,
        env={"OPENBLAS_NUM_THREADS": "1"},
    )
    assert (done.returncode, done.stdout) == (0, "went on\n"), done.stderr


def test_gil_is_released(probe: ModuleType) -> None:
    """Another thread runs in the very middle of a long product."""
    a = np.ones((2048, 2048))
    span: list[float] = []

    def work() -> None:
        span.append(time.perf_counter())
        probe.matmul(a, a)
        span.append(time.perf_counter())

    thread = threading.Thread(target=work)
    seen = []
    thread.start()
    while thread.is_alive():
        seen.append(time.perf_counter())
        time.sleep(0)
    start, end = span
    middle = start + (end - start) * 0.3, start + (end - start) * 0.7
    assert any(middle[0] < moment < middle[1] for moment in seen)


def test_many_threads_agree(probe: ModuleType) -> None:
    random = np.random.default_rng(1)
    a = random.integers(-3, 4, (6, 33, 40)).astype("f4")
    b = random.integers(-3, 4, (6, 40, 21)).astype("f4")
    expected = (a.astype(np.int64)[:, :, :, None] * b.astype(np.int64)[:, None]).sum(2)
    wrong: list[int] = []

    def work(i: int) -> None:
        for _ in range(200):
            if not np.array_equal(probe.matmul(a[i][:, ::-1], b[i][::-1]), expected[i]):
                wrong.append(i)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
