"""What a source tree says of itself, wherever it says it."""

import pytest

from npwheel.build import declared_metadata, project

PKG_INFO = """\
Metadata-Version: 2.4
Name: Old_Name
Version: 1
Requires-Python: >=3.9
Requires-Dist: numpy>=1.23
Requires-Dist: matplotlib; extra == "plot"
{dynamic}
"""
SETUP_CFG = """\
[metadata]
name = from-cfg
[options]
python_requires = >=3.8
install_requires =
    numpy>=1.20
    six
"""


def test_the_first_place_that_has_it_wins(tmp_path):
    (tmp_path / "PKG-INFO").write_text(PKG_INFO.format(dynamic=""))
    (tmp_path / "setup.cfg").write_text(SETUP_CFG)
    found = declared_metadata.read(
        tmp_path, {"project": {"name": "new", "dynamic": ["dependencies"]}}
    )
    assert (found.name, found.requires_python) == ("new", ">=3.9")
    assert [str(r) for r in found.requires] == ["numpy>=1.23"]


def test_what_the_build_computes_anew_is_not_taken(tmp_path):
    (tmp_path / "PKG-INFO").write_text(PKG_INFO.format(dynamic="Dynamic: Requires-Dist"))
    assert declared_metadata.read(tmp_path, {}).requires == ()


def test_setup_cfg_alone(tmp_path):
    (tmp_path / "setup.cfg").write_text(SETUP_CFG)
    found = project.load(tmp_path)
    assert (found.name, str(found.requires_python)) == ("from-cfg", ">=3.8")
    assert str(found.numpy) == ">=1.20"


@pytest.mark.parametrize("text", ["[", "[options\nx", "[options]\ninstall_requires = !bad!"])
def test_damage_is_left_to_the_backend(tmp_path, text):
    (tmp_path / "setup.cfg").write_text(text)
    assert declared_metadata.read(tmp_path, {}).requires == ()


def test_the_time_of_an_sdist_is_that_of_its_newest_file(tmp_path, monkeypatch):
    import os

    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    (tmp_path / "setup.py").write_text("")
    os.utime(tmp_path / "setup.py", (1_600_000_000, 1_600_000_000))
    sdist = {"file": "a-1.tar.gz", "sha256": "0" * 64}
    assert project.load(tmp_path, sdist).epoch() == "1600000000"
    assert project.load(tmp_path).epoch() == "315532800"
