"""What runs inside systems, run here: the digest of results and SciPy's place beside a wheel."""

import json
import os
import subprocess
import sys

import pytest

from npwheel.core import paths
from npwheel.prove import scipy_pairs

PROBE = "import numpy\ndef matmul(a, b):\n    return numpy.matmul(a, b){}\n"

SCIPY = """
LATER = 0
class blas:
    def dgemm(alpha, a, b):
        return alpha * (a @ b) + WRONG
def solve(a, b):
    import numpy
    return numpy.linalg.solve(a, b)
"""


def run(code, folder, *more):
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), *more])}
    return subprocess.run(
        [sys.executable, *code], env=env, capture_output=True, text=True, check=False
    )


def digest(folder, tweak=""):
    (folder / "npwheel_probe.py").write_text(PROBE.format(tweak))
    done = run([str(paths.ci() / "inside" / "results_digest.py")], folder)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_digest_is_the_same_twice_and_knows_one_wrong_bit(tmp_path):
    first = digest(tmp_path)
    assert len(first["digest"]) == 64
    assert first["results"] > 100
    assert digest(tmp_path) == first
    assert digest(tmp_path, " + (a.shape == (17, 17))")["digest"] != first["digest"]


def scipy(folder, wrong):
    (folder / "scipy").mkdir()
    (folder / "scipy" / "__init__.py").write_text("")
    (folder / "scipy" / "linalg.py").write_text(SCIPY.replace("WRONG", wrong))


def with_scipy(folder, code):
    return run(["-c", code], folder, str(scipy_pairs.script().parent))


def test_scipy_is_there_before_the_program(tmp_path):
    scipy(tmp_path, "0")
    done = with_scipy(tmp_path, "import sys; print('scipy.linalg' in sys.modules)")
    assert (done.returncode, done.stdout) == (0, "True\n"), done.stderr


@pytest.mark.parametrize(
    ("wrong", "when"),
    [("1", "before the wheel is imported"), ("LATER", "after the wheel was used")],
)
def test_a_scipy_that_computes_wrong_fails_the_program(tmp_path, wrong, when):
    scipy(tmp_path, wrong)
    done = with_scipy(tmp_path, "import scipy.linalg; scipy.linalg.LATER = 1")
    assert done.returncode == 70
    assert f"SciPy's dgemm is wrong {when}" in done.stderr


def test_a_scipy_that_does_not_import_fails_the_program(tmp_path):
    (tmp_path / "scipy.py").write_text("raise ImportError('no BLAS')")
    done = with_scipy(tmp_path, "print('alive')")
    assert (done.returncode, done.stdout) == (70, "")
    assert "no BLAS" in done.stderr
