"""The data file is what the index has."""

import json
from pathlib import Path

from npwheel.where import installed_numpy, refresh_numpy_wheels

DATA = json.loads(
    Path(installed_numpy.__file__).with_name("data").joinpath("numpy_wheels.json").read_text()
)


def test_the_file_agrees_with_the_index():
    """Refreshed from the index now: nothing that the file says may have changed."""
    fresh = refresh_numpy_wheels.table(refresh_numpy_wheels.files("numpy"))
    for target, pythons in DATA["wheels"].items():
        for python, runs in pythons.items():
            now = {run[0]: run for run in fresh["wheels"][target][python]}
            assert [now[run[0]] for run in runs[:-1]] == runs[:-1]
            assert now[runs[-1][0]][2] == runs[-1][2]
    assert fresh["requires_python"][: len(DATA["requires_python"])] == DATA["requires_python"]
