"""A published wheel against one that was rebuilt from its sdist."""

import zipfile
from pathlib import Path

import pytest

from npwheel.cli import main
from npwheel.core.index import IndexFile
from npwheel.core.process import Done
from npwheel.release import against


def wheel(path, members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in members.items():
            archive.writestr(zipfile.ZipInfo(name), text)
    return path


def file(name):
    return IndexFile(name, "", {}, None, False, 1, None)


@pytest.mark.parametrize(
    ("published", "found"),
    [
        ("a-1-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", True),
        ("a-1-cp312-cp312-manylinux_2_28_x86_64.whl", True),
        ("a-1-cp312-cp312-musllinux_1_2_x86_64.whl", False),
        ("a-1-cp312-cp312-manylinux_2_28_aarch64.whl", False),
        ("a-1-cp311-cp311-manylinux_2_28_x86_64.whl", False),
        ("a-1-cp312-cp312-macosx_11_0_arm64.whl", False),
        ("a-1.tar.gz", False),
    ],
)
def test_the_counterpart_serves_the_same_python_libc_and_machine(published, found):
    built = "a-1-cp312-cp312-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl"
    twin = against.counterpart(built, [file(published)])
    assert (twin is not None) == found


@pytest.fixture
def rebuilt(tmp_path, monkeypatch):
    """rebuilt(built members, published members) -> the command's exit code."""
    name = "a-1-cp312-cp312-manylinux_2_28_x86_64.whl"

    def make(built, published):
        place = wheel(tmp_path / name, published)

        def run(command, **_):
            assert command[4:6] == ["build", "a==1"]
            wheel(Path(command[command.index("--output") + 1]) / name, built)
            return Done(0, "", "")

        monkeypatch.setattr(against.process, "run", run)
        monkeypatch.setattr(against.index, "files", lambda _: (file(name),))
        monkeypatch.setattr(against.download, "wheel", lambda _: place)
        return main(["reproduce", "--against", "a==1"])

    return make


def test_alike(rebuilt, capsys):
    assert rebuilt({"a.py": "1"}, {"a.py": "1"}) == 0
    assert capsys.readouterr().out.startswith("alike")


def test_every_member_that_differs_is_named(rebuilt, capsys):
    assert (
        rebuilt({"a.py": "1", "b.py": "1", "d.py": ""}, {"a.py": "1", "b.py": "2", "c.py": ""}) == 1
    )
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("differs")
    assert [line.split(":")[0].strip() for line in lines[1:]] == ["b.py", "c.py", "d.py"]


def test_nothing_published_is_not_called_alike(rebuilt, monkeypatch):
    monkeypatch.setattr(against, "counterpart", lambda *_: None)
    assert rebuilt({"a.py": ""}, {"a.py": ""}) == 3


def test_a_name_without_a_version_is_a_usage_error(capsys):
    assert main(["reproduce", "--against", "a"]) == 2
