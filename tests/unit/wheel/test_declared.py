"""Requires-Dist, judged for other Pythons."""

import pytest
from packaging.specifiers import SpecifierSet

from npwheel.core import requirements
from npwheel.core.errors import NotChecked
from npwheel.wheel import declared


def test_the_bound_follows_markers(wheel):
    path = wheel(
        [
            "numpy>=1.21; python_version < '3.11'",
            "numpy>=1.23.5; python_version >= '3.11'",
            "numpy>=1.26; platform_machine == 'aarch64' and python_full_version >= '3.12.3'",
            "numpy<3",
            "numpy>=9; extra == 'future'",
        ]
    )
    found = declared.read(path).requires
    assert requirements.bound_on("numpy", found, "3.10") == SpecifierSet(">=1.21,<3")
    assert requirements.bound_on("numpy", found, "3.14t") == SpecifierSet(">=1.23.5,<3")
    assert SpecifierSet(">=1.26") in [
        SpecifierSet(str(s)) for s in requirements.bound_on("numpy", found, "3.12.4", "aarch64")
    ]
    assert requirements.bound_on("scipy", found, "3.12") == SpecifierSet()


@pytest.mark.parametrize("content", [b"no zip", b""])
def test_metadata_that_is_none(tmp_path, content):
    path = tmp_path / "thing-1.0-py3-none-any.whl"
    path.write_bytes(content)
    with pytest.raises(NotChecked, match=r"cannot be (read|understood)"):
        declared.read(path)


@pytest.mark.parametrize("line", ["numpy>=", "???", "numpy>=1; python_version ="])
def test_a_requirement_that_cannot_be_parsed(wheel, line):
    with pytest.raises(NotChecked, match=r"cannot be (read|understood)"):
        declared.read(wheel([line]))


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(NotChecked, match="cannot be read"):
        declared.read(tmp_path / "none-1.0-py3-none-any.whl")
