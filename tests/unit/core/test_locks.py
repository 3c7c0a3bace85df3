"""One process at a time has a lock."""

import subprocess
import sys

import pytest

from npwheel.core import locks


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_the_second_holder_is_informed_and_waits(tmp_path, kind):
    path = tmp_path if kind == "folder" else tmp_path / "x.lock"
    code = (
        "import sys\nfrom pathlib import Path\nfrom npwheel.core import locks\n"
        "say = lambda: print('waiting', flush=True)\n"
        "with locks.acquired(Path(sys.argv[1]), say):\n    print('has it', flush=True)\n"
    )
    with locks.acquired(path):
        other = subprocess.Popen(
            [sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True
        )
        assert other.stdout is not None
        assert other.stdout.readline() == "waiting\n"
    assert other.communicate(timeout=30)[0] == "has it\n"
    assert other.returncode == 0
