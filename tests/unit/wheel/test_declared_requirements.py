"""Requirements of a wheel, evaluated for other Pythons."""

import pytest
from packaging.specifiers import SpecifierSet

from npwheel.core import requirements
from npwheel.core.errors import NotChecked
from npwheel.wheel import declared_requirements


def test_bound_depends_on_markers(wheel):
    path = wheel(
        [
            "numpy>=1.21; python_version < '3.11'",
            "numpy>=1.23.5; python_version >= '3.11'",
            "numpy>=1.26; platform_machine == 'aarch64' and python_full_version >= '3.12.3'",
            "numpy<3",
            "numpy>=9; extra == 'future'",
        ]
    )
    found = declared_requirements.read(path).requires
    assert requirements.bound_on("numpy", found, "3.10") == SpecifierSet(">=1.21,<3")
    assert requirements.bound_on("numpy", found, "3.14t") == SpecifierSet(">=1.23.5,<3")
    assert SpecifierSet(">=1.26") in [
        SpecifierSet(str(s)) for s in requirements.bound_on("numpy", found, "3.12.4", "aarch64")
    ]
    assert requirements.bound_on("scipy", found, "3.12") == SpecifierSet()


@pytest.mark.parametrize("content", [b"no zip", b""])
def test_read_rejects_missing_or_malformed_metadata(tmp_path, content):
    path = tmp_path / "thing-1.0-py3-none-any.whl"
    path.write_bytes(content)
    with pytest.raises(NotChecked, match=r"cannot be (read|understood)"):
        declared_requirements.read(path)


@pytest.mark.parametrize("line", ["numpy>=", "???", "numpy>=1; python_version ="])
def test_read_rejects_invalid_requirement(wheel, line):
    with pytest.raises(NotChecked, match=r"cannot be (read|understood)"):
        declared_requirements.read(wheel([line]))


def test_read_rejects_missing_file(tmp_path):
    with pytest.raises(NotChecked, match="cannot be read"):
        declared_requirements.read(tmp_path / "none-1.0-py3-none-any.whl")
