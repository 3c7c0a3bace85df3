"""Which command comes first, where several could be used."""

from __future__ import annotations

from pathlib import Path

import pytest
from doctorlab.examine import report
from doctorlab.lab import Lab
from doctorlab.scene import Setup

from npwheel.doctor import data
from npwheel.doctor.installed import normal


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


def test_releases_on_numpy2_are_well_formed() -> None:
    """tools/numpy2.py wrote them, from the index."""
    known = data.load("npwheel.doctor", "numpy2.json")
    assert len(known["first"]) > 40
    assert set(known["not_on"]) <= set(known["first"])
    for name, release in known["first"].items():
        assert name == normal(name)
        assert release[0].isdigit()
    # Told by their own change logs.
    assert known["first"]["pandas"] == "2.2.2"
    assert known["first"]["shapely"] == "2.0.4"
    assert known["first"]["bottleneck"] == "1.4.0"
    assert "3.11" in known["not_on"]["lttbc"]
