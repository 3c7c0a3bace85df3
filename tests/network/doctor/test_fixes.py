"""Fixes in environments that are made of published wheels."""

from __future__ import annotations

from pathlib import Path

import pytest
from doctorlab.examine import report
from doctorlab.lab import Lab
from doctorlab.scene import Setup


@pytest.mark.parametrize(
    ("name", "by", "expected"),
    [
        ("lttbc", "pip", "-m pip install 'numpy<2'"),
        ("lttbc", "conda", "conda install -y --prefix {prefix} 'numpy<2'"),
    ],
)
def test_who_installed_numpy_changes_it(
    name: str, by: str, expected: str, lab: Lab, tmp_path: Path
) -> None:
    """A conda environment in which pip installed NumPy, and one in which conda did."""
    site = lab.numpy(tmp_path, "2.2.6")
    lab.link(lab.tree(lab.wheel(name, "0.3.0"), "3.11"), site)
    lab.link(lab.tree(lab.wheel("pip", "23.2.1"), "3.11"), site)
    prefix = tmp_path / "venv"
    (prefix / "conda-meta").mkdir()
    lab.replace(site / "numpy-2.2.6.dist-info" / "INSTALLER", by.encode())
    found = report(lab, Setup(lab.exe(site), tmp_path, modules=[name]))
    assert found["verdict"]["mode"] == "NPD001"
    assert found["verdict"]["fix"]["command"].endswith(expected.format(prefix=prefix))
