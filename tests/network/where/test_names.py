"""Releases by name, whose files are read from the index."""

import json
import subprocess
import sys

from npwheel.where.compatibility import NO, RUNS


def npwheel(*args):
    return subprocess.run(
        [sys.executable, "-m", "npwheel", "where", *map(str, args)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_release_of_numpy_by_name():
    """The seed question: numpy 1.20.3 on Google Cloud."""
    done = npwheel("numpy==1.20.3", "--place", "gcp", "--json")
    assert done.returncode == 0, done.stderr
    found = {(a["place"], a["python"]): a["outcome"] for a in json.loads(done.stdout)["answers"]}
    assert found["cloud-run-functions-python-3.7-to-3.9", "3.9"] == RUNS
    assert found["cloud-run-functions-python-3.10-to-3.13", "3.10"] == NO
    assert found["colab-since-2026-09-09", "3.13"] == NO
